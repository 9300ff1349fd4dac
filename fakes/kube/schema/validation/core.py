"""Small kinds of the core group: ConfigMap, Secret, Namespace, Node, ResourceQuota, LimitRange.

Source: pkg/apis/core/validation/validation.go (v1.36.3).
"""

from __future__ import annotations

import json
from base64 import b64decode

from seatrial.fakes.kube.quantity import compare
from seatrial.fakes.kube.schema.validation.amounts import amount, container_resource, resource_name
from seatrial.fakes.kube.schema.validation.causes import (
    Causes,
    chosen,
    duplicate,
    forbidden,
    immutable,
    invalid,
    required,
    too_long,
)
from seatrial.fakes.kube.schema.validation.labels import label_name
from seatrial.fakes.kube.schema.validation.meta import finalizer_name
from seatrial.fakes.kube.schema.validation.names import config_key, label_value, network
from seatrial.fakes.kube.schema.validation.placing import EFFECTS
from seatrial.harness.ports.event import Obj

__all__ = [
    "config_map",
    "config_map_update",
    "limit_range",
    "namespace",
    "node",
    "node_update",
    "resource_quota",
    "resource_quota_update",
    "secret",
    "secret_update",
]

BYTES_MAX = 1024 * 1024
_SCOPES = (
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
    "VolumeAttributesClass",
)
_POD_RESOURCES = frozenset(
    ("pods", "count/pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory")
)
_LIMITS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
_DOCKER = {"kubernetes.io/dockercfg": ".dockercfg", "kubernetes.io/dockerconfigjson": ".dockerconfigjson"}
_SECRET_KEYS = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}


