"""The worst moment of each workload: the fewest ready replicas, from the storm's start to the end.

Judged by the workload's own status, as `kubectl get` shows it: what the control plane has not noticed is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from seatrial.harness.checkers.phases import Phases
from seatrial.harness.checkers.subjects import under_test, wanted_ready
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.checker import Trial
from seatrial.harness.ports.event import Key, Obj, Record

__all__ = ["Low", "Lows"]


@dataclass
class Low:
    """The fewest ready replicas that one workload has had, beside those it wanted then."""

    obj: Obj
    ready: int
    wanted: int
    moment: Instant
    record: int
    seen: int = 0


@dataclass
class Lows:
    """Newest versions and low marks; the state of a checker."""

    trial: Trial
    of: str
    phases: Phases = field(default_factory=Phases)
    present: dict[Key, Obj] = field(default_factory=dict)
    lows: dict[Key, Low] = field(default_factory=dict)

    def take(self, record: Record) -> None:
        """Take one record in."""
        if self.phases.take(record):
            if record.key.name == "storm":
                for key, obj in self.present.items():
                    self._mark(key, obj, record)
            return
        if not under_test(self.trial, record.key, self.of):
            return
        if record.new is None:
            self.present.pop(record.key, None)
            return
        self.present[record.key] = record.new
        if self.phases.storming:
            self._mark(record.key, record.new, record)

    def _mark(self, key: Key, obj: Obj, record: Record) -> None:
        wanted, ready = wanted_ready(obj)
        low = self.lows.get(key)
        if low is None:
            self.lows[key] = Low(obj, ready, wanted, record.time, record.id, 1)
            return
        low.seen += 1
        # Compared as shares, since a workload may be scaled meanwhile.
        if ready * low.wanted < low.ready * wanted:
            low.obj, low.ready, low.wanted, low.moment, low.record = obj, ready, wanted, record.time, record.id
