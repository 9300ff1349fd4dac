"""Clients that try again: more requests when they fail, and fewer failures when others are alive.

Differs from real clients: all of a Service retry alike; the load that retries add follows the failures one back-off
later, in steps, so that a storm grows and calms down as in reality, though not smoothly.
"""

from __future__ import annotations

from seatrial.fakes.network.shares import UNIT

__all__ = ["STEP", "attempts", "lasting"]

# A share that moves by less is at rest: a storm's tail would otherwise be recorded for ever.
STEP = UNIT // 1000


def attempts(failing: int, retries: int) -> int:
    """Connections for each request, of UNIT, when this share of connections fails: 1 + p + p^2 + ..."""
    total = power = UNIT
    for _ in range(retries):
        power = power * failing // UNIT
        total += power
    return total


def lasting(failing: int, retries: int) -> int:
    """Share of requests all of whose connections fail."""
    left = failing
    for _ in range(retries):
        left = left * failing // UNIT
    return left
