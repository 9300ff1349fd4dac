"""What a node says of itself: its lease, its status, and what happens when the way to the API server opens or closes.

Sources: pkg/kubelet/kubelet_node_status.go, nodestatus/setters.go, component-helpers/apimachinery/lease (v1.36.3).
Differs from the real one: while all is well neither lease nor status is written; the times of renewal are a function
(first + n intervals, the interval drawn once from 10 s to 10.4 s for each node and connection), and the conditions'
lastHeartbeatTime is that of the last change. Conditions other than Ready never go bad by themselves.
"""

from __future__ import annotations

from seatrial.fakes.kubelet.base import ACTOR
from seatrial.fakes.kubelet.endings import ENDING
from seatrial.fakes.kubelet.images import REGISTRY
from seatrial.fakes.kubelet.lives import Lives
from seatrial.fakes.kubelet.state import Node, Pod
from seatrial.fakes.kubelet.status import FINISHED, stamp
from seatrial.harness.kernel.time import SECOND, Duration, Instant
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, NotFound, Write

__all__ = ["Heartbeats"]

RENEWAL: Duration = 10 * SECOND
RENEWAL_JITTER_PPM = 40_000
HEARTBEAT_TIMEOUT: Duration = 10 * SECOND  # a renewal that takes longer has failed
RENEWAL_TRIES = 5
RENEWAL_DOUBLINGS = 5
NOT_AGAIN, LATER_AGAIN, SOON_AGAIN = 0, 1, 2  # whether a first renewal is planned
RUNTIME_STALE: Duration = 30 * SECOND  # without news of its runtime for so long the kubelet is not ready
PLEG_STALE: Duration = 180 * SECOND

_HEALTHY = (
    ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
)
READY = ("True", "KubeletReady", "kubelet is posting ready status")


