"""LimitRanger: defaults for containers, bounds for containers, pods and claims.

Source: plugin/pkg/admission/limitranger (v1.36.3). Differs from the real one: bounds are checked in the order of their
names (the real order is that of a Go map); the ratio in a message is printed from integers.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.fakes.kube.core import Core, Request
from seatrial.fakes.kube.podresources import Amounts, amounts, pod_amounts
from seatrial.fakes.kube.quantity import text
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import Forbidden

__all__ = ["admit", "admit_claim"]

RANGES = "limitranges"
ANNOTATION = "kubernetes.io/limit-ranger"
CLAIM = "PersistentVolumeClaim"


def admit(core: Core, request: Request, pod: Obj) -> Obj:
    """A new pod: fill in, then check."""
    ranges = list(core.store.tables.list(RANGES, request.key.namespace))
    for found in ranges:
        pod = _filled(pod, found)
    for found in ranges:
        _refuse("pods", pod, list(_pod_problems(pod["spec"], found)))
    return pod


def admit_claim(core: Core, request: Request, claim: Obj) -> Obj:
    """A new claim: check only."""
    for found in core.store.tables.list(RANGES, request.key.namespace):
        requests = amounts(((claim.get("spec") or {}).get("resources") or {}).get("requests"))
        _refuse("persistentvolumeclaims", claim, list(_claim_problems(requests, found)))
    return claim


def _refuse(resource: str, obj: Obj, problems: list[str]) -> None:
    if problems:
        told = list(dict.fromkeys(problems))
        why = told[0] if len(told) == 1 else "[" + ", ".join(told) + "]"
        raise Forbidden(resource, obj["metadata"].get("name", ""), why)


def _limits(found: Obj) -> list[Obj]:
    return (found.get("spec") or {}).get("limits") or []


def _filled(pod: Obj, found: Obj) -> Obj:
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}
    for limit in _limits(found):
        if limit["type"] == "Container":
            requests |= limit.get("defaultRequest") or {}
            limits |= limit.get("default") or {}
    notes: list[str] = []
    spec = dict(pod["spec"])
    for field, title in (("containers", "container"), ("initContainers", "init container")):
        if spec.get(field):
            spec[field] = [_with_defaults(container, requests, limits, title, notes) for container in spec[field]]
    if not notes:
        return pod
    meta = pod["metadata"]
    told = {**(meta.get("annotations") or {}), ANNOTATION: "LimitRanger plugin set: " + "; ".join(notes)}
    return {**pod, "metadata": {**meta, "annotations": told}, "spec": spec}


def _with_defaults(
    container: Obj, requests: dict[str, str], limits: dict[str, str], title: str, notes: list[str]
) -> Obj:
    resources = container.get("resources") or {}
    have_requests, have_limits = resources.get("requests") or {}, resources.get("limits") or {}
    new_requests = {name: value for name, value in requests.items() if name not in have_requests}
    new_limits = {name: value for name, value in limits.items() if name not in have_limits}
    if new_requests:
        notes.append(f"{', '.join(sorted(new_requests))} request for {title} {container['name']}")
    if new_limits:
        notes.append(f"{', '.join(sorted(new_limits))} limit for {title} {container['name']}")
    if not new_requests and not new_limits:
        return container
    out = dict(resources)
    if have_requests or new_requests:
        out["requests"] = {**have_requests, **new_requests}
    if have_limits or new_limits:
        out["limits"] = {**have_limits, **new_limits}
    return {**container, "resources": out}


def _pod_problems(spec: Obj, found: Obj) -> Iterator[str]:
    for limit in _limits(found):
        if limit["type"] == "Container":
            for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
                resources = container.get("resources") or {}
                requests, limits = amounts(resources.get("requests")), amounts(resources.get("limits"))
                yield from _bounds(limit, "Container", requests, limits)
        elif limit["type"] == "Pod":
            yield from _bounds(limit, "Pod", pod_amounts(spec, "requests"), pod_amounts(spec, "limits"))


def _bounds(limit: Obj, title: str, requests: Amounts, limits: Amounts) -> Iterator[str]:
    yield from _least(limit, title, requests, limits)
    for name, bound in sorted(amounts(limit.get("max")).items()):
        start = f"maximum {name} usage per {title} is {text(bound)}"
        if name not in limits:
            yield f"{start}.  No limit is specified"
        elif limits[name].nanos > bound.nanos:
            yield f"{start}, but limit is {text(limits[name])}"
        elif name in requests and requests[name].nanos > bound.nanos:
            yield f"{start}, but request is {text(requests[name])}"
    for name, ratio in sorted(amounts(limit.get("maxLimitRequestRatio")).items()):
        start = f"{name} max limit to request ratio per {title} is {text(ratio)}"
        if name not in requests or not requests[name].nanos:
            yield f"{start}, but no request is specified or request is 0"
        elif name not in limits or not limits[name].nanos:
            yield f"{start}, but no limit is specified or limit is 0"
        elif limits[name].nanos * 1_000_000_000 > ratio.nanos * requests[name].nanos:
            millionths = (limits[name].nanos * 1_000_000 + requests[name].nanos // 2) // requests[name].nanos
            yield f"{start}, but provided ratio is {millionths // 1_000_000}.{millionths % 1_000_000:06d}"


def _least(limit: Obj, title: str, requests: Amounts, limits: Amounts) -> Iterator[str]:
    for name, bound in sorted(amounts(limit.get("min")).items()):
        start = f"minimum {name} usage per {title} is {text(bound)}"
        if name not in requests:
            yield f"{start}.  No request is specified"
        elif requests[name].nanos < bound.nanos:
            yield f"{start}, but request is {text(requests[name])}"
        elif name in limits and limits[name].nanos < bound.nanos:
            yield f"{start}, but limit is {text(limits[name])}"


def _claim_problems(requests: Amounts, found: Obj) -> Iterator[str]:
    for limit in _limits(found):
        if limit["type"] != CLAIM:
            continue
        yield from _least(limit, CLAIM, requests, {})
        for name, bound in sorted(amounts(limit.get("max")).items()):
            start = f"maximum {name} usage per {CLAIM} is {text(bound)}"
            if name not in requests:
                yield f"{start}.  No request is specified"
            elif requests[name].nanos > bound.nanos:
                yield f"{start}, but request is {text(requests[name])}"
