"""Which plug-ins see a request, in the order of the real API server.

Source: pkg/kubeapiserver/options/plugins.go (v1.36.3). Each plug-in is a function `(core, request, obj) -> obj` that
returns the same object where it has nothing to change, or raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from seatrial.fakes.kube.admission import (
    claim_resize,
    default_ingress_class,
    default_storage_class,
    default_tolerations,
    limit_ranger,
    namespace_lifecycle,
    object_in_use,
    priority,
    quota,
    runtime_class,
    service_account,
    taint_nodes,
    topology_labels,
)
from seatrial.fakes.kube.core import Core, Request
from seatrial.harness.ports.event import Key, Obj

if TYPE_CHECKING:
    from seatrial.fakes.kube.schema import Kind

__all__ = ["admit_create", "admit_delete", "admit_namespace", "admit_update", "charge", "validate_update"]

Plugin = Callable[[Core, Request, Obj], Obj]

_CREATE: dict[str, tuple[Plugin, ...]] = {
    "pods": (
        limit_ranger.admit,
        service_account.admit,
        priority.admit,
        default_tolerations.admit,
        runtime_class.admit,
        topology_labels.admit,
    ),
    "ingresses.networking.k8s.io": (default_ingress_class.admit,),
    "nodes": (taint_nodes.admit,),
    "persistentvolumeclaims": (limit_ranger.admit_claim, default_storage_class.admit, object_in_use.admit_claim),
    "persistentvolumes": (object_in_use.admit_volume,),
    "priorityclasses.scheduling.k8s.io": (priority.admit_class,),
}
_UPDATE: dict[str, tuple[Plugin, ...]] = {
    "pods": (default_tolerations.admit,),
    "priorityclasses.scheduling.k8s.io": (priority.admit_class,),
}


def admit_namespace(core: Core, key: Key) -> None:
    """The namespace of a create is there."""
    namespace_lifecycle.admit(core, key)


def admit_create(core: Core, request: Request, kind: Kind, obj: Obj) -> Obj:
    """What admission makes of a new object."""
    for plugin in _CREATE.get(kind.resource, ()):
        obj = plugin(core, request, obj)
    return obj


def admit_update(core: Core, request: Request, kind: Kind, obj: Obj, old: Obj) -> Obj:
    """What admission makes of a changed object."""
    if obj.get("spec") is not old.get("spec"):
        if kind.resource == "pods":
            obj = priority.admit_update(core, request, obj, old)
        for plugin in _UPDATE.get(kind.resource, ()):
            obj = plugin(core, request, obj)
    return obj


def validate_update(core: Core, request: Request, kind: Kind, new: Obj, old: Obj) -> None:
    """The last word on a change: quotas count what it adds."""
    if kind.namespaced and not request.subresource and new.get("spec") is not old.get("spec"):
        if kind.resource == "persistentvolumeclaims":
            claim_resize.validate(core, new, old)
        quota.charge(core, request, kind.resource, new, old)


def admit_delete(kind: Kind, live: Obj) -> None:
    """Whether an object may be deleted at all."""
    if kind.resource == "namespaces":
        namespace_lifecycle.admit_delete(live)
    elif kind.resource == "priorityclasses.scheduling.k8s.io":
        priority.admit_delete(live)


def charge(core: Core, request: Request, kind: Kind, obj: Obj) -> None:
    """Count a new object against the quotas of its namespace."""
    if kind.namespaced:
        quota.charge(core, request, kind.resource, obj, None)
