"""Builders of pods, nodes, namespaces and Services; see `builders`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from seatrial.harness.kernel.time import START, Instant, rfc3339
from seatrial.harness.ports.event import Obj

__all__ = [
    "make_condition",
    "make_namespace",
    "make_node",
    "make_object",
    "make_owner",
    "make_pod",
    "make_service",
    "make_template",
]


def _uid(*parts: str) -> str:
    text = blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"


def make_object(
    api_version: str, kind: str, name: str, *, namespace: str = "default", created: Instant = START, **meta: Any
) -> Obj:
    """Any object with its metadata; namespace "" makes it cluster-wide, metadata that is None is left out."""
    head: Obj = {"name": name}
    if namespace:
        head["namespace"] = namespace
    head["uid"] = _uid(kind, namespace, name)
    head["resourceVersion"] = "1"
    head["creationTimestamp"] = rfc3339(created)
    head.update((field, value) for field, value in meta.items() if value is not None)
    return {"apiVersion": api_version, "kind": kind, "metadata": head}


def make_owner(owner: Obj, *, controller: bool = True) -> Obj:
    """An ownerReference to an object."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": controller,
        "blockOwnerDeletion": True,
    }


def make_condition(
    kind: str, status: bool | str, *, since: Instant = START, reason: str = "", message: str = ""
) -> Obj:
    """A condition with its lastTransitionTime."""
    text = status if isinstance(status, str) else str(status)
    found: Obj = {"type": kind, "status": text, "lastTransitionTime": rfc3339(since)}
    if reason:
        found["reason"] = reason
    if message:
        found["message"] = message
    return found


def make_template(
    labels: Mapping[str, str] | None = None,
    *,
    annotations: Mapping[str, str] | None = None,
    image: str = "app:1",
    requests: Mapping[str, str] | None = None,
    **spec: Any,
) -> Obj:
    """A pod template; further keywords are fields of the pod's spec, in their JSON spelling."""
    meta: Obj = {}
    if labels:
        meta["labels"] = dict(labels)
    if annotations:
        meta["annotations"] = dict(annotations)
    return {"metadata": meta, "spec": _pod_spec(image, requests, spec)}


def _pod_spec(image: str, requests: Mapping[str, str] | None, more: Mapping[str, Any]) -> Obj:
    resources: Obj = {"requests": dict(requests)} if requests else {}
    container: Obj = {"name": "app", "image": image, "imagePullPolicy": "IfNotPresent", "resources": resources}
    spec: Obj = {
        "containers": [container],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler",
        "securityContext": {},
    }
    spec.update(more)
    return spec


def make_pod(
    name: str = "pod",
    *,
    namespace: str = "default",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    owner: Obj | None = None,
    finalizers: Sequence[str] | None = None,
    node: str = "",
    phase: str = "",
    ready: bool | None = None,
    ready_since: Instant | None = None,
    deleted: Instant | None = None,
    created: Instant = START,
    image: str = "app:1",
    requests: Mapping[str, str] | None = None,
    tolerations: Sequence[Obj] | None = None,
    restarts: int = 0,
    **spec: Any,
) -> Obj:
    """A Pod. Without a phase it is Running if it has a node, else Pending; `ready` writes the Ready condition."""
    pod = make_object(
        "v1",
        "Pod",
        name,
        namespace=namespace,
        created=created,
        labels=dict(labels) if labels else None,
        annotations=dict(annotations) if annotations else None,
        ownerReferences=[make_owner(owner)] if owner else None,
        finalizers=list(finalizers) if finalizers else None,
        deletionTimestamp=None if deleted is None else rfc3339(deleted),
        deletionGracePeriodSeconds=None if deleted is None else 30,
    )
    more = dict(spec)
    if node:
        more["nodeName"] = node
    if tolerations:
        more["tolerations"] = list(tolerations)
    pod["spec"] = _pod_spec(image, requests, more)
    status: Obj = {"phase": phase or ("Running" if node else "Pending"), "qosClass": "BestEffort"}
    if node:
        status["conditions"] = [make_condition("PodScheduled", True, since=created)]
    if ready is not None:
        since = created if ready_since is None else ready_since
        status["conditions"] = [*status.get("conditions", []), make_condition("Ready", ready, since=since)]
    if restarts:
        status["containerStatuses"] = [{"name": "app", "restartCount": restarts, "ready": bool(ready)}]
    return {**pod, "status": status}


def make_node(
    name: str = "node",
    *,
    zone: str = "",
    labels: Mapping[str, str] | None = None,
    ready: bool | str = True,
    taints: Sequence[tuple[str, str, str]] = (),
    unschedulable: bool = False,
    cpu: str = "4",
    memory: str = "16Gi",
    pods: str = "110",
    since: Instant = START,
    **allocatable: str,
) -> Obj:
    """A Node with hostname, os, arch and zone labels; `ready` may be "Unknown"; taints are (key, value, effect)."""
    tags = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    if zone:
        tags["topology.kubernetes.io/zone"] = zone
    tags.update(labels or {})
    node = make_object("v1", "Node", name, namespace="", labels=tags)
    spec: Obj = {}
    if taints:
        spec["taints"] = [
            {"key": key, "value": value, "effect": effect} if value else {"key": key, "effect": effect}
            for key, value, effect in taints
        ]
    if unschedulable:
        spec["unschedulable"] = True
    room = {"cpu": cpu, "memory": memory, "pods": pods, "ephemeral-storage": "100Gi", **allocatable}
    status: Obj = {"capacity": room, "allocatable": room, "conditions": [make_condition("Ready", ready, since=since)]}
    return {**node, "spec": spec, "status": status}


def make_namespace(name: str = "default", *, labels: Mapping[str, str] | None = None) -> Obj:
    """An active Namespace."""
    tags = {"kubernetes.io/metadata.name": name, **(labels or {})}
    namespace = make_object("v1", "Namespace", name, namespace="", labels=tags)
    return {**namespace, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}


def make_service(
    name: str = "web",
    *,
    namespace: str = "default",
    selector: Mapping[str, str] | None = None,
    port: int = 80,
    target: int | str | None = None,
    cluster_ip: str = "10.96.0.10",
    **spec: Any,
) -> Obj:
    """A ClusterIP Service of one TCP port; `cluster_ip="None"` makes it headless."""
    made = make_object("v1", "Service", name, namespace=namespace)
    body: Obj = {
        "type": "ClusterIP",
        "clusterIP": cluster_ip,
        "clusterIPs": [cluster_ip],
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "ports": [{"port": port, "protocol": "TCP", "targetPort": port if target is None else target}],
        "selector": dict(selector or {"app": name}),
        "sessionAffinity": "None",
        "internalTrafficPolicy": "Cluster",
    }
    body.update(spec)
    return {**made, "spec": body, "status": {"loadBalancer": {}}}
