"""Pods between the decision and the binding: assumed on their node, waiting for their volumes first.

Source: schedule_one.go (assume, bindingCycle) and volumebinding (PreBind: write, then poll each second).
"""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.cycle import Cycle
from seatrial.fakes.scheduler.queue import Entry
from seatrial.fakes.scheduler.volumes import BOUND_BY_CONTROLLER, SELECTED_NODE, Plan
from seatrial.fakes.scheduler.writes import bind_write, nomination_write
from seatrial.harness.kernel.time import SECOND, Duration, Instant
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import Write

__all__ = ["Bindings"]

# VolumeBindingArgs.bindTimeoutSeconds.
VOLUMES_MAX: Duration = 600 * SECOND
POLL: Duration = SECOND
TIMED_OUT = "binding volumes: context deadline exceeded"


class _Waiting:
    """A pod whose volumes are not bound yet."""

    __slots__ = ("plan", "pod", "start")

    def __init__(self, pod: PodInfo, plan: Plan, start: Instant) -> None:
        self.pod = pod
        self.plan = plan
        self.start = start


class Bindings:
    """All assumed pods."""

    __slots__ = ("_cycle", "_entries", "_waiting", "look_again", "preemptors")

    def __init__(self, cycle: Cycle) -> None:
        self._cycle = cycle
        self._entries: dict[str, Entry] = {}
        self._waiting: dict[str, _Waiting] = {}
        # Victim to the pod that it was deleted for, so that a failed deletion is tried again.
        self.preemptors: dict[str, str] = {}
        self.look_again = False

    def assumed(self, uid: str) -> PodInfo | None:
        """The pod, if it is assumed somewhere."""
        entry = self._entries.get(uid)
        return entry.pod if entry is not None else None

    @property
    def under_way(self) -> bool:
        """Whether some binding has been sent and not been seen."""
        return len(self._entries) > len(self._waiting)

    def assume(self, entry: Entry, node: NodeInfo, now: Instant, writes: list[Write]) -> None:
        """Place a pod in memory and send what its binding needs first."""
        pod, cycle = entry.pod, self._cycle
        plan = None
        if pod.shape.claims and not cycle.volumes.bound(pod):
            plan = cycle.volumes.plan(pod, node)
        pod.node = node.name
        pod.assumed = True
        self._entries[pod.uid] = entry
        cycle.cache.pods[pod.uid] = pod
        cycle.put(pod)
        cycle.nominator.forget(pod.uid)
        if plan is None:
            writes.append(bind_write(pod, node.name))
            return
        cycle.volumes.assume(plan, node.name)
        self._waiting[pod.uid] = _Waiting(pod, plan, now)
        if (pod.obj.get("status") or {}).get("nominatedNodeName") != node.name:
            writes.append(nomination_write(pod, node.name))
        writes.extend(self._claim_writes(plan, node.name))

    def _claim_writes(self, plan: Plan, node: str) -> Iterator[Write]:
        volumes = self._cycle.volumes
        for name, key in plan.bindings:
            claim = volumes.claims[key]
            reference = {
                "kind": "PersistentVolumeClaim",
                "apiVersion": "v1",
                "namespace": key[0],
                "name": key[1],
                "uid": claim["metadata"].get("uid"),
                "resourceVersion": claim["metadata"].get("resourceVersion"),
            }
            body = {"metadata": {"annotations": {BOUND_BY_CONTROLLER: "yes"}}, "spec": {"claimRef": reference}}
            yield Write("patch", Key("persistentvolumes", "", name), body)
        for key in plan.provisions:
            body = {"metadata": {"annotations": {SELECTED_NODE: node}}}
            yield Write("patch", Key("persistentvolumeclaims", *key), body)

    def ready(self, now: Instant) -> list[tuple[PodInfo, str, str]]:
        """(pod, node, problem) of those whose poll finds the volumes bound, lost or overdue."""
        self.look_again = False
        done = []
        for uid, waiting in list(self._waiting.items()):
            pod = waiting.pod
            problem = self._problem(waiting, now)
            if problem is None:
                continue
            del self._waiting[uid]
            self._cycle.volumes.revert(waiting.plan)
            done.append((pod, pod.node, problem))
        return done

    def _problem(self, waiting: _Waiting, now: Instant) -> str | None:
        """ "" once bound, a text once hopeless, None as long as it waits."""
        volumes, pod = self._cycle.volumes, waiting.pod
        if now - waiting.start >= VOLUMES_MAX:
            return TIMED_OUT
        if now < self._next_poll(waiting, now):
            return None
        for key in waiting.plan.provisions:
            claim = volumes.claims.get(key)
            if claim is None:
                name = "/".join(key)
                return f'binding volumes: failed to check provisioning pvc: could not find PVC "{name}"'
            if volumes.selected_node(key) not in {None, pod.node}:
                return f'binding volumes: provisioning failed for PVC "{key[1]}"'
        return "" if volumes.bound(pod) else None

    def _next_poll(self, waiting: _Waiting, now: Instant) -> Instant:
        passed = max(now - waiting.start, 1)
        return waiting.start + -(-passed // POLL) * POLL

    def next_due(self) -> Instant | None:
        """The next poll that can find something, or the end of patience."""
        due = []
        for waiting in self._waiting.values():
            due.append(waiting.start + VOLUMES_MAX)
            if self._cycle.volumes.bound(waiting.pod):
                due.append(waiting.start + POLL)
        return min(due, default=None)

    def confirm(self, uid: str) -> PodInfo | None:
        """The API has the binding, or the pod is gone: no longer assumed."""
        entry = self._entries.pop(uid, None)
        waiting = self._waiting.pop(uid, None)
        if waiting is not None:
            self._cycle.volumes.revert(waiting.plan)
        return entry.pod if entry is not None else None

    def forget(self, pod: PodInfo) -> Entry | None:
        """The binding failed: the pod is nowhere again."""
        entry = self._entries.pop(pod.uid, None)
        waiting = self._waiting.pop(pod.uid, None)
        if waiting is not None:
            self._cycle.volumes.revert(waiting.plan)
        if entry is None:
            return None
        self._cycle.cache.pods.pop(pod.uid, None)
        self._cycle.take(pod)
        pod.node = ""
        pod.assumed = False
        return entry

    def affected(self, write: Write) -> list[PodInfo]:
        """The assumed pods that a refused write was for."""
        if write.verb == "bind":
            pod = self.assumed(write.uid)
            return [pod] if pod is not None else []
        spot = write.key
        return [
            waiting.pod
            for waiting in self._waiting.values()
            if (spot.namespace, spot.name) in waiting.plan.provisions
            or any(name == spot.name for name, _ in waiting.plan.bindings)
        ]
