"""HorizontalPodAutoscalers (v2).

Source: pkg/apis/autoscaling/validation/validation.go (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.quantity import nano
from seatrial.fakes.kube.schema.validation.causes import (
    Causes,
    forbidden,
    invalid,
    not_supported,
    one_of,
    positive,
    required,
)
from seatrial.fakes.kube.schema.validation.names import path_segment
from seatrial.harness.ports.event import Obj

__all__ = ["autoscaler"]

_TYPES = ("ContainerResource", "External", "Object", "Pods", "Resource")
_FIELDS = {name: name[0].lower() + name[1:] for name in _TYPES}
WINDOW_SECONDS_MAX, PERIOD_SECONDS_MAX = 3600, 1800


def autoscaler(out: Causes, obj: Obj, old: Obj | None = None) -> None:
    """A HorizontalPodAutoscaler."""
    spec = obj.get("spec") or {}
    if old is not None and spec is old.get("spec"):
        return
    least, most = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    if least is not None and least < 1:
        invalid(out, "spec.minReplicas", least, "must be greater than or equal to 1")
    if most < 1:
        required(out, "spec.maxReplicas", "must be set and greater than 0")
    if least is not None and most < least:
        invalid(out, "spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")
    _target_ref(out, "spec.scaleTargetRef", spec.get("scaleTargetRef") or {})
    kinds = set()
    for index, metric in enumerate(spec.get("metrics") or ()):
        _metric(out, f"spec.metrics[{index}]", metric)
        kinds.add(metric.get("type"))
    if least == 0 and not kinds & {"Object", "External"}:
        text = "must specify at least one Object or External metric to support scaling to zero replicas"
        forbidden(out, "spec.metrics", text)
    behavior = spec.get("behavior") or {}
    for field in ("scaleUp", "scaleDown"):
        if behavior.get(field) is not None:
            _rules(out, f"spec.behavior.{field}", behavior[field])


def _target_ref(out: Causes, path: str, ref: Obj) -> None:
    for field in ("kind", "name"):
        text = ref.get(field)
        if not text:
            required(out, f"{path}.{field}")
        else:
            for message in path_segment(text):
                invalid(out, f"{path}.{field}", text, message)
    version = ref.get("apiVersion", "")
    if "/" not in version:
        invalid(out, f"{path}.apiVersion", version, "apiVersion must specify API group")


def _metric(out: Causes, path: str, metric: Obj) -> None:
    kind = metric.get("type", "")
    if not kind:
        required(out, f"{path}.type", "must specify a metric source type")
    if kind not in _TYPES:
        # Once for the type itself, once where its source is looked for.
        for _ in range(2):
            not_supported(out, f"{path}.type", kind, _TYPES)
        return
    for name, field in _FIELDS.items():
        if name != kind and metric.get(field) is not None:
            text = "must populate the given metric source only"
            forbidden(out, f"{path}.{field}", text)
    field = _FIELDS[kind]
    source = metric.get(field)
    if source is None:
        required(out, f"{path}.{field}", "must populate information for the given metric source")
        return
    _source(out, f"{path}.{field}", source, kind)


def _source(out: Causes, path: str, source: Obj, kind: str) -> None:
    target = source.get("target") or {}
    if kind in ("Resource", "ContainerResource"):
        if not source.get("name"):
            required(out, f"{path}.name", "must specify a resource name")
        if kind == "ContainerResource" and not source.get("container"):
            required(out, f"{path}.container", "must specify a container")
        _target(out, f"{path}.target", target)
        share, average = target.get("averageUtilization"), target.get("averageValue")
        if share is None and average is None:
            text = "must set either a target raw value or a target utilization"
            required(out, f"{path}.target.averageUtilization", text)
        if share is not None and average is not None:
            forbidden(
                out, f"{path}.target.averageValue", "may not set both a target raw value and a target utilization"
            )
        return
    if not (source.get("metric") or {}).get("name"):
        required(out, f"{path}.metric.name", "must specify a metric name")
    _target(out, f"{path}.target", target)
    if kind == "Pods" and target.get("averageValue") is None:
        required(out, f"{path}.target.averageValue", "must specify a positive target averageValue")
    elif target.get("value") is None and target.get("averageValue") is None:
        required(out, f"{path}.target.averageValue", "must set either a target value for metric or a per-pod target")


def _target(out: Causes, path: str, target: Obj) -> None:
    kind = target.get("type", "")
    if not kind:
        required(out, f"{path}.type", "must specify a metric target type")
    if kind not in ("Utilization", "Value", "AverageValue"):
        invalid(out, f"{path}.type", kind, "must be either Utilization, Value, or AverageValue")
    for field in ("value", "averageValue"):
        value = target.get(field)
        if value is not None and nano(value) <= 0:
            invalid(out, f"{path}.{field}", value, "must be positive")
    share = target.get("averageUtilization")
    if share is not None and share < 1:
        invalid(out, f"{path}.averageUtilization", share, "must be greater than 0")


def _rules(out: Causes, path: str, rules: Obj) -> None:
    window = rules.get("stabilizationWindowSeconds")
    if window is not None:
        if window < 0:
            invalid(out, f"{path}.stabilizationWindowSeconds", window, "must be greater than or equal to zero")
        if window > WINDOW_SECONDS_MAX:
            text = f"must be less than or equal to {WINDOW_SECONDS_MAX}"
            invalid(out, f"{path}.stabilizationWindowSeconds", window, text)
    one_of(out, f"{path}.selectPolicy", rules.get("selectPolicy"), ("Disabled", "Max", "Min"))
    policies = rules.get("policies") or []
    if not policies:
        required(out, f"{path}.policies", "must specify at least one Policy")
    for index, policy in enumerate(policies):
        place = f"{path}.policies[{index}]"
        one_of(out, f"{place}.type", policy.get("type", ""), ("Percent", "Pods"))
        positive(out, f"{place}.value", policy.get("value", 0))
        period = policy.get("periodSeconds", 0)
        positive(out, f"{place}.periodSeconds", period)
        if period > PERIOD_SECONDS_MAX:
            invalid(out, f"{place}.periodSeconds", period, f"must be less than or equal to {PERIOD_SECONDS_MAX}")
