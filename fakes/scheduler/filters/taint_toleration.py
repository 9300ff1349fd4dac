"""NoSchedule and NoExecute taints must be tolerated. Source: tainttoleration (comparison operators are alpha: off)."""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.refusal import Change, Refusal
from seatrial.fakes.scheduler.signature import Shape
from seatrial.fakes.scheduler.topology import repels

__all__ = ["NAME", "UNTOLERATED", "refuse", "wakes"]

NAME = "TaintToleration"
UNTOLERATED = Refusal(NAME, ("node(s) had untolerated taint(s)",), False)


def refuse(shape: Shape, node: NodeInfo) -> Refusal | None:
    """The filter."""
    return UNTOLERATED if node.taints and repels(shape.fixed, node) else None


def wakes(change: Change, pod: PodInfo) -> bool:
    """Whether a pod that was refused here should be tried again."""
    kind, old, new = change
    if kind in {"node/add", "node/taint"}:
        fixed = pod.shape.fixed
        return (old is None or repels(fixed, old)) and not repels(fixed, new)
    return kind == "pod/toleration" and bool(new.uid == pod.uid)
