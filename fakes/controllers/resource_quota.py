"""Resource quotas: what is used is counted anew when something has gone.

Source: pkg/controller/resourcequota, pkg/quota/v1 (v1.36.3). What a new object adds is booked by admission, not here.
Differs from the real one: the full count every five minutes happens only if it would find something: pods that are
stuck in termination past their grace cease to count, and nobody else would tell.
Not modelled: resource claims (DRA), custom resources are counted only when a quota changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from seatrial.fakes.controllers.words.kinds import BUILT_IN
from seatrial.fakes.controllers.words.meta import instant
from seatrial.fakes.controllers.words.passes import Passes
from seatrial.fakes.controllers.words.pods import FINISHED, phase_of
from seatrial.fakes.kube.podresources import Amounts, added
from seatrial.fakes.kube.quantity import Quantity, parse, text
from seatrial.fakes.kube.usage import charged, in_scope, usage_of
from seatrial.harness.kernel.time import MINUTE, SECOND, Duration, Instant
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import View, Write

__all__ = ["ResourceQuotaController", "decide", "kinds_of"]

RESYNC: Duration = 5 * MINUTE
QUOTAS = "resourcequotas"
COUNT = "count/"
NONE = Quantity(0, "DecimalSI")
_RESOURCES = tuple(sorted({found.resource for found in BUILT_IN.values() if found.namespaced}))


def kinds_of(hard: Iterable[str]) -> dict[str, list[str]]:
    """The resources that have to be counted for some limits, each with the limits it counts for."""
    kinds: dict[str, list[str]] = {}
    for name in hard:
        for resource in _RESOURCES:
            if charged(resource, name):
                kinds.setdefault(resource, []).append(name)
        custom = name.removeprefix(COUNT)
        if custom != name and custom not in _RESOURCES:
            kinds.setdefault(custom, []).append(name)
    return kinds


def decide(quota: Obj, objects: Mapping[str, Iterable[Obj]], now: Instant) -> tuple[Write, ...]:
    """The write that brings a quota's status up to date; objects: those of its namespace, by resource."""
    hard = (quota.get("spec") or {}).get("hard") or {}
    status = quota.get("status") or {}
    used = {name: parse(value) for name, value in (status.get("used") or {}).items() if name in hard}
    for resource, names in kinds_of(hard).items():
        total: Amounts = dict.fromkeys(names, NONE)
        for obj in objects.get(resource, ()):
            if in_scope(quota, resource, obj):
                usage = usage_of(resource, obj, now)
                total = added(total, {name: usage[name] for name in names if name in usage})
        used.update(total)
    if status.get("hard") == hard and _same(status.get("used") or {}, used):
        return ()
    meta = quota["metadata"]
    new = {**quota, "status": {"hard": hard, "used": {name: text(used[name]) for name in hard if name in used}}}
    return (Write("update", Key(QUOTAS, meta["namespace"], meta["name"]), new, subresource="status"),)


def _same(have: Mapping[str, str], used: Amounts) -> bool:
    return have.keys() == used.keys() and all(parse(have[name]).nanos == value.nanos for name, value in used.items())


class ResourceQuotaController:
    """Keys are quotas."""

    name: ClassVar[str] = "resourcequota-controller"
    watches: ClassVar[tuple[Watch, ...]] = (
        Watch(QUOTAS, "quota_changed"),
        Watch("pods", "pod_changed"),
        *(Watch(resource, "changed") for resource in _RESOURCES if resource not in (QUOTAS, "pods")),
    )
    workers: ClassVar[int] = 5

    def __init__(self, *, phase: Duration = 0) -> None:
        self.quotas: dict[str, dict[str, None]] = {}
        self.passes = Passes(RESYNC, phase)

    def quota_changed(self, old: Obj | None, new: Obj | None, view: View) -> tuple[Key, ...]:
        """A quota came, changed its limits or went."""
        meta = (new or old or {})["metadata"]
        space = meta["namespace"]
        names = self.quotas.setdefault(space, {})
        if new is None:
            names.pop(meta["name"], None)
            if not names:
                del self.quotas[space]
            return self._all(space)
        names[meta["name"]] = None
        if old is not None and old["spec"] == new["spec"]:
            return ()
        # A quota counts against quotas, itself among them.
        return self._all(space) if old is None else (Key(QUOTAS, space, meta["name"]),)

    def pod_changed(self, old: Obj | None, new: Obj | None, view: View) -> tuple[Key, ...]:
        """A pod finished, began to end or went."""
        if not self.quotas or old is None:
            return ()
        space = old["metadata"]["namespace"]
        if space not in self.quotas:
            return ()
        if new is not None:
            ended = phase_of(new) in FINISHED and phase_of(old) not in FINISHED
            ending = "deletionTimestamp" in new["metadata"] and "deletionTimestamp" not in old["metadata"]
            deadline = new["spec"].get("activeDeadlineSeconds") != old["spec"].get("activeDeadlineSeconds")
            if not (ended or ending or deadline):
                return ()
        return self._all(space)

    def changed(self, old: Obj | None, new: Obj | None, view: View) -> tuple[Key, ...]:
        """Something that may count has gone, or counts otherwise than before."""
        if not self.quotas or old is None:
            return ()
        space = old["metadata"].get("namespace", "")
        if space not in self.quotas:
            return ()
        if new is not None and (new["kind"] not in ("Service", "PersistentVolumeClaim") or new["spec"] == old["spec"]):
            return ()
        return self._all(space)

    def _all(self, space: str) -> tuple[Key, ...]:
        return tuple(Key(QUOTAS, space, name) for name in self.quotas.get(space, ()))

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Count for one quota."""
        self.passes.begin(now)
        quota = view.get(*key)
        if quota is None:
            return DONE
        kinds = kinds_of((quota.get("spec") or {}).get("hard") or {})
        objects = {resource: list(view.list(resource, key.namespace)) for resource in kinds}
        stuck = _first_overdue(objects.get("pods", ()), now)
        after = None if stuck is None else self.passes.first(stuck) - now
        return Next(decide(quota, objects, now), after)


def _first_overdue(pods: Iterable[Obj], now: Instant) -> Instant | None:
    """When the next of the terminating pods will have outlived its grace."""
    times = []
    for pod in pods:
        meta = pod["metadata"]
        if "deletionTimestamp" in meta and phase_of(pod) not in FINISHED:
            end = instant(meta["deletionTimestamp"]) + meta.get("deletionGracePeriodSeconds", 0) * SECOND
            if end >= now:
                times.append(end + 1)
    return min(times, default=None)
