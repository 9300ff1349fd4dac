"""A cordoned node takes only pods that tolerate node.kubernetes.io/unschedulable. Source: nodeunschedulable."""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.refusal import Change, Refusal
from seatrial.fakes.scheduler.signature import Shape
from seatrial.fakes.scheduler.terms import tolerates

__all__ = ["NAME", "UNSCHEDULABLE", "refuse", "wakes"]

NAME = "NodeUnschedulable"
UNSCHEDULABLE = Refusal(NAME, ("node(s) were unschedulable",), False)
_TAINT = ("node.kubernetes.io/unschedulable", "", "NoSchedule")


def refuse(shape: Shape, node: NodeInfo) -> Refusal | None:
    """The filter."""
    if node.unschedulable and not tolerates(shape.fixed.tolerations, *_TAINT):
        return UNSCHEDULABLE
    return None


def wakes(change: Change, pod: PodInfo) -> bool:
    """Whether a pod that was refused here should be tried again."""
    kind, old, new = change
    if kind in {"node/add", "node/taint"}:
        return not new.unschedulable and (old is None or old.unschedulable)
    return kind == "pod/toleration" and new.uid == pod.uid and tolerates(new.shape.fixed.tolerations, *_TAINT)
