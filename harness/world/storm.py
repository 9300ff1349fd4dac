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

__all__ = ["Hurt", "Step", "Storm"]

ACTOR = "storm"


@dataclass(frozen=True)
class Step:
    """One step, bound: its fault is chosen, its times are known as far as they can be.

    at: from the storm's start; None waits for a condition or for `follows` to end.
    lasts: None means to the end of the storm.
    """

    id: str
    fault: Fault
    at: Duration | None = None
    lasts: Duration | None = None
    follows: str = ""
    waits: bool = False  # for a condition
    line: str = ""  # FILE:LINE, for messages


class Hurt(NamedTuple):
    """A step in force."""

    injury: Injury
    record: RecordId
    since: Instant


class Storm:
    """Begins, ends and heals the steps."""

    def __init__(self, kernel: Kernel, steps: tuple[Step, ...], levers: Levers, streams: Streams, note: Note) -> None:
        self._kernel = kernel
        self._agenda = kernel.agendas[0]
        self.steps = {step.id: step for step in steps}
        self._levers = levers
        self._streams = streams
        self._note = note
        self.start: Instant = 0
        self.hurts: dict[str, Hurt] = {}
        self.begun: dict[str, RecordId] = {}
        self.ended: dict[str, Instant] = {}
        self._agenda.enlist(ACTOR, self)

    def open(self) -> None:
        """The storm begins now."""
        self.start = self._agenda.time
        for step in self.steps.values():
            if step.at is not None:
                self._agenda.at(self.start + step.at, ACTOR, "begin", step.id)

    @property
    def over(self) -> bool:
        """Whether every step that can begin by itself has begun and ended."""
        return all(step.waits or step.id in self.ended for step in self.steps.values())

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
        if step.lasts is not None:
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
            if step.follows == name:
                self._agenda.after(0, ACTOR, "begin", step.id)

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
