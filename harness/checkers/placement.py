"""Where pods stand: the newest nodes and the pods that are not finished. The state of checkers of placement."""

from __future__ import annotations

from dataclasses import dataclass, field

from seatrial.harness.checkers.phases import Phases
from seatrial.harness.checkers.subjects import is_finished
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.checker import Trial
from seatrial.harness.ports.event import Key, Obj, Record

__all__ = ["Placement"]


@dataclass
class Placement:
    """Pods and nodes as they stand; until the storm begins, or to the end."""

    trial: Trial
    until_storm: bool = False
    phases: Phases = field(default_factory=Phases)
    pods: dict[Key, Obj] = field(default_factory=dict)
    nodes: dict[str, Obj] = field(default_factory=dict)

    @property
    def storm(self) -> Instant:
        """When the storm began; 0 if it never did."""
        return self.phases.storm

    def take(self, record: Record) -> None:
        """Take one record in."""
        if self.phases.take(record) or (self.until_storm and self.phases.now != "settle"):
            return
        if record.key.resource == "nodes":
            if record.new is None:
                self.nodes.pop(record.key.name, None)
            else:
                self.nodes[record.key.name] = record.new
        elif record.new is None or is_finished(record.new):
            self.pods.pop(record.key, None)
        else:
            self.pods[record.key] = record.new
