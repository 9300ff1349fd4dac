"""The simulated substrate: every cluster in this process, on the kernel's virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from seatrial.fakes.controllers.node_lifecycle import NodeLifecycle
from seatrial.fakes.controllers.nodes.zones import policy_of
from seatrial.fakes.kubelet.recipe import check
from seatrial.harness.kernel.clock import Kernel, Ran
from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.kernel.streams import Streams
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.fleet import FleetPlan
from seatrial.harness.ports.kube import Client, Kube
from seatrial.harness.ports.levers import Ability
from seatrial.harness.ports.note import Note
from seatrial.harness.scenario.manifests.kinds import pod_template_of
from seatrial.harness.substrates.sim_cluster import SimCluster
from seatrial.harness.substrates.sim_levers import SimLevers

__all__ = ["SimFleet", "SimSubstrate"]


class SimFleet:
    """Implements ports.fleet.Fleet. Plain data: it is pickled with its world."""

    forkable = True

    def __init__(self, plan: FleetPlan, kernel: Kernel, notes: tuple[Note, ...]) -> None:
        self.kernel = kernel
        streams = Streams(plan.seed)
        freezing, chatty = bool(plan.options.get("freezing")), bool(plan.options.get("chatty"))
        self.clusters = tuple(
            SimCluster(cluster, kernel.agendas[index], streams, notes[index], freezing=freezing, chatty=chatty)
            for index, cluster in enumerate(plan.clusters, start=1)
        )
        self._levers = SimLevers(self.clusters)
        for cluster in self.clusters:
            for standin in plan.options.get("platform", ()):
                standin.install(cluster)

    def kube(self, cluster: int, client: Client) -> Kube:
        """A client of a cluster, counted from 1."""
        return self.clusters[cluster - 1].kube(client)

    def aws(self, service: str, region: str) -> Any:
        """Raises Unsupported: the AWS side is not built yet."""
        raise Unsupported(f"aws {service} in {region}: the AWS side is not built yet")

    def levers(self) -> SimLevers:
        """What faults pull."""
        return self._levers

    def run(self, *, until: Instant) -> Ran:
        """Let virtual time pass."""
        return self.kernel.run(until)

    def census(self) -> None:
        """Write down what each API server serves now."""
        for cluster in self.clusters:
            cluster.census()

    def open_traffic(self) -> None:
        """Clients begin to send."""
        for cluster in self.clusters:
            cluster.traffic.begin()

    def check(self, obj: Obj) -> None:
        """Raise BadInput for a `seatrial.dev/` annotation of pods that our kubelets cannot read."""
        template = pod_template_of(obj)
        if template is not None:
            check(template["spec"], template["metadata"].get("annotations"))

    def use_node_lifecycle(self, policy: str) -> None:
        """Which node lifecycle policy every cluster follows from now on."""
        for cluster in self.clusters:
            cluster.controllers.configure(NodeLifecycle.name, "policy", policy_of(policy))


class SimSubstrate:
    """Implements ports.fleet.Substrate."""

    name = "sim"
    abilities = frozenset(Ability) - {Ability.UPGRADE, Ability.DRAIN_NODE}
    lifecycles: tuple[str, ...] = ("upstream", "eks")

    @contextmanager
    def open(self, plan: FleetPlan, kernel: Kernel, notes: tuple[Note, ...]) -> Iterator[SimFleet]:
        """Build the fleet. There is nothing to remove at the end."""
        yield SimFleet(plan, kernel, notes)
