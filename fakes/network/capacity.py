"""What one pod can take: a rate, a queue, and a warm-up.

A queue is a fluid: it fills by what comes beyond the capacity and empties by what the capacity leaves. Its requests
wait; once they wait longer than clients do, the pod works for nobody, though it is busy: that is how a Service stays
down after its cause is gone. Differs from reality: no request is drawn; a warm-up climbs in four steps.
"""

from __future__ import annotations

from typing import NamedTuple

from seatrial.fakes.network.demands import Demand
from seatrial.fakes.network.shares import UNIT
from seatrial.harness.kernel.time import SECOND, Duration, Instant

__all__ = ["MICRO", "Fill", "Taken", "take", "warmth"]

MICRO = 1_000_000
"""Rates are counted in millionths of a request a second, so that small shares of small rates survive."""
WARM_STEPS = 4


class Fill(NamedTuple):
    """How full a pod's queue was at an instant, in MICRO requests, and how fast it fills (MICRO a second)."""

    level: int
    at: Instant
    pace: int


class Taken(NamedTuple):
    """What a pod makes of its load, of UNIT: served, and failed. `next`: how long this stays so, None for ever."""

    served: int
    overloaded: int
    late: int
    wait: Duration
    fill: Fill | None
    next: Duration | None


def warmth(demand: Demand, started: Instant, now: Instant) -> tuple[int, Duration | None]:
    """(a pod's capacity now, in MICRO a second; how long until it grows)."""
    full = demand.capacity * MICRO
    age = now - started
    if not demand.warm_up or age >= demand.warm_up:
        return full, None
    step = max(age, 0) * WARM_STEPS // demand.warm_up
    # The first instant that counts as the next step: rounding down must not plan it a nanosecond early.
    until = -(-(step + 1) * demand.warm_up // WARM_STEPS) - age
    return full * (step + 1) // (WARM_STEPS + 1), until


def take(demand: Demand, capacity: int, load: int, fill: Fill | None, now: Instant) -> Taken:
    """What becomes of `load` (MICRO a second) at a pod that can take `capacity` of it."""
    bound = demand.queue * MICRO
    level = 0
    if fill is not None:
        level = min(max(fill.level + fill.pace * (now - fill.at) // SECOND, 0), bound)
    pace = load - capacity
    late = capacity * demand.timeout // SECOND  # a queue this long outlasts the clients' patience
    if pace <= 0:
        if not level:
            return Taken(UNIT, 0, 0, 0, None, None)
        pace = min(pace, -1)
    kept = Fill(level, now, pace) if bound else None
    marks = [mark for mark in ((0, late - 1) if pace < 0 else (late, bound)) if (mark < level) is (pace < 0)]
    marks = [mark for mark in marks if mark != level and mark <= bound]
    after = min((_ceil(abs(mark - level) * SECOND, abs(pace)) for mark in marks), default=None)
    wait = level * SECOND // capacity if capacity else 0
    full = pace > 0 and level >= bound
    served = UNIT * capacity // load if full else UNIT
    if level >= late and bound:
        return Taken(0, UNIT - served, served, demand.timeout, kept, after)
    return Taken(served, UNIT - served, 0, wait, kept, after)


def _ceil(number: int, by: int) -> int:
    return -(-number // by)
