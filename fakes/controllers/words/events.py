"""Kubernetes Events as writes, and the spam filter before them.

Source: k8s.io/client-go/tools/record/events_cache.go (v0.36.3): 25 events of one source about one object, then one
every five minutes; what is beyond is dropped. Differs from the real one: similar events are not folded into one
("combined from similar events"), repeats are not counted into a series here.
"""

from __future__ import annotations

from seatrial.harness.kernel.time import MINUTE, Duration, Instant
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import Write

__all__ = ["SpamFilter", "event", "warning"]

# Telling must never keep a controller from working: client-go drops an event that the server refuses.
NEVER_FAILS = (
    "AlreadyExists",
    "Conflict",
    "Forbidden",
    "InternalError",
    "NotFound",
    "ServiceUnavailable",
    "Timeout",
    "TooManyRequests",
)
BURST = 25
REFILL: Duration = 5 * MINUTE


def event(key: Key, reason: str, message: str, component: str) -> Write:
    """A Normal event about an object."""
    return Write("event", key, _body("Normal", reason, message, component), tolerate=NEVER_FAILS)


def warning(key: Key, reason: str, message: str, component: str) -> Write:
    """A Warning event about an object."""
    return Write("event", key, _body("Warning", reason, message, component), tolerate=NEVER_FAILS)


def _body(kind: str, reason: str, message: str, component: str) -> dict[str, str]:
    return {"type": kind, "reason": reason, "message": message, "reportingComponent": component}


class SpamFilter:
    """A controller's token buckets, one for each object that it tells of."""

    __slots__ = ("_buckets",)

    def __init__(self) -> None:
        self._buckets: dict[Key, tuple[int, Instant]] = {}

    def passes(self, key: Key, now: Instant) -> bool:
        """Take a token for one event about `key`; False if there is none."""
        left, since = self._buckets.get(key, (BURST, now))
        gained = (now - since) // REFILL
        if gained:
            left, since = min(BURST, left + gained), since + gained * REFILL
        if left == BURST:
            since = now
        if not left:
            self._buckets[key] = (left, since)
            return False
        self._buckets[key] = (left - 1, since)
        return True

    def forget(self, key: Key) -> None:
        """The object is gone."""
        self._buckets.pop(key, None)
