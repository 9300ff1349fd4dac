"""Nodes as `kubectl get nodes -o yaml` prints them: kept is what they are, dropped is how they fared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.ports.event import Obj
from seatrial.harness.scenario.amounts import quantity
from seatrial.harness.scenario.values import kind_of

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
_SPEC_KEPT = ("podCIDR", "podCIDRs", "providerID", "unschedulable")
_STATUS_KEPT = ("addresses", "allocatable", "capacity", "nodeInfo")


def clean_node(node: Obj) -> tuple[Obj, list[str]]:
    """The Node as it is to be created, and warnings. Raises BadInput where it cannot carry pods."""
    meta = node["metadata"]
    name = meta["name"]
    spec, status = _mapping(node, "spec", name), _mapping(node, "status", name)
    labels = {str(key): str(value) for key, value in _mapping(meta, "labels", name).items()}
    annotations = _mapping(meta, "annotations", name)
    room = _mapping(status, "allocatable", name) or _mapping(status, "capacity", name)
    if any(word not in room for word in ("cpu", "memory", "pods")):
        raise BadInput(f"Node {name}: status.allocatable must have cpu, memory and pods; `-o yaml` prints them")
    for resource, amount in room.items():
        try:
            quantity(amount)
        except BadInput as error:
            raise BadInput(f"Node {name}: status.allocatable.{resource}: {error}") from error
    warnings = []
    labels.setdefault("kubernetes.io/hostname", name)
    if _ZONE not in labels and "node-role.kubernetes.io/control-plane" not in labels:
        warnings.append(f"Node {name} has no label {_ZONE}; it is in no zone, so no zone fault takes it")
    if spec.get("unschedulable"):
        warnings.append(f"Node {name} is cordoned; it is kept so")
    kept: Obj = {"name": name, "labels": labels}
    if annotations:
        kept["annotations"] = annotations
    new_spec = {key: spec[key] for key in _SPEC_KEPT if key in spec}
    taints = _taints(spec, name)
    if taints:
        new_spec["taints"] = taints
    seen = {key: status[key] for key in _STATUS_KEPT if key in status}
    seen |= {"allocatable": room, "capacity": _mapping(status, "capacity", name) or room}
    return {"apiVersion": "v1", "kind": "Node", "metadata": kept, "spec": new_spec, "status": seen}, warnings


def _mapping(holder: Obj, word: str, name: str) -> Obj:
    value = holder.get(word)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadInput(f"Node {name}: {word} must be a mapping, not {kind_of(value)}")
    return value


def _taints(spec: Obj, name: str) -> list[Obj]:
    given = spec.get("taints") or ()
    if not isinstance(given, list | tuple) or not all(isinstance(taint, dict) for taint in given):
        raise BadInput(f"Node {name}: spec.taints must be a list of mappings, not {kind_of(given)}")
    cordon = "node.kubernetes.io/unschedulable" if spec.get("unschedulable") else ""
    return [
        {key: value for key, value in taint.items() if key != "timeAdded"}
        for taint in given
        if taint.get("key") not in (*_PASSING, cordon)
    ]


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
        info = node["status"].get("nodeInfo")
        text = str(info.get("kubeletVersion", "") if isinstance(info, dict) else "").lstrip("v")
        major, _, rest = text.partition(".")
        minor = rest.partition(".")[0]
        if major == "1" and minor.isdigit():
            minors.append(int(minor))
    return f"1.{max(minors)}" if minors else "1.36"
