"""Pod garbage collection: pods that no kubelet will ever finish, and finished ones above a threshold.

Source: pkg/controller/podgc (v1.36.3).
Differs from the real one: it knows which pods may be of interest, so a pass that would find nothing does not happen;
that a Node is gone is read from the informer, not asked for again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from seatrial.fakes.controllers.nodes.health import is_out_of_service
from seatrial.fakes.controllers.words.conditions import put
from seatrial.fakes.controllers.words.passes import Passes
from seatrial.fakes.controllers.words.pods import FINISHED, phase_of
from seatrial.harness.kernel.time import MILLISECOND, SECOND, Duration, Instant, rfc3339
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import View, Write

__all__ = ["PodGC", "decide", "surplus"]

PERIOD: Duration = 20 * SECOND + MILLISECOND
QUARANTINE: Duration = 40 * SECOND
TERMINATED_MAX = 12_500
PASSES = Key("passes", "", "")


def decide(pod: Obj, now: Instant, *, orphaned: bool = False) -> tuple[Write, ...]:
    """The writes that end a pod by force: it has failed, and is gone."""
    meta = pod["metadata"]
    key = Key("pods", meta["namespace"], meta["name"])
    delete = Write("delete", key, uid=meta["uid"], grace=0, tolerate=("NotFound",))
    if phase_of(pod) in FINISHED:
        return (delete,)
    status: Obj = {"phase": "Failed"}
    if meta.get("generation"):
        status["observedGeneration"] = meta["generation"]
    if orphaned:
        target: Obj = {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": "DeletionByPodGC",
            "message": "PodGC: node no longer exists",
            "lastTransitionTime": rfc3339(now),
        }
        if meta.get("generation"):
            target["observedGeneration"] = meta["generation"]
        have = (pod.get("status") or {}).get("conditions") or []
        if put(have, target) is not have:
            status["conditions"] = [target]
    body = {"metadata": {"uid": meta["uid"]}, "status": status}
    patch = Write("patch", key, body, subresource="status", patch="strategic", tolerate=("NotFound",))
    return patch, delete


def surplus(pods: Iterable[Obj], count_max: int = TERMINATED_MAX) -> list[Obj]:
    """The finished pods above a threshold: evicted ones first, then the oldest."""
    listed = list(pods)
    count = len(listed) - count_max
    return sorted(listed, key=_rank)[:count] if count > 0 else []


def _rank(pod: Obj) -> tuple[bool, str, str]:
    status, meta = pod.get("status") or {}, pod["metadata"]
    evicted = status.get("phase") == "Failed" and status.get("reason") == "Evicted"
    return not evicted, meta["creationTimestamp"], meta["name"]


class PodGC:
    """One key, for the passes; the event handlers keep what a pass would look for."""

    name: ClassVar[str] = "pod-garbage-collector"
    watches: ClassVar[tuple[Watch, ...]] = (Watch("pods", "pod_changed"), Watch("nodes", "node_changed"))
    workers: ClassVar[int] = 1

    def __init__(self, *, terminated_max: int = TERMINATED_MAX, phase: Duration = 0) -> None:
        self.terminated_max = terminated_max
        self.passes = Passes(PERIOD, phase)
        self.missing: dict[str, Instant] = {}  # nodes that pods name but nobody has, and since which pass; 0: none yet
        self.unscheduled: dict[Key, None] = {}  # terminating, without a node
        self.finished: dict[Key, None] = {}
        self.outed: dict[str, None] = {}  # nodes out of service

    def node_changed(self, old: Obj | None, new: Obj | None, view: View) -> tuple[Key, ...]:
        """A node went, came back, or was put out of service."""
        if new is None:
            name = (old or {})["metadata"]["name"]
            self.outed.pop(name, None)
            if any(True for _ in view.pods_on(name)):
                self.missing.setdefault(name, 0)
                return (PASSES,)
            return ()
        name = new["metadata"]["name"]
        self.missing.pop(name, None)
        if not is_out_of_service(new):
            self.outed.pop(name, None)
            # The first node is as good a start of the passes as any.
            return (PASSES,) if self.passes.origin < 0 else ()
        self.outed[name] = None
        return (PASSES,)

    def pod_changed(self, old: Obj | None, new: Obj | None, view: View) -> tuple[Key, ...]:
        """A pod finished, is to end without a node, was bound to nowhere, or went."""
        if new is None:
            if self.unscheduled or self.finished:
                key = _key(old or {})
                self.unscheduled.pop(key, None)
                self.finished.pop(key, None)
            return ()
        node = new["spec"].get("nodeName")
        terminating = "deletionTimestamp" in new["metadata"]
        if terminating:
            if not node:
                self.unscheduled[_key(new)] = None
                return (PASSES,)
            if node in self.outed:
                return (PASSES,)
        if phase_of(new) in FINISHED:
            self.finished[_key(new)] = None
            return (PASSES,) if len(self.finished) > self.terminated_max else ()
        if (
            node
            and (old is None or not old["spec"].get("nodeName"))
            and view.get("nodes", "", node) is None
            and node not in self.missing
        ):
            self.missing[node] = 0
            return (PASSES,)
        return ()

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """A pass, or the wait for the next one."""
        self.passes.begin(now)
        writes = self._pass(view, now) if self.passes.due(now) else ()
        if not self._awaits(view):
            return Next(writes) if writes else DONE
        return Next(writes, self.passes.next(now) - now, independent=True)

    def _awaits(self, view: View) -> bool:
        """Whether another pass would find something."""
        return bool(
            self.missing
            or self.unscheduled
            or len(self.finished) > self.terminated_max
            or any(self._ending_on(node, view) for node in self.outed)
        )

    def _ending_on(self, node: str, view: View) -> list[Obj]:
        return [pod for pod in view.pods_on(node) if "deletionTimestamp" in pod["metadata"]]

    def _pass(self, view: View, now: Instant) -> tuple[Write, ...]:
        writes: list[Write] = []
        finished = (view.get(*key) for key in self.finished)
        for pod in surplus((pod for pod in finished if pod is not None), self.terminated_max):
            writes.extend(decide(pod, now))
        for node in self.outed:
            for pod in self._ending_on(node, view):
                writes.extend(decide(pod, now))
        writes.extend(self._orphans(view, now))
        for key in self.unscheduled:
            found = view.get(*key)
            if found is not None and not found["spec"].get("nodeName"):
                writes.extend(decide(found, now))
        return tuple(writes)

    def _orphans(self, view: View, now: Instant) -> list[Write]:
        writes: list[Write] = []
        for node, since in list(self.missing.items()):
            pods = list(view.pods_on(node))
            if not pods:
                del self.missing[node]
            elif not since:
                self.missing[node] = now
            elif now >= since + QUARANTINE:
                for pod in pods:
                    writes.extend(decide(pod, now, orphaned=True))
        return writes


def _key(pod: Obj) -> Key:
    meta = pod["metadata"]
    return Key("pods", meta["namespace"], meta["name"])
