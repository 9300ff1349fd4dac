"""Whose an object is: adoption of orphans that a selector takes, release of children that it takes no more.

Source: pkg/controller/controller_ref_manager.go (v1.36.3).
Differs from the real one: no quorum read of the owner before an adoption; its informer's copy is believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from seatrial.fakes.controllers.words.meta import adoption, controller_of, release
from seatrial.fakes.kube.selection import Selection
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import View, Write

__all__ = ["Orphans", "claim"]


def claim(
    owner: Obj,
    kind: tuple[str, str],
    resource: str,
    candidates: Iterable[Obj],
    selector: Mapping[str, Any],
    finalizers: tuple[str, ...] = (),
) -> tuple[list[Obj], tuple[Write, ...]]:
    """(those that are the owner's, adopted ones included; the patches that adopt and release).

    kind: the owner's apiVersion and kind. finalizers: what adoption adds and release takes away.
    """
    uid, gone = owner["metadata"]["uid"], "deletionTimestamp" in owner["metadata"]
    mine: list[Obj] = []
    writes: list[Write] = []
    selection = Selection.of(selector)
    for child in candidates:
        meta = child["metadata"]
        reference = controller_of(child)
        if reference is not None and reference["uid"] != uid:
            continue
        wanted = selection.selects(meta.get("labels") or {})
        if reference is not None and wanted:
            mine.append(child)
        elif reference is not None and not gone:
            writes.append(_patch(resource, meta, release(owner, child, finalizers), ("NotFound", "Invalid")))
        elif reference is None and wanted and not gone and "deletionTimestamp" not in meta:
            writes.append(_patch(resource, meta, adoption(owner, *kind, child, finalizers), ("NotFound",)))
            mine.append(child)
    return mine, tuple(writes)


def _patch(resource: str, meta: Obj, body: Obj, tolerate: tuple[str, ...]) -> Write:
    key = Key(resource, meta.get("namespace", ""), meta["name"])
    return Write("patch", key, body, patch="strategic", tolerate=tolerate)


class Orphans:
    """Objects of one resource without a controller, by namespace: a controller's memory, kept by its event method."""

    __slots__ = ("_names", "_resource")

    def __init__(self, resource: str) -> None:
        self._resource = resource
        self._names: dict[str, dict[str, None]] = {}

    def note(self, obj: Obj, present: bool) -> None:
        """An object without a controller is there, or there is no such one any more."""
        meta = obj["metadata"]
        space = meta.get("namespace", "")
        names = self._names.get(space)
        if present:
            if names is None:
                names = self._names[space] = {}
            names[meta["name"]] = None
        elif names is not None:
            names.pop(meta["name"], None)
            if not names:
                del self._names[space]

    def inside(self, namespace: str) -> bool:
        """Whether the namespace has any."""
        return namespace in self._names

    def of(self, namespace: str, view: View) -> list[Obj]:
        """The namespace's, as the view has them."""
        found = (view.get(self._resource, namespace, name) for name in self._names.get(namespace, ()))
        return [obj for obj in found if obj is not None]
