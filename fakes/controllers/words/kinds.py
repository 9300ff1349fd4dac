"""Kinds that an ownerReference can name: their resource, and whether they live in a namespace.

Source: the discovery documents of a v1.36.3 cluster; stands in for client-go's RESTMapper.
"""

from __future__ import annotations

from typing import NamedTuple

from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import View

__all__ = ["BUILT_IN", "Mapping", "mapping_of"]

CRDS = "customresourcedefinitions.apiextensions.k8s.io"


class Mapping(NamedTuple):
    """Where the objects of a kind are found."""

    resource: str
    namespaced: bool


_NAMESPACED = {
    "": "ConfigMap Endpoints LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota"
    " Secret Service ServiceAccount",
    "apps": "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
    "autoscaling": "HorizontalPodAutoscaler",
    "batch": "CronJob Job",
    "coordination.k8s.io": "Lease",
    "discovery.k8s.io": "EndpointSlice",
    "networking.k8s.io": "Ingress NetworkPolicy",
    "policy": "PodDisruptionBudget",
    "rbac.authorization.k8s.io": "Role RoleBinding",
    "resource.k8s.io": "ResourceClaim ResourceClaimTemplate",
}
_CLUSTER_WIDE = {
    "": "Namespace Node PersistentVolume",
    "apiextensions.k8s.io": "CustomResourceDefinition",
    "networking.k8s.io": "IngressClass",
    "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
    "resource.k8s.io": "DeviceClass ResourceSlice",
    "scheduling.k8s.io": "PriorityClass",
    "storage.k8s.io": "CSIDriver CSINode StorageClass VolumeAttachment",
}
_PLURALS = {"NetworkPolicy": "networkpolicies", "Endpoints": "endpoints"}


def _plural(kind: str) -> str:
    plural = _PLURALS.get(kind, kind.lower())
    return plural if kind in _PLURALS else plural + ("es" if plural.endswith(("s", "x")) else "s")


BUILT_IN: dict[tuple[str, str], Mapping] = {
    (group, kind): Mapping(f"{_plural(kind)}.{group}" if group else _plural(kind), namespaced)
    for table, namespaced in ((_NAMESPACED, True), (_CLUSTER_WIDE, False))
    for group, kinds in table.items()
    for kind in kinds.split()
}


def mapping_of(api_version: str, kind: str, view: View) -> Mapping | None:
    """The mapping of a kind, in whatever version; None if the cluster does not know it."""
    group, slash, _ = api_version.rpartition("/")
    found = BUILT_IN.get((group if slash else "", kind))
    if found is None and group:
        for crd in view.list(CRDS):
            spec: Obj = crd["spec"]
            if spec["group"] == group and spec["names"]["kind"] == kind:
                return Mapping(f"{spec['names']['plural']}.{group}", spec.get("scope") == "Namespaced")
    return found
