"""From a cluster's plan to kind's configuration: one worker a planned node, with its labels; pure text.

Differs from EKS and from the simulator: kind names nodes `CLUSTER-worker2`, not `apps-a-1`; every node has the whole
machine's CPU and memory, whatever its instance type says; there is always a control-plane node, and only one.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from seatrial.harness.kernel.errors import BadInput, Unavailable
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.fleet import ClusterPlan
from seatrial.harness.substrates.nodes import CONTROL_PLANE_LABEL, ZONE_LABEL, node_objects, zone_letter

__all__ = ["Member", "config_text", "members", "minor_of", "pick_image"]

MARK = "/seatrial-owner"
NAME_MAX = 50  # a node's name is a host name of at most 63 characters, of which kind needs `-control-plane`
# What a kubelet may say of itself under kubernetes.io (k8s.io/kubelet/pkg/apis/well_known_labels.go).
OWN = frozenset(
    {
        "beta.kubernetes.io/instance-type",
        "failure-domain.beta.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "node.kubernetes.io/instance-type",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
    }
)
# What the kubelet knows better: it is told by the machine.
MACHINES = frozenset(
    {
        "beta.kubernetes.io/arch",
        "beta.kubernetes.io/os",
        "kubernetes.io/arch",
        "kubernetes.io/hostname",
        "kubernetes.io/os",
    }
)


class Member(NamedTuple):
    """A worker node: its name in the cluster, which is its container's, and the planned Node that it stands for."""

    name: str
    zone: str  # the scenario's letter
    planned: Obj

    @property
    def labels(self) -> dict[str, str]:
        """Labels of its birth: what a kubelet may give itself."""
        return {key: value for key, value in sorted(_labels(self.planned).items()) if _born_with(key)}

    @property
    def later(self) -> dict[str, str]:
        """Labels that only an administrator may give."""
        return {
            key: value
            for key, value in sorted(_labels(self.planned).items())
            if not _born_with(key) and key not in MACHINES
        }

    @property
    def taints(self) -> list[Obj]:
        """Taints that it is to have."""
        return list(self.planned.get("spec", {}).get("taints") or ())


def members(plan: ClusterPlan, name: str) -> tuple[Member, ...]:
    """The workers in the plan's order, named as kind will name them. Raises BadInput for a name that is too long."""
    if len(name) > NAME_MAX:
        raise BadInput(f"the cluster's name {name!r} is longer than {NAME_MAX} characters")
    planned = [node for node in node_objects(plan) if CONTROL_PLANE_LABEL not in _labels(node)]
    return tuple(
        Member(f"{name}-worker{number if number > 1 else ''}", zone_letter(plan.region, _zone(node)), node)
        for number, node in enumerate(planned, start=1)
    )


def config_text(workers: tuple[Member, ...], image: str, birth_mark: str) -> str:
    """kind's configuration, as JSON: every YAML parser reads it, and nothing needs quoting."""
    mark = [{"hostPath": birth_mark, "containerPath": MARK, "readOnly": True}]
    nodes: list[Obj] = [{"role": "control-plane", "image": image, "extraMounts": mark}]
    for worker in workers:
        nodes.append({"role": "worker", "image": image, "labels": worker.labels, "extraMounts": mark})
    return json.dumps({"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "nodes": nodes}, sort_keys=True)


def pick_image(wanted: str, local: tuple[str, ...], version: str) -> str:
    """The node image: the one that was named, or a local kindest/node of the plan's minor. Raises Unavailable."""
    minor = minor_of(version)
    if wanted:
        tag = wanted.partition("@")[0].rpartition(":")[2]
        if tag.startswith("v1.") and minor_of(tag) != minor:
            raise Unavailable(f"the node image {wanted} is Kubernetes {minor_of(tag)}, the fleet wants {minor}")
        return wanted
    found = [image for image in local if image.rpartition(":")[2].startswith("v") and minor_of(_tag(image)) == minor]
    if not found:
        raise Unavailable(
            f"there is no node image of Kubernetes {minor} here: docker pull kindest/node:v{minor}.x (kind's release "
            "notes name them), or name one with KIND_NODE_IMAGE"
        )
    return max(found, key=lambda image: [int(part) for part in _tag(image)[1:].split(".") if part.isdecimal()])


def minor_of(version: str) -> str:
    """`1.36` of `v1.36.3`."""
    return ".".join(version.removeprefix("v").split(".")[:2])


def _tag(image: str) -> str:
    return image.rpartition(":")[2]


def _labels(node: Obj) -> dict[str, str]:
    labels: dict[str, str] = node["metadata"].get("labels") or {}
    return labels


def _zone(node: Obj) -> str:
    return _labels(node).get(ZONE_LABEL, "")


def _born_with(key: str) -> bool:
    domain = key.partition("/")[0] if "/" in key else ""
    ours = any(domain == name or domain.endswith("." + name) for name in ("kubernetes.io", "k8s.io"))
    return key in OWN or not ours
