"""One pod at a time for ReadWriteOncePod claims and for old in-tree disks. Source: volumerestrictions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.refusal import Change, Refusal
from seatrial.fakes.scheduler.volumes import VolumeBook

__all__ = ["DISK", "IN_USE", "NAME", "pre_filter", "refuse", "wakes"]

NAME = "VolumeRestrictions"
DISK = Refusal(NAME, ("node(s) had no available disk",), True)
IN_USE = Refusal(
    NAME,
    (
        "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode "
        "already in-use by another pod",
    ),
    True,
)


def pre_filter(pod: PodInfo, book: VolumeBook) -> Refusal | None:
    """A claim that does not exist."""
    for (ephemeral, _), key in zip(pod.shape.claims, book.keys(pod), strict=True):
        if not ephemeral and key not in book.claims:
            return Refusal(NAME, (f'persistentvolumeclaim "{key[1]}" not found',), False)
    return None


def refuse(pod: PodInfo, node: NodeInfo, book: VolumeBook) -> Refusal | None:
    """The filter."""
    if pod.shape.disks and any(_clash(pod.shape.disks, other.shape.disks) for other in node.pods.values()):
        return DISK
    for (ephemeral, _), key in zip(pod.shape.claims, book.keys(pod), strict=True):
        if not ephemeral and book.users.get(key) and _once(book, key):
            return IN_USE
    return None


def _once(book: VolumeBook, key: tuple[str, str]) -> bool:
    return "ReadWriteOncePod" in (book.claims[key]["spec"].get("accessModes") or ())


def _clash(disks: Iterable[Any], others: Iterable[Any]) -> bool:
    return any(_same(one, other) for one in disks for other in others)


def _same(one: Any, other: Any) -> bool:
    def both(kind: str) -> tuple[Any, Any] | None:
        return (one[kind], other[kind]) if one.get(kind) and other.get(kind) else None

    if pair := both("awsElasticBlockStore"):
        return bool(pair[0]["volumeID"] == pair[1]["volumeID"])
    if pair := both("gcePersistentDisk"):
        return pair[0]["pdName"] == pair[1]["pdName"] and not _read_only(pair)
    if pair := both("iscsi"):
        return pair[0]["iqn"] == pair[1]["iqn"] and not _read_only(pair)
    if pair := both("rbd"):
        a, b = pair
        near = not set(a["monitors"]).isdisjoint(b["monitors"])
        return near and (a.get("pool"), a["image"]) == (b.get("pool"), b["image"]) and not _read_only(pair)
    return False


def _read_only(pair: tuple[Any, Any]) -> bool:
    return bool(pair[0].get("readOnly") and pair[1].get("readOnly"))


def wakes(change: Change, pod: PodInfo) -> bool:
    """Whether a pod that was refused here should be tried again."""
    kind, old, new = change
    if kind == "node/add":
        return True
    names = [name for ephemeral, name in pod.shape.claims if not ephemeral]
    if kind == "pvc/add":
        meta = new["metadata"]
        return meta["namespace"] == pod.namespace and meta["name"] in names
    if kind != "pod/delete" or old.namespace != pod.namespace:
        return False
    shared = any(not ephemeral and name in names for ephemeral, name in old.shape.claims)
    return shared or _clash(pod.shape.disks, old.shape.disks)
