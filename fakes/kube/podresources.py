"""What a pod requests and may use in all: containers, sidecars, init containers, overhead, the pod's own numbers.

Source: k8s.io/component-helpers/resource/helpers.go (v0.36.3). Not modelled: resources in status (in-place resize).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seatrial.fakes.kube.quantity import Quantity, parse
from seatrial.harness.ports.event import Obj

__all__ = ["Amounts", "amounts", "pod_amounts"]

Amounts = dict[str, Quantity]
_POD_LEVEL = ("cpu", "memory")


def amounts(listed: Mapping[str, Any] | None) -> Amounts:
    """A ResourceList, read."""
    return {name: parse(value) for name, value in (listed or {}).items()}


def added(one: Amounts, other: Amounts) -> Amounts:
    """The sum."""
    out = dict(one)
    for name, value in other.items():
        mine = out.get(name)
        out[name] = (
            value if mine is None else Quantity(mine.nanos + value.nanos, (mine if mine.nanos else value).format)
        )
    return out


def _most(one: Amounts, other: Amounts) -> Amounts:
    out = dict(one)
    for name, value in other.items():
        if name not in out or out[name].nanos < value.nanos:
            out[name] = value
    return out


def pod_amounts(spec: Obj, field: str) -> Amounts:
    """field: requests or limits."""
    total: Amounts = {}
    for container in spec.get("containers") or ():
        total = added(total, amounts((container.get("resources") or {}).get(field)))
    sidecars: Amounts = {}
    start: Amounts = {}
    for container in spec.get("initContainers") or ():
        own = amounts((container.get("resources") or {}).get(field))
        if container.get("restartPolicy") == "Always":
            total = added(total, own)
            sidecars = added(sidecars, own)
            own = sidecars
        else:
            own = added(own, sidecars)
        start = _most(start, own)
    total = _most(total, start)
    for name, value in amounts((spec.get("resources") or {}).get(field)).items():
        if name in _POD_LEVEL or name.startswith("hugepages-"):
            total[name] = value
    overhead = amounts(spec.get("overhead"))
    if overhead:
        # A limit that nobody has set is not made by overhead alone.
        counted = overhead if field == "requests" else {name: v for name, v in overhead.items() if name in total}
        total = added(total, counted)
    return total
