"""kube-scheduler v1.36 with its default profile, as a controller of one key.

Source: pkg/scheduler. Its watches are its event handlers: they keep cache and queue; a reconcile places the pods that
can be tried now and hands the bindings back. Differs from the real one: see README.md of this folder.
"""

from __future__ import annotations

from typing import ClassVar

from seatrial.fakes.scheduler.cache import PodInfo
from seatrial.fakes.scheduler.diagnosis import NO_NODES, Diagnosis
from seatrial.fakes.scheduler.handlers import CYCLE, Handlers
from seatrial.fakes.scheduler.preemption import Candidate
from seatrial.fakes.scheduler.queue import WINDOW, Entry
from seatrial.fakes.scheduler.writes import (
    SCHEDULER,
    bind_write,
    event_write,
    nomination_write,
    refused_write,
    victim_writes,
)
from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import ApiError, View, Write

__all__ = ["CYCLE", "Scheduler"]

# Pods tried in one reconcile: enough to amortise it, few enough that other controllers get their turn.
BATCH_MAX = 500
# Since v1.34 the DynamicResources plugin post-filters first. It has nothing to give back here and says so; where a
# pre-filter refused the pod it was never asked and fails with the bare error of a missing key, which ends the phase.
CLAIMS_SINCE = "1.34"
NO_CLAIMS = "no new claims to deallocate"
CLAIMS_UNREADY = "not found"
MINORS = ("1.33", "1.34", "1.35", "1.36")


class Scheduler(Handlers):
    """The controller. All of its state is memory: a new one learns everything from its watches."""

    name: ClassVar[str] = SCHEDULER
    workers: ClassVar[int] = 1
    watches: ClassVar[tuple[Watch, ...]] = (
        Watch("namespaces", "on_namespace"),
        Watch("nodes", "on_node"),
        Watch("storageclasses.storage.k8s.io", "on_storage_class"),
        Watch("csinodes.storage.k8s.io", "on_csi_node"),
        Watch("volumeattachments.storage.k8s.io", "on_attachment"),
        Watch("persistentvolumes", "on_volume"),
        Watch("persistentvolumeclaims", "on_claim"),
        Watch("services", "on_service"),
        Watch("replicationcontrollers", "on_replication_controller"),
        Watch("replicasets.apps", "on_replica_set"),
        Watch("statefulsets.apps", "on_stateful_set"),
        Watch("poddisruptionbudgets.policy", "on_budget"),
        Watch("pods", "on_pod"),
    )

    def __init__(self, stream: Stream, minor: str = "1.36", percentage_of_nodes_to_score: int = 0) -> None:
        if minor not in MINORS:
            raise Unsupported(f"kube-scheduler {minor}; known are {', '.join(MINORS)}")
        super().__init__(stream, percentage_of_nodes_to_score)
        self.minor = minor

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Try the pods that can be tried now."""
        writes, self._news = self._news, []
        queue = self.queue
        queue.settle(now)
        queue.flush(now)
        for pod, node, problem in self.bindings.ready(now):
            if problem:
                self._binding_failed(pod, problem, now, writes)
            else:
                writes.append(bind_write(pod, node))
        tried = 0
        while tried < BATCH_MAX:
            entry = queue.pop()
            if entry is None:
                break
            tried += 1
            self._try(entry, now, writes)
            queue.settle(now)
        if tried == BATCH_MAX:
            return Next(tuple(writes), 0, independent=True)
        due = [when for when in (queue.next_due(), self.bindings.next_due()) if when is not None]
        if self.bindings.under_way:
            # A binding that is refused comes back through `failed`, which queues no key.
            due.append(now + WINDOW)
        if not due:
            return Next(tuple(writes), None, independent=True) if writes else DONE
        return Next(tuple(writes), max(min(due) - now, 0), independent=True)

    def failed(self, write: Write, error: ApiError, now: Instant) -> None:
        """The API refused a write."""
        uid = write.uid
        if write.verb == "bind" or write.key.resource in {"persistentvolumeclaims", "persistentvolumes"}:
            for pod in self.bindings.affected(write):
                self._binding_failed(pod, error.message, now, self._news, gone=error.reason == "NotFound")
        elif write.verb == "delete":
            waiting = self.bindings.preemptors.pop(uid, None)
            if waiting is not None and error.reason != "NotFound":
                self.queue.activate(waiting)

    def _try(self, entry: Entry, now: Instant, writes: list[Write]) -> None:
        pod, cycle = entry.pod, self.cycle
        if pod.terminating:
            text = f"skip schedule deleting pod: {pod.namespace}/{pod.name}"
            writes.append(event_write(pod, "Warning", "FailedScheduling", text, "Scheduling"))
            return
        if not len(cycle.cache):
            self._refused(entry, now, writes, NO_NODES, frozenset(), None)
            return
        found = cycle.place(pod)
        if isinstance(found, Diagnosis):
            nominee, post = self._post_filter(pod, found, now, writes)
            self._refused(entry, now, writes, found.text(post), found.plugins, nominee)
            return
        node = cycle.cache.nodes[found]
        assert node is not None
        self.bindings.assume(entry, node, now, writes)

    def _post_filter(self, pod: PodInfo, found: Diagnosis, now: Instant, writes: list[Write]) -> tuple[str | None, str]:
        """(nomination: None leaves it as it is, what to add to the message)."""
        claims = self.minor >= CLAIMS_SINCE
        if claims and found.everywhere is not None:
            return None, CLAIMS_UNREADY
        candidate, said, stands = self.preemption.attempt(pod, found)
        if candidate is not None:
            self._preempt(pod, candidate, now, writes)
            return candidate.node.name, ""
        return (None if stands else ""), f"{NO_CLAIMS}, {said}" if claims else said

    def _preempt(self, pod: PodInfo, candidate: Candidate, now: Instant, writes: list[Write]) -> None:
        node, priority = candidate.node.name, pod.shape.priority
        for rival in self.cycle.nominator.on(node):
            if rival.shape.priority < priority:
                self.cycle.nominator.forget(rival.uid)
                writes.append(nomination_write(rival, ""))
        for victim in candidate.victims:
            if not victim.terminating:
                self.bindings.preemptors[victim.uid] = pod.uid
                writes.extend(victim_writes(victim, pod, node, now))

    def _refused(
        self,
        entry: Entry,
        now: Instant,
        writes: list[Write],
        text: str,
        plugins: frozenset[str],
        nominee: str | None,
        reason: str = "Unschedulable",
    ) -> None:
        """Back to the queue, with the event and the condition. nominee: None leaves the nomination as it is."""
        pod = entry.pod
        self.queue.requeue(entry, now, plugins)
        if nominee is not None:
            self.cycle.nominator.nominate(pod, nominee)
        writes.append(event_write(pod, "Warning", "FailedScheduling", text, "Scheduling"))
        patch = refused_write(pod, reason, text, nominee, now)
        if patch is not None:
            writes.append(patch)

    def _binding_failed(
        self, pod: PodInfo, problem: str, now: Instant, writes: list[Write], *, gone: bool = False
    ) -> None:
        entry = self._unplace(pod)
        if entry is not None and not gone:
            self._refused(entry, now, writes, problem, frozenset(), "", reason="SchedulerError")
