"""What the API server fills in before it validates: pure functions, one for each kind that has defaults.

Every rule returns the very object it was given where nothing was missing. Kinds without a rule have no defaults.
"""

from __future__ import annotations

from collections.abc import Callable

from seatrial.fakes.kube.schema.defaults import (
    access,
    autoscaling,
    batch,
    core,
    network,
    pod,
    registration,
    service,
    storage,
    workloads,
)
from seatrial.fakes.kube.schema.kinds import Kind
from seatrial.harness.ports.event import Obj

__all__ = ["default"]

_RULES: dict[str, Callable[[Obj], Obj]] = {
    "pods": pod.pod,
    "podtemplates": workloads.pod_template,
    "replicationcontrollers": workloads.replication_controller,
    "deployments.apps": workloads.deployment,
    "replicasets.apps": workloads.replica_set,
    "statefulsets.apps": workloads.stateful_set,
    "daemonsets.apps": workloads.daemon_set,
    "jobs.batch": batch.job,
    "cronjobs.batch": batch.cron_job,
    "services": service.service,
    "endpoints": service.endpoints,
    "endpointslices.discovery.k8s.io": service.endpoint_slice,
    "persistentvolumes": storage.volume,
    "persistentvolumeclaims": storage.claim,
    "storageclasses.storage.k8s.io": storage.storage_class,
    "csidrivers.storage.k8s.io": storage.csi_driver,
    "secrets": core.secret,
    "namespaces": core.namespace,
    "nodes": core.node,
    "limitranges": core.limit_range,
    "resourcequotas": core.resource_quota,
    "priorityclasses.scheduling.k8s.io": core.priority_class,
    "networkpolicies.networking.k8s.io": network.network_policy,
    "ingressclasses.networking.k8s.io": network.ingress_class,
    "horizontalpodautoscalers.autoscaling": autoscaling.autoscaler,
    "rolebindings.rbac.authorization.k8s.io": access.role_binding,
    "clusterrolebindings.rbac.authorization.k8s.io": access.role_binding,
    "validatingwebhookconfigurations.admissionregistration.k8s.io": registration.validating_webhooks,
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": registration.mutating_webhooks,
    "validatingadmissionpolicies.admissionregistration.k8s.io": registration.admission_policy,
    "mutatingadmissionpolicies.admissionregistration.k8s.io": registration.admission_policy,
    "flowschemas.flowcontrol.apiserver.k8s.io": registration.flow_schema,
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": registration.priority_level,
    "customresourcedefinitions.apiextensions.k8s.io": registration.definition,
}


def default(kind: Kind, obj: Obj) -> Obj:
    """The object with its kind's defaults."""
    rule = _RULES.get(kind.resource)
    return obj if rule is None else rule(obj)
