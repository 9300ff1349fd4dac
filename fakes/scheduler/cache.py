"""The scheduler's picture of the cluster: nodes with what their pods take, in the order in which nodes are visited.

A node holds a slot for as long as it exists; columns and tallies are lists by slot, so that a node's coming and going
moves nobody else. Source: pkg/scheduler/backend/cache. Differs from the real one: no snapshot is taken, because
nothing changes while a pod is being placed.
"""

from __future__ import annotations

from seatrial.fakes.scheduler.requests import allocatable
from seatrial.fakes.scheduler.signature import Port, Shape
from seatrial.harness.ports.event import Obj

__all__ = ["Cache", "NodeInfo", "PodInfo"]

_ZONES = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
_REGIONS = ("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region")


class PodInfo:
    """One pod. `node` is where it runs, or is assumed to."""

    __slots__ = ("assumed", "name", "namespace", "node", "obj", "shape", "terminating", "uid")

    def __init__(self, obj: Obj, shape: Shape) -> None:
        meta = obj["metadata"]
        self.obj = obj
        self.shape = shape
        self.uid: str = meta.get("uid") or f"{meta.get('namespace')}/{meta['name']}"
        self.name: str = meta["name"]
        self.namespace: str = meta.get("namespace") or "default"
        self.node: str = obj["spec"].get("nodeName") or ""
        self.terminating = "deletionTimestamp" in meta
        self.assumed = False


class NodeInfo:
    """A node and the sums over its pods."""

    __slots__ = (
        "counted_cpu",
        "counted_memory",
        "cpu",
        "cpu_have",
        "images",
        "labels",
        "memory",
        "memory_have",
        "name",
        "obj",
        "pods",
        "pods_have",
        "ports",
        "scalars",
        "scalars_have",
        "slot",
        "storage",
        "storage_have",
        "taints",
        "unschedulable",
        "zone",
    )

    def __init__(self, name: str, slot: int) -> None:
        self.name = name
        self.slot = slot
        self.obj: Obj | None = None
        self.labels: dict[str, str] = {}
        self.taints: tuple[tuple[str, str, str], ...] = ()
        self.unschedulable = False
        self.zone = ("", "")
        self.cpu_have = self.memory_have = self.storage_have = self.pods_have = 0
        self.scalars_have: dict[str, int] = {}
        self.images: dict[str, int] = {}
        self.pods: dict[str, PodInfo] = {}
        self.cpu = self.memory = self.storage = self.counted_cpu = self.counted_memory = 0
        self.scalars: dict[str, int] = {}
        self.ports: dict[Port, int] = {}

    def describe(self, obj: Obj) -> None:
        """Take in the Node object."""
        spec, status = obj.get("spec") or {}, obj.get("status") or {}
        self.obj = obj
        self.labels = obj["metadata"].get("labels") or {}
        self.taints = tuple(
            (taint["key"], taint.get("value") or "", taint["effect"]) for taint in spec.get("taints") or ()
        )
        self.unschedulable = bool(spec.get("unschedulable"))
        self.zone = (_first(self.labels, _REGIONS), _first(self.labels, _ZONES))
        self.cpu_have, self.memory_have, self.storage_have, self.pods_have, self.scalars_have = allocatable(obj)
        self.images = {
            name: image.get("sizeBytes") or 0 for image in status.get("images") or () for name in image["names"] or ()
        }

    def add(self, pod: PodInfo) -> None:
        """A pod is on the node from now on."""
        self.pods[pod.uid] = pod
        self._count(pod, 1)

    def remove(self, pod: PodInfo) -> None:
        """A pod is no longer on the node."""
        del self.pods[pod.uid]
        self._count(pod, -1)

    def _count(self, pod: PodInfo, sign: int) -> None:
        shape = pod.shape
        cpu, memory, storage, scalars, counted_cpu, counted_memory, _, _ = shape.request
        self.cpu += sign * cpu
        self.memory += sign * memory
        self.storage += sign * storage
        self.counted_cpu += sign * counted_cpu
        self.counted_memory += sign * counted_memory
        for name, amount in scalars:
            self.scalars[name] = self.scalars.get(name, 0) + sign * amount
        for port in shape.ports:
            count = self.ports.get(port, 0) + sign
            if count:
                self.ports[port] = count
            else:
                del self.ports[port]


