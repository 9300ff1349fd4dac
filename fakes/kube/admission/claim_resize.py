"""PersistentVolumeClaimResize: a claim grows only where its storage class says so.

Source: plugin/pkg/admission/storage/persistentvolume/resize (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.core import Core
from seatrial.fakes.kube.quantity import compare
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import Forbidden

__all__ = ["validate"]

CLAIMS = "persistentvolumeclaims"


def _size(claim: Obj) -> str:
    size: str = (((claim.get("spec") or {}).get("resources") or {}).get("requests") or {}).get("storage", "0")
    return size


def validate(core: Core, claim: Obj, old: Obj) -> None:
    """Refuse growth of what is not bound, or not of a class that allows it."""
    if compare(_size(claim), _size(old)) <= 0:
        return
    name = claim["metadata"]["name"]
    if (old.get("status") or {}).get("phase") != "Bound":
        raise Forbidden(CLAIMS, name, "Only bound persistent volume claims can be expanded")
    wanted = claim["spec"].get("storageClassName")
    found = core.store.get("storageclasses.storage.k8s.io", "", wanted) if wanted else None
    if found is None or wanted != old["spec"].get("storageClassName") or not found.get("allowVolumeExpansion"):
        why = (
            "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must "
            "support resize"
        )
        raise Forbidden(CLAIMS, name, why)
