"""Which refusals a change in the cluster may cure: the queueing hints of all filters together."""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.filters import (
    inter_pod_affinity,
    node_affinity,
    node_ports,
    node_resources_fit,
    node_unschedulable,
    node_volume_limits,
    pod_topology_spread,
    taint_toleration,
    volume_binding,
    volume_restrictions,
    volume_zone,
)
from seatrial.fakes.scheduler.refusal import Change
from seatrial.fakes.scheduler.tally import Tallies
from seatrial.fakes.scheduler.volumes import VolumeBook
from seatrial.harness.ports.event import Obj

__all__ = ["FilterHints", "node_changes", "pod_changes"]

_PLAIN = {
    rule.NAME: rule.wakes
    for rule in (node_unschedulable, taint_toleration, node_affinity, node_ports, node_resources_fit)
}
_PLAIN[node_volume_limits.NAME] = node_volume_limits.wakes
_PLAIN[pod_topology_spread.NAME] = pod_topology_spread.wakes
_PLAIN[volume_restrictions.NAME] = volume_restrictions.wakes
_STORAGE = {rule.NAME: rule.wakes for rule in (volume_binding, volume_zone)}

# What each filter registers for (EventsToRegister): a change of another kind is not even looked at.
_LISTENS: dict[str, frozenset[str]] = {
    node_unschedulable.NAME: frozenset(("node/add", "node/taint", "pod/toleration")),
    taint_toleration.NAME: frozenset(("node/add", "node/taint", "pod/toleration")),
    node_affinity.NAME: frozenset(("node/add", "node/label")),
    node_ports.NAME: frozenset(("node/add", "pod/delete")),
    node_resources_fit.NAME: frozenset(("node/add", "node/allocatable", "pod/delete", "pod/scale-down")),
    volume_restrictions.NAME: frozenset(("node/add", "pod/delete", "pvc/add")),
    node_volume_limits.NAME: frozenset(("csinode/add", "csinode/update", "pod/delete", "pvc/add", "attachment/delete")),
    volume_binding.NAME: frozenset(
        (
            "node/add",
            "node/label",
            "pv/add",
            "pv/update",
            "pvc/add",
            "pvc/update",
            "class/add",
            "class/update",
            "csinode/add",
        )
    ),
    volume_zone.NAME: frozenset(
        ("node/add", "node/label", "pv/add", "pv/update", "pvc/add", "pvc/update", "class/add")
    ),
    pod_topology_spread.NAME: frozenset(
        (
            "node/add",
            "node/delete",
            "node/label",
            "node/taint",
            "pod/add",
            "pod/delete",
            "pod/label",
            "pod/toleration",
        )
    ),
    inter_pod_affinity.NAME: frozenset(("node/add", "node/label", "pod/add", "pod/delete", "pod/label")),
}


class FilterHints:
    """The filters' hints, with what they need to know."""

    __slots__ = ("_listening", "tallies", "volumes")

    def __init__(self, tallies: Tallies, volumes: VolumeBook) -> None:
        self.tallies = tallies
        self.volumes = volumes
        self._listening: dict[tuple[frozenset[str], str], bool] = {}

    def listens(self, plugins: frozenset[str], kind: str) -> bool:
        """Whether one of the plugins looks at changes of this kind at all."""
        known = self._listening.get((plugins, kind))
        if known is None:
            known = self._listening[plugins, kind] = any(kind in _LISTENS[name] for name in sorted(plugins))
        return known

    def node_of(self, plugins: frozenset[str], change: Change) -> NodeInfo | None:
        """The one node where a change may help pods that these plugins refused; None where it may help elsewhere."""
        kind, old, new = change
        if pod_topology_spread.NAME in plugins or inter_pod_affinity.NAME in plugins:
            return None
        if kind == "pod/delete":
            return self.tallies.cache.by_name.get(old.node)
        if kind in {"node/add", "node/taint", "node/label", "node/allocatable"}:
            node: NodeInfo = new
            return node
        return None

    def wakes(self, plugins: frozenset[str], change: Change, pod: PodInfo) -> bool:
        """Whether one of the plugins that refused a pod may let it in now."""
        for name in sorted(plugins):
            plain = _PLAIN.get(name)
            if plain is not None:
                if plain(change, pod):
                    return True
            elif name == inter_pod_affinity.NAME:
                if inter_pod_affinity.wakes(change, pod, self.tallies):
                    return True
            elif _STORAGE[name](change, pod, self.volumes):
                return True
        return False


def node_changes(old: NodeInfo, new: NodeInfo) -> Iterator[str]:
    """What changed between two versions of a node (NodeSchedulingPropertiesChange)."""
    assert old.obj is not None
    assert new.obj is not None
    if old.unschedulable and not new.unschedulable:
        yield "node/taint"
    before, after = old.obj.get("status") or {}, new.obj.get("status") or {}
    if before.get("allocatable") != after.get("allocatable"):
        yield "node/allocatable"
    if old.labels != new.labels:
        yield "node/label"
    if old.taints != new.taints:
        yield "node/taint"


def pod_changes(old: PodInfo, new: PodInfo) -> Iterator[str]:
    """What changed between two versions of a pod (PodSchedulingPropertiesChange)."""
    if old.shape.labels != new.shape.labels:
        yield "pod/label"
    if old.shape is not new.shape and _shrank(old, new):
        yield "pod/scale-down"
    before, after = old.obj["spec"], new.obj["spec"]
    if _count(before, "schedulingGates") and not _count(after, "schedulingGates"):
        yield "pod/gates"
    if _count(before, "tolerations") != _count(after, "tolerations"):
        yield "pod/toleration"


def _count(spec: Obj, field: str) -> int:
    return len(spec.get(field) or ())


def _shrank(old: PodInfo, new: PodInfo) -> bool:
    before, after = old.shape.request, new.shape.request
    if before.cpu > after.cpu or before.memory > after.memory or before.storage > after.storage:
        return True
    have = dict(after.scalars)
    return any(amount > have.get(name, 0) for name, amount in before.scalars)
