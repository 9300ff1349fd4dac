"""Priority: a pod's number comes from its PriorityClass.

Source: plugin/pkg/admission/priority (v1.36.3). Differs from the real one: the two system classes are known even where
nobody has created their objects (the real API server makes them at its start).
"""

from __future__ import annotations

from seatrial.fakes.kube.core import Core, Request
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import Forbidden

__all__ = ["admit", "admit_class", "admit_delete", "admit_update"]

CLASSES = "priorityclasses.scheduling.k8s.io"
LOWER = "PreemptLowerPriority"
SYSTEM = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}


def admit(core: Core, _request: Request, pod: Obj) -> Obj:
    """Fill in priority, class and preemption policy."""
    spec = pod.get("spec") or {}
    named = spec.get("priorityClassName") or ""
    given = _class(core, pod, named) if named else _default(core)
    name, value, policy = (named, 0, LOWER) if given is None else given
    have = spec.get("priority")
    who = pod["metadata"].get("name", "")
    if have is not None and have != value:
        why = (
            f"the integer value of priority ({have}) must not be provided in pod spec; priority admission controller "
            f"computed {value} from the given PriorityClass name"
        )
        raise Forbidden("pods", who, why)
    wanted = spec.get("preemptionPolicy")
    if wanted and wanted != policy:
        why = (
            f"the string value of PreemptionPolicy ({wanted}) must not be provided in pod spec; priority admission "
            f"controller computed {policy} from the given PriorityClass name"
        )
        raise Forbidden("pods", who, why)
    new = {**spec, "priority": value, "preemptionPolicy": policy}
    if name:
        new["priorityClassName"] = name
    return {**pod, "spec": new}


def _class(core: Core, pod: Obj, name: str) -> tuple[str, int, str]:
    found = core.store.get(CLASSES, "", name)
    if found is not None:
        return name, found.get("value", 0), found.get("preemptionPolicy", LOWER)
    if name in SYSTEM:
        return name, SYSTEM[name], LOWER
    raise Forbidden("pods", pod["metadata"].get("name", ""), f"no PriorityClass with name {name} was found")


def _default(core: Core) -> tuple[str, int, str] | None:
    marked = [found for found in core.store.tables.list(CLASSES) if found.get("globalDefault")]
    if not marked:
        return None
    least = min(marked, key=lambda found: (found.get("value", 0), found["metadata"]["name"]))
    return least["metadata"]["name"], least.get("value", 0), least.get("preemptionPolicy", LOWER)


def admit_update(_core: Core, _request: Request, pod: Obj, old: Obj) -> Obj:
    """What was worked out at the pod's birth stays."""
    spec, before = pod.get("spec") or {}, old["spec"]
    kept = {
        field: before[field]
        for field in ("priority", "preemptionPolicy")
        if spec.get(field) is None and before.get(field) is not None
    }
    return {**pod, "spec": {**spec, **kept}} if kept else pod


def admit_class(core: Core, _request: Request, wanted: Obj) -> Obj:
    """Only one class can be the default."""
    if wanted.get("globalDefault"):
        name = wanted["metadata"].get("name", "")
        present = _default(core)
        if present is not None and present[0] != name:
            why = f"PriorityClass {present[0]} is already marked as default. Only one default can exist"
            raise Forbidden(CLASSES, name, why)
    return wanted


def admit_delete(live: Obj) -> None:
    """The system classes stay."""
    name = live["metadata"]["name"]
    if name in SYSTEM:
        raise Forbidden(CLASSES, name, "this is a system priority class and cannot be deleted")
