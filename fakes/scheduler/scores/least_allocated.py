"""Prefers nodes with the most left. Source: noderesources/least_allocated.go; whole numbers in Go, too."""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import NodeInfo
from seatrial.fakes.scheduler.requests import Request

__all__ = ["NAME", "WEIGHT", "score"]

NAME = "NodeResourcesFit"
WEIGHT = 1


def score(request: Request, node: NodeInfo) -> int:
    """The mean share of CPU and memory that stays free."""
    total = weights = 0
    have = node.cpu_have
    if have:
        asked = node.counted_cpu + request.scored_cpu
        total += (have - asked) * 100 // have if asked <= have else 0
        weights = 1
    have = node.memory_have
    if have:
        asked = node.counted_memory + request.scored_memory
        total += (have - asked) * 100 // have if asked <= have else 0
        weights += 1
    return total // weights if weights else 0
