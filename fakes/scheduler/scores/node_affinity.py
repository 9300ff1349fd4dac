"""Prefers nodes that match the pod's preferred node affinity. Source: nodeaffinity."""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import NodeInfo
from seatrial.fakes.scheduler.signature import Fixed

__all__ = ["NAME", "WEIGHT", "normalized", "raw"]

NAME = "NodeAffinity"
WEIGHT = 2


def raw(fixed: Fixed, node: NodeInfo) -> int:
    """The weights of the terms that match."""
    return sum(weight for weight, term in fixed.preferred if term.selects(node.labels, node.name))


def normalized(sums: list[int]) -> list[int]:
    """100 for the best (helper.DefaultNormalizeScore)."""
    most = max(sums)
    return [100 * count // most for count in sums] if most > 0 else sums
