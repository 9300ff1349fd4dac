"""The passes of a controller that looks at everything every so often, as a grid of instants.

A pass at which nothing would be found does not happen; the grid says when the next one would be.
"""

from __future__ import annotations

from seatrial.harness.kernel.time import Duration, Instant

__all__ = ["Passes"]


class Passes:
    """Instants `period` apart, from the first look on; `phase` shifts them all."""

    __slots__ = ("last", "origin", "period", "phase")

    def __init__(self, period: Duration, phase: Duration = 0) -> None:
        self.period = period
        self.phase = phase
        self.origin: Instant = -1
        self.last: Instant = -1

    def begin(self, now: Instant) -> None:
        """The first call makes the grid."""
        if self.origin < 0:
            self.origin = now + self.phase

    def first(self, when: Instant) -> Instant:
        """The first pass at or after an instant."""
        return self.origin + max(0, -((self.origin - when) // self.period)) * self.period

    def next(self, now: Instant) -> Instant:
        """The first pass from now on that has not been made."""
        return self.first(now if now > self.last else self.last + 1)

    def due(self, now: Instant) -> bool:
        """Whether a pass is to be made now; it counts as made then."""
        if now <= self.last or self.first(now) != now:
            return False
        self.last = now
        return True
