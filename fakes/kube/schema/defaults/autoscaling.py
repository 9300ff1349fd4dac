"""Defaults of HorizontalPodAutoscalers (v2).

Source: pkg/apis/autoscaling/v2/defaults.go (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.schema.defaults.shared import changed, filled
from seatrial.harness.ports.event import Obj

__all__ = ["autoscaler"]

_CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}
_UP = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Pods", "value": 4, "periodSeconds": 15},
        {"type": "Percent", "value": 100, "periodSeconds": 15},
    ],
}
_DOWN = {"selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}


def autoscaler(obj: Obj) -> Obj:
    """A HorizontalPodAutoscaler."""
    spec = filled(obj.get("spec") or {}, {"minReplicas": 1})
    if not spec.get("metrics"):
        spec = {**spec, "metrics": [_CPU]}
    behavior = spec.get("behavior")
    if behavior is not None:
        behavior = changed(behavior, "scaleUp", filled(behavior.get("scaleUp") or {}, _UP))
        behavior = changed(behavior, "scaleDown", filled(behavior.get("scaleDown") or {}, _DOWN))
        spec = changed(spec, "behavior", behavior)
    return changed(obj, "spec", spec)
