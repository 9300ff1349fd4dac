"""nodeSelector and required node affinity. Source: nodeaffinity."""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.refusal import Change, Refusal
from seatrial.fakes.scheduler.signature import Shape
from seatrial.fakes.scheduler.topology import admits

__all__ = ["CONFLICT", "NAME", "UNMATCHED", "refuse", "wakes"]

NAME = "NodeAffinity"
UNMATCHED = Refusal(NAME, ("node(s) didn't match Pod's node affinity/selector",), False)
CONFLICT = Refusal(NAME, ("pod affinity terms conflict",), False)
# What nodes get that were not looked at, because the terms name others.
UNNAMED = Refusal("", ("node(s) didn't satisfy plugin(s) [NodeAffinity]",), False)


def refuse(shape: Shape, node: NodeInfo) -> Refusal | None:
    """The filter."""
    return None if admits(shape.fixed, node) else UNMATCHED


def wakes(change: Change, pod: PodInfo) -> bool:
    """Whether a pod that was refused here should be tried again."""
    kind, old, new = change
    if kind not in {"node/add", "node/label"}:
        return False
    fixed = pod.shape.fixed
    return admits(fixed, new) and (old is None or not admits(fixed, old))
