"""What a fault may pull: a closed list of verbs, one ability each, the same on both substrates."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple, Protocol

__all__ = ["Ability", "Call", "Levers", "NodeFacts", "PodFacts"]


class Ability(StrEnum):
    """What a substrate can do; a plan that needs one it lacks is refused before anything is touched."""

    STOP_NODE = "stop-node"  # stop_node / start_node
    REBOOT_NODE = "reboot-node"  # reboot_node
    STOP_KUBELET = "stop-kubelet"  # stop_kubelet / start_kubelet
    CUT_LINK = "cut-link"  # cut_link / join_link
    DEGRADE_LINK = "degrade-link"  # degrade_link / restore_link
    STOP_API = "stop-api"  # stop_api / start_api
    SLOW_API = "slow-api"  # slow_api / restore_api
    FAIL_API = "fail-api"  # fail_api / restore_api
    STOP_ETCD = "stop-etcd"  # stop_etcd / start_etcd
    KILL_POD = "kill-pod"  # kill_pod
    SLOW_DNS = "slow-dns"  # slow_dns / restore_dns
    STOP_REGISTRY = "stop-registry"  # stop_registry / start_registry
    DRAIN_NODE = "drain-node"  # drain_node / uncordon_node
    UPGRADE = "upgrade"  # upgrade_control_plane, upgrade_node
    STOP_ZONE = "stop-zone"  # stop_zone / start_zone: nodes, links, etcd members and volumes of a zone at once


class Call(NamedTuple):
    """One pull of a lever as data: goes into the journal before it is done.

    cluster: index, counted from 1. args are keyword arguments in sorted order, plain values only.
    """

    cluster: int
    verb: str
    args: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, cluster: int, verb: str, /, **args: Any) -> Call:
        """Build one."""
        return cls(cluster, verb, tuple(sorted(args.items())))

    def __str__(self) -> str:
        return f"{self.verb}({', '.join(f'{name}={value}' for name, value in self.args)})"


class NodeFacts(NamedTuple):
    """A node as an operator sees it. zone is the letter of the scenario (a, b, c) or "" for none."""

    name: str
    zone: str
    nodegroup: str
    ready: bool
    control_plane: bool


class PodFacts(NamedTuple):
    """A pod as an operator sees it."""

    namespace: str
    name: str
    node: str
    zone: str
    labels: tuple[tuple[str, str], ...]
    owner: str


class Levers(Protocol):
    """Pulled by faults only. Every verb is safe twice, and safe when its target is gone."""

    abilities: frozenset[Ability]

    def clusters(self) -> tuple[int, ...]:
        """Indices of the clusters, from 1."""
        ...

    def nodes(self, cluster: int) -> tuple[NodeFacts, ...]:
        """All nodes, by name."""
        ...

    def pods(self, cluster: int) -> tuple[PodFacts, ...]:
        """All pods that are bound, by namespace and name."""
        ...

    def pull(self, call: Call) -> None:
        """Do it. Raises Unsupported for a verb that this substrate lacks."""
        ...

    def in_force(self, call: Call) -> bool:
        """Read back whether the effect of `call` is there."""
        ...
