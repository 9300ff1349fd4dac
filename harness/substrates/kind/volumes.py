"""Volumes of a zone, without a cloud: a claim whose pod has been placed gets a folder on that node's zone.

Stands for EBS on kind as the `gp3` class of the simulator does: bound when the pod is placed, and to be used in that
zone only. Differs from EBS: a pod that comes to another node of the zone finds its volume there, but not its data;
nothing attaches or detaches.
"""

from __future__ import annotations

from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import ApiError, Kube
from seatrial.harness.substrates.nodes import ZONE_LABEL

__all__ = ["CLASS", "PROVISIONER", "install", "provide", "volume_for"]

CLASS = "gp3"
PROVISIONER = "seatrial.dev/zonal-folder"
SELECTED = "volume.kubernetes.io/selected-node"
DEFAULT = "storageclass.kubernetes.io/is-default-class"


def install(kube: Kube) -> None:
    """Make our class the default one, as it is on the simulator."""
    for item in kube.list("storageclasses.storage.k8s.io")["items"]:
        undo = {"metadata": {"annotations": {DEFAULT: None}}}
        kube.patch("storageclasses.storage.k8s.io", "", item["metadata"]["name"], undo)
    made: Obj = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": CLASS, "annotations": {DEFAULT: "true"}},
        "provisioner": PROVISIONER,
        "volumeBindingMode": "WaitForFirstConsumer",
        "reclaimPolicy": "Delete",
    }
    kube.create("storageclasses.storage.k8s.io", "", made)


def volume_for(claim: Obj, zone: str) -> Obj | None:
    """The volume that a claim waits for; None while it waits for nothing of ours."""
    meta, spec = claim["metadata"], claim.get("spec") or {}
    if spec.get("storageClassName") != CLASS or spec.get("volumeName") or not zone:
        return None
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"pvc-{meta['uid']}", "annotations": {"pv.kubernetes.io/provisioned-by": PROVISIONER}},
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec.get("accessModes") or ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": CLASS,
            "hostPath": {"path": f"/var/lib/seatrial/{meta['uid']}", "type": "DirectoryOrCreate"},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": meta["namespace"],
                "name": meta["name"],
                "uid": meta["uid"],
            },
            "nodeAffinity": {
                "required": {
                    "nodeSelectorTerms": [
                        {"matchExpressions": [{"key": ZONE_LABEL, "operator": "In", "values": [zone]}]}
                    ]
                }
            },
        },
    }


def provide(kube: Kube, claim: Obj, nodes: dict[str, Obj]) -> bool:
    """Make the volume if the claim waits for it; False where that failed and is to be tried again."""
    node = nodes.get((claim["metadata"].get("annotations") or {}).get(SELECTED, ""), {})
    volume = volume_for(claim, node.get("metadata", {}).get("labels", {}).get(ZONE_LABEL, ""))
    if volume is None:
        return True
    try:
        kube.create("persistentvolumes", "", volume)
    except ApiError as error:
        return error.reason == "AlreadyExists"
    return True
