"""The levers on real clusters: what each verb of `harness/faults/README.md` does to containers.

A pull is on the disk before it is done, and read back after it. Tokens work as in the simulation: a node that two
faults have stopped is up when both have healed. Differs from the simulation: a lost zone is its nodes' power alone
(volumes and etcd members are in no zone here); `stop_api` refuses every connection to the API server's port, and the
kubelet may restart a server whose probes fail for long.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from seatrial.harness.kernel.clock import Kernel
from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.kernel.time import Duration
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import ApiError, Client
from seatrial.harness.ports.levers import Ability, Call, NodeFacts, PodFacts
from seatrial.harness.ports.note import Note
from seatrial.harness.substrates.facts import node_facts, pod_facts
from seatrial.harness.substrates.kind.chronicle import Chronicle
from seatrial.harness.substrates.kind.cluster import KindCluster
from seatrial.harness.substrates.kind.command import CommandFailed
from seatrial.harness.substrates.kind.docker import Docker
from seatrial.harness.substrates.kind.filters import Rule, ways
from seatrial.harness.substrates.kind.journal import Journal

__all__ = ["ABILITIES", "KindLevers"]

ABILITIES = frozenset(
    {
        Ability.STOP_ZONE,
        Ability.STOP_NODE,
        Ability.REBOOT_NODE,
        Ability.STOP_KUBELET,
        Ability.CUT_LINK,
        Ability.STOP_API,
        Ability.KILL_POD,
    }
)
ACTOR = "kind/levers"
OPERATOR = Client(name="levers", user_agent="seatrial", place="outside")
UNDONE = {
    "start_zone": "stop_zone",
    "start_node": "stop_node",
    "start_kubelet": "stop_kubelet",
    "join_link": "cut_link",
    "start_api": "stop_api",
}
Held = dict[tuple[int, str], dict[str, None]]


class KindLevers:
    """Implements ports.levers.Levers."""

    abilities = ABILITIES

    def __init__(
        self,
        kernel: Kernel,
        clusters: Sequence[KindCluster],
        chronicles: Sequence[Chronicle],
        notes: Sequence[Note],
        journal: Journal,
        docker: Docker,
    ) -> None:
        self._kernel = kernel
        self._clusters = clusters
        self._chronicles = chronicles
        self._notes = notes
        self._journal = journal
        self._docker = docker
        self._stopped: Held = {}
        self._halted: Held = {}
        self._rules: dict[tuple[int, str], tuple[Rule, ...]] = {}
        self._addresses: dict[str, str] = {}
        kernel.agendas[0].enlist(ACTOR, self)

    # What is there.

    def clusters(self) -> tuple[int, ...]:
        """Indices of the clusters, from 1."""
        return tuple(range(1, len(self._clusters) + 1))

    def nodes(self, cluster: int) -> tuple[NodeFacts, ...]:
        """All nodes, by name, as the API server told last."""
        region = self._clusters[cluster - 1].plan.region
        return tuple(sorted(node_facts(node, region) for node in self._chronicles[cluster - 1].list("nodes")))

    def pods(self, cluster: int) -> tuple[PodFacts, ...]:
        """All pods that are bound and not finished, by namespace and name."""
        zones = {node.name: node.zone for node in self.nodes(cluster)}
        return tuple(
            sorted(
                pod_facts(pod, zones)
                for pod in self._chronicles[cluster - 1].list("pods")
                if pod["spec"].get("nodeName") and pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
            )
        )

    def off(self, cluster: int) -> frozenset[str]:
        """The nodes that have no power, by our doing."""
        return frozenset(node for index, node in self._stopped if index == cluster)

    # Pulling.

    def pull(self, call: Call) -> None:
        """Journal it, do it, read it back. Raises Unsupported for a verb that is not built."""
        verb = getattr(self, f"_{call.verb}", None)
        if verb is None:
            raise Unsupported(f"the kind substrate has no lever {call.verb}")
        args = dict(call.args)
        heals = call.verb in UNDONE
        if not heals:
            self._journal.write({"do": "pull", "cluster": call.cluster, "verb": call.verb, "args": args})
        touched = verb(call.cluster, **args)
        record = self._kernel.agendas[call.cluster].cause
        if record:
            self._chronicles[call.cluster - 1].hurt(touched, record)
        if heals:
            self._journal.write({"do": "healed", "cluster": call.cluster, "token": args.get("token", "")})
        else:
            self._prove(call)

    def _prove(self, call: Call) -> None:
        word = "is in force" if self.in_force(call) else "is NOT in force"
        agenda = self._kernel.agendas[call.cluster]
        before, agenda.cause = agenda.cause, 0  # a proof is no consequence: a fault that nothing felt proves nothing
        self._notes[call.cluster].write("kind", "note", Key("note", "", call.verb), None, {"what": f"{call} {word}"})
        agenda.cause = before

    def in_force(self, call: Call) -> bool:
        """Read back, from Docker and from inside the nodes, whether the effect of a harm is there."""
        check = getattr(self, f"_is_{call.verb}", None)
        if check is None:
            raise Unsupported(f"the kind substrate cannot read back {call.verb}")
        return bool(check(call.cluster, **dict(call.args)))

    # Nodes and zones.

    def _stop_zone(self, cluster: int, zone: str, token: str) -> tuple[str, ...]:
        return self._power_off(cluster, self._here(cluster).in_zone(zone), token)

    def _start_zone(self, cluster: int, zone: str, token: str) -> tuple[str, ...]:
        return self._power_on(cluster, self._here(cluster).in_zone(zone), token)

    def _is_stop_zone(self, cluster: int, zone: str, token: str) -> bool:
        return not any(self._docker.running(node) for node in self._here(cluster).in_zone(zone))

    def _stop_node(self, cluster: int, node: str, token: str) -> tuple[str, ...]:
        return self._power_off(cluster, (node,), token)

    def _start_node(self, cluster: int, node: str, token: str) -> tuple[str, ...]:
        return self._power_on(cluster, (node,), token)

    def _is_stop_node(self, cluster: int, node: str, token: str) -> bool:
        return not self._docker.running(node)

    def _reboot_node(self, cluster: int, node: str, down: Duration, token: str) -> tuple[str, ...]:
        touched = self._power_off(cluster, (node,), token)
        self._kernel.agendas[0].after(down, ACTOR, "back", cluster, node, token)
        return touched

    def back(self, cluster: int, node: str, token: str) -> None:
        """Act: a node that was rebooted has its power again."""
        self._power_on(cluster, (node,), token)
        self._journal.write({"do": "healed", "cluster": cluster, "token": token})

    def _is_reboot_node(self, cluster: int, node: str, down: Duration, token: str) -> bool:
        return not self._docker.running(node)

    def _power_off(self, cluster: int, nodes: Iterable[str], token: str) -> tuple[str, ...]:
        mine = self._ours(cluster, nodes)
        for node in mine:
            self._addresses.setdefault(node, self._docker.address(node))
            self._stopped.setdefault((cluster, node), {})[token] = None
        running = [node for node in mine if self._docker.running(node)]
        if running:
            self._docker.stop(running)
        return mine

    def _power_on(self, cluster: int, nodes: Iterable[str], token: str) -> tuple[str, ...]:
        mine = self._ours(cluster, nodes)
        free = [node for node in mine if _release(self._stopped, (cluster, node), token)]
        # Docker deals addresses in the order of starting: in the order of the old ones each gets its own again.
        free.sort(
            key=lambda node: [int(part) for part in self._addresses.get(node, "0").split(".") if part.isdecimal()]
        )
        for node in free:
            self._docker.start([node])
        return mine

    def _stop_kubelet(self, cluster: int, node: str, token: str) -> tuple[str, ...]:
        mine = self._ours(cluster, (node,))
        for one in mine:
            self._halted.setdefault((cluster, one), {})[token] = None
            self._docker.inside(one, ["systemctl", "stop", "kubelet"])
        return mine

    def _start_kubelet(self, cluster: int, node: str, token: str) -> tuple[str, ...]:
        mine = self._ours(cluster, (node,))
        for one in mine:
            if _release(self._halted, (cluster, one), token):
                self._try_inside(one, ["systemctl", "start", "kubelet"])
        return mine

    def _is_stop_kubelet(self, cluster: int, node: str, token: str) -> bool:
        return not self._try_inside(node, ["systemctl", "is-active", "--quiet", "kubelet"])

    # Links and the API server's door.

    def _cut_link(self, cluster: int, source: str, target: str, direction: str, token: str) -> tuple[str, ...]:
        here = self._here(cluster)
        addresses = {node: self._places(cluster, node) for node in here.nodes}
        rules = ways(here, addresses, source, target, direction, token)
        return self._filter(cluster, token, rules)

    def _join_link(self, cluster: int, source: str, target: str, direction: str, token: str) -> tuple[str, ...]:
        return self._unfilter(cluster, token)

    def _is_cut_link(self, cluster: int, token: str, **_: Any) -> bool:
        return self._filtered(cluster, token)

    def _stop_api(self, cluster: int, token: str) -> tuple[str, ...]:
        return self._filter(cluster, token, (Rule.shut(self._here(cluster).control_plane, 6443, token),))

    def _start_api(self, cluster: int, token: str) -> tuple[str, ...]:
        return self._unfilter(cluster, token)

    def _is_stop_api(self, cluster: int, token: str) -> bool:
        try:
            self._here(cluster).kube(OPERATOR).list("namespaces", limit=1)
        except ApiError:
            return True
        return False

    def _filter(self, cluster: int, token: str, rules: Sequence[Rule]) -> tuple[str, ...]:
        self._rules[cluster, token] = tuple(rules)
        for rule in rules:
            if not self._try_inside(rule.node, rule.check):
                self._try_inside(rule.node, rule.insert)
        return tuple(dict.fromkeys(rule.node for rule in rules))

    def _unfilter(self, cluster: int, token: str) -> tuple[str, ...]:
        rules = self._rules.pop((cluster, token), ())
        for rule in rules:
            self._try_inside(rule.node, rule.delete)
        return tuple(dict.fromkeys(rule.node for rule in rules))

    def _filtered(self, cluster: int, token: str) -> bool:
        rules = self._rules.get((cluster, token), ())
        return bool(rules) and all(self._try_inside(rule.node, rule.check) for rule in rules)

    # Pods.

    def _kill_pod(self, cluster: int, namespace: str, pod: str, token: str) -> tuple[str, ...]:
        node = next((one.node for one in self.pods(cluster) if (one.namespace, one.name) == (namespace, pod)), "")
        try:
            self._here(cluster).kube(OPERATOR).delete("pods", namespace, pod, grace=0)
        except ApiError as error:
            if error.reason != "NotFound":
                raise
        return (node,) if node else ()

    def _is_kill_pod(self, cluster: int, namespace: str, pod: str, token: str) -> bool:
        try:
            self._here(cluster).kube(OPERATOR).get("pods", namespace, pod)
        except ApiError as error:
            return error.reason == "NotFound"
        return False

    # The rest.

    def _here(self, cluster: int) -> KindCluster:
        return self._clusters[cluster - 1]

    def _ours(self, cluster: int, nodes: Iterable[str]) -> tuple[str, ...]:
        """Those that are nodes of this cluster: nothing else is ever touched."""
        known = self._here(cluster).nodes
        return tuple(node for node in nodes if node in known)

    def _places(self, cluster: int, node: str) -> tuple[str, ...]:
        """A node's own address and its pods' range."""
        found = self._chronicles[cluster - 1].objects.get("nodes", {}).get(("", node), {})
        return tuple(part for part in (self._docker.address(node), found.get("spec", {}).get("podCIDR", "")) if part)

    def _try_inside(self, node: str, words: Sequence[str]) -> bool:
        """True if the command said yes; a node that is off says no."""
        try:
            self._docker.inside(node, words)
        except CommandFailed:
            return False
        return True


def _release(held: Held, place: tuple[int, str], token: str) -> bool:
    """Take one token back; True if it was the last."""
    tokens = held.get(place)
    if tokens is None or token not in tokens:
        return False
    del tokens[token]
    if tokens:
        return False
    del held[place]
    return True
