"""Kubernetes Events as writes. What repeats too often is dropped further on, as client-go does (fakes/kube/series)."""

from __future__ import annotations

from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import Write

__all__ = ["event", "warning"]

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


def event(key: Key, reason: str, message: str, component: str) -> Write:
    """A Normal event about an object."""
    return Write("event", key, _body("Normal", reason, message, component), tolerate=NEVER_FAILS)


def warning(key: Key, reason: str, message: str, component: str) -> Write:
    """A Warning event about an object."""
    return Write("event", key, _body("Warning", reason, message, component), tolerate=NEVER_FAILS)


def _body(kind: str, reason: str, message: str, component: str) -> dict[str, str]:
    return {"type": kind, "reason": reason, "message": message, "reportingComponent": component}
