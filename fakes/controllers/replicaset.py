"""ReplicaSets and ReplicationControllers: so many pods of a template, no more and no fewer.

Source: pkg/controller/replicaset, pkg/controller/replication (v1.36.3).
Differs from the real one: creations go out one after another and the first refusal drops the rest, where the real
one sends batches of 1, 2, 4, ... at once and finishes the batch that failed; the ReplicaFailure condition is written
at the next turn, not in the same one. Counts are kept by event (`words/rosters`), not listed anew each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from seatrial.fakes.controllers.words.asked import Asked
from seatrial.fakes.controllers.words.claims import Orphans, claim
from seatrial.fakes.controllers.words.conditions import find, put_moved, without
from seatrial.fakes.controllers.words.echoes import Echoes
from seatrial.fakes.controllers.words.events import event, warning
from seatrial.fakes.controllers.words.expectations import Expectations
from seatrial.fakes.controllers.words.meta import controller_of, ending, owner_reference, with_status
from seatrial.fakes.controllers.words.pods import is_active, is_available, is_ready, is_terminating, next_availability
from seatrial.fakes.controllers.words.ranking import doomed
from seatrial.fakes.controllers.words.rosters import Roster
from seatrial.fakes.controllers.words.selectors import matches
from seatrial.fakes.controllers.words.templates import pod_of
from seatrial.harness.kernel.time import SECOND, Duration, Instant, rfc3339
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, View, Write

__all__ = ["BURST", "ReplicaSetController", "ReplicationControllerController", "Tally", "decide", "status_of", "tally"]

BURST = 500


class Tally(NamedTuple):
    """How many of the owned pods are what."""

    active: int = 0
    labelled: int = 0
    ready: int = 0
    available: int = 0
    terminating: int = 0


def tally(rs: Obj, active: Sequence[Obj], terminating: int, now: Instant) -> Tally:
    """Count the claimed active pods of a ReplicaSet."""
    spec = rs["spec"]
    template = {"matchLabels": (spec["template"].get("metadata") or {}).get("labels") or {}}
    least = spec.get("minReadySeconds", 0)
    return Tally(
        len(active),
        sum(matches(template, pod["metadata"].get("labels")) for pod in active),
        sum(is_ready(pod) for pod in active),
        sum(is_available(pod, least, now) for pod in active),
        terminating,
    )


def status_of(rs: Obj, seen: Tally, failure: str, now: Instant, *, tell_terminating: bool = True) -> Obj:
    """The status that follows from the counts; the old one itself if nothing changes."""
    old: Obj = rs.get("status") or {}
    new: Obj = {"replicas": seen.active}
    for field, count in (
        ("fullyLabeledReplicas", seen.labelled),
        ("readyReplicas", seen.ready),
        ("availableReplicas", seen.available),
    ):
        if count:
            new[field] = count
    if tell_terminating:
        new["terminatingReplicas"] = seen.terminating
    generation = rs["metadata"].get("generation")
    if generation:
        new["observedGeneration"] = generation
    conditions = _with_failure(old.get("conditions") or [], rs, seen, failure, now)
    if conditions:
        new["conditions"] = conditions
    return old if new == old else new


def _with_failure(conditions: list[Obj], rs: Obj, seen: Tally, failure: str, now: Instant) -> list[Obj]:
    if not failure:
        return without(conditions, "ReplicaFailure")
    if find(conditions, "ReplicaFailure") is not None:
        return conditions
    wanted = rs["spec"].get("replicas", 1)
    reason = "FailedCreate" if seen.active < wanted else "FailedDelete"
    told = {"type": "ReplicaFailure", "status": "True", "lastTransitionTime": rfc3339(now)}
    if seen.active != wanted:
        told["reason"] = reason
    return put_moved(conditions, {**told, "message": failure})


def decide(rs: Obj, seen: Tally, victims: Sequence[Obj] = (), kind: str = "ReplicaSet") -> tuple[Write, ...]:
    """The pods to create, or the deletion of `victims`: what brings the count to what is wanted."""
    meta = rs["metadata"]
    missing = min(rs["spec"].get("replicas", 1) - seen.active, BURST)
    space = meta.get("namespace", "")
    if missing > 0:
        body = pod_of(rs["spec"]["template"], rs, owner_reference(rs, rs["apiVersion"], kind))
        key = Key("pods", space, "")
        # One Write object for each pod: a refusal is told by identity, and so by place.
        return tuple([Write("create", key, body) for _ in range(missing)])
    return tuple(
        Write("delete", Key("pods", space, pod["metadata"]["name"]), tolerate=("NotFound",)) for pod in victims
    )


class ReplicaSetController:
    """The twin of kube-controller-manager's replicaset-controller."""

    name: ClassVar[str] = "replicaset-controller"
    resource: ClassVar[str] = "replicasets.apps"
    kind: ClassVar[str] = "ReplicaSet"
    tells_terminating: ClassVar[bool] = True
    watches: ClassVar[tuple[Watch, ...]] = (Watch("replicasets.apps", "sets"), Watch("pods", "pods"))
    workers: ClassVar[int] = 5

    def __init__(self) -> None:
        self._expectations = Expectations()
        self._rosters: dict[str, Roster] = {}
        self._orphans = Orphans("pods")
        self._asked = Asked()
        self._failures: dict[Key, str] = {}
        self._news: dict[Key, list[tuple[str, str]]] = {}
        self._echoes = Echoes()

    # What is watched.

    def sets(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A ReplicaSet's own key; a new one of an old name starts without expectations."""
        obj = new if new is not None else old
        assert obj is not None
        meta = obj["metadata"]
        key = Key(self.resource, meta.get("namespace", ""), meta["name"])
        if new is None or (old is not None and old["metadata"]["uid"] != meta["uid"]):
            self._forget(key)
        elif self._echoes.is_echo(key, old, new):
            return ()
        return (key,)

    def pods(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """The owner's key if the pod counts otherwise than before; for an orphan's all that select it."""
        if new is None:
            return self._pod_gone(old) if old is not None else ()
        if old is not None and old.get("status") is new.get("status") and _same_standing(old, new):
            return ()
        reference = controller_of(new)
        if reference is None:
            return self._orphan(old, new, view)
        roster = self._roster(reference, new)
        keys: list[Key] = self._left(old, reference["uid"])
        if roster is None:
            return keys
        meta = new["metadata"]
        if "deletionTimestamp" in meta:
            self._expectations.deleted(roster.key, meta["name"])
        elif old is None:
            self._observe(roster.key, meta["name"])
        moved = roster.put(new)
        if moved or old is None or old["metadata"].get("labels") != meta.get("labels"):
            keys.append(roster.key)
        return keys

    def _observe(self, key: Key, pod: str) -> None:
        if self._expectations.creations(key):
            self._expectations.created(key)
            self._news.setdefault(key, []).append(("SuccessfulCreate", f"Created pod: {pod}"))

    def _roster(self, reference: Obj, pod: Obj) -> Roster | None:
        if reference["kind"] != self.kind:
            return None
        roster = self._rosters.get(reference["uid"])
        if roster is None:
            key = Key(self.resource, pod["metadata"].get("namespace", ""), reference["name"])
            roster = self._rosters[reference["uid"]] = Roster(key)
        return roster

    def _pod_gone(self, pod: Obj) -> Iterable[Key]:
        reference = controller_of(pod)
        if reference is None:
            self._orphans.note(pod, present=False)
            return ()
        roster = self._rosters.get(reference["uid"])
        if roster is None:
            return ()
        name = pod["metadata"]["name"]
        self._expectations.deleted(roster.key, name)
        self._drop(reference["uid"], roster, name)
        return (roster.key,)

    def _drop(self, uid: str, roster: Roster, name: str) -> None:
        roster.drop(name)
        if not roster.standings:
            del self._rosters[uid]

    def _left(self, old: Obj | None, uid: str) -> list[Key]:
        """The key of a pod's former owner, if it had another one."""
        if old is None:
            return []
        before = controller_of(old)
        if before is None:
            self._orphans.note(old, present=False)
            return []
        if before["uid"] == uid:
            return []
        roster = self._rosters.get(before["uid"])
        if roster is None:
            return []
        self._drop(before["uid"], roster, old["metadata"]["name"])
        return [roster.key]

    def _orphan(self, old: Obj | None, new: Obj, view: View) -> Iterable[Key]:
        keys = self._left(old, "")
        self._orphans.note(new, present=True)
        meta = new["metadata"]
        if old is not None and not keys and old["metadata"].get("labels") == meta.get("labels"):
            return ()
        space = meta.get("namespace", "")
        for rs in view.list(self.resource, space):
            if matches(self.selector(rs), meta.get("labels")):
                keys.append(Key(self.resource, space, rs["metadata"]["name"]))
        return keys

    # Deciding.

    def selector(self, rs: Obj) -> Obj:
        """The LabelSelector over its pods."""
        found: Obj = rs["spec"]["selector"]
        return found

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Claim pods, create or delete what is missing or too much, tell the status."""
        rs = view.get(key.resource, key.namespace, key.name)
        if rs is None:
            self._forget(key)
            return DONE
        self._asked.clear(key)
        if not self._echoes.is_fresh(key, rs):
            return DONE
        waiting = self._expectations.wait(key, now)
        manages = not waiting and "deletionTimestamp" not in rs["metadata"]
        seen, active, claims = self._count(rs, view, now)
        failure = self._failures.pop(key, "")
        status = status_of(rs, seen, failure, now, tell_terminating=self.tells_terminating)
        # News of what has happened comes first: what fails later must not swallow it.
        writes = [*claims, *self._told(key)]
        told = []
        if status is not rs.get("status"):
            told.append(Write("update", key, with_status(rs, status), "status"))
        if failure:
            # What failed before may fail again and drop what follows it: say so first.
            writes += told
        if manages:
            writes += self._manage(key, rs, seen, active, view, now)
        if not failure:
            writes += told
        self._asked.note(key, writes)
        self._echoes.note(key, rs, writes)
        # Asked for now, or before: if it is never seen, nobody else would wake this key.
        return Next(tuple(writes), self._after(rs, seen, active, self._expectations.wait(key, now), now))

    def _count(self, rs: Obj, view: View, now: Instant) -> tuple[Tally, list[Obj] | None, tuple[Write, ...]]:
        """(the counts, the active pods if they had to be listed, patches that adopt and release)."""
        meta = rs["metadata"]
        roster = self._rosters.get(meta["uid"])
        orphaned = self._orphans.inside(meta.get("namespace", ""))
        if roster is None and not orphaned:
            return Tally(), [], ()
        if roster is not None and not orphaned and self._uniform(roster, rs, view):
            active, ready = roster.active, roster.ready
            return Tally(active, active, ready, ready, roster.terminating), None, ()
        owned = [pod for key, pod in view.owned(meta["uid"]) if key.resource == "pods"]
        candidates = [pod for pod in owned + self._orphans.of(meta.get("namespace", ""), view) if is_active(pod)]
        selector = self.selector(rs)
        mine, claims = claim(rs, (rs["apiVersion"], self.kind), "pods", candidates, selector)
        going = sum(is_terminating(pod) and matches(selector, pod["metadata"].get("labels")) for pod in owned)
        return tally(rs, mine, going, now), mine, claims

    def _uniform(self, roster: Roster, rs: Obj, view: View) -> bool:
        """Whether the roster's counts say all: every pod has the template's labels, and ready is available."""
        spec = rs["spec"]
        if spec.get("minReadySeconds"):
            return False
        labels = (spec["template"].get("metadata") or {}).get("labels") or {}
        if roster.labels is not labels and roster.labels != labels:
            owned = view.owned(rs["metadata"]["uid"])
            roster.compare_to(labels, [pod for key, pod in owned if key.resource == "pods"])
        return not roster.odd

    def _manage(
        self, key: Key, rs: Obj, seen: Tally, active: list[Obj] | None, view: View, now: Instant
    ) -> Sequence[Write]:
        surplus = min(seen.active - rs["spec"].get("replicas", 1), BURST)
        if not surplus or (surplus < 0 and ending(key.namespace, view)):
            return ()
        if surplus < 0:
            writes = decide(rs, seen, kind=self.kind)
            self._expectations.expect(key, now, creations=len(writes))
            return writes
        if active is None:
            owned = view.owned(rs["metadata"]["uid"])
            active = [pod for found, pod in owned if found.resource == "pods" and is_active(pod)]
        victims = doomed(active, self._related(rs, view), surplus, now)
        writes = decide(rs, seen, victims, self.kind)
        names = [pod["metadata"]["name"] for pod in victims]
        self._expectations.expect(key, now, deletions=names)
        return [*writes, *(event(key, "SuccessfulDelete", f"Deleted pod: {name}", self.name) for name in names)]

    def _related(self, rs: Obj, view: View) -> list[Obj]:
        """Pods of every set of the same controller: company on a node counts among them."""
        reference = controller_of(rs)
        if reference is None:
            return []
        related: list[Obj] = []
        for key, sibling in view.owned(reference["uid"]):
            if key.resource == self.resource:
                uid = sibling["metadata"]["uid"]
                related += [pod for found, pod in view.owned(uid) if found.resource == "pods"]
        return related

    def _told(self, key: Key) -> list[Write]:
        told = []
        for reason, text in self._news.pop(key, ()):
            say = warning if reason.startswith("Failed") else event
            told.append(say(key, reason, text, self.name))
        return told

    def _after(
        self, rs: Obj, seen: Tally, active: list[Obj] | None, waiting: Duration, now: Instant
    ) -> Duration | None:
        least = rs["spec"].get("minReadySeconds", 0)
        if least and seen.ready != seen.available:
            return next_availability(active or [], least, now) or least * SECOND
        return waiting or None

    def failed(self, write: Write, error: ApiError, now: Instant) -> None:
        """A write was refused: what was to follow it will not come either."""
        found = self._asked.dropped(write)
        if found is None:
            return
        key, dropped = found
        self._echoes.drop(key, dropped)
        for mine in dropped:
            if mine.key.resource == "pods" and mine.verb == "create":
                self._expectations.created(key)
            elif mine.key.resource == "pods" and mine.verb == "delete":
                self._expectations.deleted(key, mine.key.name)
        if write.key.resource != "pods" or _terminating(error):
            return
        if write.verb == "create":
            self._failures[key] = str(error)
            self._news.setdefault(key, []).append(("FailedCreate", f"Error creating: {error}"))
        elif write.verb == "delete":
            self._failures[key] = f"unable to delete pods: {error}"
            self._news.setdefault(key, []).append(("FailedDelete", f"Error deleting: {error}"))

    def _forget(self, key: Key) -> None:
        self._expectations.forget(key)
        self._echoes.forget(key)
        self._asked.clear(key)
        self._failures.pop(key, None)
        self._news.pop(key, None)


def _same_standing(old: Obj, new: Obj) -> bool:
    before, after = old["metadata"], new["metadata"]
    return (
        before.get("ownerReferences") is after.get("ownerReferences")
        and before.get("labels") is after.get("labels")
        and before.get("deletionTimestamp") == after.get("deletionTimestamp")
    )


def _terminating(error: ApiError) -> bool:
    causes = error.details.get("causes") or ()
    return any(cause.get("reason") == "NamespaceTerminating" for cause in causes)


class ReplicationControllerController(ReplicaSetController):
    """The same over the core group's ReplicationController, whose selector is a plain map."""

    name: ClassVar[str] = "replication-controller"
    resource: ClassVar[str] = "replicationcontrollers"
    kind: ClassVar[str] = "ReplicationController"
    tells_terminating: ClassVar[bool] = False
    watches: ClassVar[tuple[Watch, ...]] = (Watch("replicationcontrollers", "sets"), Watch("pods", "pods"))

    def selector(self, rs: Obj) -> Obj:
        """The plain map as a LabelSelector."""
        return {"matchLabels": rs["spec"].get("selector") or {}}
