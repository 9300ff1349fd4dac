"""All machines and kubelets of a cluster: one actor, plain data, nothing to do while nothing changes.

Sources: pkg/kubelet (v1.36.3); each part names its own. Implements ports.places.Machines and LinkListener, watches the
store, plans acts on the cluster's agenda under the name `kubelets`, writes through the API's door as
`system:node:NAME` from `node/NAME`. Differs from the real one: see the parts and the README.
"""

from __future__ import annotations

from hashlib import blake2b

from seatrial.fakes.kubelet.annotations import duration_word, words_of
from seatrial.fakes.kubelet.base import ACTOR
from seatrial.fakes.kubelet.containers import waiting
from seatrial.fakes.kubelet.heartbeats import PLEG_STALE, RENEWAL, RUNTIME_STALE, Heartbeats
from seatrial.fakes.kubelet.recipe import INIT, MAIN
from seatrial.fakes.kubelet.state import RUNNING, TERMINATED, Node, Pod
from seatrial.harness.kernel.time import SECOND, Instant, duration_text
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import WatchEvent

__all__ = ["WATCHED", "Kubelets"]

WATCHED = (
    "pods",
    "nodes",
    "configmaps",
    "secrets",
    "persistentvolumeclaims",
    "volumeattachments.storage.k8s.io",
)
_KILLED = 137


