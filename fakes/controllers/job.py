"""Jobs: pods that run to their end, counted once and for all.

Source: pkg/controller/job (v1.36.3).
Differs from the real one: what goes out in batches of 1, 2, 4, ... goes out one after another; metrics, Workloads and
PodGroups (gate GangScheduling, off) are not modelled; orphaned pods are adopted without a live look at the Job.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from seatrial.fakes.controllers.words.asked import Asked
from seatrial.fakes.controllers.words.claims import claim
from seatrial.fakes.controllers.words.echoes import Echoes
from seatrial.fakes.controllers.words.events import event, warning
from seatrial.fakes.controllers.words.expectations import Expectations
from seatrial.fakes.controllers.words.failures import Backoff
from seatrial.fakes.controllers.words.finished import finished_condition
from seatrial.fakes.controllers.words.jobfacts import FINALIZER, JOBS, NAME, has_finalizer, release_finalizer
from seatrial.fakes.controllers.words.jobsync import JobSync
from seatrial.fakes.controllers.words.meta import controller_of, ending
from seatrial.fakes.controllers.words.ownership import Ownership
from seatrial.harness.kernel.time import SECOND, Duration, Instant
from seatrial.harness.ports.controller import DONE, Next, Watch, again
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, View, Write

__all__ = ["Decision", "JobController", "decide"]

# SyncJobBatchPeriod: changes of pods are looked at together, a second after the first of them.
BATCH: Duration = SECOND


class Decision(NamedTuple):
    """One sync's answer, and what the controller is to remember of it."""

    next: Next
    backoff: Backoff
    creations: int
    deletions: tuple[str, ...]
    finished: bool


def decide(
    job: Obj,
    pods: Sequence[Obj],
    now: Instant,
    *,
    backoff: Backoff | None = None,
    released: Iterable[str] = (),
    settled: bool = True,
    failing: bool = False,
) -> Decision:
    """One sync.

    backoff: failures so far. released: uids whose finalizer is gone, though the view may still show it.
    settled: nothing that was asked for is still to be seen. failing: the last answer met an error.
    """
    before = backoff or Backoff()
    sync = JobSync(job, pods, now, frozenset(released), before, settled)
    sync.run()
    parts = (sync.track_writes, sync.pod_writes) if failing else (sync.pod_writes, sync.track_writes)
    writes = (*parts[0], *parts[1], *sync.events)
    kept = sync.backoff if sync.flushed else before
    return Decision(Next(writes, sync.after), kept, sync.creations, tuple(sync.deletions), sync.done)


