"""ObjectMeta: names, labels, annotations, finalizers, owners, and what an update may not touch.

Source: k8s.io/apimachinery/pkg/api/validation/objectmeta.go (v0.36.3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seatrial.fakes.kube.schema.validation.causes import Causes, forbidden, invalid, required
from seatrial.fakes.kube.schema.validation.labels import annotation_map, labels
from seatrial.fakes.kube.schema.validation.names import Messages, qualified_name
from seatrial.harness.ports.event import Obj

__all__ = ["NameRule", "meta_create", "meta_update"]

NameRule = Callable[[str], Messages]
_STANDARD = ("kubernetes", "orphan", "foregroundDeletion")
_IMMUTABLE = (
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)
_OWNER = ("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")


def meta_create(out: Causes, meta: Obj, namespaced: bool, name_rule: NameRule, path: str = "metadata") -> None:
    """The metadata of a new object."""
    prefix = meta.get("generateName")
    if prefix:
        # What is added stands behind a closing dash, so the dash itself is none of the name's end.
        for message in name_rule(prefix[:-1] + "a" if prefix.endswith("-") else prefix):
            invalid(out, f"{path}.generateName", prefix, message)
    name = meta.get("name")
    if not name:
        required(out, f"{path}.name", "name or generateName is required")
    else:
        for message in name_rule(name):
            invalid(out, f"{path}.name", name, message)
    if not namespaced:
        if meta.get("namespace"):
            forbidden(out, f"{path}.namespace", "not allowed on this type")
    elif not meta.get("namespace"):
        required(out, f"{path}.namespace")
    _common(out, path, meta)


def _common(out: Causes, path: str, meta: Obj) -> None:
    if meta.get("generation", 0) < 0:
        invalid(out, f"{path}.generation", meta["generation"], "must be greater than or equal to 0")
    if meta.get("labels"):
        labels(out, f"{path}.labels", meta["labels"])
    if meta.get("annotations"):
        annotation_map(out, f"{path}.annotations", meta["annotations"])
    owners = meta.get("ownerReferences")
    if owners and not (len(owners) == 1 and _sound(owners[0])):
        _owners(out, f"{path}.ownerReferences", owners)
    if meta.get("finalizers"):
        _finalizers(out, f"{path}.finalizers", meta["finalizers"])


def _owners(out: Causes, path: str, owners: list[Obj]) -> None:
    controller = ""
    for owner in owners:
        _owner(out, path, owner)
        if owner.get("controller"):
            name = f"{owner.get('kind', '')}/{owner.get('name', '')}"
            if controller:
                shown = [{field: item[field] for field in _OWNER if field in item} for item in owners]
                text = (
                    f'Only one reference can have Controller set to true. Found "true" in references for {controller}'
                )
                invalid(out, path, shown, f"{text} and {name}")
            else:
                controller = name


def _sound(owner: Obj) -> bool:
    """Whether an owner is beyond doubt, at a look: most are, and every pod has one."""
    get = owner.get
    version = get("apiVersion") or ""
    known = version == "v1" or (version.count("/") == 1 and version[-1] != "/")
    return known and bool(get("kind") and get("name") and get("uid")) and owner["kind"] != "Event"


def _owner(out: Causes, path: str, owner: Obj) -> None:
    version = owner.get("apiVersion", "")
    if not version or version.count("/") > 1 or not version.rpartition("/")[2]:
        invalid(out, f"{path}.apiVersion", version, "version must not be empty")
    for field in ("kind", "name", "uid"):
        if not owner.get(field):
            invalid(out, f"{path}.{field}", owner.get(field, ""), "must not be empty")
    if owner.get("kind") == "Event" and version in ("v1", "events.k8s.io/v1"):
        group, _, bare = version.rpartition("/")
        shown = {field: owner[field] for field in _OWNER if field in owner}
        invalid(out, path, shown, f"{group}/{bare}, Kind=Event is disallowed from being an owner")


def finalizer_name(out: Causes, path: str, name: str, place: str | None = None) -> None:
    """A finalizer: a qualified name, with a prefix unless it is one of the standard ones."""
    for message in qualified_name(name):
        invalid(out, path, name, message)
    if "/" not in name and name not in _STANDARD:
        invalid(out, place or path, name, "name is neither a standard finalizer name nor is it fully qualified")


def _finalizers(out: Causes, path: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        finalizer_name(out, path, name, f"{path}[{index}]")
    if "orphan" in names and "foregroundDeletion" in names:
        invalid(out, path, names, "finalizer orphan and foregroundDeletion cannot be both set")


def meta_update(out: Causes, new: Obj, old: Obj, path: str = "metadata") -> None:
    """The metadata of a new version; nothing to do where it is the very same object."""
    if new is old:
        return
    added = [name for name in new.get("finalizers") or () if name not in (old.get("finalizers") or ())]
    if old.get("deletionTimestamp") and added:
        text = "no new finalizers can be added if the object is being deleted, found new finalizers "
        forbidden(out, f"{path}.finalizers", text + "[]string{" + ", ".join(f'"{name}"' for name in added) + "}")
    for field in _IMMUTABLE:
        _same(out, f"{path}.{field}", new.get(field), old.get(field))
    if new.get("generation", 0) < old.get("generation", 0):
        invalid(out, f"{path}.generation", new.get("generation", 0), "must not be decremented")
    if not new.get("resourceVersion"):
        invalid(out, f"{path}.resourceVersion", "", "must be specified for an update")
    changed = [
        field
        for field in ("labels", "annotations", "ownerReferences", "finalizers")
        if new.get(field) is not old.get(field)
    ]
    if changed:
        _common(out, path, new)


def _same(out: Causes, path: str, new: Any, old: Any) -> None:
    if new is not old and (new or None) != (old or None):
        invalid(out, path, new, "field is immutable")
