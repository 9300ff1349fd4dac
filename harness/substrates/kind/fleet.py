"""A fleet of real clusters: time is the wall's, and what happens is told by watches.

One thread, the caller's, owns the kernel and the history: it lets the storm's acts happen when the wall reaches them
and takes in what the watches have queued, in slices of at most 100 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic, monotonic_ns, sleep, time_ns
from typing import Any

from seatrial.harness.kernel.clock import Kernel, Ran
from seatrial.harness.kernel.errors import Unavailable, Unsupported
from seatrial.harness.kernel.time import MILLISECOND, SECOND, Instant
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.fleet import FleetPlan
from seatrial.harness.ports.kube import Client, Kube
from seatrial.harness.ports.note import Note
from seatrial.harness.substrates.kind.chronicle import Chronicle
from seatrial.harness.substrates.kind.cluster import BIRTH, KindCluster
from seatrial.harness.substrates.kind.docker import Docker
from seatrial.harness.substrates.kind.journal import Journal
from seatrial.harness.substrates.kind.levers import KindLevers
from seatrial.harness.substrates.kind.sampler import Sampler
from seatrial.harness.substrates.kind.volumes import install, provide
from seatrial.harness.substrates.kind.watch import RESOURCES, Arrival, Watcher

__all__ = ["KindFleet"]

SLICE = 100 * MILLISECOND
FIRST_LISTS_SECONDS = 60.0
PROVIDE_SECONDS = 1.0


class KindFleet:
    """Implements ports.fleet.Fleet."""

    forkable = False

    def __init__(
        self,
        plan: FleetPlan,
        kernel: Kernel,
        notes: Sequence[Note],
        clusters: Sequence[KindCluster],
        journal: Journal,
        docker: Docker,
    ) -> None:
        self.kernel = kernel
        self.plan = plan
        self.clusters = clusters
        self._notes = notes
        # History begins now, on the wall's date; from here on only the monotonic clock counts.
        self._zero = max(time_ns(), kernel.now()) - monotonic_ns()
        kernel.run(self.now())
        self._arrivals: SimpleQueue[Arrival] = SimpleQueue()
        self._claims: dict[tuple[int, str, str], float] = {}
        self.chronicles = [
            Chronicle(kernel.agendas[index], notes[index], cluster.admin.discovery)
            for index, cluster in enumerate(clusters, start=1)
        ]
        self._levers = KindLevers(kernel, clusters, self.chronicles, notes, journal, docker)
        self._watchers: list[Watcher] = []
        self._stopped = False
        self._samplers = [
            Sampler(cluster, chronicle, kernel.agendas[index], notes[index], partial(self._levers.off, index))
            for index, (cluster, chronicle) in enumerate(zip(clusters, self.chronicles, strict=True), start=1)
        ]

    def begin(self) -> None:
        """Start the watches, and take in all first lists."""
        for index, cluster in enumerate(self.clusters, start=1):
            install(cluster.admin)
            for resource in RESOURCES:
                served = cluster.admin.served(resource)
                watcher = Watcher(index, cluster.kube(BIRTH), cluster.access, served, self._arrivals)
                self._watchers.append(watcher)
                watcher.start()
        end = monotonic() + FIRST_LISTS_SECONDS
        for watcher in self._watchers:
            if not watcher.listed.wait(max(0.1, end - monotonic())):
                raise Unavailable("the API server of a new cluster does not answer its first lists")
        self.drain()

    def close(self) -> None:
        """End every thread's work."""
        for sampler in self._samplers:
            sampler.close()
        for watcher in self._watchers:
            watcher.close()

    def now(self) -> Instant:
        """The wall's instant."""
        return self._zero + monotonic_ns()

    def kube(self, cluster: int, client: Client) -> Kube:
        """A client of a cluster, counted from 1."""
        return self.clusters[cluster - 1].kube(client)

    def aws(self, service: str, region: str) -> Any:
        """Raises Unsupported: the AWS side is not built yet."""
        raise Unsupported(f"aws {service} in {region}: the AWS side is not built yet")

    def levers(self) -> KindLevers:
        """What faults pull."""
        return self._levers

    def run(self, *, until: Instant) -> Ran:
        """Let the wall's time pass: acts happen when they are due, arrivals are written as they come."""
        while not self._stopped:
            self.drain()
            now = max(self.now(), self.kernel.now())
            ran = self.kernel.run(now)
            self._stopped = ran is Ran.STOPPED
            if self._stopped or now >= until:
                return ran
            self._provide()
            for sampler in self._samplers:
                sampler.keep()
            due = self.kernel.agendas[0].next_due()
            wake = min(until, now + SLICE, due if due is not None else until)
            sleep(max(0, wake - self.now()) / SECOND)
        # Whoever has pulled the brake will not wait for the rest of the phases: on the wall they take minutes.
        return Ran.STOPPED

    def drain(self) -> None:
        """Write down what has arrived."""
        for _ in range(self._arrivals.qsize()):
            try:
                arrival = self._arrivals.get_nowait()
            except Empty:
                break
            chronicle = self.chronicles[arrival.cluster - 1]
            chronicle.take(self._zero + arrival.at, arrival.served, arrival.kind, arrival.objects)
            if arrival.served.resource == "persistentvolumeclaims" and arrival.kind != "DELETED":
                for claim in arrival.objects:
                    meta = claim["metadata"]
                    self._claims[arrival.cluster, meta["namespace"], meta["name"]] = 0
        for sampler in self._samplers:
            sampler.drain(self._zero)

    def census(self) -> None:
        """Write down what each API server serves now."""
        self.drain()
        for index, cluster in enumerate(self.clusters, start=1):
            for resource in RESOURCES:
                versions = {
                    f"{item['metadata'].get('namespace', '')}/{item['metadata']['name']}": int(
                        item["metadata"]["resourceVersion"]
                    )
                    for item in cluster.admin.list(resource)["items"]
                }
                if versions:
                    key = Key("census", "", resource)
                    self._notes[index].write("census", "census", key, None, {"versions": versions})

    def open_traffic(self) -> None:
        """Clients begin to send, to the Services that there are."""
        for sampler in self._samplers:
            sampler.begin()

    def check(self, obj: Obj) -> None:
        """A real cluster has judged the object already; our annotations mean nothing to its kubelets."""

    def use_node_lifecycle(self, policy: str) -> None:
        """`upstream` is what a real kube-controller-manager does. Raises Unsupported for any other."""
        if policy != "upstream":
            raise Unsupported(f"node-lifecycle {policy}: kind runs the upstream controller alone")

    def _provide(self) -> None:
        """Volumes for claims that wait."""
        now = monotonic()
        for place, tried in list(self._claims.items()):
            if now < tried + PROVIDE_SECONDS:
                continue
            index, namespace, name = place
            chronicle = self.chronicles[index - 1]
            claim = chronicle.objects.get("persistentvolumeclaims", {}).get((namespace, name))
            nodes = {node["metadata"]["name"]: node for node in chronicle.list("nodes")}
            if claim is None or provide(self.clusters[index - 1].admin, claim, nodes):
                del self._claims[place]
            else:
                self._claims[place] = now
