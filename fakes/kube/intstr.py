"""IntOrString: a number, or a share in per cent of some total.

Source: k8s.io/apimachinery/pkg/util/intstr (v0.36.3).
"""

from __future__ import annotations

import re

__all__ = ["scaled"]

_PERCENT = re.compile(r"([0-9]+)%")


def scaled(value: int | str, total: int, *, up: bool) -> int:
    """GetScaledValueFromIntOrPercent; raises ValueError with the real text for what is neither."""
    if isinstance(value, int):
        return value
    found = _PERCENT.fullmatch(value)
    if found is None:
        if value.endswith("%"):
            raise ValueError(f'invalid value for IntOrString: strconv.Atoi: parsing "{value[:-1]}": invalid syntax')
        raise ValueError("invalid value for IntOrString: invalid type: string is not a percentage")
    share = int(found[1]) * total
    return -(-share // 100) if up else share // 100