def _first(labels: dict[str, str], keys: tuple[str, ...]) -> str:
    for key in keys:
        if key in labels:
            return labels[key]
    return ""


class Cache:
    """All nodes by slot, all placed pods by uid, and a log of the slots that changed."""

    __slots__ = ("_free", "_order", "_strays", "_zones", "by_name", "log", "log_base", "nodes", "pods")

    def __init__(self) -> None:
        self.nodes: list[NodeInfo | None] = []
        self.by_name: dict[str, NodeInfo] = {}
        self.pods: dict[str, PodInfo] = {}
        self._free: list[int] = []
        self._zones: dict[tuple[str, str], list[str]] = {}
        self._order: list[int] | None = []
        # Pods of nodes that do not exist (yet, or any more): they wait here and count for nothing.
        self._strays: dict[str, dict[str, PodInfo]] = {}
        self.log: list[int] = []
        self.log_base = 0

    @property
    def moment(self) -> int:
        """Grows with every change: two equal moments have seen the same cluster."""
        return self.log_base + len(self.log)

    def touch(self, slot: int) -> None:
        """What is known of a slot has changed."""
        log = self.log
        log.append(slot)
        # Columns that lag further than this rebuild faster than they catch up.
        if len(log) > 65_536 + 4 * len(self.nodes):
            self.log_base += len(log)
            log.clear()

    def order(self) -> list[int]:
        """Slots in the order of visits: one node of each zone in turn (node_tree.go)."""
        order = self._order
        if order is None:
            order, rank, by_name = [], 0, self.by_name
            rows = list(self._zones.values())
            while rows:
                rows = [row for row in rows if rank < len(row)]
                order.extend(by_name[row[rank]].slot for row in rows)
                rank += 1
            self._order = order
        return order

    def __len__(self) -> int:
        return len(self.by_name)

    def set_node(self, obj: Obj) -> tuple[NodeInfo, list[PodInfo]]:
        """A node came or changed: it, and the pods that had waited for it."""
        name = obj["metadata"]["name"]
        node = self.by_name.get(name)
        if node is not None:
            old_zone = node.zone
            node.describe(obj)
            if node.zone != old_zone:
                self._leave_zone(name, old_zone)
                self._zones.setdefault(node.zone, []).append(name)
                self._order = None
            return node, []
        slot = self._free.pop() if self._free else len(self.nodes)
        node = NodeInfo(name, slot)
        node.describe(obj)
        if slot == len(self.nodes):
            self.nodes.append(node)
        else:
            self.nodes[slot] = node
        self.by_name[name] = node
        self._zones.setdefault(node.zone, []).append(name)
        self._order = None
        return node, list(self._strays.pop(name, {}).values())

    def drop_node(self, node: NodeInfo) -> None:
        """A node is gone. Its pods must have been taken off it before."""
        del self.by_name[node.name]
        self.nodes[node.slot] = None
        self._free.append(node.slot)
        self._leave_zone(node.name, node.zone)
        self._order = None

    def _leave_zone(self, name: str, zone: tuple[str, str]) -> None:
        row = self._zones[zone]
        row.remove(name)
        if not row:
            del self._zones[zone]

    def stray(self, pod: PodInfo) -> None:
        """Keep a pod whose node does not exist."""
        self._strays.setdefault(pod.node, {})[pod.uid] = pod

    def forget_stray(self, pod: PodInfo) -> None:
        """Such a pod is gone."""
        waiting = self._strays.get(pod.node)
        if waiting is not None and waiting.pop(pod.uid, None) is not None and not waiting:
            del self._strays[pod.node]
