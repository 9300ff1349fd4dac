"""Taint eviction: pods leave a node with a NoExecute taint once their toleration has run out.

Source: pkg/controller/tainteviction (v1.36.3).
Differs from the real one: a refused eviction is tried again with back-off for ever, where the real one gives up after
five tries in 50 ms and only thinks of it again when it is restarted or the node's taints change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from seatrial.fakes.controllers.words.events import event
from seatrial.fakes.controllers.words.nodes import tolerates
from seatrial.fakes.controllers.words.pods import condition
from seatrial.harness.kernel.time import SECOND, Duration, Instant, rfc3339
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, View, Write

__all__ = ["TaintEviction", "Work", "decide", "tolerated_for"]

COMPONENT = "taint-eviction-controller"
FOREVER: Duration = -1

Taints = Sequence[Obj]


class Work(NamedTuple):
    """An eviction that is planned."""

    created: Instant
    fire: Instant


def tolerated_for(taints: Taints, tolerations: Iterable[Obj]) -> Duration | None:
    """How long all the taints are tolerated; FOREVER, or None if one of them is not at all."""
    listed = tuple(tolerations)
    used = []
    for taint in taints:
        toleration = next((t for t in listed if tolerates(t, taint)), None)
        if toleration is None:
            return None
        used.append(toleration)
    seconds = [t["tolerationSeconds"] for t in used if t.get("tolerationSeconds") is not None]
    return max(0, min(seconds)) * SECOND if seconds else FOREVER


def decide(taints: Taints, tolerations: Iterable[Obj], planned: Work | None, now: Instant) -> Work | None:
    """The eviction that is to be planned for a pod; one that is due fires at once.

    A plan that stands is kept as it is, whatever its taints have become, as long as they are tolerated for a time.
    """
    length = tolerated_for(taints, tolerations)
    if length is None:
        return Work(now, now)
    if length == FOREVER:
        return None
    if planned is not None and planned.created < now:
        return planned
    return Work(now, now + length)


class TaintEviction:
    """Keys are pods; a node's change of NoExecute taints queues all of its pods."""

    name: ClassVar[str] = COMPONENT
    watches: ClassVar[tuple[Watch, ...]] = (Watch("nodes", "node_changed"), Watch("pods", "pod_changed"))
    # Each eviction has a goroutine of its own in the real one.
    workers: ClassVar[int] = 1_000_000

    def __init__(self) -> None:
        self.taints: dict[str, list[Obj]] = {}  # NoExecute taints of the nodes that have any
        self.works: dict[Key, Work] = {}

    def node_changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """The pods of a node whose NoExecute taints are others than before."""
        if new is None:
            # The pods' evictions stand: they are the node's no more, but nobody takes them back.
            self.taints.pop((old or {})["metadata"]["name"], None)
            return ()
        taints = _no_execute(new)
        if old is not None and (old["spec"] is new["spec"] or _no_execute(old) == taints):
            return ()
        name = new["metadata"]["name"]
        if taints:
            self.taints[name] = taints
        elif self.taints.pop(name, None) is None and old is not None:
            return ()
        return [Key("pods", pod["metadata"]["namespace"], pod["metadata"]["name"]) for pod in view.pods_on(name)]

    def pod_changed(self, old: Obj | None, new: Obj | None, view: View) -> tuple[Key, ...]:
        """A pod that was bound, got other tolerations, or went."""
        if not self.taints and not self.works:
            return ()
        pod = new if new is not None else old
        assert pod is not None
        meta = pod["metadata"]
        key = Key("pods", meta["namespace"], meta["name"])
        if new is None:
            return (key,) if key in self.works else ()
        spec = new["spec"]
        if spec.get("nodeName") not in self.taints:
            return ()
        if old is not None:
            before = old["spec"]
            if before is spec or (
                before.get("nodeName") == spec.get("nodeName") and before.get("tolerations") == spec.get("tolerations")
            ):
                return ()
        return (key,)

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Plan, keep, cancel or carry out one pod's eviction."""
        planned = self.works.get(key)
        pod = view.get(*key)
        if pod is None:
            return self._cancel(key, planned)
        taints = self.taints.get(pod["spec"].get("nodeName", ""))
        if taints is None:
            known = view.get("nodes", "", pod["spec"].get("nodeName", "")) is not None
            work = None if known else planned
        else:
            work = decide(taints, pod["spec"].get("tolerations") or (), planned, now)
        if work is None:
            return self._cancel(key, planned)
        if work.fire > now:
            self.works[key] = work
            return Next((), work.fire - now)
        self.works.pop(key, None)
        writes = _eviction(key, pod, now)
        if planned is not None and planned.fire > now:
            writes = (_cancellation(key), *writes)
        return Next(writes)

    def failed(self, write: Write, error: ApiError, now: Instant) -> None:
        """An eviction that was refused stays due."""
        self.works[write.key] = Work(now, now)

    def _cancel(self, key: Key, planned: Work | None) -> Next:
        if planned is None:
            return DONE
        del self.works[key]
        return Next((_cancellation(key),))


def _no_execute(node: Obj) -> list[Obj]:
    return [taint for taint in (node.get("spec") or {}).get("taints") or () if taint["effect"] == "NoExecute"]


def _cancellation(key: Key) -> Write:
    return event(key, "TaintManagerEviction", f"Cancelling deletion of Pod {key.namespace}/{key.name}", COMPONENT)


def _eviction(key: Key, pod: Obj, now: Instant) -> tuple[Write, ...]:
    """The event, the condition that tells why, the deletion."""
    writes = [event(key, "TaintManagerEviction", f"Marking for deletion Pod {key.namespace}/{key.name}", COMPONENT)]
    have = condition(pod, "DisruptionTarget")
    if have is None or have["status"] != "True" or have.get("reason") != "DeletionByTaintManager":
        meta = pod["metadata"]
        target: Obj = {
            "type": "DisruptionTarget",
            "status": "True",
            "reason": "DeletionByTaintManager",
            "message": "Taint manager: deleting due to NoExecute taint",
            "lastTransitionTime": rfc3339(now)
            if have is None or have["status"] != "True"
            else have["lastTransitionTime"],
        }
        if meta.get("generation"):
            target["observedGeneration"] = meta["generation"]
        body = {"metadata": {"uid": meta["uid"]}, "status": {"conditions": [target]}}
        writes.append(Write("patch", key, body, subresource="status", patch="strategic", tolerate=("NotFound",)))
    writes.append(Write("delete", key, tolerate=("NotFound",)))
    return tuple(writes)
