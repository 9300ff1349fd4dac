"""Which rules hold for which kind: its names, a new object, a new version, a new status."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from seatrial.fakes.kube.schema.custom import definition
from seatrial.fakes.kube.schema.validation import (
    access,
    autoscaling,
    batch,
    core,
    network,
    pod,
    pod_update,
    policy,
    service,
    storage,
    workloads,
)
from seatrial.fakes.kube.schema.validation.causes import Causes
from seatrial.fakes.kube.schema.validation.meta import NameRule
from seatrial.fakes.kube.schema.validation.names import dns_label, dns_subdomain, path_segment
from seatrial.harness.ports.event import Obj

__all__ = ["PLAIN", "RULES", "Rules"]

Check = Callable[[Causes, Obj, Obj | None], None]
Change = Callable[[Causes, Obj, Obj], None]


class Rules(NamedTuple):
    """What is checked of one kind. `change` is the whole check of a new version; None uses `new` for both."""

    name: NameRule = dns_subdomain
    new: Check | None = None
    change: Change | None = None
    status: Change | None = None


PLAIN = Rules()

RULES: dict[str, Rules] = {
    "pods": Rules(new=pod.pod_create, change=pod_update.pod_update, status=pod_update.pod_status),
    "podtemplates": Rules(new=workloads.pod_template),
    "replicationcontrollers": Rules(new=workloads.replication_controller, status=workloads.status_replicas),
    "deployments.apps": Rules(new=workloads.deployment, status=workloads.status_replicas),
    "replicasets.apps": Rules(new=workloads.replica_set, status=workloads.status_replicas),
    "statefulsets.apps": Rules(
        dns_label, workloads.stateful_set, workloads.stateful_set_update, workloads.status_replicas
    ),
    "daemonsets.apps": Rules(new=workloads.daemon_set, change=workloads.daemon_set_update),
    "jobs.batch": Rules(new=batch.job, change=batch.job_update),
    "cronjobs.batch": Rules(new=batch.cron_job),
    "services": Rules(dns_label, service.service, service.service_update),
    "endpointslices.discovery.k8s.io": Rules(new=service.endpoint_slice, change=service.endpoint_slice_update),
    "poddisruptionbudgets.policy": Rules(new=policy.disruption_budget),
    "persistentvolumeclaims": Rules(new=storage.claim, change=storage.claim_update),
    "persistentvolumes": Rules(new=storage.volume, change=storage.volume_update),
    "storageclasses.storage.k8s.io": Rules(new=storage.storage_class, change=storage.storage_class_update),
    "configmaps": Rules(new=core.config_map, change=core.config_map_update),
    "secrets": Rules(new=core.secret, change=core.secret_update),
    "namespaces": Rules(dns_label, core.namespace),
    "nodes": Rules(new=core.node, change=core.node_update, status=core.node_update),
    "resourcequotas": Rules(new=core.resource_quota, change=core.resource_quota_update),
    "limitranges": Rules(new=core.limit_range),
    "priorityclasses.scheduling.k8s.io": Rules(new=policy.priority_class, change=policy.priority_class_update),
    "leases.coordination.k8s.io": Rules(new=policy.lease),
    "horizontalpodautoscalers.autoscaling": Rules(new=autoscaling.autoscaler),
    "ingresses.networking.k8s.io": Rules(new=network.ingress),
    "networkpolicies.networking.k8s.io": Rules(new=network.network_policy),
    "roles.rbac.authorization.k8s.io": Rules(path_segment, access.role),
    "clusterroles.rbac.authorization.k8s.io": Rules(path_segment, access.cluster_role),
    "rolebindings.rbac.authorization.k8s.io": Rules(path_segment, access.role_binding, access.role_binding_update),
    "clusterrolebindings.rbac.authorization.k8s.io": Rules(
        path_segment, access.cluster_role_binding, access.cluster_role_binding_update
    ),
    "apiservices.apiregistration.k8s.io": Rules(path_segment),
    "customresourcedefinitions.apiextensions.k8s.io": Rules(
        new=definition.definition, change=definition.definition_update
    ),
}
