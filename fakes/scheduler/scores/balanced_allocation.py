"""Prefers nodes that the pod leaves more evenly used. Source: noderesources/balanced_allocation.go (v1.36).

Go computes in float64; `double` rounds the same way, so that the values agree to the last bit.
"""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import NodeInfo
from seatrial.fakes.scheduler.double import share_gap
from seatrial.fakes.scheduler.requests import Request

__all__ = ["NAME", "WEIGHT", "score"]

NAME = "NodeResourcesBalancedAllocation"
WEIGHT = 1


def score(request: Request, node: NodeInfo) -> int:
    """50 and up to 25 either way: by how much the pod evens out CPU and memory."""
    cpu, memory = request.cpu, request.memory
    if not cpu and not memory:
        return 0  # best effort: the plugin skips itself
    cpu_have, memory_have = node.cpu_have, node.memory_have
    if not cpu_have or not memory_have:
        return 75  # one resource or none deviates from nothing
    used_cpu, used_memory = node.cpu, node.memory
    with_pod = share_gap(used_cpu + cpu, cpu_have, used_memory + memory, memory_have)
    without = share_gap(used_cpu, cpu_have, used_memory, memory_have)
    return 50 + (50 + with_pod - without) // 2
