"""What node lifecycle makes of one node: its conditions when the kubelet is silent, its taints, its pods' readiness.

Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go, pkg/controller/util/node, pkg/util/taints (v1.36.3).
Differs from the real one: a swap of two taints is one patch, where the real one adds and then removes.
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.fakes.controllers.words.conditions import find
from seatrial.harness.kernel.time import Instant, rfc3339
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Write

__all__ = [
    "NOT_READY",
    "OUT_OF_SERVICE",
    "UNREACHABLE",
    "condition_taints",
    "has_taint",
    "is_out_of_service",
    "label_patch",
    "pod_not_ready",
    "ready_of",
    "silenced",
    "taint_patch",
    "with_taint",
    "without_taints",
]

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"

_KUBELETS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
_CONDITION_TAINTS = {
    ("Ready", "False"): NOT_READY,
    ("Ready", "Unknown"): UNREACHABLE,
    ("MemoryPressure", "True"): "node.kubernetes.io/memory-pressure",
    ("DiskPressure", "True"): "node.kubernetes.io/disk-pressure",
    ("NetworkUnavailable", "True"): "node.kubernetes.io/network-unavailable",
    ("PIDPressure", "True"): "node.kubernetes.io/pid-pressure",
}
_OURS = frozenset((*_CONDITION_TAINTS.values(), UNSCHEDULABLE))
_LABELS = (
    ("kubernetes.io/os", "beta.kubernetes.io/os"),
    ("kubernetes.io/arch", "beta.kubernetes.io/arch"),
)

Taints = Sequence[Obj]


def ready_of(node: Obj) -> Obj | None:
    """The node's Ready condition, or None."""
    return find((node.get("status") or {}).get("conditions"), "Ready")


def silenced(node: Obj, now: Instant) -> Obj:
    """The node with the conditions of a kubelet that is not heard; itself if nothing changes."""
    status = node.get("status") or {}
    have: list[Obj] = status.get("conditions") or []
    text = rfc3339(now)
    conditions = [
        {
            **condition,
            "status": "Unknown",
            "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status.",
            "lastTransitionTime": text,
        }
        if condition["type"] in _KUBELETS and condition["status"] != "Unknown"
        else condition
        for condition in have
    ]
    for kind in _KUBELETS:
        if find(have, kind) is None:
            conditions.append(
                {
                    "type": kind,
                    "status": "Unknown",
                    "lastHeartbeatTime": node["metadata"]["creationTimestamp"],
                    "lastTransitionTime": text,
                    "reason": "NodeStatusNeverUpdated",
                    "message": "Kubelet never posted node status.",
                }
            )
    return {**node, "status": {**status, "conditions": conditions}}


def has_taint(taints: Taints, key: str, effect: str) -> bool:
    """Whether a taint of this key and effect is there."""
    return any(taint["key"] == key and taint["effect"] == effect for taint in taints)


def with_taint(taints: Taints, key: str, effect: str, now: Instant) -> list[Obj]:
    """The taints with one more, or with its time renewed."""
    new: Obj = {"key": key, "effect": effect, "timeAdded": rfc3339(now)}
    if not has_taint(taints, key, effect):
        return [*taints, new]
    return [new if taint["key"] == key and taint["effect"] == effect else taint for taint in taints]


def without_taints(taints: Taints, effect: str, *keys: str) -> list[Obj]:
    """The taints but those of these keys with this effect."""
    return [taint for taint in taints if taint["effect"] != effect or taint["key"] not in keys]


def condition_taints(node: Obj, now: Instant) -> list[Obj] | None:
    """The taints with those NoSchedule ones that the conditions and `unschedulable` ask for; None if they are there."""
    wanted: dict[str, None] = {}
    for condition in (node.get("status") or {}).get("conditions") or ():
        key = _CONDITION_TAINTS.get((condition["type"], condition["status"]))
        if key is not None:
            wanted[key] = None
    spec = node.get("spec") or {}
    if spec.get("unschedulable"):
        wanted[UNSCHEDULABLE] = None
    taints: Taints = spec.get("taints") or ()
    have = {taint["key"]: None for taint in taints if taint["effect"] == "NoSchedule" and taint["key"] in _OURS}
    if have.keys() == wanted.keys():
        return None
    changed = without_taints(taints, "NoSchedule", *(key for key in have if key not in wanted))
    for key in wanted:
        if key not in have:
            changed = with_taint(changed, key, "NoSchedule", now)
    return changed


def is_out_of_service(node: Obj) -> bool:
    """Whether somebody has declared the node dead for good, and it is indeed not Ready."""
    taints = (node.get("spec") or {}).get("taints") or ()
    if not any(taint["key"] == OUT_OF_SERVICE for taint in taints):
        return False
    ready = ready_of(node)
    return ready is None or ready["status"] != "True"


def taint_patch(node: Obj, taints: Taints, *, guarded: bool = True) -> Write:
    """The patch that gives a node these taints; `guarded` refuses it if the node has changed meanwhile."""
    meta = node["metadata"]
    body: Obj = {"spec": {"taints": list(taints) or None}}
    version = meta.get("resourceVersion", "") if guarded else ""
    return Write("patch", Key("nodes", "", meta["name"]), body, patch="merge", resource_version=version)


def label_patch(node: Obj) -> Write | None:
    """The patch that makes the beta labels of system and architecture equal to the stable ones, or None."""
    meta = node["metadata"]
    labels = meta.get("labels") or {}
    wanted = {
        beta: labels[stable] for stable, beta in _LABELS if stable in labels and labels.get(beta) != labels[stable]
    }
    if not wanted:
        return None
    return Write("patch", Key("nodes", "", meta["name"]), {"metadata": {"labels": wanted}}, patch="strategic")


def pod_not_ready(pod: Obj, now: Instant) -> Obj | None:
    """The pod with its Ready condition False, as its node is not ready; None if it is so already or has none."""
    status = pod.get("status") or {}
    conditions = status.get("conditions") or ()
    ready = find(conditions, "Ready")
    if ready is None or ready["status"] == "False":
        return None
    new = {**ready, "status": "False", "lastTransitionTime": rfc3339(now)}
    changed = [new if condition is ready else condition for condition in conditions]
    return {**pod, "status": {**status, "conditions": changed}}
