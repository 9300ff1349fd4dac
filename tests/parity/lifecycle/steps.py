"""What is done to a namespace, as data: the same for a real cluster (record_objects.py) and for ours (the test).

A scene is a list of stages; a stage is a list of requests (verb, resource, name, body), after which some seconds pass
and the scene's resources are looked at. Verbs: create, merge, status (a merge patch of the status), delete (the body is
the propagation). Names of cluster-wide objects begin with PREFIX, so that they can be found and removed.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

__all__ = ["NODE", "PREFIX", "SCENES", "Scene", "normal", "path"]

Obj = dict[str, Any]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PREFIX = "seatrial-scene-"
NODE = PREFIX + "node"
SLICES = "endpointslices.discovery.k8s.io"
CLAIMS, VOLUMES = "persistentvolumeclaims", "persistentvolumes"
GROUPS = {SLICES: "/apis/discovery.k8s.io/v1", "storageclasses.storage.k8s.io": "/apis/storage.k8s.io/v1"}
CLUSTER_WIDE = frozenset(("nodes", VOLUMES, "storageclasses.storage.k8s.io"))
# Whose uids a body may ask for: "uid:NAME" in a body becomes the uid of that ConfigMap.
OWNED = "configmaps"

Request = tuple[str, str, str, Any]


class Scene(NamedTuple):
    """Stages, and what is looked at after each of them."""

    resources: tuple[str, ...]
    stages: tuple[tuple[Request, ...], ...]
    seconds: int = 4


def path(resource: str, namespace: str, name: str = "", sub: str = "") -> str:
    """Where the API server has it."""
    base = GROUPS.get(resource, "/api/v1")
    place = "" if resource in CLUSTER_WIDE else f"/namespaces/{namespace}"
    return "/".join(part for part in (f"{base}{place}", resource.partition(".")[0], name, sub) if part)


def create(kind: str, name: str, api: str = "v1", meta: Obj | None = None, **parts: Any) -> Request:
    """Create an object."""
    group = api.rpartition("/")[0]
    plural = kind.lower() + ("es" if kind.endswith("s") else "s")
    body = {"apiVersion": api, "kind": kind, "metadata": {"name": name, **(meta or {})}, **parts}
    return "create", f"{plural}.{group}" if group else plural, name, body


def service(name: str, *ports: Obj, labels: Obj | None = None, **spec: Any) -> Request:
    """A Service over app=web."""
    body = {"selector": {"app": "web"}, **spec}
    if ports:
        body["ports"] = list(ports)
    return create("Service", name, meta={"labels": labels} if labels else None, spec=body)


def pod(name: str, port: int = 8080, **meta: Any) -> Request:
    """A pod on the node that has no kubelet."""
    container = {"name": "app", "image": "none/none:1", "ports": [{"name": "http", "containerPort": port}]}
    spec = {"nodeName": NODE, "containers": [container], "automountServiceAccountToken": False}
    return create("Pod", name, meta={"labels": {"app": "web"}, **meta}, spec=spec)


def state(name: str, ip: str, ready: bool, phase: str = "Running") -> Request:
    """What a kubelet would report."""
    condition = {"type": "Ready", "status": str(ready), "lastTransitionTime": "2026-01-01T00:00:00Z"}
    return (
        "status",
        "pods",
        name,
        {"status": {"phase": phase, "podIP": ip, "podIPs": [{"ip": ip}], "conditions": [condition]}},
    )


def a_map(name: str, *owners: str, block: bool = True, **meta: Any) -> Request:
    """A ConfigMap owned by others."""
    references = [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": o, "uid": f"uid:{o}", "blockOwnerDeletion": block}
        for o in owners
    ]
    return create("ConfigMap", name, meta={"ownerReferences": references, **meta} if references else meta)


def volume(name: str, size: str, storage: str, policy: str = "Retain", **spec: Any) -> Request:
    """A volume made by hand."""
    body = {
        "capacity": {"storage": size},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": policy,
        "storageClassName": storage,
        "hostPath": {"path": "/tmp/none"},
        **spec,
    }
    return create("PersistentVolume", PREFIX + name, spec=body)


def claim(name: str, size: str, storage: str | None, **spec: Any) -> Request:
    """A claim."""
    body = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **spec}
    if storage is not None:
        body["storageClassName"] = storage
    return create("PersistentVolumeClaim", name, spec=body)


def delete(resource: str, name: str, propagation: str = "Background") -> Request:
    """Delete an object."""
    return "delete", resource, name, propagation


HTTP = {"name": "http", "port": 80, "targetPort": "http"}
PLAIN = {"port": 80, "targetPort": 8080}
KEEP = {"finalizers": ["seatrial.dev/keep"]}
CLASS = PREFIX + "class"

SCENES = {
    "slices": Scene(
        (SLICES,),
        (
            (
                service("plain", PLAIN, labels={"team": "x"}),
                service("named", HTTP, {"name": "udp", "port": 53, "protocol": "UDP", "targetPort": 53}),
                service("headless", clusterIP="None"),
                service("eager", PLAIN, publishNotReadyAddresses=True),
                service("zonal", PLAIN, trafficDistribution="PreferSameZone"),
                service("local", {**PLAIN, "appProtocol": "http"}, trafficDistribution="PreferSameNode"),
                service("nobody", PLAIN, selector={"app": "nobody"}),
                service("manual", PLAIN, selector=None),
            ),
            (
                pod("ready"),
                pod("unready"),
                pod("other", port=9090),
                pod("done"),
                pod("addressless"),
                state("ready", "10.9.0.1", True),
                state("unready", "10.9.0.2", False),
                state("other", "10.9.0.3", True),
                state("done", "10.9.0.4", False, phase="Succeeded"),
            ),
            (
                delete("pods", "ready"),
                state("unready", "10.9.0.2", True),
                ("merge", "pods", "other", {"metadata": {"labels": {"app": "away"}}}),
            ),
            (
                ("merge", "services", "plain", {"metadata": {"labels": {"team": "y"}}}),
                ("merge", "services", "plain", {"spec": {"selector": {"app": "away"}}}),
                ("merge", "services", "zonal", {"spec": {"trafficDistribution": None}}),
            ),
            (delete("services", "named"), delete("services", "headless"), delete("services", "eager")),
        ),
    ),
    "collection": Scene(
        ("configmaps",),
        (
            (
                a_map("top"),
                a_map("middle", "top"),
                a_map("low", "middle"),
                a_map("second"),
                a_map("both", "top", "second"),
            ),
            (delete("configmaps", "top"),),
            (a_map("fore"), a_map("blocks", "fore", **KEEP), a_map("loose", "fore", block=False, **KEEP)),
            (delete("configmaps", "fore", "Foreground"),),
            (("merge", "configmaps", "blocks", {"metadata": {"finalizers": None}}),),
            (a_map("parent"), a_map("orphan", "parent")),
            (delete("configmaps", "parent", "Orphan"),),
            (a_map("ghost"), delete("configmaps", "ghost"), a_map("haunted", "ghost")),
            (("merge", "configmaps", "loose", {"metadata": {"finalizers": None}}),),
        ),
        seconds=6,
    ),
    "volumes": Scene(
        (CLAIMS, VOLUMES, "events"),
        (
            (
                create("StorageClass", CLASS, "storage.k8s.io/v1", provisioner="kubernetes.io/no-provisioner",
                       volumeBindingMode="WaitForFirstConsumer"),
                volume("small", "1Gi", "seatrial-none"),
                volume("large", "5Gi", "seatrial-none"),
                volume("own", "2Gi", "", claimRef={"namespace": "NAMESPACE", "name": "owner"}),
                volume("waits", "2Gi", CLASS),
            ),
            (
                claim("fits", "2Gi", "seatrial-none"),
                claim("owner", "1Gi", ""),
                claim("nothing", "9Gi", ""),
                claim("classless", "9Gi", "seatrial-missing"),
                claim("waits", "1Gi", CLASS),
                claim("byname", "1Gi", "seatrial-none", volumeName=PREFIX + "small"),
                claim("toobig", "3Gi", "seatrial-none", volumeName=PREFIX + "own"),
            ),
            (delete(CLAIMS, "fits"), delete(VOLUMES, PREFIX + "small")),
            (delete(CLAIMS, "byname"),),
            (delete(VOLUMES, PREFIX + "large"), delete(CLAIMS, "owner")),
        ),
        seconds=6,
    ),
}  # fmt: skip


def _cleaned(obj: Obj, uids: dict[str, str]) -> Any:
    meta = {
        key: value
        for key, value in obj["metadata"].items()
        if key not in ("uid", "resourceVersion", "creationTimestamp", "managedFields", "namespace", "generation")
    }
    for field in ("deletionTimestamp", "deletionGracePeriodSeconds"):
        if field in meta:
            meta[field] = "SET"
    notes = {k: v for k, v in meta.pop("annotations", {}).items() if not k.startswith("kubectl.kubernetes.io/")}
    if "endpoints.kubernetes.io/last-change-trigger-time" in notes:
        notes["endpoints.kubernetes.io/last-change-trigger-time"] = "SET"
    if notes:
        meta["annotations"] = notes
    # Go leaves out what is empty; a claim's class is a pointer, so there it means something.
    meta = {key: value for key, value in meta.items() if value not in ([], {})}
    if obj["kind"] == "PersistentVolume" and obj["spec"].get("storageClassName") == "":
        obj = {**obj, "spec": {key: value for key, value in obj["spec"].items() if key != "storageClassName"}}
    if "generateName" in meta:
        meta["name"] = meta["generateName"] + "SUFFIX"
    return _named({**obj, "metadata": meta}, uids)


def _named(value: Any, uids: dict[str, str]) -> Any:
    """Uids by the names of their objects; what differs between runs is left out."""
    if isinstance(value, dict):
        return {k: _named(v, uids) for k, v in value.items() if k not in ("resourceVersion", "lastPhaseTransitionTime")}
    if isinstance(value, list):
        return [_named(entry, uids) for entry in value]
    return uids.get(value, "UID" if UUID.fullmatch(value) else value) if isinstance(value, str) else value


def _order(obj: Obj) -> tuple[str, str, str]:
    return obj["kind"], str(obj["metadata"]["name"]), str(obj.get("ports"))


def _endpoint(endpoint: Obj) -> str:
    return str(endpoint["addresses"])


def normal(objects: list[Obj], events: list[Obj], namespace: str) -> Any:
    """A look at a scene, without what differs from run to run.

    events: involvedObject, reason, message, type; their order and number are left out.
    """
    uids = {obj["metadata"]["uid"]: f"uid of {obj['metadata']['name']}" for obj in objects}
    listed = []
    for obj in objects:
        if obj["metadata"]["name"] == "kube-root-ca.crt":
            continue
        clean = _cleaned(obj, uids)
        if obj["kind"] == "EndpointSlice":
            clean["endpoints"] = sorted(clean.get("endpoints") or [], key=_endpoint)
            clean["ports"] = sorted(clean.get("ports") or [], key=str)
        listed.append(clean)
    told = {
        (e["involvedObject"]["kind"], e["involvedObject"]["name"], e["type"], e["reason"], e["message"]) for e in events
    }
    text = [[part.replace(namespace, "NAMESPACE") for part in event] for event in sorted(told)]
    return {"objects": sorted(listed, key=_order), "events": text}
