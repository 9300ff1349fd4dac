"""Resource requests and limits, and what may be counted where.

Source: validateResourceRequirements in pkg/apis/core/validation/validation.go, pkg/apis/core/helper (v1.36.3).
Not modelled: claims of dynamic resource allocation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seatrial.fakes.kube.quantity import NANO, nano
from seatrial.fakes.kube.schema.validation.causes import Causes, forbidden, invalid, required
from seatrial.fakes.kube.schema.validation.names import qualified_name
from seatrial.harness.ports.event import Obj

__all__ = [
    "amount",
    "container_resource",
    "is_extended",
    "is_integer",
    "overcommits",
    "positive_amount",
    "requirements",
    "resource_name",
]

_CONTAINER = frozenset(("cpu", "memory", "ephemeral-storage"))
_COUNTED = frozenset(
    (
        "pods",
        "services",
        "replicationcontrollers",
        "resourcequotas",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    )
)
_STANDARD = (
    _CONTAINER
    | _COUNTED
    | {f"{side}.{name}" for side in ("requests", "limits") for name in _CONTAINER}
    | {"storage", "requests.storage", "services.nodeports", "services.loadbalancers"}
)
_TINY = NANO // 1000


def _native(name: str) -> bool:
    return "/" not in name or "kubernetes.io/" in name


def is_extended(name: str) -> bool:
    """Whether a resource is somebody's own, as nvidia.com/gpu."""
    return not _native(name) and not name.startswith("requests.") and not qualified_name(f"requests.{name}")


def overcommits(name: str) -> bool:
    """Whether a resource may be promised twice."""
    return _native(name) and not name.startswith("hugepages-")


def is_integer(name: str) -> bool:
    """Whether only whole numbers of a resource exist."""
    return name in _COUNTED or is_extended(name)


def resource_name(out: Causes, path: str, name: str) -> None:
    """Any resource's name."""
    for message in qualified_name(name):
        invalid(out, path, name, message)
    if "/" not in name and name not in _STANDARD and not name.startswith(("hugepages-", "requests.hugepages-")):
        invalid(out, path, name, "must be a standard resource type or fully qualified")


def container_resource(out: Causes, path: str, name: str) -> None:
    """A resource that a container may ask for."""
    if name in _CONTAINER:
        return
    resource_name(out, path, name)
    if "/" not in name:
        if not name.startswith("hugepages-"):
            invalid(out, path, name, "must be a standard resource for containers")
    elif not _native(name) and not is_extended(name):
        invalid(out, path, name, "doesn't follow extended resource name standard")


def amount(out: Causes, path: str, name: str, value: Any) -> None:
    """A quantity of a resource: not below zero, and whole where it has to be."""
    nanos = nano(value)
    if nanos < 0:
        invalid(out, path, value, "must be greater than or equal to 0")
    if nanos % NANO and -(-nanos // _TINY) % 1000 and is_integer(name):
        invalid(out, path, value, "must be an integer")


def positive_amount(out: Causes, path: str, value: Any) -> None:
    """A quantity above zero."""
    if nano(value) <= 0:
        invalid(out, path, value, "must be greater than zero")


def requirements(
    out: Causes, path: str, given: Obj | None, names: Callable[[Causes, str, str], None] = container_resource
) -> None:
    """ResourceRequirements."""
    if not given:
        return
    limits, requests = given.get("limits") or {}, given.get("requests") or {}
    for name, value in sorted(limits.items()):
        place = f"{path}.limits[{name}]"
        names(out, place, name)
        amount(out, place, name, value)
    for name, value in sorted(requests.items()):
        place = f"{path}.requests[{name}]"
        names(out, place, name)
        amount(out, place, name, value)
        limit = limits.get(name)
        if limit is None:
            if not overcommits(name):
                required(out, f"{path}.limits", "Limit must be set for non overcommitable resources")
        elif value != limit:
            _compare(out, f"{path}.requests", name, value, limit)
    both = {*limits, *requests}
    if not both & {"cpu", "memory"} and any(name.startswith("hugepages-") for name in both):
        forbidden(out, path, "HugePages require cpu or memory")


def _compare(out: Causes, path: str, name: str, value: Any, limit: Any) -> None:
    asked, most = nano(value), nano(limit)
    if asked != most and not overcommits(name):
        invalid(out, path, value, f"must be equal to {name} limit of {limit}")
    elif asked > most:
        invalid(out, path, value, f"must be less than or equal to {name} limit of {limit}")
