"""StatefulSets: pods with names and storage that stay, one after another or all at once.

Source: pkg/controller/statefulset (v1.36.3, gate MaxUnavailableStatefulSet off, as by default: see `gates`).
Differs from the real one: what the real one creates in batches of 1, 2, 4, ... goes out one after another; pods whose
labels or volumes were changed by hand are not set right; the hashes in names of revisions are ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from seatrial.fakes.controllers.words.asked import Asked
from seatrial.fakes.controllers.words.claims import claim
from seatrial.fakes.controllers.words.echoes import Echoes
from seatrial.fakes.controllers.words.events import warning
from seatrial.fakes.controllers.words.ownership import Ownership
from seatrial.fakes.controllers.words.revisions import (
    REVISIONS,
    revisions_of,
)
from seatrial.fakes.controllers.words.stateful import NAME, Find, StatefulSync, ordinal_of
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, View, Write

__all__ = ["StatefulSetController", "decide", "ordinal_of"]


def decide(
    statefulset: Obj,
    pods: Sequence[Obj],
    revisions: Sequence[Obj],
    now: Instant,
    *,
    find_claim: Find = lambda _: None,
    find_revision: Find = lambda _: None,
    failing: bool = False,
    gates: frozenset[str] = frozenset(),
) -> Next:
    """One sync.

    pods: those that the set has claimed. revisions: the set's, oldest first. find_claim, find_revision: objects by
    name. failing: the last answer met an error, so that the status is to be told before what may fail again.
    """
    sync = StatefulSync(statefulset, pods, now, find_claim, gates)
    update, current = sync.revisions(revisions, find_revision)
    if "deletionTimestamp" not in statefulset["metadata"]:
        sync.run()
    told = sync.status()
    sync.writes[:0] = told if failing else ()
    sync.writes += () if failing else told
    sync.truncate(revisions, (update["metadata"]["name"], current["metadata"]["name"]))
    return Next(tuple(sync.writes + sync.events), sync.after)


class StatefulSetController:
    """The twin of kube-controller-manager's statefulset-controller."""

    name: ClassVar[str] = NAME
    watches: ClassVar[tuple[Watch, ...]] = (Watch("statefulsets.apps"), Watch("pods", "pods"))
    workers: ClassVar[int] = 5

    def __init__(self, gates: frozenset[str] = frozenset()) -> None:
        self._ownership = Ownership("statefulsets.apps", "StatefulSet", "pods")
        self._asked = Asked()
        self._echoes = Echoes()
        self._failing: dict[Key, str] = {}
        self._gates = gates

    def pods(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """The set that a pod belongs to or belonged to."""
        return self._ownership.keys(old, new, view)

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Claim pods, then one sync."""
        obj = view.get(key.resource, key.namespace, key.name)
        self._asked.clear(key)
        failed = self._failing.pop(key, "")
        if obj is None:
            self._echoes.forget(key)
            return DONE
        if not self._echoes.is_fresh(key, obj):
            return DONE
        owned = [pod for found, pod in view.owned(obj["metadata"]["uid"]) if found.resource == "pods"]
        orphans = self._ownership.orphans.of(key.namespace, view)
        strays = [pod for pod in orphans if ordinal_of(pod["metadata"]["name"])[0] == key.name]
        kind = (obj["apiVersion"], "StatefulSet")
        mine, claims = claim(obj, kind, "pods", owned + strays, obj["spec"]["selector"])
        lookup = _Lookup(view, key.namespace)
        answer = decide(
            obj,
            mine,
            revisions_of(obj, view),
            now,
            find_claim=lookup.claim,
            find_revision=lookup.revision,
            failing=bool(failed),
            gates=self._gates,
        )
        writes = claims + answer.writes
        if failed:
            writes = (warning(key, "FailedCreate", failed, NAME), *writes)
        self._asked.note(key, writes)
        self._echoes.note(key, obj, writes)
        return answer._replace(writes=writes)

    def failed(self, write: Write, error: ApiError, now: Instant) -> None:
        """What a set asked for was refused: its next turn tells the status first, and why."""
        found = self._asked.dropped(write)
        if found is None:
            return
        key = found[0]
        self._echoes.drop(*found)
        if write.verb == "create" and write.key.resource != REVISIONS:
            what = "Pod" if write.key.resource == "pods" else "Claim"
            self._failing[key] = f"Create {what} {write.key.name} in StatefulSet {key.name} failed error: {error}"


class _Lookup:
    """Objects of one namespace by name."""

    __slots__ = ("_space", "_view")

    def __init__(self, view: View, space: str) -> None:
        self._view = view
        self._space = space

    def claim(self, name: str) -> Obj | None:
        """A PersistentVolumeClaim."""
        return self._view.get("persistentvolumeclaims", self._space, name)

    def revision(self, name: str) -> Obj | None:
        """A ControllerRevision."""
        return self._view.get(REVISIONS, self._space, name)
