"""Prefers nodes with fewer PreferNoSchedule taints that the pod does not tolerate. Source: tainttoleration."""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import NodeInfo
from seatrial.fakes.scheduler.signature import Fixed
from seatrial.fakes.scheduler.terms import tolerates

__all__ = ["NAME", "WEIGHT", "normalized", "raw"]

NAME = "TaintToleration"
WEIGHT = 3


def raw(fixed: Fixed, node: NodeInfo) -> int:
    """The number of such taints."""
    return sum(
        effect == "PreferNoSchedule" and not tolerates(fixed.tolerations, key, value, effect)
        for key, value, effect in node.taints
    )


def normalized(counts: list[int]) -> list[int]:
    """100 for none, 0 for the most (helper.DefaultNormalizeScore, reversed)."""
    most = max(counts)
    return [100 - 100 * count // most for count in counts] if most else [100] * len(counts)
