"""What a pod asks for and what a node has: k8s.io/component-helpers/resource, v0.36.

Differs from the real one: sizes that an in-place resize reports in the status are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from seatrial.fakes.kube.quantity import NANO, nano
from seatrial.harness.ports.event import Obj

__all__ = ["MISSING_CPU", "MISSING_MEMORY", "Request", "allocatable", "request_of"]

Amounts = dict[str, int]  # nano units, exact

# pkg/scheduler/util/pod_resources.go: what a container that asks for nothing counts as, when nodes are scored.
MISSING_CPU = 100
MISSING_MEMORY = 200 * 1024 * 1024
_MISSING: Amounts = {"cpu": MISSING_CPU * 10**6, "memory": MISSING_MEMORY * 10**9}
_MILLI = NANO // 1000
_PLAIN = frozenset(("cpu", "memory", "ephemeral-storage", "pods"))


class Request(NamedTuple):
    """A pod's needs: milli-CPU, bytes, counts. `counted` is what the node's books take, `scored` what scores take."""

    cpu: int
    memory: int
    storage: int
    scalars: tuple[tuple[str, int], ...]
    counted_cpu: int
    counted_memory: int
    scored_cpu: int
    scored_memory: int

    @property
    def nothing(self) -> bool:
        """Whether only the number of pods limits it."""
        return not (self.cpu or self.memory or self.storage or self.scalars)


def _milli(nanos: int) -> int:
    return -(-nanos // _MILLI)


def _whole_units(nanos: int) -> int:
    return -(-nanos // NANO)


def is_scalar(name: str) -> bool:
    """Extended resources, huge pages and their like."""
    return "/" in name or name.startswith(("hugepages-", "attachable-volumes-"))


def _container(container: Obj, missing: Mapping[str, int]) -> Amounts:
    asked = {name: nano(amount) for name, amount in ((container.get("resources") or {}).get("requests") or {}).items()}
    for name, amount in missing.items():
        asked.setdefault(name, amount)
    return asked


def _add(total: Amounts, more: Mapping[str, int]) -> None:
    for name, amount in more.items():
        total[name] = total.get(name, 0) + amount


def _raise_to(total: Amounts, other: Mapping[str, int]) -> None:
    for name, amount in other.items():
        if amount > total.get(name, -1):
            total[name] = amount


def _aggregate(spec: Obj, missing: Mapping[str, int]) -> Amounts:
    total: Amounts = {}
    for container in spec.get("containers") or ():
        _add(total, _container(container, missing))
    sidecars: Amounts = {}
    most: Amounts = {}
    for container in spec.get("initContainers") or ():
        asked = _container(container, missing)
        if container.get("restartPolicy") == "Always":
            _add(total, asked)
            _add(sidecars, asked)
            asked = sidecars
        else:
            _add(asked, sidecars)
        _raise_to(most, asked)
    _raise_to(total, most)
    return total


def _pod_level(spec: Obj) -> Amounts:
    asked = (spec.get("resources") or {}).get("requests") or {}
    return {
        name: nano(amount)
        for name, amount in asked.items()
        if name in {"cpu", "memory"} or name.startswith("hugepages-")
    }


def _total(spec: Obj, missing: Mapping[str, int]) -> Amounts:
    total = _aggregate(spec, missing)
    total.update(_pod_level(spec))
    _add(total, {name: nano(amount) for name, amount in (spec.get("overhead") or {}).items()})
    return total


def request_of(spec: Obj) -> Request:
    """The needs of a pod's spec: overhead, sidecars, init containers and pod-level resources in."""
    plain = _total(spec, {})
    scored = _total(spec, _MISSING)
    # With requests at the pod's level only what nobody asked for at all is filled in (framework/types.go).
    counted = _total(spec, {n: a for n, a in _MISSING.items() if n not in plain}) if _pod_level(spec) else scored
    return Request(
        _milli(plain.get("cpu", 0)),
        _whole_units(plain.get("memory", 0)),
        _whole_units(plain.get("ephemeral-storage", 0)),
        tuple(
            sorted(
                (name, _whole_units(amount)) for name, amount in plain.items() if name not in _PLAIN and is_scalar(name)
            )
        ),
        _milli(counted["cpu"]),
        _whole_units(counted["memory"]),
        _milli(scored["cpu"]),
        _whole_units(scored["memory"]),
    )


def allocatable(node: Obj) -> tuple[int, int, int, int, dict[str, int]]:
    """(milli-CPU, memory, ephemeral storage, pods, scalars) of a node's status."""
    have: Iterable[tuple[str, object]] = ((node.get("status") or {}).get("allocatable") or {}).items()
    amounts = {name: nano(amount) for name, amount in have}
    return (
        _milli(amounts.get("cpu", 0)),
        _whole_units(amounts.get("memory", 0)),
        _whole_units(amounts.get("ephemeral-storage", 0)),
        _whole_units(amounts.get("pods", 0)),
        {name: _whole_units(amount) for name, amount in amounts.items() if name not in _PLAIN and is_scalar(name)},
    )
