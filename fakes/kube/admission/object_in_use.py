"""StorageObjectInUseProtection: volumes and claims get the finalizers that keep them while they are used.

Source: plugin/pkg/admission/storage/storageobjectinuseprotection (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.core import Core, Request
from seatrial.harness.ports.event import Obj

__all__ = ["admit_claim", "admit_volume"]


def _protected(obj: Obj, finalizer: str) -> Obj:
    meta = obj["metadata"]
    finalizers = meta.get("finalizers") or []
    if finalizer in finalizers:
        return obj
    return {**obj, "metadata": {**meta, "finalizers": [*finalizers, finalizer]}}


def admit_claim(_core: Core, _request: Request, claim: Obj) -> Obj:
    """A claim."""
    return _protected(claim, "kubernetes.io/pvc-protection")


def admit_volume(_core: Core, _request: Request, volume: Obj) -> Obj:
    """A volume."""
    return _protected(volume, "kubernetes.io/pv-protection")
