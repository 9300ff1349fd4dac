"""The doors of a fleet, and the plan that a substrate opens."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from seatrial.harness.kernel.clock import Kernel, Ran
from seatrial.harness.kernel.time import START, Instant
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import Client, Kube
from seatrial.harness.ports.levers import Ability, Levers
from seatrial.harness.ports.note import Note

__all__ = ["ClusterPlan", "Fleet", "FleetPlan", "NodeGroup", "Substrate"]


@dataclass(frozen=True)
class NodeGroup:
    """Nodes of one kind. `nodes` are dealt over `zones` in turn."""

    name: str
    zones: tuple[str, ...]
    nodes: int
    type: str = "m6i.xlarge"
    labels: tuple[tuple[str, str], ...] = ()
    taints: tuple[tuple[str, str, str], ...] = ()  # key, value, effect


@dataclass(frozen=True)
class ClusterPlan:
    """One cluster. `nodes` (full Node objects) stand beside what the groups make: `--fleet` from kubectl."""

    name: str
    version: str = "1.36"
    nodegroups: tuple[NodeGroup, ...] = ()
    nodes: tuple[Obj, ...] = ()
    control_plane_node: bool = False
    node_lifecycle: str = "upstream"  # or eks
    region: str = "us-east-1"
    etcd_zones: tuple[str, ...] = ("a", "b", "c")


@dataclass(frozen=True)
class FleetPlan:
    """What a substrate is to open. Clusters are counted from 1; index 0 is the fleet."""

    clusters: tuple[ClusterPlan, ...]
    seed: int = 0
    start: Instant = START
    manifests: tuple[Obj, ...] = ()
    options: Obj = field(default_factory=dict)


class Fleet(Protocol):
    """The doors an operator has, plus the levers."""

    kernel: Kernel
    forkable: bool  # whether a settled world can be copied; else each variant settles anew

    def kube(self, cluster: int, client: Client) -> Kube:
        """A client of a cluster."""
        ...

    def aws(self, service: str, region: str) -> Any:
        """A boto3 client bound to our endpoint; Unsupported until the AWS side exists."""
        ...

    def levers(self) -> Levers:
        """What faults pull."""
        ...

    def run(self, *, until: Instant) -> Ran:
        """Let time pass; never a sleep."""
        ...

    def census(self) -> None:
        """Write into the history what each API server serves now: one `census` record a resource.

        key Key("census", "", RESOURCE), new {"versions": {"NAMESPACE/NAME": resourceVersion}}.
        """
        ...

    def open_traffic(self) -> None:
        """Clients begin to send: not before the app is there, or their retries would keep it from ever coming up."""
        ...

    def check(self, obj: Obj) -> None:
        """Raise BadInput for what an accepted object asks of this substrate, and makes no sense to it."""
        ...

    def use_node_lifecycle(self, policy: str) -> None:
        """`upstream` or `eks`; raises Unsupported where the substrate has one alone."""
        ...


class Substrate(Protocol):
    """Where a fleet lives."""

    name: str
    abilities: frozenset[Ability]
    lifecycles: tuple[str, ...]  # the node-lifecycle policies that can be run here

    def open(self, plan: FleetPlan, kernel: Kernel, notes: tuple[Note, ...]) -> AbstractContextManager[Fleet]:
        """Build the fleet; the context's end removes all of it."""
        ...
