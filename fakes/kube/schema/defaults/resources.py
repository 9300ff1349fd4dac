"""Defaults of resources that a pod asks for as a whole.

Source: defaultPodRequests in pkg/apis/core/v1/defaults.go and k8s.io/component-helpers/resource (v1.36.3).
Not modelled: limits of huge pages summed up from the containers.
"""

from __future__ import annotations

from seatrial.fakes.kube.quantity import add, compare
from seatrial.harness.ports.event import Obj

__all__ = ["container_requests", "pod_resources"]


def pod_resources(spec: Obj) -> Obj:
    """A PodSpec whose own `resources.requests` are filled from its containers, then from its limits."""
    whole = spec["resources"]
    limits = whole.get("limits")
    if not limits:
        return spec
    given = whole.get("requests") or {}
    requests = dict(given)
    for name, amount in container_requests(spec).items():
        if name in ("cpu", "memory"):
            requests.setdefault(name, amount)
    for name, amount in limits.items():
        if name in ("cpu", "memory") or name.startswith("hugepages-"):
            requests.setdefault(name, amount)
    return spec if requests == given else {**spec, "resources": {**whole, "requests": requests}}


def container_requests(spec: Obj) -> dict[str, str]:
    """What all containers together need at any moment."""
    total: dict[str, str] = {}
    for container in spec.get("containers") or ():
        total = _sum(total, _requests(container))
    beside: dict[str, str] = {}
    peak: dict[str, str] = {}
    for container in spec.get("initContainers") or ():
        asked = _requests(container)
        if container.get("restartPolicy") == "Always":
            total, beside = _sum(total, asked), _sum(beside, asked)
            asked = beside
        else:
            asked = _sum(beside, asked)
        peak = _most(peak, asked)
    return _most(total, peak)


def _requests(container: Obj) -> Obj:
    found: Obj = (container.get("resources") or {}).get("requests") or {}
    return found


def _sum(one: dict[str, str], other: Obj) -> dict[str, str]:
    return {**one, **{name: add(one[name], value) if name in one else value for name, value in other.items()}}


def _most(one: dict[str, str], other: Obj) -> dict[str, str]:
    more = {name: value for name, value in other.items() if name not in one or compare(value, one[name]) > 0}
    return {**one, **more}
