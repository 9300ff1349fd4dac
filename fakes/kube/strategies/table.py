"""The rules of every built-in kind in one table.

Source: pkg/registry/*/*/strategy.go (v1.36.3); custom resources:
k8s.io/apiextensions-apiserver/pkg/registry/customresource/strategy.go.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CUSTOM", "CUSTOM_STATUS", "Strategy", "strategy_of"]


class Strategy(NamedTuple):
    """generation: what bumps it: "" (the kind has none), spec, spec+annotations, content (all but metadata),
    content+labels, webhooks, template, set (1 and never again). status: whether the main resource ignores it.
    create_on_update, unconditional: what PUT may do. keeps: metadata that a status update cannot touch
    ("*": all but managedFields)."""

    generation: str = ""
    status: bool = True
    create_on_update: bool = False
    unconditional: bool = True
    keeps: tuple[str, ...] = ()


_SPEC = Strategy("spec")
_PLAIN = Strategy()
_CONTENT = Strategy("", status=False)
_RBAC = Strategy("", status=False, create_on_update=True)
ALL = ("*",)

CUSTOM = Strategy("content", status=False, unconditional=False)
CUSTOM_STATUS = Strategy("content", unconditional=False, keeps=ALL)

_TABLE: dict[str, Strategy] = {
    "pods": Strategy("spec", keeps=("ownerReferences",)),
    "nodes": _PLAIN,
    "namespaces": _PLAIN,
    "services": Strategy(create_on_update=True),
    "endpoints": Strategy("", status=False, create_on_update=True),
    "configmaps": _CONTENT,
    "secrets": _CONTENT,
    "serviceaccounts": _CONTENT,
    "limitranges": Strategy("", status=False, create_on_update=True),
    "resourcequotas": _PLAIN,
    "persistentvolumes": _PLAIN,
    "persistentvolumeclaims": _PLAIN,
    "podtemplates": Strategy("template", status=False),
    "replicationcontrollers": _SPEC,
    "events": Strategy("", status=False, create_on_update=True),
    "events.events.k8s.io": Strategy("", status=False, create_on_update=True),
    "controllerrevisions.apps": _CONTENT,
    "daemonsets.apps": _SPEC,
    "deployments.apps": Strategy("spec+annotations", keeps=("labels",)),
    "replicasets.apps": _SPEC,
    "statefulsets.apps": _SPEC,
    "jobs.batch": _SPEC,
    "cronjobs.batch": _SPEC,
    "horizontalpodautoscalers.autoscaling": _PLAIN,
    "certificatesigningrequests.certificates.k8s.io": _PLAIN,
    "leases.coordination.k8s.io": Strategy("", status=False, create_on_update=True, unconditional=False),
    "leasecandidates.coordination.k8s.io": Strategy("", status=False, create_on_update=True, unconditional=False),
    "endpointslices.discovery.k8s.io": Strategy("content+labels", status=False),
    "flowschemas.flowcontrol.apiserver.k8s.io": Strategy("spec", keeps=ALL),
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": Strategy("spec", keeps=ALL),
    "ingresses.networking.k8s.io": _SPEC,
    "ingressclasses.networking.k8s.io": Strategy("spec", status=False),
    "networkpolicies.networking.k8s.io": Strategy("spec", status=False),
    "ipaddresses.networking.k8s.io": _CONTENT,
    "servicecidrs.networking.k8s.io": Strategy(keeps=ALL),
    "poddisruptionbudgets.policy": Strategy("spec", unconditional=False),
    "clusterroles.rbac.authorization.k8s.io": _RBAC,
    "clusterrolebindings.rbac.authorization.k8s.io": _RBAC,
    "roles.rbac.authorization.k8s.io": _RBAC,
    "rolebindings.rbac.authorization.k8s.io": _RBAC,
    "priorityclasses.scheduling.k8s.io": Strategy("set", status=False),
    "csidrivers.storage.k8s.io": Strategy("spec", status=False, unconditional=False),
    "csinodes.storage.k8s.io": Strategy("", status=False, unconditional=False),
    "csistoragecapacities.storage.k8s.io": Strategy("", status=False, unconditional=False),
    "storageclasses.storage.k8s.io": _CONTENT,
    "volumeattachments.storage.k8s.io": Strategy(unconditional=False, keeps=ALL),
    "volumeattributesclasses.storage.k8s.io": _CONTENT,
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": Strategy("webhooks", False, unconditional=False),
    "validatingwebhookconfigurations.admissionregistration.k8s.io": Strategy("webhooks", False, unconditional=False),
    "validatingadmissionpolicies.admissionregistration.k8s.io": Strategy("spec", unconditional=False, keeps=ALL),
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": Strategy("spec", False, unconditional=False),
    "customresourcedefinitions.apiextensions.k8s.io": Strategy("spec", unconditional=False, keeps=ALL),
    "apiservices.apiregistration.k8s.io": Strategy("", unconditional=False, keeps=ALL),
}


def strategy_of(resource: str, custom: bool, has_status: bool) -> Strategy:
    """The rules of a resource; custom resources follow their status subresource."""
    known = _TABLE.get(resource)
    if known is not None:
        return known
    if custom:
        return CUSTOM_STATUS if has_status else CUSTOM
    return _SPEC if has_status else _CONTENT
