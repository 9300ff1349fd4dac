"""Defaults of small kinds of the core group, and of PriorityClasses.

Source: pkg/apis/core/v1/defaults.go, pkg/apis/scheduling/v1/defaults.go (v1.36.3).
"""

from __future__ import annotations

from base64 import b64encode

from seatrial.fakes.kube.schema.defaults.shared import changed, each, filled, quantities, within
from seatrial.harness.ports.event import Obj

__all__ = ["limit_range", "namespace", "node", "priority_class", "resource_quota", "secret"]

NAME_LABEL = "kubernetes.io/metadata.name"
_AMOUNTS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")


def secret(obj: Obj) -> Obj:
    """A Secret; stringData goes into data, as the conversion of v1 does it (pkg/apis/core/v1/conversion.go)."""
    texts = obj.get("stringData")
    if texts is not None:
        coded = {name: b64encode(text.encode()).decode() for name, text in texts.items()}
        obj = {name: value for name, value in obj.items() if name != "stringData"}
        obj = {**obj, "data": {**(obj.get("data") or {}), **coded}}
    return filled(obj, {"type": "Opaque"})


def namespace(obj: Obj) -> Obj:
    """A Namespace carries its name as a label."""
    meta = obj.get("metadata") or {}
    name = meta.get("name")
    labels = meta.get("labels") or {}
    if not name or labels.get(NAME_LABEL) == name:
        return obj
    return {**obj, "metadata": {**meta, "labels": {**labels, NAME_LABEL: name}}}


def node(obj: Obj) -> Obj:
    """A Node: all of its capacity is allocatable unless it says otherwise; its first range is among its ranges."""
    spec = obj.get("spec") or {}
    if spec.get("podCIDR") and not spec.get("podCIDRs"):
        obj = {**obj, "spec": {**spec, "podCIDRs": [spec["podCIDR"]]}}
    return within(obj, "status", _node_status)


def _node_status(status: Obj) -> Obj:
    for field in ("capacity", "allocatable"):
        status = within(status, field, quantities)
    capacity = status.get("capacity")
    if capacity and not status.get("allocatable"):
        return {**status, "allocatable": capacity}
    return status


def limit_range(obj: Obj) -> Obj:
    """A LimitRange."""
    return within(obj, "spec", _limits)


def _limits(spec: Obj) -> Obj:
    return each(spec, "limits", _limit)


def _limit(item: Obj) -> Obj:
    for field in _AMOUNTS:
        item = within(item, field, quantities)
    if item.get("type") != "Container":
        return item
    default = filled(item.get("default") or {}, item.get("max") or {})
    request = filled(item.get("defaultRequest") or {}, default)
    request = filled(request, item.get("min") or {})
    if default:
        item = changed(item, "default", default)
    return changed(item, "defaultRequest", request) if request else item


def resource_quota(obj: Obj) -> Obj:
    """A ResourceQuota."""
    for part, fields in (("spec", ("hard",)), ("status", ("hard", "used"))):
        section = obj.get(part)
        if section:
            for field in fields:
                section = within(section, field, quantities)
            obj = changed(obj, part, section)
    return obj


def priority_class(obj: Obj) -> Obj:
    """A PriorityClass."""
    return filled(obj, {"preemptionPolicy": "PreemptLowerPriority"})
