"""Conditions of an object's status, changed as pkg/api/pod and apimachinery's meta do it."""

from __future__ import annotations

from seatrial.harness.ports.event import Obj

__all__ = ["condition_of", "with_condition"]


def condition_of(obj: Obj, kind: str) -> Obj | None:
    """The condition of a type, or None."""
    for condition in (obj.get("status") or {}).get("conditions") or ():
        if condition["type"] == kind:
            found: Obj = condition
            return found
    return None


def with_condition(status: Obj, condition: Obj, stamp: str) -> Obj:
    """UpdatePodCondition: the time moves only when the status does."""
    conditions = status.get("conditions") or []
    for index, old in enumerate(conditions):
        if old["type"] == condition["type"]:
            since = old.get("lastTransitionTime") if old.get("status") == condition["status"] else stamp
            new = {"lastProbeTime": None, "lastTransitionTime": since, **condition}
            if new == old:
                return status
            return {**status, "conditions": [*conditions[:index], new, *conditions[index + 1 :]]}
    new = {"lastProbeTime": None, "lastTransitionTime": stamp, **condition}
    return {**status, "conditions": [*conditions, new]}
