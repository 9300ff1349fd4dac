"""Pods that wait for room on a node that preemption is making for them. Source: backend/queue/nominator.go."""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.fakes.scheduler.cache import PodInfo

__all__ = ["Nominator"]


class Nominator:
    """Which pods are nominated to which node."""

    __slots__ = ("_by_node", "_node_of", "version")

    def __init__(self) -> None:
        self._by_node: dict[str, dict[str, PodInfo]] = {}
        self._node_of: dict[str, str] = {}
        self.version = 0

    def nominate(self, pod: PodInfo, node: str) -> None:
        """A pod is to run on a node; "" takes the nomination back."""
        self.forget(pod.uid)
        if node:
            self._by_node.setdefault(node, {})[pod.uid] = pod
            self._node_of[pod.uid] = node
            self.version += 1

    def forget(self, uid: str) -> None:
        """A pod is placed or gone."""
        node = self._node_of.pop(uid, None)
        if node is not None:
            row = self._by_node[node]
            del row[uid]
            if not row:
                del self._by_node[node]
            self.version += 1

    def node_of(self, uid: str) -> str:
        """Where a pod is nominated to, or ""."""
        return self._node_of.get(uid, "")

    def has(self, uid: str) -> bool:
        """Whether a pod is nominated."""
        return uid in self._node_of

    def nodes(self) -> Iterable[str]:
        """Nodes with nominated pods."""
        return self._by_node

    def on(self, node: str) -> list[PodInfo]:
        """The pods nominated to a node."""
        return list(self._by_node.get(node, {}).values())

    def rivals(self, pod: PodInfo, node: str) -> list[PodInfo]:
        """Those that a pod must leave room for: nominated there, of no lower priority."""
        row = self._by_node.get(node)
        if not row:
            return []
        priority = pod.shape.priority
        return [other for uid, other in row.items() if uid != pod.uid and other.shape.priority >= priority]
