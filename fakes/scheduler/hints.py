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


class FilterHints:
    """The filters' hints, with what they need to know."""

    __slots__ = ("tallies", "volumes")

    def __init__(self, tallies: Tallies, volumes: VolumeBook) -> None:
        self.tallies = tallies
        self.volumes = volumes

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
