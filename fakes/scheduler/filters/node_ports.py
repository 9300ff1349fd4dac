"""A host port is given away once per address and protocol; 0.0.0.0 is every address. Source: nodeports."""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.refusal import Change, Refusal
from seatrial.fakes.scheduler.signature import ANY_ADDRESS, Port, Shape

__all__ = ["NAME", "TAKEN", "refuse", "wakes"]

NAME = "NodePorts"
TAKEN = Refusal(NAME, ("node(s) didn't have free ports for the requested pod ports",), True)


def _clash(wanted: Iterable[Port], used: Iterable[Port]) -> bool:
    for ip, protocol, port in wanted:
        for other_ip, other_protocol, other_port in used:
            if port == other_port and protocol == other_protocol and (ANY_ADDRESS in {ip, other_ip} or ip == other_ip):
                return True
    return False


def refuse(shape: Shape, node: NodeInfo) -> Refusal | None:
    """The filter."""
    return TAKEN if shape.ports and node.ports and _clash(shape.ports, node.ports) else None


def wakes(change: Change, pod: PodInfo) -> bool:
    """Whether a pod that was refused here should be tried again."""
    if change.kind == "node/add":
        return True
    return change.kind == "pod/delete" and _clash(pod.shape.ports, change.old.shape.ports)
