"""Nodes as `kubectl get nodes -o yaml` prints them: kept is what they are, dropped is how they fared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.ports.event import Obj
from seatrial.harness.scenario.amounts import quantity

__all__ = ["clean_node", "region_of", "version_of"]

_ZONE = "topology.kubernetes.io/zone"
_REGION = "topology.kubernetes.io/region"
# Taints that the cluster's own controllers put there and take away again.
_PASSING = (
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/network-unavailable",
    "node.cloudprovider.kubernetes.io/uninitialized",
    "node.cloudprovider.kubernetes.io/shutdown",
)
_STATUS_KEPT = ("addresses", "allocatable", "capacity", "nodeInfo")


def clean_node(node: Obj) -> tuple[Obj, list[str]]:
    """The Node as it is to be created, and warnings. Raises BadInput where it cannot carry pods."""
    meta, spec, status = node["metadata"], node.get("spec") or {}, node.get("status") or {}
    name = meta["name"]
    if not all(isinstance(part, dict) for part in (meta, spec, status)):
        raise BadInput(f"Node {name}: spec and status must be mappings")
    warnings = []
    room = status.get("allocatable") or status.get("capacity")
    if not isinstance(room, dict) or "cpu" not in room or "memory" not in room or "pods" not in room:
        raise BadInput(f"Node {name}: status.allocatable must have cpu, memory and pods; `-o yaml` prints them")
    for resource, amount in room.items():
        try:
            quantity(amount)
        except BadInput as error:
            raise BadInput(f"Node {name}: status.allocatable.{resource}: {error}") from error
    labels = {str(key): str(value) for key, value in (meta.get("labels") or {}).items()}
    labels.setdefault("kubernetes.io/hostname", name)
    if _ZONE not in labels and "node-role.kubernetes.io/control-plane" not in labels:
        warnings.append(f"Node {name} has no label {_ZONE}; it is in no zone, so no zone fault takes it")
    kept: Obj = {"name": name, "labels": labels}
    if meta.get("annotations"):
        kept["annotations"] = dict(meta["annotations"])
    spec = {key: value for key, value in spec.items() if key in ("podCIDR", "podCIDRs", "providerID", "unschedulable")}
    taints = [
        {key: value for key, value in taint.items() if key != "timeAdded"}
        for taint in (node.get("spec") or {}).get("taints") or ()
        if taint.get("key") not in _PASSING
        and not (taint.get("key") == "node.kubernetes.io/unschedulable" and spec.get("unschedulable"))
    ]
    if taints:
        spec["taints"] = taints
    if spec.get("unschedulable"):
        warnings.append(f"Node {name} is cordoned; it is kept so")
    seen = {key: status[key] for key in _STATUS_KEPT if key in status}
    seen.setdefault("allocatable", room)
    seen.setdefault("capacity", room)
    return {"apiVersion": "v1", "kind": "Node", "metadata": kept, "spec": spec, "status": seen}, warnings


def region_of(nodes: Sequence[Obj]) -> tuple[str, list[str]]:
    """The Region that the nodes are labelled with; zones are written as letters within it."""
    found = Counter(node["metadata"]["labels"][_REGION] for node in nodes if _REGION in node["metadata"]["labels"])
    if not found:
        return "us-east-1", []
    region = max(found, key=lambda name: (found[name], name))
    more = sorted(set(found) - {region})
    return region, [f"nodes of other Regions ({', '.join(more)}) are written with their zones' full names"] * bool(more)


def version_of(nodes: Sequence[Obj]) -> str:
    """The newest kubelet's minor: an API server is never older than a kubelet."""
    minors = []
    for node in nodes:
        text = str(node["status"].get("nodeInfo", {}).get("kubeletVersion", "")).lstrip("v")
        major, _, rest = text.partition(".")
        minor = rest.partition(".")[0]
        if major == "1" and minor.isdigit():
            minors.append(int(minor))
    return f"1.{max(minors)}" if minors else "1.36"
