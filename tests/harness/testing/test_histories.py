from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from seatrial.harness.kernel.time import SECOND
from seatrial.harness.ports.checker import Finding, Query, Trial, Verdict
from seatrial.harness.ports.event import Record
from seatrial.harness.testing.builders import make_pod
from seatrial.harness.testing.histories import (
    STORM,
    at_second,
    create,
    delete,
    flow,
    inject,
    judge,
    ppm,
    records,
    storm,
)


@dataclass(frozen=True)
class Spy:
    """Says which records it was given."""

    name: ClassVar[str] = "spy"
    reads: ClassVar[Query] = Query(frozenset({"pods"}), frozenset({"inject"}))
    given: list[Record] = field(default_factory=list)

    def start(self, trial: Trial) -> list[Record]:
        return self.given

    def step(self, state: list[Record], record: Record) -> list[Record]:
        state.append(record)
        return state

    def finish(self, state: list[Record], end: int) -> tuple[Finding, ...]:
        return (Finding("spy", "cluster", "seen", Verdict.HELD, "", str(end)),)


def test_a_checker_is_given_phases_and_what_its_query_names_in_order() -> None:
    spy, pod = Spy(), make_pod("web")

    (found,) = judge(
        spy,
        delete(pod, resource="pods", at=9),
        flow("web", zone="a", at=1),
        create(pod, resource="pods", at=-5),
        storm(),
        inject("zone-loss", at="2.5", touched=("zone/a",)),
        end=10,
    )

    assert [(record.time - STORM, record.verb) for record in spy.given] == [
        (-5 * SECOND, "create"),
        (0, "phase"),
        (2_500_000_000, "inject"),
        (9 * SECOND, "delete"),
    ]
    assert found.seen == str(at_second(10))


def test_shares_and_times_are_exact() -> None:
    assert ppm("33.3334") == 333_334
    assert ppm(0.1) == 1_000
    assert at_second("0.000000001") == STORM + 1


def test_what_is_served_is_what_the_failures_leave() -> None:
    (record,) = records([flow("web", zone="b", failed={"dns": 10, "refused": "0.5"})])

    assert record.new is not None
    assert record.new["served_ppm"] == 895_000
    assert record.key.name == "web@b"


def test_phases_and_faults_belong_to_the_fleet() -> None:
    made = records([storm(), inject("api-down"), flow("web", zone="a", at=1)], cluster=3)

    assert [record.cluster for record in made] == [0, 0, 3]
