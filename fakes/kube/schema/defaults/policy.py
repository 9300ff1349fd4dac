"""Defaults of the smaller groups: storage, scheduling, discovery, networking, autoscaling, rbac."""

from __future__ import annotations

from seatrial.fakes.kube.schema.defaults.fill import each, fill, within
from seatrial.harness.ports.event import Obj

__all__ = [
    "endpoint_slice",
    "horizontal_pod_autoscaler",
    "network_policy",
    "priority_class",
    "role_binding",
    "storage_class",
]


def endpoint_slice(obj: Obj) -> Obj:
    """An EndpointSlice (pkg/apis/discovery/v1)."""
    return each(obj, "ports", lambda port: fill(port, name="", protocol="TCP"))


def storage_class(obj: Obj) -> Obj:
    """A StorageClass (pkg/apis/storage/v1)."""
    return fill(obj, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def priority_class(obj: Obj) -> Obj:
    """A PriorityClass (pkg/apis/scheduling/v1)."""
    return fill(obj, preemptionPolicy="PreemptLowerPriority")


def horizontal_pod_autoscaler(obj: Obj) -> Obj:
    """A HorizontalPodAutoscaler (pkg/apis/autoscaling/v2)."""
    return within(obj, "spec", _autoscaler_spec)


def _autoscaler_spec(spec: Obj) -> Obj:
    cpu = {"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 80, "type": "Utilization"}}}
    return fill(spec, minReplicas=1, metrics=[cpu])


def network_policy(obj: Obj) -> Obj:
    """A NetworkPolicy (pkg/apis/networking/v1)."""
    return within(obj, "spec", _network_policy_spec)


def _network_policy_spec(spec: Obj) -> Obj:
    kinds = ["Ingress"] + (["Egress"] if spec.get("egress") else [])
    spec = fill(spec, policyTypes=kinds)
    for side in ("ingress", "egress"):
        spec = each(spec, side, lambda rule: each(rule, "ports", lambda port: fill(port, protocol="TCP")))
    return spec


def role_binding(obj: Obj) -> Obj:
    """A RoleBinding or ClusterRoleBinding (pkg/apis/rbac/v1)."""
    obj = within(obj, "roleRef", lambda ref: fill(ref, apiGroup="rbac.authorization.k8s.io"))
    return each(obj, "subjects", _subject)


def _subject(subject: Obj) -> Obj:
    if subject.get("kind") in ("User", "Group"):
        return fill(subject, apiGroup="rbac.authorization.k8s.io")
    return subject
