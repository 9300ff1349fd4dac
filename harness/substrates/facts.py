"""Nodes and pods as an operator sees them, from API objects; the same on every substrate."""

from __future__ import annotations

from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.levers import NodeFacts, PodFacts
from seatrial.harness.substrates.nodes import CONTROL_PLANE_LABEL, GROUP_LABEL, ZONE_LABEL, zone_letter

__all__ = ["node_facts", "pod_facts"]


def node_facts(node: Obj, region: str) -> NodeFacts:
    """A node's name, zone letter, group, readiness and whether it is of the control plane."""
    meta = node["metadata"]
    labels = meta.get("labels", {})
    conditions = node.get("status", {}).get("conditions", ())
    ready = any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
    return NodeFacts(
        meta["name"],
        zone_letter(region, labels.get(ZONE_LABEL, "")),
        labels.get(GROUP_LABEL, ""),
        ready,
        CONTROL_PLANE_LABEL in labels,
    )


def pod_facts(pod: Obj, zones: dict[str, str]) -> PodFacts:
    """A bound pod's place, labels and owner; zones: by node."""
    meta = pod["metadata"]
    node = pod["spec"]["nodeName"]
    owner = next((ref for ref in meta.get("ownerReferences", ()) if ref.get("controller")), None)
    return PodFacts(
        meta["namespace"],
        meta["name"],
        node,
        zones.get(node, ""),
        tuple(sorted((meta.get("labels") or {}).items())),
        f"{owner['kind']}/{owner['name']}" if owner else "",
    )
