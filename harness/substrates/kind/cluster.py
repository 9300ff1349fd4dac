"""The life of kind clusters of ours: checked for, created side by side, recognised by their birth mark, deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from seatrial.harness.kernel.errors import Unavailable
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.fleet import ClusterPlan
from seatrial.harness.ports.kube import ApiError, Client
from seatrial.harness.substrates.kind.access import Access, read_access
from seatrial.harness.substrates.kind.client import KindKube
from seatrial.harness.substrates.kind.command import CommandFailed, run
from seatrial.harness.substrates.kind.config import Member, config_text, members
from seatrial.harness.substrates.kind.docker import Docker
from seatrial.harness.substrates.kind.journal import RunFolder

__all__ = ["KindCluster", "bears_mark", "birth", "check_kind", "create_all", "delete_cluster"]

BIRTH = Client(name="birth", user_agent="seatrial")
CREATE_SECONDS = 900.0
DELETE_SECONDS = 180.0
READY_SECONDS = 300.0
AT_ONCE = 2  # creating is bound by the machine's CPUs, not by waiting
Say = Callable[[str], None]


class KindCluster:
    """A running cluster of ours."""

    def __init__(self, plan: ClusterPlan, name: str, workers: tuple[Member, ...], access: Access) -> None:
        self.plan = plan
        self.name = name
        self.workers = workers
        self.access = access
        self.control_plane = f"{name}-control-plane"
        self.admin = KindKube(access, BIRTH)

    def kube(self, client: Client) -> KindKube:
        """A client of this cluster."""
        return KindKube(self.access, client, self.admin.discovery)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Every node, the control plane first."""
        return (self.control_plane, *(worker.name for worker in self.workers))

    def in_zone(self, zone: str) -> tuple[str, ...]:
        """The nodes of a zone (a scenario's letter)."""
        return tuple(worker.name for worker in self.workers if worker.zone == zone)


def check_kind() -> str:
    """kind's version. Raises Unavailable where there is none."""
    try:
        return run(["kind", "version"], deadline=20.0).strip()
    except CommandFailed as error:
        raise Unavailable(f"kind does not answer: {error}") from error


def create_all(
    plans: Iterable[tuple[ClusterPlan, str]], folder: RunFolder, stop: Callable[[], bool]
) -> tuple[KindCluster, ...]:
    """Create clusters of (plan, image), a few at a time; the first failure ends all."""
    named = [(plan, image, f"seatrial-{folder.id}-c{number}") for number, (plan, image) in enumerate(plans, start=1)]
    for _, _, name in named:
        folder.journal.write({"do": "cluster", "name": name})
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return tuple(pool.map(lambda one: birth(one[0], one[1], one[2], folder, stop), named))


def birth(plan: ClusterPlan, image: str, name: str, folder: RunFolder, stop: Callable[[], bool]) -> KindCluster:
    """Create one cluster and wait until all its nodes are Ready, labelled and tainted as planned."""
    workers = members(plan, name)
    config = config_text(workers, image, str(folder.birth_mark))
    kubeconfig = folder.file(f"{name}.kubeconfig")
    words = ["kind", "create", "cluster", "--name", name, "--image", image, "--config", "-"]
    words += ["--kubeconfig", str(kubeconfig), "--wait", "180s"]
    # kind outlives us if we are killed; while it does, it holds the run's lock, and the journal tells where it is.
    run(words, deadline=CREATE_SECONDS, text=config, stop=stop, begun=folder.note_process, keep=(folder.lock,))
    cluster = KindCluster(plan, name, workers, read_access(kubeconfig, folder, name))
    _await_nodes(cluster, stop)
    for worker in workers:
        _finish(cluster, worker)
    return cluster


def _await_nodes(cluster: KindCluster, stop: Callable[[], bool]) -> None:
    end = monotonic() + READY_SECONDS
    while True:
        waiting = _unready(cluster)
        if not waiting:
            return
        if stop():
            raise KeyboardInterrupt
        if monotonic() > end:
            raise Unavailable(f"{cluster.name}: {', '.join(waiting)} not Ready after {READY_SECONDS:.0f} s")
        sleep(0.5)


def _unready(cluster: KindCluster) -> list[str]:
    try:
        nodes: list[Obj] = cluster.admin.list("nodes")["items"]
    except ApiError as error:
        return [f"API server ({error})"]
    ready = {
        node["metadata"]["name"]
        for node in nodes
        for condition in node.get("status", {}).get("conditions", ())
        if condition["type"] == "Ready" and condition["status"] == "True"
    }
    return [name for name in cluster.nodes if name not in ready]


def _finish(cluster: KindCluster, worker: Member) -> None:
    change: dict[str, Any] = {}
    if worker.later:
        change["metadata"] = {"labels": worker.later}
    if worker.taints:
        change["spec"] = {"taints": worker.taints}
    if change:
        cluster.admin.patch("nodes", "", worker.name, change, kind="strategic")


def delete_cluster(name: str, folder: RunFolder, docker: Docker) -> bool:
    """Delete a cluster of this run, whatever state it is in; True if there was something to delete.

    Raises Unavailable for containers of that name that do not bear this run's mark: they are somebody else's.
    """
    containers = docker.containers(name)
    strange = [found["Name"] for found in docker.inspect(containers) if not bears_mark(found, folder.birth_mark)]
    if strange:
        raise Unavailable(f"{', '.join(strange)}: not made by this run, so left alone")
    if not containers:
        return False
    kubeconfig = folder.folder / f"{name}.kubeconfig"
    try:
        run(["kind", "delete", "cluster", "--name", name, "--kubeconfig", str(kubeconfig)], deadline=DELETE_SECONDS)
    except Unavailable:
        docker.remove(docker.containers(name))
    return True


def bears_mark(container: dict[str, Any], birth_mark: Path) -> bool:
    """Whether a container was born with this run's mark."""
    return any(
        Path(mount.get("Source", "")).name == birth_mark.name and birth_mark.name.startswith("owner-")
        for mount in container.get("Mounts") or ()
    )
