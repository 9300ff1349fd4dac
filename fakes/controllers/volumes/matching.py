"""Which PersistentVolume suits a claim.

Source: pkg/controller/volume/persistentvolume (index.go, checkVolumeSatisfyClaim), k8s.io/component-helpers/storage
(v1.36.3). Not modelled: VolumeAttributesClass.
"""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.fakes.controllers.words.selectors import matches
from seatrial.fakes.kube.quantity import nano
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import View

__all__ = ["best_match", "class_name", "is_bound_to", "mismatch", "waits_for_consumer"]

CLASSES = "storageclasses.storage.k8s.io"
BETA_CLASS = "volume.beta.kubernetes.io/storage-class"


def class_name(obj: Obj) -> str:
    """The storage class of a claim or a volume; "" for none."""
    old = (obj["metadata"].get("annotations") or {}).get(BETA_CLASS)
    if old is not None:
        return str(old)
    return obj["spec"].get("storageClassName") or ""


def waits_for_consumer(claim: Obj, view: View) -> bool:
    """Whether the claim's class binds only once a pod has been placed."""
    found = view.get(CLASSES, "", class_name(claim))
    return found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"


def is_bound_to(volume: Obj, claim: Obj) -> bool:
    """Whether the volume's claimRef is this claim's, by name and, if it has one, by uid."""
    reference, meta = volume["spec"].get("claimRef"), claim["metadata"]
    if not reference or reference["name"] != meta["name"] or reference.get("namespace", "") != meta["namespace"]:
        return False
    return not reference.get("uid") or reference["uid"] == meta["uid"]


def _request(claim: Obj) -> int:
    return nano(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0"))


def _size(volume: Obj) -> int:
    return nano((volume["spec"].get("capacity") or {}).get("storage", "0"))


def _mode(obj: Obj) -> str:
    return obj["spec"].get("volumeMode") or "Filesystem"


def _modes_cover(volume: Obj, claim: Obj) -> bool:
    have = volume["spec"].get("accessModes") or ()
    return all(mode in have for mode in claim["spec"].get("accessModes") or ())


def mismatch(volume: Obj, claim: Obj) -> str:
    """Why a volume that a claim names does not satisfy it; "" if it does."""
    if "deletionTimestamp" in volume["metadata"]:
        return f'the volume is marked for deletion "{volume["metadata"]["name"]}"'
    if _size(volume) < _request(claim):
        return "requested PV is too small"
    if class_name(volume) != class_name(claim):
        return "storageClassName does not match"
    if _mode(volume) != _mode(claim):
        return "incompatible volumeMode"
    return "" if _modes_cover(volume, claim) else "incompatible accessMode"


def best_match(claim: Obj, volumes: Iterable[Obj], delayed: bool) -> Obj | None:
    """The volume that was made for the claim, else the smallest that suits; delayed: only the former."""
    best: tuple[int, int, str, Obj] | None = None
    wanted, selector = _request(claim), claim["spec"].get("selector")
    for volume in volumes:
        spec, meta = volume["spec"], volume["metadata"]
        if "deletionTimestamp" in meta or _mode(volume) != _mode(claim) or not _modes_cover(volume, claim):
            continue
        size = _size(volume)
        if is_bound_to(volume, claim):
            if size >= wanted:
                return volume
            continue
        if delayed or spec.get("claimRef") or (volume.get("status") or {}).get("phase") != "Available":
            continue
        if size < wanted or class_name(volume) != class_name(claim):
            continue
        if selector is not None and not matches(selector, meta.get("labels")):
            continue
        rank = (len(spec.get("accessModes") or ()), size, meta["name"], volume)
        if best is None or rank[:3] < best[:3]:
            best = rank
    return None if best is None else best[3]
