"""A volume's zone and region labels must be the node's. Source: volumezone."""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.refusal import Change, Refusal
from seatrial.fakes.scheduler.volumes import VolumeBook

__all__ = ["ELSEWHERE", "NAME", "pre_filter", "refuse", "wakes", "wants"]

NAME = "VolumeZone"
ELSEWHERE = Refusal(NAME, ("node(s) had no available volume zone",), False)
_LABELS = {
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region": "topology.kubernetes.io/region",
}
Wants = tuple[tuple[str, frozenset[str]], ...]


def pre_filter(pod: PodInfo, book: VolumeBook) -> Refusal | None:
    """A bound claim whose volume does not exist."""
    for (ephemeral, _), key in zip(pod.shape.claims, book.keys(pod), strict=True):
        name = book.claims[key]["spec"].get("volumeName")
        if not ephemeral and name and name not in book.volumes:
            return Refusal(NAME, (f'persistentvolume "{name}" not found',), False)
    return None


def wants(pod: PodInfo, book: VolumeBook) -> Wants:
    """(label, allowed values) of the pod's bound volumes; a value may list zones as a__b."""
    found = []
    for (ephemeral, _), key in zip(pod.shape.claims, book.keys(pod), strict=True):
        claim = book.claims.get(key)
        volume = book.volumes.get((claim or {"spec": {}})["spec"].get("volumeName") or "")
        if ephemeral or volume is None:
            continue
        labels = volume["metadata"].get("labels") or {}
        found += [(label, frozenset(labels[label].split("__"))) for label in _LABELS if label in labels]
    return tuple(found)


def refuse(needed: Wants, node: NodeInfo) -> Refusal | None:
    """The filter; a node without any zone or region takes every volume."""
    labels = node.labels
    if not needed or not any(label in labels for label in _LABELS):
        return None
    for label, values in needed:
        value = labels.get(label, labels.get(_LABELS[label]))
        if value not in values:
            return ELSEWHERE
    return None


def wakes(change: Change, pod: PodInfo, book: VolumeBook) -> bool:
    """Whether a pod that was refused here should be tried again."""
    kind, old, new = change
    if kind in {"node/add", "node/label", "pv/add", "class/add"}:
        return True
    if kind == "pv/update":
        return bool(old["metadata"].get("labels") != new["metadata"].get("labels"))
    if kind not in {"pvc/add", "pvc/update"}:
        return False
    meta = new["metadata"]
    return (meta["namespace"], meta["name"]) in book.keys(pod)
