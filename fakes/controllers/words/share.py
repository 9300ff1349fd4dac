"""IntOrString: a count, or a percentage of one.

Source: k8s.io/apimachinery/pkg/util/intstr (v0.36.3).
"""

from __future__ import annotations

from seatrial.harness.kernel.errors import BadInput

__all__ = ["scaled"]


def scaled(value: int | str | None, total: int, *, up: bool) -> int:
    """The count that `value` (3, "25%") means of `total`; None means 0. Raises BadInput."""
    if value is None:
        return 0
    if isinstance(value, int):
        return value
    if not value.endswith("%"):
        raise BadInput(f"{value!r} is neither a number nor a percentage; write 3 or '25%'")
    try:
        percent = int(value[:-1])
    except ValueError as error:
        raise BadInput(f"{value!r} is not a percentage; write it as '25%'") from error
    return -(-percent * total // 100) if up else percent * total // 100