def config_map(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A ConfigMap."""
    data, binary = obj.get("data") or {}, obj.get("binaryData") or {}
    size = 0
    for key, value in sorted(data.items()):
        for message in config_key(key):
            invalid(out, f"data[{key}]", key, message)
        if key in binary:
            invalid(out, f"data[{key}]", key, "duplicate of key present in binaryData")
        size += len(value.encode())
    for key, value in sorted(binary.items()):
        for message in config_key(key):
            invalid(out, f"binaryData[{key}]", key, message)
        size += _decoded(value)
    if size > BYTES_MAX:
        too_long(out, "[]", BYTES_MAX)


def _decoded(text: str) -> int:
    return len(text) * 3 // 4 - text[-2:].count("=")


def config_map_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of a ConfigMap."""
    if old.get("immutable"):
        _frozen(out, obj, old, ("data", "binaryData"))
    config_map(out, obj)


def _frozen(out: Causes, obj: Obj, old: Obj, fields: tuple[str, ...]) -> None:
    if not obj.get("immutable"):
        forbidden(out, "immutable", "field is immutable when `immutable` is set")
    for field in fields:
        if (obj.get(field) or {}) != (old.get(field) or {}):
            forbidden(out, field, "field is immutable when `immutable` is set")


def secret(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A Secret."""
    data = obj.get("data") or {}
    size = 0
    for key, value in sorted(data.items()):
        for message in config_key(key):
            invalid(out, f"data[{key}]", key, message)
        size += _decoded(value)
    if size > BYTES_MAX:
        too_long(out, "data", BYTES_MAX)
    kind = obj.get("type", "")
    if kind == "kubernetes.io/service-account-token":
        notes = (obj.get("metadata") or {}).get("annotations") or {}
        if not notes.get("kubernetes.io/service-account.name"):
            required(out, "metadata.annotations[kubernetes.io/service-account.name]")
    elif kind in _DOCKER:
        _docker(out, _DOCKER[kind], data)
    elif kind == "kubernetes.io/basic-auth" and "username" not in data and "password" not in data:
        required(out, "data[username]")
        required(out, "data[password]")
    for key in _SECRET_KEYS.get(kind, ()):
        if key not in data:
            required(out, f"data[{key}]")


def _docker(out: Causes, key: str, data: Obj) -> None:
    if key not in data:
        required(out, f"data[{key}]")
        return
    try:
        content = json.loads(b64decode(data[key]))
    except ValueError:
        invalid(out, f"data[{key}]", "<secret contents redacted>", "invalid character in JSON")
        return
    if not isinstance(content, dict):
        kind = {str: "string", bool: "bool", list: "array"}.get(type(content), "number")
        text = f"json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
        invalid(out, f"data[{key}]", "<secret contents redacted>", text)


def secret_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of a Secret."""
    immutable(out, "type", obj.get("type"), old.get("type"))
    if old.get("immutable"):
        _frozen(out, obj, old, ("data",))
    secret(out, obj)


def namespace(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A Namespace's finalizers."""
    for name in (obj.get("spec") or {}).get("finalizers") or ():
        finalizer_name(out, "spec.finalizers", name)


def node(out: Causes, obj: Obj, old: Obj | None = None) -> None:
    """A Node."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    taints = spec.get("taints")
    if taints and (old is None or taints is not (old.get("spec") or {}).get("taints")):
        _taints(out, "metadata.taints", taints)
    if old is None or status is not old.get("status"):
        for field in ("capacity", "allocatable"):
            for name, value in (status.get(field) or {}).items():
                amount(out, f"status.{field}.{name}", name, value)
    ranges = spec.get("podCIDRs") or ([spec["podCIDR"]] if spec.get("podCIDR") else [])
    if old is None:
        for index, text in enumerate(ranges):
            for message in network(text):
                invalid(out, f"spec.podCIDRs[{index}]", text, message)


def _taints(out: Causes, path: str, taints: list[Obj]) -> None:
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(taints):
        place = f"{path}[{index}]"
        key, value, effect = taint.get("key", ""), taint.get("value", ""), taint.get("effect", "")
        label_name(out, f"{place}.key", key)
        messages = label_value(value)
        if messages:
            invalid(out, f"{place}.value", value, ";".join(messages))
        chosen(out, f"{place}.effect", effect, EFFECTS)
        if effect and (key, effect) in seen:
            shown = {"Key": key, "Value": value, "Effect": effect, "TimeAdded": taint.get("timeAdded")}
            duplicate(out, place, shown, "taints must be unique by key and effect pair")
        seen.add((key, effect))


def node_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of a Node: its ranges and its provider stay once they are set."""
    node(out, obj, old)
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    if spec is before:
        return
    if before.get("podCIDRs") and spec.get("podCIDRs") != before["podCIDRs"]:
        forbidden(out, "spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid')
    if before.get("providerID") and spec.get("providerID") != before["providerID"]:
        forbidden(out, "spec.providerID", 'node updates may not change providerID except from "" to valid')


def resource_quota(out: Causes, obj: Obj, old: Obj | None = None) -> None:
    """A ResourceQuota."""
    spec = obj.get("spec") or {}
    if old is not None and spec is old.get("spec"):
        return
    hard = spec.get("hard") or {}
    for name, value in sorted(hard.items()):
        _quota_resource(out, f"spec.hard[{name}]", name)
        amount(out, f"spec.hard[{name}]", name, value)
    if spec.get("scopes"):
        _scopes(out, "spec.scopes", spec["scopes"], hard)
    for rule in (spec.get("scopeSelector") or {}).get("matchExpressions") or ():
        _scope_rule(out, "spec.scopeSelector.matchExpressions", rule)


def _quota_resource(out: Causes, path: str, name: str) -> None:
    if name in _POD_RESOURCES:
        return
    resource_name(out, path, name)
    known = ("pods", "services", "secrets", "configmaps", "replicationcontrollers", "resourcequotas")
    plain = ("cpu", "memory", "ephemeral-storage", "storage", "persistentvolumeclaims")
    ranged = name.startswith(("requests.", "limits.", "services.", "hugepages-", "count/"))
    if "/" not in name and name not in known and name not in plain and not ranged:
        invalid(out, path, name, "must be a standard resource for quota")


def _scopes(out: Causes, path: str, scopes: list[str], hard: Obj) -> None:
    named = set(scopes)
    for scope in sorted(named):
        if scope not in _SCOPES:
            invalid(out, path, scopes, "unsupported scope")
    for name in sorted(hard):
        for scope in sorted(named & set(_SCOPES)):
            allowed = name == "pods" or (name in _POD_RESOURCES and scope != "BestEffort")
            if not allowed and not (scope == "VolumeAttributesClass" and "persistentvolumeclaims" in name):
                invalid(out, path, scopes, "unsupported scope applied to resource")
    if {"Terminating", "NotTerminating"} <= named or {"BestEffort", "NotBestEffort"} <= named:
        invalid(out, path, scopes, "conflicting scopes")


def _scope_rule(out: Causes, path: str, rule: Obj) -> None:
    operator, values = rule.get("operator", ""), rule.get("values") or []
    if rule.get("scopeName") not in _SCOPES:
        invalid(out, f"{path}.scopeName", rule.get("scopeName", ""), "unsupported scope")
    if operator in ("In", "NotIn"):
        if not values:
            text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
            required(out, f"{path}.values", text)
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            text = "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector"
            invalid(out, f"{path}.values", values, text)
    else:
        invalid(out, f"{path}.operator", operator, "not a valid selector operator")


def resource_quota_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of a ResourceQuota: its scopes stay."""
    resource_quota(out, obj, old)
    new, before = (part.get("spec", {}).get("scopes") or [] for part in (obj, old))
    if sorted(new) != sorted(before):
        invalid(out, "spec.scopes", new, "field is immutable")


def limit_range(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A LimitRange."""
    seen: set[str] = set()
    for index, item in enumerate((obj.get("spec") or {}).get("limits") or ()):
        place = f"spec.limits[{index}]"
        kind = item.get("type", "")
        label_name(out, f"{place}.type", kind)
        if kind in seen:
            duplicate(out, f"{place}.type", kind)
        seen.add(kind)
        _limit_names(out, place, item, kind)
        if kind == "PersistentVolumeClaim" and not any("storage" in (item.get(side) or {}) for side in ("min", "max")):
            text = "either minimum or maximum storage value is required, but neither was provided"
            required(out, f"{place}.limits", text)
        for name in sorted({name for field in _LIMITS for name in item.get(field) or {}}):
            _limit_values(out, place, item, name)


def _limit_names(out: Causes, path: str, item: Obj, kind: str) -> None:
    rule = container_resource if kind in ("Container", "Pod") else resource_name
    for field in ("max", "min"):
        for name in sorted(item.get(field) or {}):
            rule(out, f"{path}.{field}[{name}]", name)
    if kind == "Pod":
        for field in ("default", "defaultRequest"):
            if item.get(field):
                forbidden(out, f"{path}.{field}", "may not be specified when `type` is 'Pod'")
    else:
        for field in ("default", "defaultRequest"):
            for name in sorted(item.get(field) or {}):
                rule(out, f"{path}.{field}[{name}]", name)
    for name in sorted(item.get("maxLimitRequestRatio") or {}):
        rule(out, f"{path}.maxLimitRequestRatio[{name}]", name)


def _limit_values(out: Causes, path: str, item: Obj, name: str) -> None:
    low, high, default, request, ratio = (
        (item.get(field) or {}).get(name)
        for field in ("min", "max", "default", "defaultRequest", "maxLimitRequestRatio")
    )
    checks = (
        (low, high, "min", low, f"min value {low} is greater than max value {high}"),
        (low, request, "defaultRequest", request, f"min value {low} is greater than default request value {request}"),
        (request, high, "defaultRequest", request, f"default request value {request} is greater than max value {high}"),
        (
            request,
            default,
            "defaultRequest",
            request,
            f"default request value {request} is greater than default limit value {default}",
        ),
        (low, default, "default", low, f"min value {low} is greater than default value {default}"),
        (default, high, "default", high, f"default value {default} is greater than max value {high}"),
    )
    for one, other, field, value, text in checks:
        if one is not None and other is not None and compare(one, other) > 0:
            invalid(out, f"{path}.{field}[{name}]", value, text)
    if ratio is not None and compare(ratio, "1") < 0:
        invalid(out, f"{path}.maxLimitRequestRatio[{name}]", ratio, f"ratio {ratio} is less than 1")
