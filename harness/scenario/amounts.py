"""Resource quantities as whole numbers, and what a pod asks for: enough to count how many nodes an app needs.

Differs from the scheduler: no pod overhead, no resize. The scheduler has the last word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.ports.event import Obj

__all__ = ["Amounts", "add", "pod_requests", "quantity"]

Amounts = dict[str, int]
"""Resource to thousandths: `cpu: 500` is half a core, `memory` counts thousandths of a byte."""

_QUANTITY = re.compile(r"([+-]?)(\d{1,30})?(?:\.(\d{0,30}))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?")
_BINARY = {unit: 1024**power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def quantity(value: Any) -> int:
    """A quantity in thousandths, rounded up. Raises BadInput."""
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    if isinstance(value, float):
        text = f"{value:.9f}"
    found = _QUANTITY.fullmatch(text)
    if found is None or not (found.group(2) or found.group(3)):
        raise BadInput(f"{value!r} is no quantity; write it as 250m, 2, 512Mi or 1G")
    sign, whole, fraction, unit, exponent = found.groups()
    fraction = fraction or ""
    digits = int((whole or "") + fraction) * _BINARY.get(unit or "", 1)
    power = 3 - len(fraction) + (int(exponent) if exponent else _DECIMAL.get(unit or "", 0))
    amount: int = digits * 10**power if power >= 0 else -(-digits // 10**-power)
    return -amount if sign == "-" else amount


def add(total: Amounts, more: Mapping[str, int], times: int = 1) -> None:
    """Add to a running total."""
    for resource, amount in more.items():
        total[resource] = total.get(resource, 0) + amount * times


def pod_requests(spec: Obj) -> Amounts:
    """What the scheduler counts for a pod: containers and sidecars together, or the largest init container if more.

    Raises BadInput for a quantity that is none.
    """
    total: Amounts = {}
    for container in _dicts(spec.get("containers")):
        add(total, _requests(container))
    sidecars: Amounts = {}
    peak: Amounts = {}
    for container in _dicts(spec.get("initContainers")):
        wanted = _requests(container)
        if container.get("restartPolicy") == "Always":
            add(sidecars, wanted)
            at_once = dict(sidecars)
        else:
            at_once = dict(sidecars)
            add(at_once, wanted)
        for resource, amount in at_once.items():
            peak[resource] = max(peak.get(resource, 0), amount)
    add(total, sidecars)
    for resource, amount in peak.items():
        total[resource] = max(total.get(resource, 0), amount)
    total["pods"] = 1000
    return total


def _requests(container: Obj) -> Amounts:
    # What has another shape than it should is left to the API server's validation, which says it better.
    resources = container.get("resources")
    if not isinstance(resources, dict):
        return {}
    given: Obj = {}
    for part in ("limits", "requests"):  # a limit without a request is the request
        amounts = resources.get(part)
        given |= amounts if isinstance(amounts, dict) else {}
    return {str(resource): quantity(amount) for resource, amount in given.items()}


def _dicts(value: Any) -> list[Obj]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
