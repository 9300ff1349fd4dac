"""What the scheduler sends: bindings, events, conditions, deletions of victims."""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import PodInfo
from seatrial.fakes.scheduler.preemption import BY_SCHEDULER
from seatrial.harness.kernel.time import Instant, rfc3339
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Write

__all__ = ["SCHEDULER", "bind_write", "event_write", "nomination_write", "refused_write", "victim_writes"]

SCHEDULER = "default-scheduler"
NOTE_LENGTH_MAX = 1024


def _key(pod: PodInfo) -> Key:
    return Key("pods", pod.namespace, pod.name)


def bind_write(pod: PodInfo, node: str) -> Write:
    """The Binding."""
    meta = {"name": pod.name, "namespace": pod.namespace, "uid": pod.uid}
    return Write("bind", _key(pod), {"metadata": meta, "target": {"kind": "Node", "name": node}}, uid=pod.uid)


def event_write(pod: PodInfo, kind: str, reason: str, note: str, action: str) -> Write:
    """An Event about a pod; its note is cut where the real one is."""
    if len(note) > NOTE_LENGTH_MAX:
        note = note[: NOTE_LENGTH_MAX - 4] + " ..."
    body = {"type": kind, "reason": reason, "message": note, "action": action, "reportingComponent": SCHEDULER}
    return Write("event", _key(pod), body)


def nomination_write(pod: PodInfo, node: str) -> Write:
    """status.nominatedNodeName, or its removal."""
    return Write(
        "patch",
        _key(pod),
        {"status": {"nominatedNodeName": node or None}},
        subresource="status",
        patch="strategic",
        tolerate=("NotFound",),
    )


def _condition(pod: PodInfo, kind: str) -> Obj | None:
    for condition in (pod.obj.get("status") or {}).get("conditions") or ():
        if condition["type"] == kind:
            found: Obj = condition
            return found
    return None


def _status_patch(pod: PodInfo, condition: Obj | None, nominee: str | None, now: Instant) -> Write | None:
    """A patch of what differs from the pod's status; None where nothing does."""
    body: Obj = {}
    if condition is not None:
        old = _condition(pod, condition["type"])
        same = old is not None and all(old.get(field) == value for field, value in condition.items())
        if not same:
            since = rfc3339(now)
            if old is not None and old.get("status") == condition["status"]:
                since = old.get("lastTransitionTime") or since
            body["conditions"] = [{**condition, "lastProbeTime": None, "lastTransitionTime": since}]
    present = (pod.obj.get("status") or {}).get("nominatedNodeName") or ""
    if nominee is not None and nominee != present:
        body["nominatedNodeName"] = nominee or None
    if not body:
        return None
    return Write("patch", _key(pod), {"status": body}, subresource="status", patch="strategic", tolerate=("NotFound",))


def _observed(pod: PodInfo) -> Obj:
    generation = pod.obj["metadata"].get("generation")
    return {"observedGeneration": generation} if generation else {}


def refused_write(pod: PodInfo, reason: str, text: str, nominee: str | None, now: Instant) -> Write | None:
    """PodScheduled=False, and the nomination if it changed."""
    condition = {
        "type": "PodScheduled",
        **_observed(pod),
        "status": "False",
        "reason": reason,
        "message": text,
    }
    return _status_patch(pod, condition, nominee, now)


def victim_writes(victim: PodInfo, preemptor: PodInfo, node: str, now: Instant) -> list[Write]:
    """DisruptionTarget, the deletion with the pod's own grace, and the event."""
    condition = {
        "type": "DisruptionTarget",
        **_observed(victim),
        "status": "True",
        "reason": BY_SCHEDULER,
        "message": f"{SCHEDULER}: preempting to accommodate a higher priority pod",
    }
    writes = []
    patch = _status_patch(victim, condition, None, now)
    if patch is not None:
        writes.append(patch)
    writes.append(Write("delete", _key(victim), uid=victim.uid, tolerate=("NotFound",)))
    text = f"Preempted by pod {preemptor.uid} on node {node}"
    writes.append(event_write(victim, "Normal", "Preempted", text, "Preempting"))
    return writes
