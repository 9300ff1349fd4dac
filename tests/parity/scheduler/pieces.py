"""What the cases are made of: objects in few words."""

from __future__ import annotations

from typing import Any

__all__ = [
    "CLASSES",
    "HIGH",
    "HOSTNAME",
    "LOW",
    "RUN",
    "ZONE",
    "ZONES",
    "Obj",
    "budget",
    "case",
    "claim",
    "create",
    "expression",
    "node",
    "node_affinity",
    "pod",
    "preferred",
    "priority",
    "required",
    "service",
    "spread",
    "storage_class",
    "taint",
    "term",
    "three",
    "volume",
    "volumes",
]

Obj = dict[str, Any]
ZONES = ("za", "zb", "zc")
HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
RUN = "seatrial.dev/parity"


def node(name: str, zone: str = "", cpu: str = "4", memory: str = "8Gi", pods: str = "20", **more: Any) -> Obj:
    """A Node. more: taints, labels, images, unschedulable, extended (resources)."""
    labels = {HOSTNAME: name, RUN: "yes", **({ZONE: zone} if zone else {}), **more.get("labels", {})}
    if more.get("hostless"):
        del labels[HOSTNAME]
    # Nobody else's pods are to come here.
    spec: Obj = {"taints": [taint(RUN), *more.get("taints", [])]}
    if more.get("unschedulable"):
        spec["unschedulable"] = True
    have = {"cpu": cpu, "memory": memory, "pods": pods, **more.get("extended", {})}
    images = [{"names": [name], "sizeBytes": size} for name, size in more.get("images", {}).items()]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": spec,
        "status": {"allocatable": have, "capacity": have, "images": images},
    }


def taint(key: str, effect: str = "NoSchedule", value: str = "") -> Obj:
    return {"key": key, "effect": effect, **({"value": value} if value else {})}


def pod(name: str, cpu: str = "", memory: str = "", labels: Obj | None = None, on: str = "", **spec: Any) -> Obj:
    """A Pod that only the case's nodes take."""
    asked = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}
    asked.update(spec.pop("extended", {}))
    limits = {key: value for key, value in asked.items() if "/" in key}
    container: Obj = {"name": "main", "image": spec.pop("image", "registry.k8s.io/pause:3.10")}
    if asked:
        container["resources"] = {"requests": asked, **({"limits": limits} if limits else {})}
    if "ports" in spec:
        container["ports"] = spec.pop("ports")
    selector = {RUN: "yes", **spec.pop("node_selector", {})}
    tolerations = [{"key": RUN, "operator": "Exists"}, *spec.pop("tolerations", [])]
    body: Obj = {
        "containers": [container],
        "terminationGracePeriodSeconds": 5,
        "automountServiceAccountToken": False,
        "nodeSelector": selector,
        "tolerations": tolerations,
        **spec,
    }
    if on:
        body["nodeName"] = on
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels or {}}, "spec": body}


def create(*args: Any, **more: Any) -> Obj:
    return {"create": pod(*args, **more)}


def spread(key: str, labels: Obj, skew: int = 1, soft: bool = False, **more: Any) -> Obj:
    action = "ScheduleAnyway" if soft else "DoNotSchedule"
    selector = {"matchLabels": labels}
    return {"maxSkew": skew, "topologyKey": key, "whenUnsatisfiable": action, "labelSelector": selector, **more}


def term(key: str, labels: Obj | None = None, **more: Any) -> Obj:
    return {"topologyKey": key, "labelSelector": {"matchLabels": labels or {}}, **more}


def required(*terms: Obj) -> Obj:
    return {"requiredDuringSchedulingIgnoredDuringExecution": list(terms)}


def preferred(*pairs: tuple[int, Obj]) -> Obj:
    wished = [{"weight": weight, "podAffinityTerm": wanted} for weight, wanted in pairs]
    return {"preferredDuringSchedulingIgnoredDuringExecution": wished}


def node_affinity(*terms: Obj, wished: list[tuple[int, Obj]] | None = None) -> Obj:
    body: Obj = {}
    if terms:
        body["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": list(terms)}
    if wished:
        body["preferredDuringSchedulingIgnoredDuringExecution"] = [{"weight": w, "preference": t} for w, t in wished]
    return {"nodeAffinity": body}


def expression(key: str, operator: str, *values: str) -> Obj:
    return {"matchExpressions": [{"key": key, "operator": operator, **({"values": list(values)} if values else {})}]}


def case(name: str, nodes: list[Obj], *steps: Obj, before: list[Obj] | None = None) -> Obj:
    return {"name": name, "nodes": nodes, "before": before or [], "steps": list(steps)}


def service(name: str, labels: Obj) -> Obj:
    spec = {"selector": labels, "ports": [{"port": 80}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def claim(name: str, size: str, class_name: str) -> Obj:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": class_name,
        "resources": {"requests": {"storage": size}},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def volumes(*claims: str) -> list[Obj]:
    return [{"name": f"v{n}", "persistentVolumeClaim": {"claimName": name}} for n, name in enumerate(claims)]


def storage_class(name: str, provisioner: str, mode: str, **more: Any) -> Obj:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": provisioner,
        "volumeBindingMode": mode,
        **more,
    }


def volume(name: str, size: str, class_name: str, **more: Any) -> Obj:
    terms = [expression(ZONE, "In", more["zone"])] if "zone" in more else [expression(RUN, "Exists")]
    spec = {
        "capacity": {"storage": size},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": class_name,
        "persistentVolumeReclaimPolicy": "Retain",
        "local": {"path": "/none"},
        "nodeAffinity": {"required": {"nodeSelectorTerms": terms}},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}


def priority(name: str, value: int, **more: Any) -> Obj:
    meta = {"name": name}
    return {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": meta, "value": value, **more}


LOW, HIGH = "seatrial-parity-low", "seatrial-parity-high"
CLASSES = [priority(LOW, 10), priority(HIGH, 1000)]


def budget(name: str, labels: Obj, available: int) -> Obj:
    spec = {"minAvailable": available, "selector": {"matchLabels": labels}}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec}


def three(**more: Any) -> list[Obj]:
    return [node(f"sp-{zone}", zone, **more) for zone in ZONES]
