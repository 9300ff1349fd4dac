"""Pods as controllers see them: active, ready, available; and how one is made of a template.

Sources: pkg/api/v1/pod/util.go, pkg/controller/controller_utils.go (v1.36.3).
Differs from the real one: the template's hash is ours over canonical JSON, not FNV-32a over a dump of Go values,
so hashes are stable here but never equal to a real cluster's.
"""

from __future__ import annotations

from seatrial.fakes.controllers.words.meta import instant
from seatrial.harness.kernel.time import SECOND, Duration, Instant
from seatrial.harness.ports.event import Obj

__all__ = [
    "FINISHED",
    "condition",
    "is_active",
    "is_available",
    "is_finished",
    "is_ready",
    "is_terminating",
    "next_availability",
    "phase_of",
    "ready_since",
    "restarts",
]

FINISHED = frozenset(("Succeeded", "Failed"))


def phase_of(pod: Obj) -> str:
    """status.phase; "" for a pod that has none yet."""
    status = pod.get("status")
    phase: str = status.get("phase", "") if status else ""
    return phase


def condition(pod: Obj, kind: str) -> Obj | None:
    """The pod's condition of this type, or None."""
    status = pod.get("status")
    if status:
        for found in status.get("conditions", ()):
            if found["type"] == kind:
                present: Obj = found
                return present
    return None


def is_ready(pod: Obj) -> bool:
    """Whether the pod's Ready condition is True."""
    found = condition(pod, "Ready")
    return found is not None and found["status"] == "True"


def ready_since(pod: Obj) -> Instant:
    """When the Ready condition became True; 0 while it is not, or if the time is not told."""
    found = condition(pod, "Ready")
    if found is None or found["status"] != "True":
        return 0
    text = found.get("lastTransitionTime")
    return instant(text) if text else 0


def is_available(pod: Obj, min_ready: int, now: Instant) -> bool:
    """Whether the pod has been ready for `min_ready` seconds."""
    found = condition(pod, "Ready")
    if found is None or found["status"] != "True":
        return False
    if not min_ready:
        return True
    text = found.get("lastTransitionTime")
    return bool(text) and instant(text) + min_ready * SECOND <= now


def next_availability(pods: list[Obj], min_ready: int, now: Instant) -> Duration | None:
    """How long until the next of the ready pods becomes available; None if none is on its way."""
    soonest: Duration | None = None
    if min_ready > 0:
        for pod in pods:
            since = ready_since(pod)
            left = since + min_ready * SECOND - now
            if since and left > 0 and (soonest is None or left < soonest):
                soonest = left
    return soonest


def is_finished(pod: Obj) -> bool:
    """Whether the phase is Succeeded or Failed."""
    return phase_of(pod) in FINISHED


def is_active(pod: Obj) -> bool:
    """Neither finished nor being deleted."""
    return "deletionTimestamp" not in pod["metadata"] and phase_of(pod) not in FINISHED


def is_terminating(pod: Obj) -> bool:
    """Being deleted, and not finished yet."""
    return "deletionTimestamp" in pod["metadata"] and phase_of(pod) not in FINISHED


def restarts(pod: Obj) -> tuple[int, int]:
    """The most restarts of a container, and of a sidecar."""
    status = pod.get("status") or {}
    regular = max((c.get("restartCount", 0) for c in status.get("containerStatuses", ())), default=0)
    sidecars = {c["name"] for c in pod["spec"].get("initContainers", ()) if c.get("restartPolicy") == "Always"}
    beside = [c.get("restartCount", 0) for c in status.get("initContainerStatuses", ()) if c["name"] in sidecars]
    return regular, max(beside, default=0)
