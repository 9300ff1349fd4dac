"""What a node has left must hold what the pod asks for, and one pod more. Source: noderesources/fit.go.

A request larger than the node's whole allocatable cannot be cured by preemption (v1.36).
"""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.refusal import Change, Refusal
from seatrial.fakes.scheduler.requests import Request
from seatrial.fakes.scheduler.signature import Shape

__all__ = ["NAME", "TOO_MANY_PODS", "Room", "refuse", "wakes"]

NAME = "NodeResourcesFit"
TOO_MANY_PODS = "Too many pods"


def refuse(shape: Shape, node: NodeInfo) -> Refusal | None:
    """The filter."""
    request = shape.request
    cpu, memory, storage = request.cpu, request.memory, request.storage
    if (
        len(node.pods) < node.pods_have
        and (not cpu or cpu <= node.cpu_have - node.cpu)
        and (not memory or memory <= node.memory_have - node.memory)
        and (not storage or storage <= node.storage_have - node.storage)
        and not request.scalars
    ):
        return None
    return _explain(shape, node)


def _explain(shape: Shape, node: NodeInfo) -> Refusal | None:
    request = shape.request
    reasons = []
    curable = True
    if len(node.pods) >= node.pods_have:
        reasons.append(TOO_MANY_PODS)
    wants = [
        ("cpu", request.cpu, node.cpu_have, node.cpu),
        ("memory", request.memory, node.memory_have, node.memory),
        ("ephemeral-storage", request.storage, node.storage_have, node.storage),
    ]
    have, used = node.scalars_have, node.scalars
    wants += [(name, amount, have.get(name, 0), used.get(name, 0)) for name, amount in request.scalars]
    for name, amount, capacity, taken in wants:
        if amount and amount > capacity - taken:
            reasons.append(f"Insufficient {name}")
            curable = curable and amount <= capacity
    return Refusal(NAME, tuple(reasons), curable) if reasons else None


class Room:
    """What a node has left, to be dealt out in thought."""

    __slots__ = ("_left", "_pods", "_scalars")

    def __init__(self, node: NodeInfo) -> None:
        self._pods = node.pods_have - len(node.pods)
        self._left = [node.cpu_have - node.cpu, node.memory_have - node.memory, node.storage_have - node.storage]
        self._scalars = {name: have - node.scalars.get(name, 0) for name, have in node.scalars_have.items()}

    def holds(self, request: Request) -> bool:
        """Whether one pod more fits."""
        cpu, memory, storage = self._left
        return (
            self._pods > 0
            and (not request.cpu or request.cpu <= cpu)
            and (not request.memory or request.memory <= memory)
            and (not request.storage or request.storage <= storage)
            and all(amount <= self._scalars.get(name, 0) for name, amount in request.scalars)
        )

    def take(self, request: Request) -> None:
        """Give it to a pod."""
        self._pods -= 1
        self._left[0] -= request.cpu
        self._left[1] -= request.memory
        self._left[2] -= request.storage
        for name, amount in request.scalars:
            self._scalars[name] -= amount


def _holds(shape: Shape, node: NodeInfo) -> bool:
    request = shape.request
    have = node.scalars_have
    return (
        node.pods_have > 0
        and request.cpu <= node.cpu_have
        and request.memory <= node.memory_have
        and request.storage <= node.storage_have
        and all(amount <= have.get(name, 0) for name, amount in request.scalars)
    )


def _has_more(shape: Shape, old: NodeInfo, new: NodeInfo) -> bool:
    request = shape.request
    if new.pods_have > old.pods_have:
        return True
    return (
        (request.cpu > 0 and new.cpu_have > old.cpu_have)
        or (request.memory > 0 and new.memory_have > old.memory_have)
        or (request.storage > 0 and new.storage_have > old.storage_have)
        or any(a and new.scalars_have.get(n, 0) > old.scalars_have.get(n, 0) for n, a in request.scalars)
    )


def wakes(change: Change, pod: PodInfo) -> bool:
    """Whether a pod that was refused here should be tried again."""
    kind, old, new = change
    if kind == "pod/delete":
        return True
    if kind == "pod/scale-down":
        return bool(new.uid == pod.uid) or bool(new.node)
    if kind not in {"node/add", "node/allocatable"}:
        return False
    return _holds(pod.shape, new) and (old is None or _has_more(pod.shape, old, new))
