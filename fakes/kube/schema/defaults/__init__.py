"""Defaulting by kind: what the API server fills in before it validates (pkg/apis/*/v1/defaults.go)."""

from __future__ import annotations

from collections.abc import Callable

from seatrial.fakes.kube.schema.defaults import core, policy, workloads
from seatrial.harness.ports.event import Obj

__all__ = ["DEFAULTS"]

DEFAULTS: dict[str, Callable[[Obj], Obj]] = {
    "pods": core.pod,
    "services": core.service,
    "secrets": core.secret,
    "nodes": core.node,
    "namespaces": core.namespace,
    "persistentvolumes": core.persistent_volume,
    "persistentvolumeclaims": core.persistent_volume_claim,
    "podtemplates": core.pod_template,
    "replicationcontrollers": workloads.replication_controller,
    "deployments.apps": workloads.deployment,
    "replicasets.apps": workloads.replicaset,
    "statefulsets.apps": workloads.statefulset,
    "daemonsets.apps": workloads.daemonset,
    "jobs.batch": workloads.job,
    "cronjobs.batch": workloads.cronjob,
    "endpointslices.discovery.k8s.io": policy.endpoint_slice,
    "storageclasses.storage.k8s.io": policy.storage_class,
    "priorityclasses.scheduling.k8s.io": policy.priority_class,
    "horizontalpodautoscalers.autoscaling": policy.horizontal_pod_autoscaler,
    "networkpolicies.networking.k8s.io": policy.network_policy,
    "rolebindings.rbac.authorization.k8s.io": policy.role_binding,
    "clusterrolebindings.rbac.authorization.k8s.io": policy.role_binding,
}
