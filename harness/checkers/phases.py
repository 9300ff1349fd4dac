"""Where in the run a record stands: every checker's first question."""

from __future__ import annotations

from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.event import Record

__all__ = ["Phases"]


class Phases:
    """The phases so far; plain data."""

    __slots__ = ("now", "starts")

    def __init__(self) -> None:
        self.now = "settle"
        self.starts: dict[str, Instant] = {}

    def take(self, record: Record) -> bool:
        """True if the record began a phase."""
        if record.verb != "phase":
            return False
        self.now = record.key.name
        self.starts[self.now] = record.time
        return True

    @property
    def storming(self) -> bool:
        """Whether the promise is on trial: from the storm's start to the end."""
        return self.now in ("storm", "heal", "calm")

    @property
    def storm(self) -> Instant:
        """When the storm began; 0 if it never did."""
        return self.starts.get("storm", 0)

    @property
    def healed(self) -> Instant | None:
        """When the last injury was healed; None if it never was."""
        return self.starts.get("heal")
