"""The levers of the simulated fleet: what each verb of `harness/faults/README.md` does to the stand-ins.

Every harm carries a token and only that token takes it back, so that a node which two faults have stopped is up when
both have healed.
"""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.kernel.time import Duration
from seatrial.harness.ports.kube import ApiError
from seatrial.harness.ports.levers import Ability, Call, NodeFacts, PodFacts
from seatrial.harness.substrates.facts import node_facts, pod_facts
from seatrial.harness.substrates.nodes import ZONE_LABEL, zone_name
from seatrial.harness.substrates.sim_cluster import BOOTSTRAP, SimCluster

__all__ = ["SimLevers"]

KILL_TRIES = 20
Tokens = dict[tuple[int, str], dict[str, int]]


class SimLevers:
    """Implements ports.levers.Levers."""

    abilities = frozenset(Ability) - {Ability.UPGRADE, Ability.DRAIN_NODE}

    def __init__(self, clusters: tuple[SimCluster, ...]) -> None:
        self._clusters = clusters
        self._stopped: Tokens = {}
        self._halted: Tokens = {}

    # What is there.

    def clusters(self) -> tuple[int, ...]:
        """Indices of the clusters, from 1."""
        return tuple(range(1, len(self._clusters) + 1))

    def nodes(self, cluster: int) -> tuple[NodeFacts, ...]:
        """All nodes, by name."""
        here = self._clusters[cluster - 1]
        return tuple(sorted(node_facts(node, here.plan.region) for node in here.store.tables.list("nodes")))

    def pods(self, cluster: int) -> tuple[PodFacts, ...]:
        """All pods that are bound and not finished, by namespace and name."""
        here = self._clusters[cluster - 1]
        zones = {node.name: node.zone for node in self.nodes(cluster)}
        return tuple(
            sorted(
                pod_facts(pod, zones)
                for pod in here.store.tables.list("pods")
                if pod["spec"].get("nodeName") and pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
            )
        )

    def pull(self, call: Call) -> None:
        """Do it. Raises Unsupported for a verb that is not listed."""
        verb = getattr(self, f"_{call.verb}", None)
        if verb is None:
            raise Unsupported(f"the simulated fleet has no lever {call.verb}")
        cluster = self._clusters[call.cluster - 1]
        cluster.links.hold()
        try:
            verb(cluster, **dict(call.args))
        finally:
            cluster.links.release()

    def in_force(self, call: Call) -> bool:
        """Read back whether the effect of a harm is there."""
        check = getattr(self, f"_is_{call.verb}", None)
        if check is None:
            raise Unsupported(f"the simulated fleet cannot read back {call.verb}")
        return bool(check(self._clusters[call.cluster - 1], **dict(call.args)))

    # Nodes and zones.

    def _stop_zone(self, cluster: SimCluster, zone: str, token: str) -> None:
        name = zone_name(cluster.plan.region, zone)
        place = f"zone/{name}"
        cluster.links.cut(place, "*", token)
        cluster.links.cut("*", place, token)
        cluster.links.stop_etcd(token, zone=name)
        for node in _nodes_in(cluster, name):
            self._stop_node(cluster, node, token)

    def _start_zone(self, cluster: SimCluster, zone: str, token: str) -> None:
        name = zone_name(cluster.plan.region, zone)
        place = f"zone/{name}"
        cluster.links.join(place, "*", token)
        cluster.links.join("*", place, token)
        cluster.links.start_etcd(token)
        for index, node in list(self._stopped):
            if index == cluster.agenda.index:
                self._start_node(cluster, node, token)

    def _is_stop_zone(self, cluster: SimCluster, zone: str, token: str) -> bool:
        name = zone_name(cluster.plan.region, zone)
        return not any(cluster.kubelets.alive(node) for node in _nodes_in(cluster, name))

    def _stop_node(self, cluster: SimCluster, node: str, token: str) -> None:
        held = self._stopped.setdefault((cluster.agenda.index, node), {})
        held[token] = 1
        cluster.kubelets.stop_node(node)

    def _start_node(self, cluster: SimCluster, node: str, token: str) -> None:
        if _release(self._stopped, (cluster.agenda.index, node), token):
            cluster.kubelets.start_node(node)

    def _is_stop_node(self, cluster: SimCluster, node: str, token: str) -> bool:
        return not cluster.kubelets.alive(node)

    def _reboot_node(self, cluster: SimCluster, node: str, down: Duration, token: str) -> None:
        cluster.kubelets.stop_node(node)
        cluster.agenda.after(down, "kubelets", "start_node", node)

    def _is_reboot_node(self, cluster: SimCluster, node: str, down: Duration, token: str) -> bool:
        return not cluster.kubelets.alive(node)

    def _stop_kubelet(self, cluster: SimCluster, node: str, token: str) -> None:
        self._halted.setdefault((cluster.agenda.index, node), {})[token] = 1
        cluster.kubelets.stop_kubelet(node)

    def _start_kubelet(self, cluster: SimCluster, node: str, token: str) -> None:
        if _release(self._halted, (cluster.agenda.index, node), token):
            cluster.kubelets.start_kubelet(node)

    def _is_stop_kubelet(self, cluster: SimCluster, node: str, token: str) -> bool:
        return not cluster.store.tables.renewed(node)[1]

    # Links.

    def _cut_link(self, cluster: SimCluster, source: str, target: str, direction: str, token: str) -> None:
        for one, other in self._ways(cluster, source, target, direction):
            cluster.links.cut(one, other, token)

    def _join_link(self, cluster: SimCluster, source: str, target: str, direction: str, token: str) -> None:
        for one, other in self._ways(cluster, source, target, direction):
            cluster.links.join(one, other, token)

    def _is_cut_link(self, cluster: SimCluster, source: str, target: str, direction: str, token: str) -> bool:
        ways = [way for way in self._ways(cluster, source, target, direction) if "*" not in way]
        return not any(cluster.links.open(one, other) for one, other in ways)

    def _ways(self, cluster: SimCluster, source: str, target: str, direction: str) -> Iterable[tuple[str, str]]:
        one, other = _place(cluster, source), _place(cluster, target)
        if direction in ("both", "forward"):
            yield one, other
        if direction in ("both", "backward"):
            yield other, one

    def _degrade_link(
        self, cluster: SimCluster, source: str, target: str, loss_ppm: int, delay: Duration, token: str
    ) -> None:
        cluster.links.degrade(_place(cluster, source), _place(cluster, target), token, loss=loss_ppm, delay=delay)

    def _restore_link(self, cluster: SimCluster, source: str, target: str, token: str) -> None:
        cluster.links.restore(_place(cluster, source), _place(cluster, target), token)

    def _is_degrade_link(
        self, cluster: SimCluster, source: str, target: str, loss_ppm: int, delay: Duration, token: str
    ) -> bool:
        one, other = _place(cluster, source), _place(cluster, target)
        other = "outside" if other == "*" else other
        return cluster.links.loss(one, other) >= loss_ppm and cluster.links.delay(one, other) >= delay

    # The control plane.

    def _stop_api(self, cluster: SimCluster, token: str) -> None:
        cluster.links.shut("api", token)

    def _start_api(self, cluster: SimCluster, token: str) -> None:
        cluster.links.reopen("api", token)

    def _is_stop_api(self, cluster: SimCluster, token: str) -> bool:
        return _refused(cluster, "get")

    def _slow_api(
        self, cluster: SimCluster, delay: Duration, verb: str, resource: str, client: str, token: str
    ) -> None:
        cluster.api.slow(token, delay, verb=verb, resource=resource, client=client)
        cluster.links.touch()

    def _is_slow_api(
        self, cluster: SimCluster, delay: Duration, verb: str, resource: str, client: str, token: str
    ) -> bool:
        return token in cluster.api.troubles

    def _fail_api(
        self,
        cluster: SimCluster,
        code: int,
        share_ppm: int,
        retry_after: int,
        verb: str,
        resource: str,
        client: str,
        token: str,
    ) -> None:
        cluster.api.fail(token, code, share_ppm, retry_after=retry_after, verb=verb, resource=resource, client=client)
        cluster.links.touch()

    def _is_fail_api(self, cluster: SimCluster, token: str, **_: object) -> bool:
        return token in cluster.api.troubles

    def _restore_api(self, cluster: SimCluster, token: str) -> None:
        cluster.api.restore(token)
        cluster.links.touch()

    def _stop_etcd(self, cluster: SimCluster, members: str, token: str) -> None:
        count = len(cluster.plan.etcd_zones)
        if members == "majority":
            cluster.links.stop_etcd(token)
        elif members == "all":
            cluster.links.stop_etcd(token, count=count)
        else:
            cluster.links.stop_etcd(token, zone=zone_name(cluster.plan.region, members))

    def _start_etcd(self, cluster: SimCluster, token: str) -> None:
        cluster.links.start_etcd(token)

    def _is_stop_etcd(self, cluster: SimCluster, members: str, token: str) -> bool:
        return not cluster.links.quorum or members not in ("majority", "all")

    # The rest.

    def _kill_pod(self, cluster: SimCluster, namespace: str, pod: str, token: str) -> None:
        kube = cluster.kube(BOOTSTRAP)
        for _ in range(KILL_TRIES):
            try:
                kube.delete("pods", namespace, pod, grace=0)
            except ApiError as error:
                if error.reason == "NotFound":
                    return
                continue  # as whoever types the command would: once more
            return

    def _is_kill_pod(self, cluster: SimCluster, namespace: str, pod: str, token: str) -> bool:
        return cluster.store.get("pods", namespace, pod) is None

    def _slow_dns(self, cluster: SimCluster, delay: Duration, loss_ppm: int, token: str) -> None:
        cluster.links.degrade("*", "dns", token, loss=loss_ppm, delay=delay)

    def _restore_dns(self, cluster: SimCluster, token: str) -> None:
        cluster.links.restore("*", "dns", token)

    def _is_slow_dns(self, cluster: SimCluster, delay: Duration, loss_ppm: int, token: str) -> bool:
        return cluster.links.delay("outside", "dns") >= delay and cluster.links.loss("outside", "dns") >= loss_ppm

    def _stop_registry(self, cluster: SimCluster, token: str) -> None:
        cluster.links.shut("registry", token)

    def _start_registry(self, cluster: SimCluster, token: str) -> None:
        cluster.links.reopen("registry", token)

    def _is_stop_registry(self, cluster: SimCluster, token: str) -> bool:
        return not cluster.links.open("control-plane", "registry")


def _release(held: Tokens, place: tuple[int, str], token: str) -> bool:
    """Take one token back; True if it was the last."""
    tokens = held.get(place)
    if tokens is None or tokens.pop(token, None) is None:
        return False
    if tokens:
        return False
    del held[place]
    return True


def _refused(cluster: SimCluster, verb: str) -> bool:
    try:
        cluster.api.cost(BOOTSTRAP, verb, "namespaces")
    except ApiError:
        return True
    return False


def _place(cluster: SimCluster, place: str) -> str:
    kind, _, name = place.partition("/")
    return f"zone/{zone_name(cluster.plan.region, name)}" if kind == "zone" else place


def _nodes_in(cluster: SimCluster, zone: str) -> list[str]:
    return sorted(
        node["metadata"]["name"]
        for node in cluster.store.tables.list("nodes")
        if node["metadata"].get("labels", {}).get(ZONE_LABEL) == zone
    )
