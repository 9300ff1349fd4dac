"""The quality-of-service class of a pod.

Source: pkg/apis/core/v1/helper/qos (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.quantity import nano
from seatrial.harness.ports.event import Obj

__all__ = ["qos_class"]

_COUNTED = ("cpu", "memory")


def qos_class(spec: Obj) -> str:
    """Guaranteed, Burstable or BestEffort."""
    whole = spec.get("resources") or {}
    if whole.get("requests") or whole.get("limits"):
        return _class_of([whole])
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    return _class_of([container.get("resources") or {} for container in containers])


def _class_of(resources: list[Obj]) -> str:
    requests: dict[str, int] = {}
    limits: dict[str, int] = {}
    guaranteed = True
    for resource in resources:
        for name, value in (resource.get("requests") or {}).items():
            if name in _COUNTED and nano(value) > 0:
                requests[name] = requests.get(name, 0) + nano(value)
        found = []
        for name, value in (resource.get("limits") or {}).items():
            if name in _COUNTED and nano(value) > 0:
                found.append(name)
                limits[name] = limits.get(name, 0) + nano(value)
        if len(found) != len(_COUNTED):
            guaranteed = False
    if not requests and not limits:
        return "BestEffort"
    if (
        guaranteed
        and all(limits.get(name) == value for name, value in requests.items())
        and len(requests) == len(limits)
    ):
        return "Guaranteed"
    return "Burstable"
