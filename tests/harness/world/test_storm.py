"""The storm: by the clock, one after the other, on a condition; every injury is healed, and only once."""

from dataclasses import dataclass
from typing import ClassVar

from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Kernel
from seatrial.harness.kernel.streams import Streams
from seatrial.harness.kernel.time import SECOND
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.fault import Injury
from seatrial.harness.ports.levers import Call
from seatrial.harness.scenario.model import Condition
from seatrial.harness.world.gauge import Gauge
from seatrial.harness.world.storm import Step, Storm


@dataclass(frozen=True)
class Prick:
    """A fault that only says that it was there."""

    name: ClassVar[str] = "prick"
    needs: ClassVar[frozenset] = frozenset()

    where: str = "x"

    def inject(self, levers, draw):
        return Injury(
            f"{self.where} pricked",
            (self.where,),
            (Call.of(1, "harm", at=self.where),),
            (Call.of(1, "heal", at=self.where),),
        )


class Board:
    """Levers that write down what was pulled, and what was to blame."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.pulled = []

    def pull(self, call):
        self.pulled.append(
            (self.kernel.now() // SECOND, call.verb, dict(call.args)["at"], self.kernel.agendas[1].cause)
        )


def start(*steps, condition=False):
    kernel = Kernel(0, 1)
    recorder = Recorder(kernel.agendas[0])
    board = Board(kernel)
    gauge = Gauge(kernel.agendas[0], "storm", "look", ()) if condition else None
    kernel.lockstep = condition
    storm = Storm(kernel, steps, board, Streams(1), recorder, gauge)
    storm.open()
    return kernel, storm, board, gauge


def told(board):
    return [(when, verb, where) for when, verb, where, _ in board.pulled]


def test_a_step_begins_at_its_time_and_ends_when_it_has_lasted():
    kernel, _, board, _ = start(Step("1", Prick("a"), at=5 * SECOND, lasts=10 * SECOND))

    kernel.run(60 * SECOND)

    assert told(board) == [(5, "harm", "a"), (15, "heal", "a")]


def test_what_a_fault_does_has_its_record_as_cause():
    kernel, storm, board, _ = start(Step("1", Prick(), at=0, lasts=SECOND))

    kernel.run(60 * SECOND)

    assert board.pulled[0][3] == storm.begun["1"]
    assert kernel.agendas[1].cause == 0


def test_a_step_follows_when_all_that_it_waits_for_have_ended():
    kernel, _, board, _ = start(
        Step("1", Prick("a"), at=0, lasts=10 * SECOND),
        Step("2", Prick("b"), at=0, lasts=20 * SECOND),
        Step("3", Prick("c"), after=("1", "2"), lasts=5 * SECOND),
    )

    kernel.run(60 * SECOND)

    assert told(board)[-2:] == [(20, "harm", "c"), (25, "heal", "c")]


def test_a_step_without_an_end_is_healed_with_the_storm_and_only_once():
    kernel, storm, board, _ = start(Step("1", Prick("a"), at=0), Step("2", Prick("b"), at=SECOND))
    kernel.run(10 * SECOND)

    storm.heal_all()
    storm.heal_all()

    assert told(board)[-2:] == [(10, "heal", "b"), (10, "heal", "a")]


def test_a_step_that_is_over_at_once_is_healed_at_the_same_instant():
    kernel, _, board, _ = start(Step("1", Prick("a"), at=3 * SECOND, lasts=0))

    kernel.run(60 * SECOND)

    assert told(board) == [(3, "harm", "a"), (3, "heal", "a")]


def pods(gauge, recorder, count, pending):
    for number in range(count):
        spec = {} if number < pending else {"nodeName": "n1"}
        meta = {"name": f"p{number}", "namespace": "default"}
        recorder.write(
            "x", "create", Key("pods", "default", f"p{number}"), None, {"metadata": meta, "spec": spec, "status": {}}
        )


class Crowd:
    """An actor that lets pods wait for a node."""

    def __init__(self, gauge, recorder):
        self.gauge = gauge
        self.recorder = recorder

    def wait(self, pending):
        pods(self.gauge, self.recorder, 4, pending)


def with_crowd(*steps, moments):
    kernel, storm, board, gauge = start(*steps, condition=True)
    recorder = Recorder(kernel.agendas[1])
    recorder.taps.append(gauge)
    kernel.agendas[1].enlist("crowd", Crowd(gauge, recorder))
    for when, pending in moments:
        kernel.agendas[1].at(when * SECOND, "crowd", "wait", pending)
    kernel.run(120 * SECOND)
    return storm, board


PENDING = Condition(measure="pending", subject="cluster", at_least=2)


def test_a_condition_starts_its_step_at_the_instant_it_comes_true_and_once():
    _, board = with_crowd(
        Step("1", Prick("a"), when=PENDING, lasts=5 * SECOND), moments=[(10, 1), (20, 3), (40, 0), (50, 4)]
    )

    assert told(board) == [(20, "harm", "a"), (25, "heal", "a")]


def test_a_condition_must_hold_for_as_long_as_it_says():
    held = Condition(measure="pending", subject="cluster", at_least=2, held=10 * SECOND)
    _, board = with_crowd(Step("1", Prick("a"), when=held, lasts=SECOND), moments=[(10, 3), (15, 0), (30, 3)])

    assert told(board)[0] == (40, "harm", "a")


def test_while_keeps_a_step_in_force_as_long_as_it_is_true():
    _, board = with_crowd(Step("1", Prick("a"), while_=PENDING), moments=[(10, 3), (30, 1)])

    assert told(board) == [(10, "harm", "a"), (30, "heal", "a")]


def test_a_condition_that_never_comes_leaves_its_step_undone():
    storm, board = with_crowd(Step("1", Prick("a"), when=PENDING), moments=[(10, 1)])

    assert told(board) == []
    assert "1" not in storm.begun
