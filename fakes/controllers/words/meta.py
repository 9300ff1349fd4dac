"""Metadata: whose an object is, and path copies of it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from seatrial.harness.kernel.time import Instant, parse_instant
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import View

__all__ = [
    "adoption",
    "by_age",
    "controller_of",
    "deleting",
    "ending",
    "instant",
    "is_owned_by",
    "namespaced",
    "owner_reference",
    "release",
    "with_annotations",
    "with_spec",
    "with_status",
]


@lru_cache(maxsize=4096)
def instant(text: str) -> Instant:
    """An RFC 3339 time of an object; many objects share few of them."""
    return parse_instant(text)


def deleting(obj: Obj) -> bool:
    """Whether the object has a deletionTimestamp."""
    return "deletionTimestamp" in obj["metadata"]


def ending(namespace: str, view: View) -> bool:
    """Whether a namespace is being deleted: nothing can be created in it any more, so nobody tries."""
    found = view.get("namespaces", "", namespace)
    return found is not None and "deletionTimestamp" in found["metadata"]


def controller_of(obj: Obj) -> Obj | None:
    """The ownerReference with `controller: true`, or None."""
    references = obj["metadata"].get("ownerReferences")
    if references:
        for reference in references:
            if reference.get("controller"):
                found: Obj = reference
                return found
    return None


def is_owned_by(obj: Obj, uid: str) -> bool:
    """Whether the object's controller has this uid."""
    reference = controller_of(obj)
    return reference is not None and reference["uid"] == uid


def namespaced(obj: Obj) -> tuple[str, str]:
    """(namespace, name)."""
    meta = obj["metadata"]
    return meta.get("namespace", ""), meta["name"]


def by_age(obj: Obj) -> tuple[str, str]:
    """Sort key: creation, then name. RFC 3339 texts of one zone sort as times do."""
    meta = obj["metadata"]
    return meta.get("creationTimestamp", ""), meta["name"]


def owner_reference(owner: Obj, api_version: str, kind: str) -> Obj:
    """A controller's reference to its object, as metav1.NewControllerRef makes it."""
    meta = owner["metadata"]
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def adoption(owner: Obj, api_version: str, kind: str, child: Obj, finalizers: tuple[str, ...] = ()) -> Obj:
    """The strategic merge patch by which a controller adopts an orphan; the uid guards against a namesake."""
    meta: Obj = {"ownerReferences": [owner_reference(owner, api_version, kind)], "uid": child["metadata"]["uid"]}
    if finalizers:
        meta["finalizers"] = list(finalizers)
    return {"metadata": meta}


def release(owner: Obj, child: Obj, finalizers: tuple[str, ...] = ()) -> Obj:
    """The strategic merge patch by which a controller lets go of an object that it selects no more."""
    meta: Obj = {
        "uid": child["metadata"]["uid"],
        "ownerReferences": [{"$patch": "delete", "uid": owner["metadata"]["uid"]}],
    }
    if finalizers:
        meta["$deleteFromPrimitiveList/finalizers"] = list(finalizers)
    return {"metadata": meta}


def with_status(obj: Obj, status: Obj) -> Obj:
    """The object with another status."""
    return {**obj, "status": status}


def with_spec(obj: Obj, **fields: Any) -> Obj:
    """The object with some fields of its spec replaced."""
    return {**obj, "spec": {**obj["spec"], **fields}}


def with_annotations(obj: Obj, annotations: dict[str, str]) -> Obj:
    """The object with other annotations."""
    return {**obj, "metadata": {**obj["metadata"], "annotations": annotations}}
