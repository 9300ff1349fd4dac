"""The storm: steps begin and end by the clock, by a condition, or one after the other; every injury is healed.

An actor of the fleet (cluster 0). What it does is plain data: which steps there are, which are in force, and the lever
calls that undo them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from seatrial.harness.kernel.clock import Kernel
from seatrial.harness.kernel.streams import Streams
from seatrial.harness.kernel.time import Duration, Instant
from seatrial.harness.ports.event import Key, RecordId
from seatrial.harness.ports.fault import Fault, Injury
from seatrial.harness.ports.levers import Call, Levers
from seatrial.harness.ports.note import Note
from seatrial.harness.scenario.model import Condition
from seatrial.harness.world.gauge import Gauge

__all__ = ["Hurt", "Step", "Storm"]

ACTOR = "storm"


@dataclass(frozen=True)
class Step:
    """One step, bound: its fault is chosen, its times are known as far as they can be.

    It begins `at` from the storm's start, when `when` comes true, or when all of `after` have ended. `while_` keeps it
    in force only as long as that holds. lasts: None means to the end of the storm, 0 that it is over at once.
    """

    id: str
    fault: Fault
    at: Duration | None = None
    when: Condition | None = None
    while_: Condition | None = None
    after: tuple[str, ...] = ()
    lasts: Duration | None = None
    place: str = ""  # FILE:LINE, for messages


class Hurt(NamedTuple):
    """A step in force."""

    injury: Injury
    record: RecordId
    since: Instant


class Storm:
    """Begins, ends and heals the steps."""

    def __init__(
        self,
        kernel: Kernel,
        steps: tuple[Step, ...],
        levers: Levers,
        streams: Streams,
        note: Note,
        gauge: Gauge | None = None,
    ) -> None:
        self._kernel = kernel
        self._agenda = kernel.agendas[0]
        self.steps = {step.id: step for step in steps}
        self._levers = levers
        self._streams = streams
        self._note = note
        self._gauge = gauge
        self.start: Instant = 0
        self.hurts: dict[str, Hurt] = {}
        self.begun: dict[str, RecordId] = {}
        self.ended: dict[str, Instant] = {}
        self._true_since: dict[str, Instant] = {}
        self._agenda.enlist(ACTOR, self)

    def open(self) -> None:
        """The storm begins now."""
        self.start = self._agenda.time
        for step in self.steps.values():
            if step.at is not None and not step.after:
                self._agenda.at(self.start + step.at, ACTOR, "begin", step.id)
        self._agenda.after(0, ACTOR, "look")

    @property
    def over(self) -> bool:
        """Whether nothing is in force that would still end by itself."""
        return all(self.steps[name].lasts is None for name in self.hurts)

    # Conditions.

    def look(self) -> None:
        """Something that a condition rests on may have changed."""
        gauge = self._gauge
        if gauge is None:
            return
        gauge.looked()
        in_force = frozenset(self.hurts)
        for step in self.steps.values():
            if step.when is not None and step.id not in self.begun and self._held(step.id, step.when, in_force):
                self.begin(step.id)
            if step.while_ is not None:
                if step.id in self.hurts and not gauge.holds(step.while_, in_force):
                    self.end(step.id)
                elif self._waits_for_while(step) and gauge.holds(step.while_, in_force):
                    self.begin(step.id)

    def _waits_for_while(self, step: Step) -> bool:
        return step.id not in self.begun and step.at is None and step.when is None and not step.after

    def _held(self, name: str, condition: Condition, in_force: frozenset[str]) -> bool:
        """Whether a condition has been true for as long as it asks."""
        assert self._gauge is not None
        if not self._gauge.holds(condition, in_force):
            self._true_since.pop(name, None)
            return False
        since = self._true_since.setdefault(name, self._agenda.time)
        due = since + condition.held
        if self._agenda.time >= due:
            return True
        self._agenda.at(due, ACTOR, "look")
        return False

    # Steps.

    def begin(self, name: str) -> None:
        """Choose the targets and do the harm; safe twice."""
        if name in self.begun:
            return
        step = self.steps[name]
        injury = step.fault.inject(self._levers, self._streams.stream("fault", name))
        facts = {
            "fault": step.fault.name,
            "what": injury.what,
            "touched": list(injury.touched),
            "harm": [str(call) for call in injury.harm],
            "heal": [str(call) for call in injury.heal],
        }
        record = self._note.write(ACTOR, "inject", Key("fault", "", name), None, facts)
        self.begun[name] = record
        self.hurts[name] = Hurt(injury, record, self._agenda.time)
        self._pull(injury.harm, record)
        if step.lasts == 0:
            self.end(name)
        elif step.lasts is not None:
            self._agenda.after(step.lasts, ACTOR, "end", name)

    def end(self, name: str) -> None:
        """Heal a step; safe twice, safe when it never began."""
        hurt = self.hurts.pop(name, None)
        if hurt is None:
            return
        facts = {"fault": self.steps[name].fault.name, "what": hurt.injury.what}
        self._agenda.cause = hurt.record
        record = self._note.write(ACTOR, "heal", Key("fault", "", name), None, facts)
        self._pull(hurt.injury.heal, record)
        self.ended[name] = self._agenda.time
        for step in self.steps.values():
            if name in step.after and all(other in self.ended for other in step.after):
                self._agenda.after(step.at or 0, ACTOR, "begin", step.id)
        if self._gauge is not None:
            self._agenda.after(0, ACTOR, "look")

    def heal_all(self) -> None:
        """Undo whatever is still in force, the youngest injury first."""
        for name in reversed(list(self.hurts)):
            self.end(name)

    def _pull(self, calls: tuple[Call, ...], record: RecordId) -> None:
        for call in calls:
            agenda = self._kernel.agendas[call.cluster]
            before, agenda.cause = agenda.cause, record
            self._levers.pull(call)
            agenda.cause = before
