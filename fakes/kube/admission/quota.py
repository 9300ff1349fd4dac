"""ResourceQuota: what a request adds is checked against what is left, and booked in the same instant.

Source: k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go (v0.36.3). Differs from the real one: no
limited resources by configuration; the booking and the object are committed one after the other in one instant.
"""

from __future__ import annotations

from seatrial.fakes.kube.core import Core, Request
from seatrial.fakes.kube.podresources import Amounts, added, amounts
from seatrial.fakes.kube.quantity import Quantity, parse, text
from seatrial.fakes.kube.usage import charged, compute_usage, in_scope, usage_of
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import Forbidden

__all__ = ["charge"]

QUOTAS = "resourcequotas"
_REQUIRED = frozenset(("cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"))


def charge(core: Core, request: Request, resource: str, new: Obj, old: Obj | None) -> None:
    """Book what a new object or version adds, in every quota that it concerns, or refuse with 403."""
    namespace = request.key.namespace
    if resource == QUOTAS or not core.store.tables.count(QUOTAS, namespace):
        return
    if old is not None and resource == "pods" and _deadline(new) == _deadline(old):
        return
    now = core.agenda.time
    usage: Amounts | None = None
    bookings: list[tuple[Obj, Amounts]] = []
    for quota in core.store.tables.list(QUOTAS, namespace):
        names = [name for name in (quota.get("status") or {}).get("hard") or {} if charged(resource, name)]
        if not names or not in_scope(quota, resource, new):
            continue
        _check_known(resource, new, quota, names)
        if usage is None:
            usage = usage_of(resource, new, now)
        added_here = usage
        if old is not None and in_scope(quota, resource, old):
            added_here = _less(usage, usage_of(resource, old, now))
        added_here = {name: value for name, value in added_here.items() if value.nanos and name in names}
        if added_here:
            bookings.append((quota, _booked(resource, new, quota, added_here)))
    if request.dry_run:
        return
    for quota, used in bookings:
        status = {**quota["status"], "used": {**quota["status"]["used"], **{k: text(v) for k, v in used.items()}}}
        core.store.put(
            QUOTAS,
            {**quota, "status": status},
            actor="kube-apiserver",
            manager="kube-apiserver",
            subresource="status",
        )


def _deadline(pod: Obj) -> bool:
    return (pod.get("spec") or {}).get("activeDeadlineSeconds") is not None


def _less(one: Amounts, other: Amounts) -> Amounts:
    return {
        name: Quantity(max(0, value.nanos - other[name].nanos), value.format) if name in other else value
        for name, value in one.items()
    }


def _refused(resource: str, obj: Obj, why: str) -> Forbidden:
    return Forbidden(resource, obj["metadata"].get("name", ""), why)


def _check_known(resource: str, obj: Obj, quota: Obj, names: list[str]) -> None:
    name = quota["metadata"]["name"]
    if resource == "pods":
        missing = _unspecified(obj["spec"], names)
        if missing:
            raise _refused(resource, obj, f"failed quota: {name}: must specify {missing}")
    used = quota["status"].get("used") or {}
    if any(field not in used for field in names):
        why = f"status unknown for quota: {name}, resources: {','.join(sorted(names))}"
        raise _refused(resource, obj, why)


def _unspecified(spec: Obj, names: list[str]) -> str:
    """What quotas of cpu and memory demand of every container."""
    if (spec.get("resources") or {}).get("requests") or (spec.get("resources") or {}).get("limits"):
        return ""
    missing: dict[str, list[str]] = {}
    for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
        resources = container.get("resources") or {}
        have = compute_usage(amounts(resources.get("requests")), amounts(resources.get("limits")))
        for name in names:
            if name in _REQUIRED and name not in have:
                missing.setdefault(name, []).append(container["name"])
    return "; ".join(f"{name} for: {','.join(sorted(missing[name]))}" for name in sorted(missing))


def _booked(resource: str, obj: Obj, quota: Obj, wanted: Amounts) -> Amounts:
    """The new `used` of what is wanted; 403 with all that would exceed."""
    status = quota["status"]
    used = {name: parse(value) for name, value in status["used"].items() if name in wanted}
    total = {name: value for name, value in added(used, wanted).items() if name in wanted}
    hard = {name: parse(status["hard"][name]) for name in wanted}
    exceeded = sorted(name for name in wanted if total[name].nanos > hard[name].nanos)
    if exceeded:
        why = (
            f"exceeded quota: {quota['metadata']['name']}, requested: {_listed(wanted, exceeded)}, "
            f"used: {_listed(used, exceeded)}, limited: {_listed(hard, exceeded)}"
        )
        raise _refused(resource, obj, why)
    return total


def _listed(values: Amounts, names: list[str]) -> str:
    return ",".join(f"{name}={text(values[name])}" for name in names)
