"""What checkers say of objects: titles, readiness, which of them a promise is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seatrial.harness.ports.checker import Trial
from seatrial.harness.ports.event import Key, Obj

__all__ = [
    "WORKLOADS",
    "annotation",
    "condition",
    "is_bound",
    "is_ending",
    "is_finished",
    "is_ready",
    "owner_of",
    "selected",
    "title",
    "under_test",
    "wanted_ready",
]

WORKLOADS = frozenset({"deployments.apps", "statefulsets.apps", "replicasets.apps", "daemonsets.apps"})
_NOTHING: dict[str, Any] = {}


def title(obj: Obj) -> str:
    """`Deployment/default/web`, `Node/n1`."""
    meta = obj["metadata"]
    kind = obj.get("kind", "Object")
    return f"{kind}/{meta['namespace']}/{meta['name']}" if meta.get("namespace") else f"{kind}/{meta['name']}"


def condition(obj: Obj, kind: str) -> Obj:
    """A status condition, or {}."""
    for item in obj.get("status", _NOTHING).get("conditions") or ():
        if item["type"] == kind:
            found: Obj = item
            return found
    return {}


def is_ready(obj: Obj) -> bool:
    """Whether the Ready condition is True and the object is not being deleted."""
    return condition(obj, "Ready").get("status") == "True" and not is_ending(obj)


def is_ending(obj: Obj) -> bool:
    """Whether a deletion is under way."""
    return bool(obj["metadata"].get("deletionTimestamp"))


def is_bound(pod: Obj) -> bool:
    """Whether the scheduler has given the pod a node."""
    return bool(pod["spec"].get("nodeName"))


def is_finished(pod: Obj) -> bool:
    """Whether a pod has come to its own end."""
    return pod.get("status", _NOTHING).get("phase") in ("Succeeded", "Failed")


def owner_of(obj: Obj) -> Obj:
    """The controller's ownerReference, or {}."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            found: Obj = reference
            return found
    return {}


def annotation(obj: Obj, name: str) -> str:
    """`seatrial.dev/NAME`, of the object or of its pod template."""
    for meta in (obj["metadata"], obj.get("spec", _NOTHING).get("template", _NOTHING).get("metadata", _NOTHING)):
        value = (meta.get("annotations") or _NOTHING).get(f"seatrial.dev/{name}")
        if value is not None:
            return str(value)
    return ""


def under_test(trial: Trial, key: Key, of: str) -> bool:
    """Whether `of:` means this workload: `app` is all under test, else Kind/namespace/name or a bare name."""
    if of in ("", "app"):
        return str(key) in trial.apps
    return of.rpartition("/")[2] == key.name and (
        "/" not in of or of.split("/")[-2] in (key.namespace, of.split("/", maxsplit=1)[0])
    )


def wanted_ready(obj: Obj) -> tuple[int, int]:
    """(replicas that are wanted, replicas that are ready) of a workload."""
    status = obj.get("status", _NOTHING)
    if obj.get("kind") == "DaemonSet":
        return status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    return obj.get("spec", _NOTHING).get("replicas", 1), status.get("readyReplicas", 0)


def selected(selector: Mapping[str, Any] | None, labels: Mapping[str, str] | None) -> bool:
    """Whether a LabelSelector selects these labels: None selects nothing, {} all."""
    if selector is None:
        return False
    have = labels or _NOTHING
    if any(have.get(key) != value for key, value in (selector.get("matchLabels") or _NOTHING).items()):
        return False
    for clause in selector.get("matchExpressions") or ():
        value, values = have.get(clause["key"]), clause.get("values") or ()
        operator = clause["operator"]
        if operator == "In":
            held = value in values
        elif operator == "NotIn":
            held = value not in values
        else:
            held = (operator == "Exists") is (value is not None)
        if not held:
            return False
    return True
