"""Conditions in a status, in the manners of the apps group and of meta/v1.

Sources: pkg/controller/deployment/util (SetDeploymentCondition), k8s.io/apimachinery/pkg/api/meta/conditions.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.harness.ports.event import Obj

__all__ = ["find", "put", "put_moved", "without"]


def find(conditions: Iterable[Obj] | None, kind: str) -> Obj | None:
    """The condition of this type, or None."""
    for condition in conditions or ():
        if condition["type"] == kind:
            return condition
    return None


def without(conditions: list[Obj], kind: str) -> list[Obj]:
    """The conditions but those of a type; the same list if there is none."""
    kept = [condition for condition in conditions if condition["type"] != kind]
    return conditions if len(kept) == len(conditions) else kept


def put_moved(conditions: list[Obj], new: Obj) -> list[Obj]:
    """The apps manner: nothing happens while status and reason stay; else the new one goes to the end."""
    old = find(conditions, new["type"])
    if old is not None and old["status"] == new["status"]:
        if old.get("reason") == new.get("reason"):
            return conditions
        if "lastTransitionTime" in old:
            new = {**new, "lastTransitionTime": old["lastTransitionTime"]}
    return [*without(conditions, new["type"]), new]


def put(conditions: list[Obj], new: Obj) -> list[Obj]:
    """The meta/v1 manner: in place; lastTransitionTime moves with the status only."""
    for index, old in enumerate(conditions):
        if old["type"] != new["type"]:
            continue
        if old["status"] == new["status"] and "lastTransitionTime" in old:
            new = {**new, "lastTransitionTime": old["lastTransitionTime"]}
        if new == old:
            return conditions
        return [*conditions[:index], new, *conditions[index + 1 :]]
    return [*conditions, new]
