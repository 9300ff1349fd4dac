"""Garbage collection: what has lost all of its owners goes; foreground and orphan deletion of owners.

Source: pkg/controller/garbagecollector (v1.36.3).
Differs from the real one: it keeps no graph, the store's index of owners is asked instead; owners are read from the
informers, not live; it acts at once. Custom kinds are watched from the moment they are defined (the substrate sees to
it), where the real one looks for new kinds every 30 s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from seatrial.fakes.controllers.words.events import warning
from seatrial.fakes.controllers.words.kinds import BUILT_IN, mapping_of
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, View, Write

__all__ = ["GarbageCollector", "References", "decide"]

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
ABSENT_MAX = 500
COMPONENT = "garbage-collector-controller"
_NONE: tuple[Obj, ...] = ()
# Events are no objects that anything owns; VolumeAttachments and Leases are.
_WATCHED = tuple(sorted({mapping.resource for mapping in BUILT_IN.values()}))


class References(NamedTuple):
    """An object's ownerReferences by what has become of the owners."""

    solid: list[Obj]
    dangling: list[Obj]
    waiting: list[Obj]  # the owner is deleted in the foreground and waits for its dependents


def decide(
    key: Key, obj: Obj, references: References, dependents: Sequence[tuple[Key, Obj]], guarded: bool = True
) -> tuple[Write, ...]:
    """What is to be done with an object that is not being deleted, or is and waits for the collector.

    guarded: refuse the deletion if the object has changed meanwhile.
    """
    meta = obj["metadata"]
    if "deletionTimestamp" in meta:
        finalizers = meta.get("finalizers") or ()
        if ORPHAN in finalizers:
            return (
                *(_released(child, have, [meta["uid"]]) for child, have in dependents),
                _finalized(key, meta, ORPHAN),
            )
        if FOREGROUND in finalizers and not any(_blocks(child, meta["uid"]) for _, child in dependents):
            return (_finalized(key, meta, FOREGROUND),)
        return ()
    solid, dangling, waiting = references
    if solid:
        gone = [reference["uid"] for reference in (*dangling, *waiting)]
        return (_released(key, obj, gone),) if gone else ()
    if not dangling and not waiting:
        return ()
    version = meta.get("resourceVersion", "") if guarded else ""
    if waiting and dependents:
        delete = Write("delete", key, uid=meta["uid"], resource_version=version, propagation="Foreground")
        if any(_waits(child) for _, child in dependents):
            # A circle of owners would wait for itself for ever.
            return (_unblocked(key, obj), delete._replace(resource_version=""))
        return (delete,)
    finalizers = meta.get("finalizers") or ()
    policy = "Orphan" if ORPHAN in finalizers else "Foreground" if FOREGROUND in finalizers else "Background"
    return (Write("delete", key, uid=meta["uid"], resource_version=version, propagation=policy),)


def _blocks(child: Obj, uid: str) -> bool:
    return any(
        reference["uid"] == uid and reference.get("blockOwnerDeletion")
        for reference in child["metadata"].get("ownerReferences") or ()
    )


def _waits(obj: Obj) -> bool:
    """Whether the object is being deleted in the foreground."""
    meta = obj["metadata"]
    return "deletionTimestamp" in meta and FOREGROUND in (meta.get("finalizers") or ())


def _is_custom(key: Key) -> bool:
    return key.resource not in _WATCHED


def _is_built_in(obj: Obj) -> bool:
    group, slash, _ = obj["apiVersion"].rpartition("/")
    return (group if slash else "", obj["kind"]) in BUILT_IN


def _released(key: Key, obj: Obj, uids: list[str]) -> Write:
    """The patch that takes some ownerReferences away."""
    meta = obj["metadata"]
    if _is_custom(key):
        kept = [reference for reference in meta.get("ownerReferences") or () if reference["uid"] not in uids]
        body: Obj = {"metadata": {"resourceVersion": meta["resourceVersion"], "ownerReferences": kept or None}}
        return Write("patch", key, body, patch="merge", tolerate=("NotFound",))
    body = {"metadata": {"uid": meta["uid"], "ownerReferences": [{"$patch": "delete", "uid": uid} for uid in uids]}}
    return Write("patch", key, body, patch="strategic", tolerate=("NotFound",))


