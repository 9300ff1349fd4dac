"""Defaults of the core group (pkg/apis/core/v1/defaults.go)."""

from __future__ import annotations

from seatrial.fakes.kube.schema.defaults import pods
from seatrial.fakes.kube.schema.defaults.fill import each, fill, within
from seatrial.harness.ports.event import Obj

__all__ = [
    "namespace",
    "node",
    "persistent_volume",
    "persistent_volume_claim",
    "pod",
    "pod_template",
    "secret",
    "service",
]


def pod(obj: Obj) -> Obj:
    """A Pod."""
    return within(
        within(obj, "spec", lambda spec: fill(pods.pod_spec(spec), enableServiceLinks=True)), "status", _status
    )


def _status(status: Obj) -> Obj:
    return fill(status, phase="Pending")


def pod_template(obj: Obj) -> Obj:
    """A PodTemplate."""
    return within(obj, "template", pods.template)


def secret(obj: Obj) -> Obj:
    """A Secret."""
    return fill(obj, type="Opaque")


def namespace(obj: Obj) -> Obj:
    """A Namespace: labelled with its own name."""
    meta = obj["metadata"]
    name = meta.get("name", "")
    labels = meta.get("labels") or {}
    if name and labels.get("kubernetes.io/metadata.name") != name:
        labels = {**labels, "kubernetes.io/metadata.name": name}
        obj = {**obj, "metadata": {**meta, "labels": labels}}
    return obj


def node(obj: Obj) -> Obj:
    """A Node: what is not said to be allocatable is all there is."""
    status = obj.get("status")
    if status and "capacity" in status and "allocatable" not in status:
        return {**obj, "status": {**status, "allocatable": status["capacity"]}}
    return obj


def service(obj: Obj) -> Obj:
    """A Service. Cluster addresses and node ports are allocated by the verbs."""
    return within(obj, "spec", _service_spec)


def _service_spec(spec: Obj) -> Obj:
    spec = fill(spec, sessionAffinity="None", type="ClusterIP")
    if spec["sessionAffinity"] == "ClientIP":
        spec = fill(spec, sessionAffinityConfig={"clientIP": {"timeoutSeconds": 10800}})
    kind = spec["type"]
    if kind in ("NodePort", "LoadBalancer"):
        spec = fill(spec, externalTrafficPolicy="Cluster")
    if kind == "LoadBalancer":
        spec = fill(spec, allocateLoadBalancerNodePorts=True)
    if kind != "ExternalName":
        spec = fill(spec, internalTrafficPolicy="Cluster")
    return each(spec, "ports", lambda port: fill(fill(port, protocol="TCP"), targetPort=port.get("port")))


def persistent_volume(obj: Obj) -> Obj:
    """A PersistentVolume."""
    obj = within(obj, "status", lambda status: fill(status, phase="Pending"))
    return within(obj, "spec", lambda spec: fill(spec, persistentVolumeReclaimPolicy="Retain", volumeMode="Filesystem"))


def persistent_volume_claim(obj: Obj) -> Obj:
    """A PersistentVolumeClaim."""
    obj = within(obj, "status", lambda status: fill(status, phase="Pending"))
    return within(obj, "spec", lambda spec: fill(spec, volumeMode="Filesystem"))
