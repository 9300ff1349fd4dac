"""PodDisruptionBudgets, PriorityClasses, Leases.

Source: pkg/apis/{policy,scheduling,coordination}/validation/validation.go (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.schema.validation.causes import (
    Causes,
    forbidden,
    immutable,
    invalid,
    not_negative,
    not_supported,
    one_of,
)
from seatrial.fakes.kube.schema.validation.labels import selector, selector_shown
from seatrial.fakes.kube.schema.validation.workloads import int_or_percent, not_above_100
from seatrial.harness.ports.event import Obj

__all__ = ["disruption_budget", "lease", "priority_class", "priority_class_update"]

PRIORITY_MAX = 1_000_000_000
_SYSTEM = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}
_POLICIES = ("PreemptLowerPriority", "Never")


def disruption_budget(out: Causes, obj: Obj, old: Obj | None = None) -> None:
    """A PodDisruptionBudget."""
    spec = obj.get("spec") or {}
    if old is not None and spec is old.get("spec"):
        return
    least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    if least is not None and most is not None:
        shown = {
            "MinAvailable": least,
            "Selector": selector_shown(spec.get("selector")),
            "MaxUnavailable": most,
            "UnhealthyPodEvictionPolicy": spec.get("unhealthyPodEvictionPolicy"),
        }
        invalid(out, "spec", shown, "minAvailable and maxUnavailable cannot be both set")
    for field, value in (("minAvailable", least), ("maxUnavailable", most)):
        if value is not None:
            int_or_percent(out, f"spec.{field}", value)
            not_above_100(out, f"spec.{field}", value)
    selector(out, "spec.selector", spec.get("selector"))
    policy = spec.get("unhealthyPodEvictionPolicy")
    one_of(out, "spec.unhealthyPodEvictionPolicy", policy, ("AlwaysAllow", "IfHealthyBudget"))


def priority_class(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A PriorityClass."""
    name, value = (obj.get("metadata") or {}).get("name", ""), obj.get("value", 0)
    if name.startswith("system-"):
        if _SYSTEM.get(name) != value:
            text = "priority class names with 'system-' prefix are reserved for system use only. error: "
            known = f"{name} is not a known system priority class"
            if name in _SYSTEM:
                known = f"value of {name} PriorityClass must be {_SYSTEM[name]}"
            forbidden(out, "metadata.name", text + known)
    elif value > PRIORITY_MAX:
        forbidden(out, "value", f"maximum allowed value of a user defined priority is {PRIORITY_MAX}")
    policy = obj.get("preemptionPolicy")
    if policy is not None and policy not in _POLICIES:
        not_supported(out, "preemptionPolicy", policy, _POLICIES)


def priority_class_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of a PriorityClass."""
    if obj.get("value", 0) != old.get("value", 0):
        forbidden(out, "value", "may not be changed in an update.")
    immutable(out, "preemptionPolicy", obj.get("preemptionPolicy"), old.get("preemptionPolicy"))


def lease(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A Lease."""
    spec = obj.get("spec") or {}
    length = spec.get("leaseDurationSeconds")
    if length is not None and length <= 0:
        invalid(out, "spec.leaseDurationSeconds", length, "must be greater than 0")
    not_negative(out, "spec.leaseTransitions", spec.get("leaseTransitions"))
