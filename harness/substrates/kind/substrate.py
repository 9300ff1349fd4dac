"""The kind substrate: preflight, birth, life and end of a fleet of real clusters."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seatrial.harness.kernel.clock import Kernel
from seatrial.harness.kernel.errors import Unavailable
from seatrial.harness.ports.fleet import FleetPlan
from seatrial.harness.ports.note import Note
from seatrial.harness.substrates.kind.cluster import check_kind, create_all, delete_cluster
from seatrial.harness.substrates.kind.config import members, pick_image
from seatrial.harness.substrates.kind.docker import Docker
from seatrial.harness.substrates.kind.fleet import KindFleet
from seatrial.harness.substrates.kind.journal import RunFolder, abandoned
from seatrial.harness.substrates.kind.levers import ABILITIES

__all__ = ["KindSubstrate", "clean"]

# Measured: systemd, containerd, kubelet and kube-proxy of a node hold 15 to 18.
INOTIFY_PER_NODE = 17
# kind leaves its network behind; where it was not there before, it goes again.
NETWORK = os.environ.get("KIND_EXPERIMENTAL_DOCKER_NETWORK", "kind")


class KindSubstrate:
    """Implements ports.fleet.Substrate."""

    name = "kind"
    abilities = ABILITIES
    lifecycles: tuple[str, ...] = ("upstream",)

    def __init__(self, node_image: str = "") -> None:
        self._wanted = node_image or os.environ.get("KIND_NODE_IMAGE", "")
        self._docker = Docker()

    @contextmanager
    def open(self, plan: FleetPlan, kernel: Kernel, notes: tuple[Note, ...]) -> Iterator[KindFleet]:
        """Create the clusters; the context's end deletes them, however it comes.

        Raises Unavailable before anything is made where something is missing.
        """
        images = self.preflight(plan)
        folder = RunFolder.make()
        if not self._docker.has_network(NETWORK):
            folder.journal.write({"do": "network", "name": NETWORK})
        fleet: KindFleet | None = None
        try:
            pairs = zip(plan.clusters, images, strict=True)
            clusters = create_all(pairs, folder, lambda: kernel.stopping)
            fleet = KindFleet(plan, kernel, notes, clusters, folder.journal, self._docker)
            fleet.begin()
            yield fleet
        finally:
            if fleet is not None:
                fleet.close()
            _end(folder, self._docker)

    def preflight(self, plan: FleetPlan) -> tuple[str, ...]:
        """Each cluster's node image. Raises Unavailable for whatever is not here."""
        if plan.options.get("platform"):
            raise Unavailable("stand-ins of the platform (`platform:`) do not run on kind yet; run it on sim")
        self._docker.check()
        check_kind()
        local = self._docker.images("kindest/node")
        images = tuple(pick_image(self._wanted, local, cluster.version) for cluster in plan.clusters)
        for image in dict.fromkeys(images):
            if not self._docker.has_image(image):
                raise Unavailable(f"the node image {image} is not here: docker pull {image}")
        self._check_room(sum(len(members(cluster, "seatrial")) + 1 for cluster in plan.clusters))
        return images

    def _check_room(self, nodes: int) -> None:
        """Raises Unavailable where the kernel would let kubelets fail: their first sign is a timeout minutes later."""
        setting = Path("/proc/sys/fs/inotify/max_user_instances")
        if not setting.is_file():
            return  # Docker Desktop's machine has a setting of its own
        most, present = int(setting.read_text("ascii")), len(self._docker.nodes())
        if (nodes + present) * INOTIFY_PER_NODE > most:
            raise Unavailable(
                f"{nodes} nodes{f' beside {present} of other clusters' if present else ''} need about "
                f"{(nodes + present) * INOTIFY_PER_NODE} inotify instances, and one user has {most}: "
                "sudo sysctl fs.inotify.max_user_instances=512"
            )


def _end(folder: RunFolder, docker: Docker) -> list[str]:
    """Delete all clusters of a run, then its folder; the folder stays where a cluster does, for `clean` to find."""
    entries = folder.journal.read()
    names = [entry["name"] for entry in entries if entry.get("do") == "cluster"]
    deleted = [name for name in names if delete_cluster(name, folder, docker)]
    for entry in entries:
        if entry.get("do") == "network":
            docker.drop_network(entry["name"])
    folder.remove()
    return deleted


def clean() -> list[str]:
    """Delete what runs have left behind whose process is gone; returns the clusters' names.

    Faults need no cure of their own: what they broke is deleted with its cluster.
    """
    left = list(abandoned())
    if not left:
        return []
    docker = Docker()
    docker.check()
    check_kind()
    removed: list[str] = []
    for folder in left:
        removed += _end(folder, docker)
        removed.append(str(folder.folder))
    return removed
