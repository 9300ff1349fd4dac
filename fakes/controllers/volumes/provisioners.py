"""The external provisioners that clusters come with: what volume they make for a claim.

Sources: kubernetes-csi/external-provisioner with the EBS and EFS CSI drivers, rancher/local-path-provisioner (its
README and the volumes that it makes in kind).
Differs from the real ones: making a volume takes a fixed time and never fails; a claim that is bound at once gets a
zone by the hash of its name (the real one spreads by a hash too), and never one that has no node.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from seatrial.fakes.controllers.volumes.matching import class_name
from seatrial.harness.kernel.streams import name_hash
from seatrial.harness.kernel.time import SECOND, Duration
from seatrial.harness.ports.event import Obj

__all__ = ["PROVISIONED_BY", "PROVISIONERS", "Provisioner", "driver_of", "provision"]

PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer"
ZONE = "topology.kubernetes.io/zone"
EBS_ZONE = "topology.ebs.csi.aws.com/zone"
HOSTNAME = "kubernetes.io/hostname"


class Provisioner(NamedTuple):
    """reach: from where a volume can be used: the label of a zone, of a node, or "" for everywhere."""

    reach: str
    time: Duration
    csi: bool


PROVISIONERS: Mapping[str, Provisioner] = {
    "ebs.csi.aws.com": Provisioner(ZONE, 2 * SECOND, True),
    "ebs.csi.eks.amazonaws.com": Provisioner(ZONE, 2 * SECOND, True),
    "efs.csi.aws.com": Provisioner("", 2 * SECOND, True),
    "fsx.csi.aws.com": Provisioner("", 2 * SECOND, True),
    "rancher.io/local-path": Provisioner(HOSTNAME, 3 * SECOND, False),
}
_MIGRATED = {"kubernetes.io/aws-ebs": "ebs.csi.aws.com"}


def driver_of(provisioner: str) -> str:
    """The driver that serves a class's provisioner: in-tree names have moved to CSI."""
    return _MIGRATED.get(provisioner, provisioner)


def provision(claim: Obj, storage: Obj, node: Obj | None, nodes: Iterable[Obj]) -> Obj | None:
    """The PersistentVolume for a claim, None if there is no place; `node` is the pod's, None for binding at once."""
    driver = driver_of(storage["provisioner"])
    kind = PROVISIONERS[driver]
    affinity: Obj | None = None
    if kind.reach:
        place = _place(claim, storage, kind.reach, node, nodes)
        if place is None:
            return None
        rule = {"key": place[0], "operator": "In", "values": [place[1]]}
        affinity = {"required": {"nodeSelectorTerms": [{"matchExpressions": [rule]}]}}
    return _volume(claim, storage, driver, kind, affinity)


def _place(claim: Obj, storage: Obj, reach: str, node: Obj | None, nodes: Iterable[Obj]) -> tuple[str, str] | None:
    """(label, value) of where the volume is to live."""
    allowed = _allowed(storage)
    if node is None and reach == HOSTNAME:
        return None
    found: dict[tuple[str, str], None] = {}
    for candidate in (node,) if node is not None else nodes:
        labels = candidate["metadata"].get("labels") or {}
        key = EBS_ZONE if reach == ZONE and EBS_ZONE in labels else reach
        value = labels.get(key)
        if value and all(labels.get(have) in values for have, values in allowed.items() if have in labels):
            found[key, value] = None
    places = sorted(found)
    meta = claim["metadata"]
    return places[name_hash(meta["namespace"], meta["name"]) % len(places)] if places else None


def _allowed(storage: Obj) -> dict[str, list[str]]:
    """allowedTopologies, term by term joined: one term is all that people write."""
    allowed: dict[str, list[str]] = {}
    for term in storage.get("allowedTopologies") or ():
        for rule in term.get("matchLabelExpressions") or ():
            allowed.setdefault(rule["key"], []).extend(rule["values"])
    return allowed


def _volume(claim: Obj, storage: Obj, driver: str, kind: Provisioner, affinity: Obj | None) -> Obj:
    meta, spec = claim["metadata"], claim["spec"]
    name = f"pvc-{meta['uid']}"
    policy = storage.get("reclaimPolicy") or "Delete"
    notes = {PROVISIONED_BY: driver}
    finalizers = ["kubernetes.io/pv-protection"]
    if kind.csi:
        notes["volume.kubernetes.io/provisioner-deletion-secret-name"] = ""
        notes["volume.kubernetes.io/provisioner-deletion-secret-namespace"] = ""
        if policy == "Delete":
            finalizers.append(FINALIZER)
    body: Obj = {
        "accessModes": spec["accessModes"],
        "capacity": {"storage": spec["resources"]["requests"]["storage"]},
        "claimRef": {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "name": meta["name"],
            "namespace": meta["namespace"],
            "resourceVersion": meta.get("resourceVersion", ""),
            "uid": meta["uid"],
        },
        "persistentVolumeReclaimPolicy": policy,
        "storageClassName": class_name(claim),
        "volumeMode": spec.get("volumeMode") or "Filesystem",
    }
    if kind.csi:
        handle = f"vol-0{name_hash(meta['uid']):016x}"
        body["csi"] = {"driver": driver, "fsType": "ext4", "volumeHandle": handle}
    else:
        path = f"/var/local-path-provisioner/{name}_{meta['namespace']}_{meta['name']}"
        body["hostPath"] = {"path": path, "type": "DirectoryOrCreate"}
    if affinity is not None:
        body["nodeAffinity"] = affinity
    if storage.get("mountOptions"):
        body["mountOptions"] = storage["mountOptions"]
    head: Obj = {"name": name, "annotations": notes, "finalizers": finalizers}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": head, "spec": body}
