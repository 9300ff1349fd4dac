"""A CSI driver attaches so many volumes to a node and no more. Source: nodevolumelimits/csi.go."""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.refusal import Change, Refusal
from seatrial.fakes.scheduler.volumes import VolumeBook, class_of

__all__ = ["FULL", "NAME", "refuse", "wakes"]

NAME = "NodeVolumeLimits"
FULL = Refusal(NAME, ("node(s) exceed max volume count",), True)


def _attached(pod: PodInfo, book: VolumeBook) -> dict[str, str]:
    """Unique volume name to driver, for what a pod attaches through CSI."""
    found: dict[str, str] = {}
    for namespace, name in book.keys(pod):
        claim = book.claims.get((namespace, name))
        if claim is None:
            continue
        volume = book.volumes.get(claim["spec"].get("volumeName") or "")
        if volume is not None:
            csi = volume["spec"].get("csi")
            if csi:
                found[f"{csi['driver']}/{csi['volumeHandle']}"] = csi["driver"]
            continue
        provisioner = (book.classes.get(class_of(claim)) or {}).get("provisioner")
        if provisioner:
            found[f"{provisioner}/{namespace}/{name}"] = provisioner
    return found


def refuse(pod: PodInfo, node: NodeInfo, book: VolumeBook) -> Refusal | None:
    """The filter."""
    limits = book.limits.get(node.name)
    if not limits:
        return None
    wanted = _attached(pod, book)
    there: dict[str, str] = {}
    for other in node.pods.values():
        if other.shape.claims:
            there.update(_attached(other, book))
    for driver, name in book.attachments.get(node.name, {}).values():
        csi = (book.volumes.get(name) or {"spec": {}})["spec"].get("csi")
        if csi:
            there.setdefault(f"{driver}/{csi['volumeHandle']}", driver)
    for driver, limit in limits.items():
        new = sum(d == driver and name not in there for name, d in wanted.items())
        if new and new + sum(d == driver for d in there.values()) > limit:
            return FULL
    return None


def wakes(change: Change, pod: PodInfo) -> bool:
    """Whether a pod that was refused here should be tried again."""
    kind, old, new = change
    if kind in {"csinode/add", "csinode/update", "attachment/delete"}:
        return True
    if kind == "pod/delete":
        return bool(old.shape.claims)
    return kind == "pvc/add" and bool(new["metadata"]["namespace"] == pod.namespace)
