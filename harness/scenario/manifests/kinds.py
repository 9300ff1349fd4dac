"""What is known of Kubernetes' own kinds: groups, which are cluster-wide, the order in which they are installed."""

from __future__ import annotations

from typing import Any

from seatrial.harness.ports.event import Obj

__all__ = [
    "BUILTIN_GROUPS",
    "CLUSTER_NAMESPACES",
    "CLUSTER_WIDE",
    "CONTROLLED_BY",
    "TEMPLATES",
    "WORKLOADS",
    "group_of",
    "install_rank",
    "pod_spec_of",
    "pod_template_of",
    "title_of",
]

BUILTIN_GROUPS = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
    }
)
CLUSTER_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease")
CLUSTER_WIDE = frozenset(
    {
        ("", "Namespace"),
        ("", "Node"),
        ("", "PersistentVolume"),
        ("", "ComponentStatus"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "APIService"),
        ("certificates.k8s.io", "CertificateSigningRequest"),
        ("certificates.k8s.io", "ClusterTrustBundle"),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
        ("networking.k8s.io", "IngressClass"),
        ("networking.k8s.io", "IPAddress"),
        ("networking.k8s.io", "ServiceCIDR"),
        ("node.k8s.io", "RuntimeClass"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("resource.k8s.io", "DeviceClass"),
        ("resource.k8s.io", "ResourceSlice"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "CSIDriver"),
        ("storage.k8s.io", "CSINode"),
        ("storage.k8s.io", "StorageClass"),
        ("storage.k8s.io", "VolumeAttachment"),
        ("storage.k8s.io", "VolumeAttributesClass"),
    }
)

# Workloads, as kubectl names their resources.
WORKLOADS: dict[tuple[str, str], str] = {
    ("apps", "Deployment"): "deployments.apps",
    ("apps", "StatefulSet"): "statefulsets.apps",
    ("apps", "DaemonSet"): "daemonsets.apps",
    ("apps", "ReplicaSet"): "replicasets.apps",
    ("", "ReplicationController"): "replicationcontrollers",
    ("batch", "Job"): "jobs.batch",
    ("batch", "CronJob"): "cronjobs.batch",
    ("", "Pod"): "pods",
}
# Where a kind's pod template stands.
TEMPLATES: dict[tuple[str, str], tuple[str, ...]] = {
    **dict.fromkeys(WORKLOADS, ("spec", "template")),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("", "Pod"): (),
}
# Owners whose controllers run in the fleet: what they own they make again.
CONTROLLED_BY = frozenset({*WORKLOADS, ("", "Service"), ("", "Node")})

# Namespaces, definitions, policy, config, RBAC, storage, services, workloads; then all that is not known.
_ORDER = (
    "Namespace",
    "CustomResourceDefinition",
    "PriorityClass",
    "RuntimeClass",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "ConfigMap",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "StorageClass",
    "CSIDriver",
    "VolumeAttributesClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "StatefulSet",
    "Job",
    "CronJob",
    "HorizontalPodAutoscaler",
    "IngressClass",
    "Ingress",
    "APIService",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
)
_RANKS = {kind: rank for rank, kind in enumerate(_ORDER)}
# A webhook that is installed before what serves it refuses everything.
_LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")


def group_of(obj: Obj) -> tuple[str, str]:
    """(API group, kind); the group of core kinds is ""."""
    group, slash, _ = str(obj["apiVersion"]).partition("/")
    return (group if slash else "", obj["kind"])


def install_rank(obj: Obj) -> int:
    """The smaller, the earlier it is installed."""
    group, kind = group_of(obj)
    if kind in _LAST:
        return len(_RANKS) + 1
    return _RANKS.get(kind, len(_RANKS)) if group in BUILTIN_GROUPS else len(_RANKS)


def title_of(obj: Obj) -> str:
    """`Deployment/shop/web`, `Namespace/shop`."""
    meta = obj["metadata"]
    name = meta.get("name") or f"{meta.get('generateName', '')}*"
    return "/".join(part for part in (obj["kind"], meta.get("namespace"), name) if part)


def pod_template_of(obj: Obj) -> Obj | None:
    """The pod template of a workload that an API server has accepted, a bare pod itself; None for other kinds."""
    path = TEMPLATES.get(group_of(obj))
    if path is None:
        return None
    for step in path:
        obj = obj[step]
    return obj


def pod_spec_of(obj: Obj) -> Obj | None:
    """The pod spec of a workload, a bare pod or a pod template; None for other kinds and broken shapes."""
    path = TEMPLATES.get(group_of(obj))
    if path is None:
        return None
    at: Any = obj
    for step in (*path, "spec"):
        at = at.get(step) if isinstance(at, dict) else None
    return at if isinstance(at, dict) else None