class JobController:
    """The twin of kube-controller-manager's job-controller."""

    name: ClassVar[str] = NAME
    watches: ClassVar[tuple[Watch, ...]] = (Watch(JOBS, "jobs"), Watch("pods", "pods"))
    workers: ClassVar[int] = 5

    def __init__(self) -> None:
        self._ownership = Ownership(JOBS, "Job", "pods")
        self._expectations = Expectations()
        self._backoffs: dict[Key, Backoff] = {}
        self._released: dict[Key, dict[str, None]] = {}
        self._finished: dict[str, None] = {}
        self._asked = Asked()
        self._echoes = Echoes()
        self._failing: dict[Key, str] = {}
        self._news: dict[Key, list[str]] = {}
        self._urgent: dict[Key, None] = {}
        self._due: dict[Key, Instant] = {}

    # What is watched.

    def jobs(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """The Job's own key, at once if it is new or its spec has changed; pods that a gone Job leaves behind."""
        job = new if new is not None else old
        assert job is not None
        meta = job["metadata"]
        key = Key(JOBS, meta["namespace"], meta["name"])
        if old is None or new is None or old["metadata"].get("generation") != meta.get("generation"):
            self._urgent[key] = None
        keys = [key]
        if new is None or finished_condition(new):
            keys += [found for found, pod in view.owned(meta["uid"]) if found.resource == "pods" and has_finalizer(pod)]
        return keys

    def pods(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """The Job that a pod belongs to; the pod itself if it waits for a Job that is gone."""
        keys = self._ownership.keys(old, new, view)
        pod = new if new is not None else old
        assert pod is not None
        if not keys:
            return () if new is None or not has_finalizer(new) or controller_of(new) is not None else (_key(new),)
        self._observe(keys[-1], old, new, pod)
        if new is not None and has_finalizer(new):
            job = view.get(JOBS, keys[-1].namespace, keys[-1].name)
            if job is None or finished_condition(job):
                keys.append(_key(new))
        return keys

    def _observe(self, key: Key, old: Obj | None, new: Obj | None, pod: Obj) -> None:
        meta = pod["metadata"]
        if new is None or not has_finalizer(new):
            released = self._released.get(key)
            if released is not None:
                released.pop(meta["uid"], None)
        if new is None or "deletionTimestamp" in new["metadata"]:
            self._expectations.deleted(key, meta["name"])
        elif old is None and self._expectations.creations(key):
            self._expectations.created(key)
            self._news.setdefault(key, []).append(f"Created pod: {meta['name']}")

    # Deciding.

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Sync a Job, or let go of a pod whose Job is gone."""
        if key.resource == "pods":
            return _let_go(view.get("pods", key.namespace, key.name), view)
        job = view.get(JOBS, key.namespace, key.name)
        if job is None:
            self._forget(key)
            return DONE
        uid = job["metadata"]["uid"]
        if finished_condition(job):
            self._backoffs.pop(key, None)
            self._finished.pop(uid, None)
            return Next(tuple(self._told(key)))
        manager = job["spec"].get("managedBy")
        if uid in self._finished or (manager is not None and manager != "kubernetes.io/job-controller"):
            return DONE
        wait = self._batch(key, now)
        if wait:
            return again(wait)
        return self._sync(key, job, view, now)

    def _batch(self, key: Key, now: Instant) -> Duration:
        """How long to wait for more changes; 0 if it is time."""
        if key in self._urgent:
            del self._urgent[key]
        else:
            due = self._due.setdefault(key, now + BATCH)
            if now < due:
                return due - now
        self._due.pop(key, None)
        return 0

    def _sync(self, key: Key, job: Obj, view: View, now: Instant) -> Next:
        self._asked.clear(key)
        if not self._echoes.is_fresh(key, job):
            return DONE
        waiting = self._expectations.wait(key, now)
        owned = [pod for found, pod in view.owned(job["metadata"]["uid"]) if found.resource == "pods"]
        candidates = owned + self._ownership.orphans.of(key.namespace, view)
        selector = job["spec"].get("selector") or {}
        mine, claims = claim(job, ("batch/v1", "Job"), "pods", candidates, selector, (FINALIZER,))
        failed = self._failing.pop(key, "")
        decision = decide(
            job,
            mine,
            now,
            backoff=self._backoffs.get(key),
            released=self._released.get(key, ()),
            settled=not waiting and not ending(key.namespace, view),
            failing=bool(failed),
        )
        self._remember(key, job, decision, now)
        told = [warning(key, "FailedCreate", f"Error creating: {failed}", NAME)] if failed else []
        writes = (*claims, *self._told(key), *told, *decision.next.writes)
        self._asked.note(key, writes)
        self._echoes.note(key, job, writes)
        after = decision.next.after
        if after is not None:
            # The timer is not a change: what it brings is looked at without waiting for more.
            self._due[key] = now + after
        return Next(writes, after if after is not None else self._expectations.wait(key, now) or None)

    def _remember(self, key: Key, job: Obj, decision: Decision, now: Instant) -> None:
        self._backoffs[key] = decision.backoff
        if decision.creations or decision.deletions:
            self._expectations.expect(key, now, decision.creations, decision.deletions)
        for write in decision.next.writes:
            if write.verb == "patch":
                self._released.setdefault(key, {})[write.body["metadata"]["uid"]] = None
        if decision.finished:
            self._finished[job["metadata"]["uid"]] = None

    def _told(self, key: Key) -> list[Write]:
        news = self._news.pop(key, ())
        return [event(key, "SuccessfulCreate", text, NAME) for text in news]

    def failed(self, write: Write, error: ApiError, now: Instant) -> None:
        """A write was refused: nothing that was to follow it will come."""
        found = self._asked.dropped(write)
        if found is None:
            return
        key, dropped = found
        self._echoes.drop(key, dropped)
        for mine in dropped:
            if mine.verb == "create":
                self._expectations.created(key)
            elif mine.verb == "delete":
                self._expectations.deleted(key, mine.key.name)
            elif mine.verb == "patch":
                self._released.get(key, {}).pop(mine.body["metadata"]["uid"], None)
            elif mine.subresource == "status":
                self._finished.pop(mine.body["metadata"]["uid"], None)
        if write.verb == "create":
            self._failing[key] = str(error)
        self._urgent[key] = None

    def _forget(self, key: Key) -> None:
        self._expectations.forget(key)
        self._asked.clear(key)
        self._echoes.forget(key)
        for memory in (self._backoffs, self._released, self._failing, self._news, self._urgent, self._due):
            memory.pop(key, None)


def _key(pod: Obj) -> Key:
    return Key("pods", pod["metadata"]["namespace"], pod["metadata"]["name"])


def _let_go(pod: Obj | None, view: View) -> Next:
    """Take the finalizer off a pod that no living Job will count."""
    if pod is None or not has_finalizer(pod):
        return DONE
    reference = controller_of(pod)
    if reference is not None:
        job = view.get(JOBS, pod["metadata"]["namespace"], reference["name"])
        if job is not None and job["metadata"]["uid"] == reference["uid"] and not finished_condition(job):
            return DONE
    return Next((release_finalizer(pod),))
