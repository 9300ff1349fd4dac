"""Defaults of volumes, claims, storage classes and CSI drivers.

Source: pkg/apis/core/v1/defaults.go, pkg/apis/storage/v1/defaults.go (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.schema.defaults.shared import changed, filled, quantities, within
from seatrial.fakes.kube.schema.defaults.volumes import claim_spec
from seatrial.harness.ports.event import Obj

__all__ = ["claim", "claim_template", "csi_driver", "storage_class", "volume"]

_DRIVER = {
    "attachRequired": True,
    "podInfoOnMount": False,
    "storageCapacity": False,
    "fsGroupPolicy": "ReadWriteOnceWithFSType",
    "requiresRepublish": False,
    "seLinuxMount": False,
}


def volume(obj: Obj) -> Obj:
    """A PersistentVolume."""
    spec = filled(obj.get("spec") or {}, {"persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem"})
    spec = within(spec, "capacity", quantities)
    host = spec.get("hostPath")
    if host and "type" not in host:
        spec = {**spec, "hostPath": {**host, "type": ""}}
    obj = changed(obj, "spec", spec)
    status = filled(obj.get("status") or {}, {"phase": "Pending"})
    return changed(obj, "status", status)


def claim(obj: Obj) -> Obj:
    """A PersistentVolumeClaim."""
    obj = changed(obj, "spec", claim_spec(obj.get("spec") or {}))
    return changed(obj, "status", filled(obj.get("status") or {}, {"phase": "Pending"}))


def claim_template(obj: Obj) -> Obj:
    """One of a StatefulSet's claim templates, which is written with its kind."""
    return filled(claim(obj), {"apiVersion": "v1", "kind": "PersistentVolumeClaim"})


def storage_class(obj: Obj) -> Obj:
    """A StorageClass."""
    return filled(obj, {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"})


def csi_driver(obj: Obj) -> Obj:
    """A CSIDriver."""
    spec = filled(obj.get("spec") or {}, _DRIVER)
    if not spec.get("volumeLifecycleModes"):
        spec = {**spec, "volumeLifecycleModes": ["Persistent"]}
    return changed(obj, "spec", spec)