def _unblocked(key: Key, obj: Obj) -> Write:
    """The patch that makes all of an object's ownerReferences let their owners go."""
    meta = obj["metadata"]
    references = [{**reference, "blockOwnerDeletion": False} for reference in meta["ownerReferences"]]
    if _is_custom(key):
        body = {"metadata": {"resourceVersion": meta["resourceVersion"], "ownerReferences": references}}
        return Write("patch", key, body, patch="merge")
    blocking = [new for new, old in zip(references, meta["ownerReferences"], strict=True) if new != old]
    return Write("patch", key, {"metadata": {"uid": meta["uid"], "ownerReferences": blocking}}, patch="strategic")


def _finalized(key: Key, meta: Obj, finalizer: str) -> Write:
    """The patch that takes a finalizer away."""
    left = [name for name in meta["finalizers"] if name != finalizer]
    body = {"metadata": {"resourceVersion": meta["resourceVersion"], "finalizers": left or None}}
    return Write("patch", key, body, patch="merge", tolerate=("NotFound",))


class GarbageCollector:
    """Keys are objects: those whose owners went or began to wait, and those that wait for their dependents."""

    name: ClassVar[str] = "generic-garbage-collector"
    watches: ClassVar[tuple[Watch, ...]] = tuple(Watch(resource, "changed") for resource in _WATCHED)
    workers: ClassVar[int] = 20

    def __init__(self) -> None:
        self.waiting: dict[str, Key] = {}  # by uid: objects that are deleted in the foreground
        self.fresh: dict[Key, None] = {}  # whose owner was missing when they were first seen
        self.stubborn: dict[Key, None] = {}  # that changed between the decision to delete them and the deletion
        self.absent: dict[str, None] = {}  # by uid: custom owners that went, whose kind may be gone by now as well

    def changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """What an object's change makes worth a look."""
        if new is None:
            return () if old is None else self._gone(old, view)
        meta = new["metadata"]
        before = None if old is None else old["metadata"]
        owners = meta.get("ownerReferences")
        same = before is not None and (
            before.get("ownerReferences") is owners or before.get("ownerReferences") == owners
        )
        if "deletionTimestamp" not in meta and (same or (not owners and before is None)):
            return ()
        keys: dict[Key, None] = {}
        if "deletionTimestamp" in meta:
            self._deleting(old, new, view, keys)
        if not same:
            self._owners(before, new, view, keys)
        return keys

    def _gone(self, old: Obj, view: View) -> Iterable[Key]:
        meta = old["metadata"]
        self.waiting.pop(meta["uid"], None)
        keys = {key: None for key, _ in view.owned(meta["uid"])}
        if keys and not _is_built_in(old):
            self.absent[meta["uid"]] = None
            if len(self.absent) > ABSENT_MAX:
                del self.absent[next(iter(self.absent))]
        if self.waiting:
            for reference in meta.get("ownerReferences") or ():
                owner = self.waiting.get(reference["uid"])
                if owner is not None:
                    keys[owner] = None
        return keys

    def _deleting(self, old: Obj | None, new: Obj, view: View, keys: dict[Key, None]) -> None:
        """The start of a deletion that waits for its dependents."""
        meta = new["metadata"]
        finalizers = meta.get("finalizers") or ()
        if ORPHAN not in finalizers and FOREGROUND not in finalizers:
            return
        key = _key_of(new, view)
        if key is None:
            return
        before = {} if old is None else old["metadata"]
        started = "deletionTimestamp" in before
        if ORPHAN in finalizers:
            if not started or ORPHAN not in (before.get("finalizers") or ()):
                keys[key] = None
        elif not started or FOREGROUND not in (before.get("finalizers") or ()):
            self.waiting[meta["uid"]] = key
            keys.update((child, None) for child, _ in view.owned(meta["uid"]))
            keys[key] = None

    def _owners(self, before: Obj | None, new: Obj, view: View, keys: dict[Key, None]) -> None:
        """Owners that were dropped may go now; owners that were added must exist."""
        meta = new["metadata"]
        owners = meta.get("ownerReferences") or ()
        was = {reference["uid"]: reference for reference in (before or {}).get("ownerReferences") or ()}
        has = {reference["uid"]: reference for reference in owners}
        if self.waiting:
            for uid, reference in was.items():
                still = has.get(uid, {}).get("blockOwnerDeletion")
                if reference.get("blockOwnerDeletion") and not still and uid in self.waiting:
                    keys[self.waiting[uid]] = None
        space = meta.get("namespace", "")
        for uid, reference in has.items():
            if uid not in was and (uid in self.waiting or _owner(reference, space, view) is None):
                key = _key_of(new, view)
                if key is not None:
                    keys[key] = None
                    self.fresh[key] = None

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Look at one object."""
        obj = view.get(*key)
        fresh = self.fresh.pop(key, 0) is None
        stubborn = self.stubborn.pop(key, 0) is None
        if obj is None:
            return DONE
        meta = obj["metadata"]
        events: tuple[Write, ...] = ()
        references = References([], [], [])
        if "deletionTimestamp" not in meta:
            found = _classified(obj, view, self.absent)
            if found is None:
                return DONE
            references = found
            if fresh:
                found_elsewhere = (_misplaced(key, reference, view) for reference in references.dangling)
                events = tuple(write for write in found_elsewhere if write is not None)
        dependents = tuple(view.owned(meta["uid"]))
        writes = decide(key, obj, references, dependents, guarded=not stubborn)
        return Next((*events, *writes)) if events or writes else DONE

    def failed(self, write: Write, error: ApiError, now: Instant) -> None:
        """An object that changed before its deletion is deleted without that guard, if its owners are still gone."""
        if write.verb == "delete" and error.reason == "Conflict":
            self.stubborn[write.key] = None


def _key_of(obj: Obj, view: View) -> Key | None:
    meta = obj["metadata"]
    mapping = mapping_of(obj["apiVersion"], obj["kind"], view)
    return None if mapping is None else Key(mapping.resource, meta.get("namespace", ""), meta["name"])


def _owner(reference: Obj, namespace: str, view: View) -> Obj | None:
    """The owner, if it exists where the reference looks for it."""
    mapping = mapping_of(reference["apiVersion"], reference["kind"], view)
    if mapping is None:
        return None
    owner = view.get(mapping.resource, namespace if mapping.namespaced else "", reference["name"])
    return owner if owner is not None and owner["metadata"]["uid"] == reference["uid"] else None


def _classified(obj: Obj, view: View, absent: Mapping[str, None]) -> References | None:
    """None if a reference cannot be judged: an unknown kind, or a namespaced owner of a cluster-wide object."""
    found = References([], [], [])
    space = obj["metadata"].get("namespace", "")
    for reference in obj["metadata"].get("ownerReferences") or _NONE:
        if reference["uid"] in absent:
            found.dangling.append(reference)
            continue
        mapping = mapping_of(reference["apiVersion"], reference["kind"], view)
        if mapping is None or (mapping.namespaced and not space):
            return None
        owner = _owner(reference, space, view)
        if owner is None:
            found.dangling.append(reference)
        elif _waits(owner):
            found.waiting.append(reference)
        else:
            found.solid.append(reference)
    return found


def _misplaced(key: Key, reference: Obj, view: View) -> Write | None:
    """The warning that an owner lives in another namespace, if so it is."""
    mapping = mapping_of(reference["apiVersion"], reference["kind"], view)
    uid, name = reference["uid"], reference["name"]
    if mapping is None or not mapping.namespaced:
        return None
    if not any(owner["metadata"]["uid"] == uid for owner in view.list(mapping.resource)):
        return None
    kind, space = f"{reference['apiVersion']}/{reference['kind']}", key.namespace
    owner = f"[{kind}, namespace: {space}, name: {name}, uid: {uid}]"
    text = f'ownerRef {owner} does not exist in namespace "{space}"'
    return warning(key, "OwnerRefInvalidNamespace", text, COMPONENT)
