"""Claims must be bound to volumes that the node reaches, or be bindable there. Source: volumebinding."""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.refusal import Change, Refusal
from seatrial.fakes.scheduler.volumes import VolumeBook, fully_bound, reachable

__all__ = ["GONE", "NAME", "NONE_FITS", "UNBOUND", "UNREACHABLE", "pre_filter", "refuse", "wakes"]

NAME = "VolumeBinding"
UNBOUND = Refusal(NAME, ("pod has unbound immediate PersistentVolumeClaims",), False)
UNREACHABLE = Refusal(NAME, ("node(s) didn't match PersistentVolume's node affinity",), False)
NONE_FITS = Refusal(NAME, ("node(s) didn't find available persistent volumes to bind",), False)
GONE = Refusal(NAME, ("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)",), False)


def pre_filter(pod: PodInfo, book: VolumeBook) -> Refusal | None:
    """Claims that no node can help."""
    for (ephemeral, _), key in zip(pod.shape.claims, book.keys(pod), strict=True):
        problem = _problem(pod, key, book, ephemeral=ephemeral)
        if problem:
            return Refusal(NAME, (problem,), False)
    for key in book.keys(pod):
        claim = book.claims[key]
        if not fully_bound(claim) and (claim["spec"].get("volumeName") or not book.delayed(claim)):
            return UNBOUND
    return None


def _problem(pod: PodInfo, key: tuple[str, str], book: VolumeBook, *, ephemeral: bool) -> str:
    name = key[1]
    claim = book.claims.get(key)
    if claim is None:
        waiting = "waiting for ephemeral volume controller to create the persistentvolumeclaim"
        return f'{waiting} "{name}"' if ephemeral else f'persistentvolumeclaim "{name}" not found'
    if (claim.get("status") or {}).get("phase") == "Lost":
        volume = claim["spec"].get("volumeName", "")
        return f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{volume}"'
    if "deletionTimestamp" in claim["metadata"]:
        return f'persistentvolumeclaim "{name}" is being deleted'
    if ephemeral and not any(o.get("uid") == pod.uid for o in claim["metadata"].get("ownerReferences") or ()):
        return f"PVC {key[0]}/{name} was not created for pod {pod.namespace}/{pod.name} (pod is not owner)"
    return ""


def refuse(pod: PodInfo, node: NodeInfo, book: VolumeBook) -> Refusal | None:
    """The filter."""
    open_claims = False
    for key in book.keys(pod):
        claim = book.claims[key]
        if not fully_bound(claim):
            open_claims = True
            continue
        volume = book.volumes.get(claim["spec"]["volumeName"])
        if volume is None:
            return GONE
        if not reachable(volume, node):
            return UNREACHABLE
    return NONE_FITS if open_claims and book.plan(pod, node) is None else None


def wakes(change: Change, pod: PodInfo, book: VolumeBook) -> bool:
    """Whether a pod that was refused here should be tried again."""
    kind, _, new = change
    if kind in {"node/add", "node/label", "pv/add", "pv/update", "csinode/add", "class/add", "class/update"}:
        return True
    if kind not in {"pvc/add", "pvc/update"}:
        return False
    meta = new["metadata"]
    return (meta["namespace"], meta["name"]) in book.keys(pod)