class Heartbeats(Lives):
    """Connections of kubelets to the API server."""

    def links_changed(self) -> None:
        """Some way has opened or closed: every node looks whether its own has."""
        self._blame(REGISTRY)
        for node in self.nodes.values():
            self.consider(node)

    def _blame(self, place: str) -> None:
        """Remember what shut a door, until the first who needs it has felt it."""
        if all(self.links.exchange(node.place, place) for node in self.nodes.values()):
            self.blamed.pop(place, None)
        else:
            self.blamed.setdefault(place, self.agenda.cause)

    def consider(self, node: Node) -> None:
        """Look at the way to the API server."""
        running = node.power and node.kubelet and not node.frozen
        reachable = running and self.links.exchange(node.place, "api")
        if reachable != node.reachable:
            if reachable:
                self._reached(node)
            else:
                self._lost(node)
        if reachable:
            # The way is open, but what is asked may fail: a lost quorum, an injected error.
            can = self._renewable(node)
            if node.renewing and not can:
                self._cease(node)
                self._try_later(node, 0)
            elif can and not node.renewing and node.trying != SOON_AGAIN:
                self._try_soon(node)
            elif not can and node.trying == NOT_AGAIN:
                self._try_later(node, 0)

    def _lost(self, node: Node) -> None:
        node.reachable = node.online = node.busy = False
        node.trying = NOT_AGAIN
        node.session += 1
        if node.renewing:
            self._cease(node)

    def _reached(self, node: Node) -> None:
        node.reachable = True
        node.session += 1
        table, draw = self.stages.node, node.stream
        self.agenda.after(table["status"].delay(draw), ACTOR, "node_status", node.name, node.session)
        self.agenda.after(table["watch"].delay(draw), ACTOR, "relist", node.name, node.session)

    # The lease.

    def _renewable(self, node: Node) -> bool:
        if not self.links.exchange("api", "etcd"):
            return False  # the write would be taken, and fail after etcd's time-out
        for _ in range(RENEWAL_TRIES):
            try:
                return self.api.cost(node.client, "update", "leases.coordination.k8s.io") < HEARTBEAT_TIMEOUT
            except ApiError:
                continue
        return False

    def last_renewal(self, node: Node, now: Instant) -> Instant:
        """When the lease was renewed last, if it has been until now."""
        return node.lease_at + (now - node.lease_at) // node.interval * node.interval

    def _cease(self, node: Node) -> None:
        node.renewing = False
        self.renewals.renew(node.name, self.last_renewal(node, self.agenda.time), False)

    def _try_soon(self, node: Node) -> None:
        node.trying = SOON_AGAIN
        step = self.stages.node["lease"]
        self.agenda.after(step.delay(node.stream), ACTOR, "renew", node.name, node.session, 0)

    def _try_later(self, node: Node, tries: int) -> None:
        """Errors come by chance, too: look again, ever more rarely. A way that opens is heard of without that."""
        if self.links.exchange("api", "etcd"):
            node.trying = LATER_AGAIN
            wait = RENEWAL << min(tries, RENEWAL_DOUBLINGS)
            self.agenda.after(wait, ACTOR, "renew", node.name, node.session, tries + 1)

    def renew(self, name: str, session: int, tries: int = 0) -> None:
        """Act: the lease is renewed, and will be until something stands in the way."""
        node = self.nodes.get(name)
        if node is None or node.session != session or node.renewing:
            return
        node.trying = NOT_AGAIN
        if not self._renewable(node):
            self._try_later(node, tries)
            return
        node.renewing = True
        node.lease_at = self.agenda.time
        node.interval = node.stream.jitter(RENEWAL, RENEWAL_JITTER_PPM)
        self.renewals.renew(name, node.lease_at, True)

    # The status.

    def node_status(self, name: str, session: int, problem: str = "") -> None:
        """Act: write what the node says of itself; a problem makes it not ready."""
        node = self.nodes.get(name)
        if node is None or node.session != session:
            return
        try:
            cost = self.api.cost(node.client, "patch", "nodes")
        except ApiError:
            self.agenda.after(RENEWAL, ACTOR, "node_status", name, session, problem)
            return
        if cost > 0:
            self.agenda.after(cost, ACTOR, "write_node_status", name, session, problem)
        else:
            self.write_node_status(name, session, problem)

    def write_node_status(self, name: str, session: int, problem: str) -> None:
        """Act: the write of the node's status arrives."""
        node = self.nodes.get(name)
        if node is None or node.session != session:
            return
        live = self.view.get("nodes", "", name)
        key = Key("nodes", "", name)
        try:
            if live is None and node.registered:
                return  # a Node that was deleted comes back with the next start of the kubelet
            node.registered = True
            if live is None:
                live = self.api.submit(Write("create", key, node.obj), node.client)
                assert live is not None
            status = self._status(node, live, problem)
            if status is not live.get("status"):
                self.api.submit(Write("update", key, {**live, "status": status}, "status"), node.client)
        except NotFound:
            return
        except ApiError:
            self.agenda.after(RENEWAL, ACTOR, "node_status", name, session, problem)

    def _status(self, node: Node, live: Obj, problem: str) -> Obj:
        """The node's status with its conditions as they are; the same object if nothing changes."""
        status: Obj = live.get("status") or {}
        told = status.get("nodeInfo") or {}
        before: list[Obj] = status.get("conditions") or []
        wanted = [(kind, "False", reason, message) for kind, reason, message in _HEALTHY]
        wanted.append(("Ready", "False", "KubeletNotReady", problem) if problem else ("Ready", *READY))
        conditions = [found for found in before if found["type"] not in _OWN_CONDITIONS]
        changed = False
        for kind, value, reason, message in wanted:
            old = next((found for found in before if found["type"] == kind), None)
            if old is not None and (old["status"], old.get("reason"), old.get("message")) == (value, reason, message):
                conditions.append(old)
                continue
            changed = True
            now = stamp(self.agenda.time)
            since = old["lastTransitionTime"] if old is not None and old["status"] == value else now
            conditions.append(
                {
                    "lastHeartbeatTime": now,
                    "lastTransitionTime": since,
                    "message": message,
                    "reason": reason,
                    "status": value,
                    "type": kind,
                }
            )
            if old is not None and kind == "Ready" and old["status"] != value:
                self._say(node, "NodeReady" if value == "True" else "NodeNotReady")
        if told.get("bootID") != node.boot_id:
            changed = True
            if told.get("bootID"):
                text = f"Node {node.name} has been rebooted, boot id: {node.boot_id}"
                self._say(node, "Rebooted", "Warning", text)
            told = {**told, "bootID": node.boot_id}
        return {**status, "conditions": conditions, "nodeInfo": told} if changed else status

    def _say(self, node: Node, reason: str, kind: str = "Normal", message: str = "") -> None:
        body = {
            "type": kind,
            "reason": reason,
            "message": message or f"Node {node.name} status is now: {reason}",
            "reportingComponent": "kubelet",
        }
        self.send_event(node, Key("nodes", "", node.name), body)

    # The watches.

    def relist(self, name: str, session: int) -> None:
        """Act: the kubelet sees the API server's pods again: new ones, deleted ones, those that are gone."""
        node = self.nodes.get(name)
        if node is None or node.session != session or node.online:
            return
        node.online = True
        seen: dict[str, Obj | None] = {}
        for obj in self.view.pods_on(name):
            seen[obj["metadata"]["uid"]] = obj
        for uid, pod in list(node.pods.items()):
            now = seen.pop(uid, None)
            if now is None:
                self.forget(node, pod)
            else:
                self.changed(pod, now)
                if node.fresh:
                    self.resume(pod)
                elif pod.awaits:
                    self.look_again(pod)
                # What the API server believes may be another's doing: the kubelet is right, and says so.
                if pod.stage not in ("bound", "gone", "rejected"):
                    node.dirty[uid] = None
        for left in seen.values():
            if left is not None:
                self.meet(node, left)
        node.fresh = False
        if node.dirty and not node.busy:
            self.next_report(node)

    def resume(self, pod: Pod) -> None:
        """A kubelet that has just started looks at a pod that it finds."""
        stage = pod.stage
        if stage in ("gone", "rejected"):
            return
        if pod.over or pod.removed or "deletionTimestamp" in pod.obj["metadata"]:
            pod.stage = "running"
            self.answer_deletion(pod)
        elif stage == "running" and pod.sandbox_up:
            self.plan_sync(pod, pod.stream.below(SECOND))
            pod.probed_from = self.agenda.time + pod.stream.below(SECOND)
            self.adopt(pod, pod.obj)
            for container in pod.containers:
                self.probe_again(pod, container)
        else:
            pod.stage = "bound" if not pod.start_time else "admitted"
            self.next_step(pod)
        if pod.recipe.deadline >= 0 and pod.start_time and not pod.over:
            when = pod.start_time + pod.recipe.deadline
            self.agenda.at(when, ACTOR, "deadline", pod.node, pod.uid, pod.epoch)

    def changed(self, pod: Pod, obj: Obj) -> None:
        """The API server has a newer version of a pod."""
        old, pod.obj = pod.obj, obj
        if self.writing == pod.uid:
            return
        node = self.nodes[pod.node]
        phase = (obj.get("status") or {}).get("phase")
        if phase in FINISHED and not pod.over and pod.stage not in ("gone", "rejected"):
            # The pod garbage collector, say, has called it failed: it is stopped, and stays so.
            pod.phase = phase
            self.answer_deletion(pod)
            return
        if obj["spec"] is not old["spec"] and obj["spec"] != old["spec"]:
            self.plan(self.stages.pod["bound"].delay(pod.stream), "respec", pod)
        if obj.get("status") is not old.get("status") and pod.stage in ("running", *ENDING) and not pod.final:
            # Another has written what is the kubelet's to say (as the node lifecycle controller does with Ready).
            node.dirty[pod.uid] = None
            self.later(node)
        if "deletionTimestamp" in obj["metadata"]:
            if "deletionTimestamp" not in old["metadata"] or pod.stage in ("gone", "rejected"):
                self.answer_deletion(pod)
            else:
                self.hasten(pod, obj["metadata"].get("deletionGracePeriodSeconds", pod.grace))
        elif pod.recipe.gates and pod.stage == "running" and self._gates_moved(old, obj, pod):
            self.plan_sync(pod, 0)

    @staticmethod
    def _gates_moved(old: Obj, new: Obj, pod: Pod) -> bool:
        def states(obj: Obj) -> dict[str, str]:
            conditions = (obj.get("status") or {}).get("conditions") or ()
            return {found["type"]: found["status"] for found in conditions if found["type"] in pod.recipe.gates}

        return states(old) != states(new)


_OWN_CONDITIONS = frozenset(("MemoryPressure", "DiskPressure", "PIDPressure", "Ready"))
