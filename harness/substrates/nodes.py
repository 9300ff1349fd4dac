"""Node objects from a plan, labelled as EKS labels them.

Differs from EKS: names say group, zone and number (`apps-a-1`) instead of an address; one address a node; the kubelet
version follows the cluster's.
"""

from __future__ import annotations

from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.fleet import ClusterPlan, NodeGroup
from seatrial.harness.scenario.instances import allocatable, capacity

__all__ = ["CONTROL_PLANE_LABEL", "ZONE_LABEL", "node_objects", "zone_letter", "zone_name"]

ZONE_LABEL = "topology.kubernetes.io/zone"
ZONE_ID_LABEL = "topology.k8s.aws/zone-id"
REGION_LABEL = "topology.kubernetes.io/region"
GROUP_LABEL = "eks.amazonaws.com/nodegroup"
CONTROL_PLANE_LABEL = "node-role.kubernetes.io/control-plane"


def zone_name(region: str, letter: str) -> str:
    """`a` in us-east-1 is `us-east-1a`; names that are no single letter stay (a hybrid site is its own zone)."""
    return f"{region}{letter}" if len(letter) == 1 else letter


def zone_letter(region: str, name: str) -> str:
    """The way back."""
    return name[len(region) :] if name.startswith(region) and len(name) == len(region) + 1 else name


def zone_id(region: str, letter: str) -> str:
    """`use1-az1`. Differs from AWS: the mapping of names to ids is per account there; here a is az1."""
    area, side, number = [*region.split("-"), "", ""][:3]
    short = {"northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw"}.get(side, side[:1])
    return f"{area}{short}{number}-az{ord(letter) - ord('a') + 1}"


def node_objects(plan: ClusterPlan) -> list[Obj]:
    """Every Node of a cluster, in the order of its groups: zones are dealt in turn."""
    nodes = []
    if plan.control_plane_node:
        nodes.append(_control_plane(plan))
    for group in plan.nodegroups:
        counts: dict[str, int] = {}
        for number in range(group.nodes):
            zone = group.zones[number % len(group.zones)]
            counts[zone] = counts.get(zone, 0) + 1
            nodes.append(_node(plan, group, zone, f"{group.name}-{zone}-{counts[zone]}", len(nodes)))
    return nodes + list(plan.nodes)


def _node(plan: ClusterPlan, group: NodeGroup, zone: str, name: str, index: int) -> Obj:
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/instance-type": group.type,
        "beta.kubernetes.io/os": "linux",
        "eks.amazonaws.com/capacityType": "ON_DEMAND",
        GROUP_LABEL: group.name,
        "failure-domain.beta.kubernetes.io/region": plan.region,
        "failure-domain.beta.kubernetes.io/zone": zone_name(plan.region, zone),
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": group.type,
        REGION_LABEL: plan.region,
        ZONE_LABEL: zone_name(plan.region, zone),
    }
    if len(zone) == 1:
        labels[ZONE_ID_LABEL] = zone_id(plan.region, zone)
    labels.update(group.labels)
    node = _bare(plan, name, index, labels, capacity(group.type), allocatable(group.type))
    node["spec"]["providerID"] = f"aws:///{zone_name(plan.region, zone)}/i-{index:017x}"
    if group.taints:
        node["spec"]["taints"] = [
            {"key": key, "effect": effect, **({"value": value} if value else {})} for key, value, effect in group.taints
        ]
    return node


def _control_plane(plan: ClusterPlan) -> Obj:
    """kind's kind of control-plane node: in no zone, tainted, always there."""
    name = f"{plan.name}-control-plane"
    labels = {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        CONTROL_PLANE_LABEL: "",
        "node.kubernetes.io/exclude-from-external-load-balancers": "",
    }
    node = _bare(plan, name, 0, labels, capacity("m6i.xlarge"), allocatable("m6i.xlarge"))
    node["spec"]["taints"] = [{"key": CONTROL_PLANE_LABEL, "effect": "NoSchedule"}]
    return node


def _bare(plan: ClusterPlan, name: str, index: int, labels: dict[str, str], has: Obj, free: Obj) -> Obj:
    cidr = f"10.{128 + index // 256}.{index % 256}.0/24"
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": labels,
            "annotations": {"node.alpha.kubernetes.io/ttl": "0"},
        },
        "spec": {"podCIDR": cidr, "podCIDRs": [cidr]},
        "status": {
            "capacity": has,
            "allocatable": free,
            "addresses": [
                {"type": "InternalIP", "address": f"10.{index // 65536}.{index // 256 % 256}.{index % 256}"},
                {"type": "Hostname", "address": name},
            ],
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": "",
                "containerRuntimeVersion": "containerd://2.1.5",
                "kernelVersion": "6.12.0",
                "kubeProxyVersion": "",
                "kubeletVersion": f"v{plan.version}.0" if plan.version.count(".") == 1 else f"v{plan.version}",
                "machineID": "",
                "operatingSystem": "linux",
                "osImage": "Amazon Linux 2023",
                "systemUUID": "",
            },
        },
    }
