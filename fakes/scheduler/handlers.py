"""The scheduler's event handlers: they keep cache and queue as the cluster changes. Source: eventhandlers.go."""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.fakes.scheduler.binding import Bindings
from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.cycle import Cycle
from seatrial.fakes.scheduler.hints import FilterHints, node_changes, pod_changes
from seatrial.fakes.scheduler.preemption import Preemption
from seatrial.fakes.scheduler.queue import Entry, Queue
from seatrial.fakes.scheduler.refusal import Change
from seatrial.fakes.scheduler.signature import Shapes
from seatrial.fakes.scheduler.writes import SCHEDULER, event_write
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import View, Write

__all__ = ["CYCLE", "Handlers"]

CYCLE = Key("pods", "", "cycle")
_TURN: tuple[Key, ...] = (CYCLE,)
_NOTHING: tuple[Key, ...] = ()


class Handlers:
    """All that the scheduler remembers, kept up to date by its watches. They ask for a turn when there is work."""

    def __init__(self, stream: Stream, percentage_of_nodes_to_score: int) -> None:
        self.shapes = Shapes()
        self.cycle = Cycle(stream, percentage_of_nodes_to_score)
        self.queue = Queue(FilterHints(self.cycle.tallies, self.cycle.volumes))
        self.preemption = Preemption(self.cycle)
        self.bindings = Bindings(self.cycle)
        self._news: list[Write] = []

    def on_pod(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A pod came, changed, ended or went."""
        # The real informer's field selector leaves finished pods out: to it they are gone.
        was = old if old is not None and not _finished(old) else None
        now = new if new is not None and not _finished(new) else None
        if now is not None:
            if now["spec"].get("nodeName"):
                if was is None or not was["spec"].get("nodeName"):
                    self._arrived(now)
                else:
                    self._changed(was, now)
            elif was is None:
                if _ours(now):
                    self._wait(now)
            elif _ours(now):
                self._waiting_changed(now)
        elif was is not None:
            self._gone(was)
        return self._turn()

    def on_node(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A node came, changed or went."""
        cycle = self.cycle
        if new is None:
            assert old is not None
            self._node_gone(old["metadata"]["name"])
            return self._turn()
        if old is not None and _same_node(old, new):
            return _NOTHING
        name = new["metadata"]["name"]
        known = cycle.cache.by_name.get(name)
        before = _described(name, known.obj) if known is not None and known.obj is not None else None
        node, waiting = cycle.cache.set_node(new)
        cycle.tallies.place(node.slot, node)
        cycle.images.place(node.slot, node)
        cycle.cache.touch(node.slot)
        for pod in waiting:
            cycle.put(pod)
        kinds = ["node/add"] if before is None else node_changes(before, node)
        for kind in kinds:
            self.queue.move(Change(kind, before, node))
        return self._turn()

    def on_namespace(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A namespace's labels decide whom namespaceSelectors mean."""
        name = (new or old or {})["metadata"]["name"]
        self.cycle.tallies.namespace(name, None if new is None else new["metadata"].get("labels") or {})
        return _NOTHING

    def on_claim(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A claim came, changed or went."""
        self.cycle.volumes.claim(old, new)
        return self._storage("pvc", old, new)

    def on_volume(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A volume came, changed or went."""
        self.cycle.volumes.volume(old, new)
        return self._storage("pv", old, new)

    def on_storage_class(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A storage class came, changed or went."""
        self.cycle.volumes.storage_class(old, new)
        return self._storage("class", old, new)

    def on_csi_node(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A node's CSI drivers."""
        self.cycle.volumes.csi_node(old, new)
        return self._storage("csinode", old, new)

    def on_attachment(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A volume is attached to a node or no longer."""
        self.cycle.volumes.attachment(old, new)
        return self._storage("attachment", old, new)

    def on_service(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A Service's selector makes a group that is spread by default."""
        self.cycle.workloads.service(old, new)
        return _NOTHING

    def on_replica_set(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """So does a ReplicaSet's."""
        self.cycle.workloads.controller("replicasets.apps", old, new)
        return _NOTHING

    def on_stateful_set(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """So does a StatefulSet's."""
        self.cycle.workloads.controller("statefulsets.apps", old, new)
        return _NOTHING

    def on_replication_controller(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """So does a ReplicationController's."""
        self.cycle.workloads.controller("replicationcontrollers", old, new)
        return _NOTHING

    def on_budget(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A disruption budget, which preemption would rather keep."""
        self.preemption.budget(old, new)
        return _NOTHING

    # Pods.

    def _info(self, obj: Obj) -> PodInfo:
        return PodInfo(obj, self.shapes.of(obj))

    def _wait(self, obj: Obj) -> None:
        pod = self._info(obj)
        self.queue.add(pod)
        if nominee := _nominee(pod):
            self.cycle.nominator.nominate(pod, nominee)

    def _waiting_changed(self, obj: Obj) -> None:
        uid = obj["metadata"].get("uid") or ""
        entry = self.queue.entries.get(uid)
        if entry is None:
            assumed = self.bindings.assumed(uid)
            if assumed is None:
                self._wait(obj)
            elif "deletionTimestamp" in obj["metadata"]:
                self._unplace(assumed)
            return
        old, new = entry.pod, self._info(obj)
        before, after = _nominee(old), _nominee(new)
        if before or after:
            self.cycle.nominator.nominate(new, after)
        self.queue.update(new, list(pod_changes(old, new)))
        if before and before != after:
            self._unnominated(old, before)

    def _unnominated(self, pod: PodInfo, node: str) -> None:
        # Whoever was refused for the sake of this pod may fit now, as if it had run there.
        was = PodInfo(pod.obj, pod.shape)
        was.node = node
        self.queue.move(Change("pod/delete", was, None))

    def _arrived(self, obj: Obj) -> None:
        """A pod is on a node that was not, as far as the API goes."""
        pod = self._info(obj)
        self.queue.remove(pod.uid)
        self.cycle.nominator.forget(pod.uid)
        assumed = self.bindings.confirm(pod.uid)
        if assumed is not None:
            if assumed.node == pod.node and assumed.shape is pod.shape and not pod.terminating:
                assumed.obj = obj
                assumed.assumed = False
            else:
                self.cycle.take(assumed)
                self._place(pod)
            text = f"Successfully assigned {pod.namespace}/{pod.name} to {pod.node}"
            self._news.append(event_write(pod, "Normal", "Scheduled", text, "Binding"))
        else:
            self._place(pod)
        self.queue.move(Change("pod/add", None, pod))

    def _unplace(self, pod: PodInfo) -> Entry | None:
        """An assumed pod is nowhere again, and others may have its room."""
        entry = self.bindings.forget(pod)
        self.queue.move(Change("pod/delete", pod, None))
        return entry

    def _place(self, pod: PodInfo) -> None:
        self.cycle.cache.pods[pod.uid] = pod
        self.cycle.put(pod)

    def _changed(self, old: Obj, new: Obj) -> None:
        """A placed pod has another version."""
        meta = new["metadata"]
        pod = self.cycle.cache.pods.get(meta.get("uid") or f"{meta.get('namespace')}/{meta['name']}")
        if pod is None:
            self._arrived(new)
            return
        pod.obj = new
        same = old["spec"] is new["spec"] and old["metadata"].get("labels") is meta.get("labels")
        if same and (pod.terminating or "deletionTimestamp" not in meta):
            return
        before = PodInfo(old, pod.shape)
        after = self._info(new)
        if after.shape is not pod.shape or after.terminating != pod.terminating:
            self.cycle.take(pod)
            self._place(after)
        for kind in pod_changes(before, after):
            self.queue.move(Change(kind, before, after))

    def _gone(self, obj: Obj) -> None:
        """A pod ended or was removed."""
        meta = obj["metadata"]
        uid = meta.get("uid") or f"{meta.get('namespace')}/{meta['name']}"
        nominee = self.cycle.nominator.node_of(uid)
        self.queue.remove(uid)
        self.cycle.nominator.forget(uid)
        self.bindings.preemptors.pop(uid, None)
        assumed = self.bindings.confirm(uid)
        pod = assumed or self.cycle.cache.pods.get(uid)
        if pod is not None:
            self.cycle.cache.pods.pop(uid, None)
            self.cycle.take(pod)
            self.queue.move(Change("pod/delete", pod, None))
        elif nominee:
            self._unnominated(self._info(obj), nominee)

    def _node_gone(self, name: str) -> None:
        cycle = self.cycle
        node = cycle.cache.by_name.get(name)
        if node is None:
            return
        pods = list(node.pods.values())
        for pod in pods:
            cycle.take(pod)
        cycle.cache.drop_node(node)
        cycle.tallies.place(node.slot, None)
        cycle.images.place(node.slot, None)
        cycle.cache.touch(node.slot)
        for pod in pods:
            cycle.put(pod)
        self.queue.move(Change("node/delete", node, None))

    def _storage(self, kind: str, old: Obj | None, new: Obj | None) -> tuple[Key, ...]:
        done = "add" if old is None else "delete" if new is None else "update"
        self.queue.move(Change(f"{kind}/{done}", old, new))
        self.bindings.look_again = True
        return self._turn()

    def _turn(self) -> tuple[Key, ...]:
        return _TURN if self.queue.waiting or self._news or self.bindings.look_again else _NOTHING


def _finished(pod: Obj) -> bool:
    return (pod.get("status") or {}).get("phase") in {"Succeeded", "Failed"}


def _ours(pod: Obj) -> bool:
    return (pod["spec"].get("schedulerName") or SCHEDULER) == SCHEDULER


def _nominee(pod: PodInfo) -> str:
    return (pod.obj.get("status") or {}).get("nominatedNodeName") or ""


def _described(name: str, obj: Obj) -> NodeInfo:
    node = NodeInfo(name, -1)
    node.describe(obj)
    return node


def _same_node(old: Obj, new: Obj) -> bool:
    """Whether nothing changed that the scheduler looks at: heartbeats and conditions."""
    before, after = old["metadata"], new["metadata"]
    if before.get("labels") != after.get("labels"):
        return False
    one, other = old.get("spec"), new.get("spec")
    if one is not other and one != other:
        return False
    one, other = old.get("status") or {}, new.get("status") or {}
    return bool(one.get("allocatable") == other.get("allocatable") and one.get("images") == other.get("images"))
