"""A fleet that can be looked at, and whose levers write down what is pulled."""

from __future__ import annotations

import pytest

from seatrial.harness.ports.levers import Ability, Call, NodeFacts, PodFacts


class Yard:
    """Levers over a fixed fleet: per cluster nodes and pods."""

    abilities = frozenset(Ability)

    def __init__(self, nodes: dict[int, list[NodeFacts]], pods: dict[int, list[PodFacts]]) -> None:
        self._nodes = nodes
        self._pods = pods
        self.pulled: list[Call] = []

    def clusters(self) -> tuple[int, ...]:
        return tuple(self._nodes)

    def nodes(self, cluster: int) -> tuple[NodeFacts, ...]:
        return tuple(sorted(self._nodes[cluster]))

    def pods(self, cluster: int) -> tuple[PodFacts, ...]:
        return tuple(sorted(self._pods.get(cluster, ())))

    def pull(self, call: Call) -> None:
        self.pulled.append(call)

    def in_force(self, call: Call) -> bool:
        return call in self.pulled


def node(name: str, group: str = "apps", *, control_plane: bool = False) -> NodeFacts:
    """A node whose zone is the first letter of its name."""
    return NodeFacts(name, "" if control_plane else name[0], "" if control_plane else group, True, control_plane)


def pod(name: str, node: str, *, namespace: str = "default", owner: str = "ReplicaSet/web-5d4f") -> PodFacts:
    labels = (("app", "web"), ("pod-template-hash", "5d4f"))
    return PodFacts(namespace, name, node, node[0], labels, owner)


@pytest.fixture
def yard() -> Yard:
    """Two clusters: six nodes in zones a, b, c with a control-plane node, and three; most pods in zone b."""
    first = [node(name) for name in ("a1", "a2", "b1", "b2", "c1")]
    first += [node("c2", "gpu"), node("cp", control_plane=True)]
    second = [node(name) for name in ("a1", "b1", "c1")]
    pods = [pod("web-1", "b1"), pod("web-2", "b1"), pod("web-3", "c1"), pod("db-0", "b2", owner="StatefulSet/db")]
    system = [pod(f"dns-{number}", "a1", namespace="kube-system") for number in range(9)]
    return Yard({1: first, 2: second}, {1: [*pods, *system]})
