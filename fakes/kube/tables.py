"""Objects by resource, namespace and name, with the indexes that controllers read by. It is a View.

Indexes hold names only, so a status update (by far the most frequent write) touches none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from seatrial.fakes.kube.selection import Selections
from seatrial.harness.ports.event import Key, Obj

__all__ = ["Tables"]

Rows = dict[str, dict[str, Obj]]
Objs = list[Obj]
_NOTHING: dict[Any, Any] = {}


class Tables:
    """One state of a cluster's objects. Lists come by namespace, then in order of creation."""

    __slots__ = ("_owned", "_pods_on", "_rows", "_selections")

    def __init__(self) -> None:
        self._rows: dict[str, Rows] = {}
        self._owned: dict[str, dict[Key, None]] = {}
        self._pods_on: dict[str, dict[tuple[str, str], None]] = {}
        self._selections: dict[tuple[str, str], Selections] = {}

    def copy(self) -> Tables:
        """An independent state that shares every object: what a client that was cut off goes on seeing."""
        twin = Tables()
        twin._rows = {
            resource: {namespace: dict(row) for namespace, row in rows.items()} for resource, rows in self._rows.items()
        }
        twin._owned = {uid: dict(keys) for uid, keys in self._owned.items()}
        twin._pods_on = {node: dict(pods) for node, pods in self._pods_on.items()}
        return twin

    # Reading: the View protocol.

    def get(self, resource: str, namespace: str, name: str) -> Obj | None:
        """The object, or None."""
        rows = self._rows.get(resource)
        if rows is None:
            return None
        row = rows.get(namespace)
        return None if row is None else row.get(name)

    def list(self, resource: str, namespace: str | None = None) -> Iterable[Obj]:
        """All objects of a resource (of a namespace)."""
        rows = self._rows.get(resource)
        if rows is None:
            return ()
        if namespace is not None:
            return list(rows.get(namespace, _NOTHING).values())
        if len(rows) == 1:
            return list(next(iter(rows.values())).values())
        return [obj for row in rows.values() for obj in row.values()]

    def count(self, resource: str, namespace: str | None = None) -> int:
        """How many there are."""
        rows = self._rows.get(resource, _NOTHING)
        if namespace is not None:
            return len(rows.get(namespace, _NOTHING))
        return sum(map(len, rows.values()))

    def resources(self) -> tuple[str, ...]:
        """Every resource that has objects, sorted."""
        return tuple(sorted(resource for resource, rows in self._rows.items() if any(rows.values())))

    def owned(self, uid: str) -> Iterator[tuple[Key, Obj]]:
        """Objects that have an ownerReference with this uid."""
        for key in tuple(self._owned.get(uid, _NOTHING)):
            obj = self.get(*key)
            if obj is not None:
                yield key, obj

    def pods_on(self, node: str) -> Iterable[Obj]:
        """Pods that are bound to this node."""
        rows = self._rows.get("pods", _NOTHING)
        return [rows[namespace][name] for namespace, name in self._pods_on.get(node, _NOTHING)]

    def matching(self, resource: str, namespace: str, selector: Mapping[str, Any] | None) -> Iterable[Obj]:
        """Objects of a namespace that a LabelSelector selects; {} selects all, None nothing."""
        if selector is None:
            return ()
        row = self._rows.get(resource, _NOTHING).get(namespace)
        if not row:
            return ()
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            return list(row.values())
        place = (resource, namespace)
        selections = self._selections.get(place)
        if selections is None:
            selections = self._selections[place] = Selections()
        return [row[name] for name in selections.members(selector, row)]

    def renewed(self, node: str) -> tuple[int, bool]:
        """(when the node's lease was last renewed, whether it goes on being renewed)."""
        row = self.get("renewals", "", node)
        return (0, False) if row is None else (row["renewed"], row["renewing"])

    # Writing: by the store, or by whoever replays a watch into a view.

    def put(self, resource: str, old: Obj | None, new: Obj) -> None:
        """Take in a created or changed object; `old` is the version that stands there now."""
        meta = new["metadata"]
        namespace = meta.get("namespace", "")
        name = meta["name"]
        rows = self._rows.get(resource)
        if rows is None:
            rows = self._rows[resource] = {}
        row = rows.get(namespace)
        if row is None:
            row = rows[namespace] = {}
        row[name] = new
        old_meta = _NOTHING if old is None else old["metadata"]
        owners, old_owners = meta.get("ownerReferences"), old_meta.get("ownerReferences")
        if owners is not old_owners:
            self._index_owners(Key(resource, namespace, name), old_owners, owners)
        if resource == "pods":
            node = new["spec"].get("nodeName")
            old_node = None if old is None else old["spec"].get("nodeName")
            if node != old_node:
                if old_node:
                    self._pods_on[old_node].pop((namespace, name), None)
                if node:
                    self._pods_on.setdefault(node, {})[namespace, name] = None
        labels, old_labels = meta.get("labels"), old_meta.get("labels")
        if (labels is not old_labels or old is None) and self._selections:
            selections = self._selections.get((resource, namespace))
            if selections is not None:
                selections.relabel(name, old_labels if old is not None else None, labels or _NOTHING, old is None)

    def remove(self, resource: str, old: Obj) -> None:
        """Forget an object."""
        meta = old["metadata"]
        namespace = meta.get("namespace", "")
        name = meta["name"]
        self._rows[resource][namespace].pop(name, None)
        owners = meta.get("ownerReferences")
        if owners:
            self._index_owners(Key(resource, namespace, name), owners, None)
        if resource == "pods":
            node = old["spec"].get("nodeName")
            if node:
                self._pods_on[node].pop((namespace, name), None)
        selections = self._selections.get((resource, namespace))
        if selections is not None:
            selections.drop(name)

    def _index_owners(self, key: Key, old: Objs | None, new: Objs | None) -> None:
        for owner in old or ():
            keys = self._owned.get(owner["uid"])
            if keys is not None:
                keys.pop(key, None)
                if not keys:
                    del self._owned[owner["uid"]]
        for owner in new or ():
            self._owned.setdefault(owner["uid"], {})[key] = None
