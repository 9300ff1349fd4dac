"""From a child's event to the keys of its owners: by controllerRef, and by selector for orphans.

Source: the addPod, updatePod and deletePod handlers that all workload controllers share (v1.36.3).
Differs from the real one: an owner's key is queued without a look whether it still exists with that uid; its
reconcile sees that.
"""

from __future__ import annotations

from seatrial.fakes.controllers.words.claims import Orphans
from seatrial.fakes.controllers.words.meta import controller_of
from seatrial.fakes.controllers.words.selectors import is_everything, matches
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import View

__all__ = ["Ownership"]


class Ownership:
    """One controller's map from children to owners; it remembers orphans, that adoption need not search."""

    __slots__ = ("kind", "orphans", "resource")

    def __init__(self, resource: str, kind: str, child: str) -> None:
        self.resource = resource
        self.kind = kind
        self.orphans = Orphans(child)

    def keys(self, old: Obj | None, new: Obj | None, view: View) -> list[Key]:
        """The owners that a change of a child concerns."""
        current = new if new is not None else old
        assert current is not None
        reference = controller_of(current)
        before = reference if old is None or old is current else controller_of(old)
        keys: list[Key] = []
        if old is not None and before is None:
            self.orphans.note(old, present=False)
        for owner in (before, reference):
            if owner is not None and owner["kind"] == self.kind:
                key = Key(self.resource, current["metadata"].get("namespace", ""), owner["name"])
                if key not in keys:
                    keys.append(key)
        if new is not None and reference is None:
            self.orphans.note(new, present=True)
            if old is None or before is not None or old["metadata"].get("labels") != new["metadata"].get("labels"):
                keys += self._selecting(new, view)
        return keys

    def _selecting(self, orphan: Obj, view: View) -> list[Key]:
        meta = orphan["metadata"]
        space = meta.get("namespace", "")
        found = []
        for owner in view.list(self.resource, space):
            selector = owner["spec"].get("selector")
            if not is_everything(selector) and matches(selector, meta.get("labels")):
                found.append(Key(self.resource, space, owner["metadata"]["name"]))
        return found