class Kubelets(Heartbeats):
    """Enlist it as `kubelets`, subscribe it to WATCHED in the store and to the links."""

    # From the store.

    def on_event(self, event: WatchEvent) -> None:
        """A commit: plans acts, writes nothing."""
        if event.resource == "pods":
            self._on_pod(event.new, event.old)
        elif event.resource == "nodes":
            self._on_node(event.old, event.new)
        elif self.waiting:
            self._on_other(event)

    def _on_pod(self, new: Obj | None, old: Obj | None) -> None:
        obj = new if new is not None else old
        assert obj is not None
        name = obj["spec"].get("nodeName")
        node = self.nodes.get(name) if name else None
        if node is None or not node.online:
            return
        pod = node.pods.get(obj["metadata"]["uid"])
        if new is None:
            if pod is not None:
                self.forget(node, pod)
        elif pod is None:
            self.meet(node, new)
        else:
            self.changed(pod, new)

    def _on_node(self, old: Obj | None, new: Obj | None) -> None:
        if new is None:
            return
        node = self.nodes.get(new["metadata"]["name"])
        if node is None:
            return
        if old is None or new["spec"] is not old["spec"]:
            node.cidr = new["spec"].get("podCIDR") or node.cidr
        if node.reachable and node.kubelet and _given_up(new) and not (old is not None and _given_up(old)):
            # The node lifecycle controller has acted on old news: the next sync of the status says otherwise.
            self.agenda.after(node.stream.below(RENEWAL), ACTOR, "node_status", node.name, node.session)

    def _on_other(self, event: WatchEvent) -> None:
        obj = event.obj
        meta = obj["metadata"]
        if event.resource.startswith("volumeattachments"):
            spec = obj["spec"]
            key = Key(event.resource, spec["nodeName"], spec["source"].get("persistentVolumeName", ""))
        else:
            key = Key(event.resource, meta.get("namespace", ""), meta["name"])
        if key in self.waiting and event.new is not None:
            self.arrived(key)

    # Machines: what traffic asks.

    def alive(self, node: str) -> bool:
        """Whether the machine has power and its kernel runs."""
        found = self.nodes.get(node)
        return found is not None and found.power and not found.frozen

    def serving(self, node: str, uid: str) -> bool:
        """Whether the pod's processes take requests now."""
        return self.started(node, uid) > 0

    def started(self, node: str, uid: str) -> Instant:
        """When the pod began to serve; 0 while it does not."""
        machine = self.nodes.get(node)
        pod = machine.pods.get(uid) if machine is not None and machine.power and not machine.frozen else None
        if pod is None:
            return 0
        now = self.agenda.time
        since = 0
        for container in pod.containers:
            recipe = container.recipe
            if recipe.kind != MAIN:
                continue
            begun = container.started_at + recipe.ready_after
            if container.state != RUNNING or now < begun:
                return 0
            if container.stop_code >= 0 and now >= container.stop_at:
                return 0
            # Asked for every endpoint at every look at a Service: a probe without windows passes from here on.
            probe = recipe.readiness
            if probe is not None and probe.windows and not probe.passes(now - container.started_at, recipe.ready_after):
                return 0
            since = max(since, begun)
        return since

    # Levers: each safe twice, and safe when its target is gone.

    def add_node(self, obj: Obj) -> None:
        """A machine is there and its kubelet runs; registers the Node if the API server does not know it."""
        name = obj["metadata"]["name"]
        if name in self.nodes:
            return
        node = self.nodes[name] = Node(obj, self.stream("node", name))
        node.since = self.agenda.time
        node.boot_id = self._boot_id(node)
        if self.links.exchange(node.place, "api"):
            node.reachable = True
            node.session += 1
            self.agenda.after(0, ACTOR, "join", name, node.session)
        self.touch(name)

    def join(self, name: str, session: int) -> None:
        """Act: a new node's first contact: registration, status, lease, pods."""
        node = self.nodes.get(name)
        if node is None or node.session != session:
            return
        self.node_status(name, session)
        self.renew(name, session)
        self.relist(name, session)
        if node.renewing:
            # Kubelets that start together do not renew together.
            node.lease_at -= node.stream.below(node.interval)

    def remove_node(self, name: str) -> None:
        """The machine is gone for ever; its Node object is not ours to delete."""
        node = self.nodes.get(name)
        if node is not None:
            self.stop_node(name)
            del self.nodes[name]
            self.touch(name)

    def stop_node(self, name: str) -> None:
        """Power off, at once and hard."""
        node = self.nodes.get(name)
        if node is None or not node.power:
            return
        node.power = False
        node.frozen = False
        node.held.clear()
        self._halt(node)
        self.touch(name)

    def start_node(self, name: str) -> None:
        """Power on: the machine boots, its kubelet starts, its pods come back as new containers."""
        node = self.nodes.get(name)
        if node is None or node.power:
            return
        node.power = True
        node.kubelet = False
        node.boots += 1
        node.boot_id = self._boot_id(node)
        for pod in list(node.pods.values()):
            self._lose(node, pod)
        words = words_of(node.obj["metadata"].get("annotations"), "", main=True)
        delay = duration_word(words, "boot-time", -1)
        if delay < 0:
            delay = self.stages.node["boot"].delay(node.stream)
        self.agenda.after(delay, ACTOR, "kubelet_up", name, node.session)
        self.touch(name)

    def reboot_node(self, name: str) -> None:
        """Off and on again."""
        self.stop_node(name)
        self.start_node(name)

    def pause_node(self, name: str) -> None:
        """Freeze the machine: nothing runs, memory and clock stay."""
        node = self.nodes.get(name)
        if node is None or not node.power or node.frozen:
            return
        node.frozen = True
        node.frozen_at = self.agenda.time
        self.consider(node)
        self.touch(name)

    def resume_node(self, name: str) -> None:
        """Let a frozen machine go on: whatever fell due meanwhile happens now."""
        node = self.nodes.get(name)
        if node is None or not node.frozen:
            return
        node.frozen = False
        held, node.held = node.held, []
        for verb, args in held:
            self.agenda.after(0, ACTOR, verb, *args)
        for pod in node.pods.values():
            for container in pod.containers:
                self.probe_again(pod, container)
        self.touch(name)
        if node.kubelet and self.links.exchange(node.place, "api"):
            self._thaw(node)

    def _thaw(self, node: Node) -> None:
        """Connections live on through a freeze, and every timer of the kubelet is overdue."""
        frozen = self.agenda.time - node.frozen_at
        node.reachable = True
        node.session += 1
        delay = self.stages.node["thaw"].delay(node.stream)
        self.agenda.after(delay, ACTOR, "renew", node.name, node.session)
        self.agenda.after(delay, ACTOR, "relist", node.name, node.session)
        problem = self._stale_runtime(frozen)
        if problem:
            node.slow_until = self.agenda.time + delay + self.stages.node["thaw-sync"].delay(node.stream)
        self.agenda.after(delay, ACTOR, "node_status", node.name, node.session, problem)
        if problem:
            again = delay + node.stream.jitter(10 * SECOND, 40_000)
            self.agenda.after(again, ACTOR, "node_status", node.name, node.session)

    @staticmethod
    def _stale_runtime(frozen: int) -> str:
        """What the kubelet says of its runtime after it has not run for so long."""
        problems = []
        if frozen > RUNTIME_STALE:
            problems.append("container runtime is down")
        if frozen > PLEG_STALE:
            text = duration_text(frozen // SECOND * SECOND)
            problems.append(f"PLEG is not healthy: pleg was last seen active {text} ago; threshold is 3m0s")
        return f"[{', '.join(problems)}]" if len(problems) > 1 else "".join(problems)

    def stop_kubelet(self, name: str) -> None:
        """The kubelet's process ends; containers and traffic go on."""
        node = self.nodes.get(name)
        if node is None or not node.power:
            return
        if node.kubelet:
            self._halt(node)
        else:
            node.session += 1  # it may be about to start

    def start_kubelet(self, name: str) -> None:
        """The kubelet's process starts again."""
        node = self.nodes.get(name)
        if node is None or not node.power or node.kubelet:
            return
        delay = self.stages.node["restart"].delay(node.stream)
        self.agenda.after(delay, ACTOR, "kubelet_up", name, node.session)

    def _halt(self, node: Node) -> None:
        """The kubelet is no more: what it was about to do is void."""
        node.kubelet = False
        node.dirty.clear()
        if node.retry:
            self.agenda.cancel(node.retry)
            node.retry = 0
        for pod in node.pods.values():
            pod.epoch += 1
            pod.sync_at = 0
            for container in pod.containers:
                container.starting = False
                container.backoff = container.image_backoff = 0
                container.image_retry_at = 0
        if node.reachable:
            self._lost(node)
        else:
            node.session += 1

    def kubelet_up(self, name: str, session: int) -> None:
        """Act: the kubelet has started."""
        node = self.nodes.get(name)
        if node is None or not node.power or node.kubelet or node.session != session:
            return
        if node.frozen:
            node.held.append(("kubelet_up", (name, session)))
            return
        node.kubelet = True
        node.registered = False
        node.fresh = True  # it does nothing about pods before it has seen the API server's
        node.since = self.agenda.time
        if not self.links.exchange(node.place, "api"):
            return
        node.reachable = True
        node.session += 1
        table, draw = self.stages.node, node.stream
        self.agenda.after(0, ACTOR, "renew", name, node.session)
        self.agenda.after(table["ready"].delay(draw), ACTOR, "node_status", name, node.session)
        self.agenda.after(table["adopt"].delay(draw), ACTOR, "relist", name, node.session)

    def _lose(self, node: Node, pod: Pod) -> None:
        """The machine was off: processes and sandbox are gone."""
        now = self.agenda.time
        for container in pod.containers:
            if container.state == RUNNING:
                container.state = TERMINATED
                container.finished_at = now
                container.exit_code = 255
                container.exit_reason = "Unknown"
                container.started = container.ready = False
            if container.recipe.kind == INIT and container.state == TERMINATED:
                container.last = self.last_state(pod, container)
                waiting(container, "PodInitializing", "")
        pod.sandbox_up = False
        pod.initialized = False
        pod.ip = ""
        node.used_ips.pop(pod.ip_offset, None)
        pod.ip_offset = -1
        if pod.stage == "running":
            pod.stage = "admitted"

    def kill_pod(self, namespace: str, name: str) -> None:
        """Kill the pod's main processes on their machine; the kubelet sees it and acts by the restart policy."""
        obj = self.view.get("pods", namespace, name)
        if obj is None:
            return
        node = self.nodes.get(obj["spec"].get("nodeName", ""))
        pod = node.pods.get(obj["metadata"]["uid"]) if node is not None else None
        if node is None or pod is None:
            return
        for container in pod.containers:
            if container.recipe.kind == MAIN and container.state == RUNNING:
                self.agenda.after(
                    0, ACTOR, "exited", node.name, pod.uid, container.recipe.index, container.serial, _KILLED
                )

    def _boot_id(self, node: Node) -> str:
        text = blake2b(f"{self.seed}\x1f{node.name}\x1f{node.boots}".encode(), digest_size=16).hexdigest()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _given_up(node: Obj) -> bool:
    """Whether the control plane says of a node that nobody knows."""
    conditions = (node.get("status") or {}).get("conditions") or ()
    return any(found["type"] == "Ready" and found["status"] == "Unknown" for found in conditions)
