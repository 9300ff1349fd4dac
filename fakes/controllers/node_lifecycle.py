"""Node lifecycle: a silent kubelet's node becomes Unknown, is tainted, and zones decide how fast it is emptied.

Source: pkg/controller/nodelifecycle (v1.36.3), with kube-controller-manager's defaults.
Timing: passes are 5 s apart from the end of one to the start of the next, so a pass is a little longer than 5 s after
the one before; that little (here 1 ms) makes the tenth pass after the one that saw the last lease strictly later than
the 50 s of grace. Nodes are tainted NoExecute on ticks of 100 ms.
Differs from the real one: passes and ticks that would find nothing do not happen; a refused status write is tried again
in the next pass instead of five times at once; nodes that wait in a zone's queue are taken in order of arrival or, with
a stream, at random (the real order is that of a Go map, drawn anew in each pass); no metrics.
Policy `eks` is UNVERIFIED: AWS documents that a wholly lost zone and one with 55 % of its nodes lost evict nothing, and
a grace of 40 s; nobody outside can see the flags that do it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from seatrial.fakes.controllers.nodes.health import (
    NOT_READY,
    UNREACHABLE,
    condition_taints,
    has_taint,
    label_patch,
    pod_not_ready,
    ready_of,
    silenced,
    taint_patch,
    with_taint,
    without_taints,
)
from seatrial.fakes.controllers.nodes.zones import Policy, Zone, ZoneState, policy_of, zone_key, zone_state
from seatrial.fakes.controllers.words.events import event, warning
from seatrial.fakes.controllers.words.meta import instant
from seatrial.fakes.controllers.words.passes import Passes
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import MILLISECOND, SECOND, Duration, Instant
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, View, Write

__all__ = ["Health", "NodeLifecycle", "decide"]

PERIOD: Duration = 5 * SECOND + MILLISECOND
TICK: Duration = 100 * MILLISECOND
COMPONENT = "node-controller"
PASSES = Key("passes", "", "")
EXCLUDED = "node.kubernetes.io/exclude-disruption"
READY, UNREADY = 1, 2


class Health:
    """What the controller remembers of a node."""

    __slots__ = ("heartbeat", "judged", "probe", "standing", "status", "zone")

    def __init__(self) -> None:
        self.probe: Instant = 0  # the pass that last saw a sign of life
        self.heartbeat: str | None = None  # lastHeartbeatTime of Ready in that pass; None: it had no Ready
        self.judged = False
        self.status = ""  # of Ready: True, False, Unknown; "" for none
        self.zone = ""
        self.standing = 0  # READY, UNREADY, or 0: does not count for its zone


def decide(node: Obj, expired: bool, known: bool, now: Instant) -> tuple[Obj, tuple[Write, ...]]:
    """(the node as it is after this pass, the writes that make it so).

    expired: no sign of life for longer than the grace period. known: not its first pass.
    """
    before = ready_of(node)
    meta = node["metadata"]
    key = Key("nodes", "", meta["name"])
    writes: list[Write] = []
    if expired and (before is None or before["status"] != "Unknown"):
        node = silenced(node, now)
        writes.append(Write("update", key, node, subresource="status", tolerate=("NotFound",)))
    ready = ready_of(node)
    if ready is None:
        return node, ()
    taints = (node.get("spec") or {}).get("taints") or ()
    wanted = (
        _swapped(taints, ready["status"], now) if known else without_taints(taints, "NoExecute", UNREACHABLE, NOT_READY)
    )
    if wanted != list(taints):
        # The status write of this very answer has changed the version: no guard then.
        writes.append(taint_patch(node, wanted, guarded=not writes))
    if before is not None and before["status"] == "True" and ready["status"] != "True":
        writes.append(event(key, "NodeNotReady", f"Node {key.name} status is now: NodeNotReady", COMPONENT))
    return node, tuple(writes)


def _swapped(taints: Iterable[Obj], status: str, now: Instant) -> list[Obj]:
    """The taints once a NoExecute taint that no longer fits has made room for the one that does."""
    have = list(taints)
    if status == "True":
        return without_taints(have, "NoExecute", UNREACHABLE, NOT_READY)
    fits, other = (NOT_READY, UNREACHABLE) if status == "False" else (UNREACHABLE, NOT_READY)
    if not has_taint(have, other, "NoExecute"):
        return have
    return without_taints(with_taint(have, fits, "NoExecute", now), "NoExecute", other)


class NodeLifecycle:
    """Keys: PASSES (all nodes, on the grid of passes and ticks), a node (NoSchedule, labels, its pods), a pod."""

    name: ClassVar[str] = "node-controller"
    watches: ClassVar[tuple[Watch, ...]] = (
        Watch("nodes", "node_changed"),
        Watch("pods", "pod_changed"),
        Watch("renewals", "renewal_changed"),
    )
    workers: ClassVar[int] = 8

    def __init__(self, policy: str = "upstream", *, phase: Duration = 0, order: Stream | None = None) -> None:
        self.policy: Policy = policy_of(policy)
        self.order = order
        self.passes = Passes(PERIOD, phase)
        self.ticks = Passes(TICK, phase)
        self.due: dict[str, None] = {}  # nodes that the next pass must look at
        self.deadlines: dict[str, Instant] = {}  # nodes whose kubelet is silent: the pass that gives them up
        self.marking: dict[str, None] = {}  # nodes whose pods are to become not ready
        self.healths: dict[str, Health] = {}
        self.zones: dict[str, Zone] = {}

    # Event handlers.

    def node_changed(self, old: Obj | None, new: Obj | None, view: View) -> tuple[Key, ...]:
        """A node came, changed or went."""
        meta = (new or old or {})["metadata"]
        name: str = meta["name"]
        self.due[name] = None
        return (PASSES,) if new is None else (Key("nodes", "", name), PASSES)

    def renewal_changed(self, old: Obj | None, new: Obj | None, view: View) -> tuple[Key, ...]:
        """A node's lease has ceased or begun again to be renewed."""
        self.due[(new or old or {})["metadata"]["name"]] = None
        return (PASSES,)

    def pod_changed(self, old: Obj | None, new: Obj | None, view: View) -> tuple[Key, ...]:
        """A pod was bound: if its node is not ready, neither is the pod."""
        if new is None:
            return ()
        node = new["spec"].get("nodeName")
        if not node or (old is not None and old["spec"].get("nodeName") == node):
            return ()
        health = self.healths.get(node)
        if health is None or health.status in ("", "True"):
            return ()
        meta = new["metadata"]
        return (Key("pods", meta["namespace"], meta["name"]),)

    # Reconciling.

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Look at one key."""
        if key.resource == "passes":
            return self._work(view, now)
        if key.resource == "nodes":
            return self._node(key.name, view, now)
        pod = view.get("pods", key.namespace, key.name)
        return DONE if pod is None else Next(tuple(_marks((pod,), now)))

    def failed(self, write: Write, error: ApiError, now: Instant) -> None:
        """A refused write is decided again: a node's in the next pass, a pod's with its node."""
        if write.key.resource == "nodes":
            self.due[write.key.name] = None
            if write.verb == "update":
                self.marking.pop(write.key.name, None)
        elif write.key.resource == "pods" and write.body and "spec" in write.body:
            self.marking[write.body["spec"]["nodeName"]] = None

    def _node(self, name: str, view: View, now: Instant) -> Next:
        node = view.get("nodes", "", name)
        if node is None:
            self.marking.pop(name, None)
            return DONE
        writes: list[Write] = []
        taints = condition_taints(node, now)
        if taints is not None:
            writes.append(taint_patch(node, taints))
        labels = label_patch(node)
        if labels is not None:
            writes.append(labels)
        if name in self.marking:
            del self.marking[name]
            if not _is_ready(node):
                writes.extend(_marks(view.pods_on(name), now))
        return Next(tuple(writes)) if writes else DONE

    def _work(self, view: View, now: Instant) -> Next:
        self.passes.begin(now)
        self.ticks.begin(now)
        writes: list[Write] = []
        if self.passes.due(now):
            self._pass(view, now, writes)
        elif now > self.passes.last and self.ticks.due(now):
            # Never at the instant of a pass: what that one decided has not been written yet.
            self._taint(view, now, writes)
        return Next(tuple(writes), self._next(now), independent=True)

    def _next(self, now: Instant) -> Duration | None:
        """How long until something would differ."""
        times: list[Instant] = []
        if self.due:
            times.append(self.passes.next(now))
        if self.deadlines:
            times.append(max(min(self.deadlines.values()), self.passes.next(now)))
        for zone in self.zones.values():
            if zone.queue and zone.bucket.spacing is not None:
                times.append(self.ticks.first(max(zone.bucket.next, now + 1)))
        return min(times) - now if times else None

    # One pass.

    def _pass(self, view: View, now: Instant, writes: list[Write]) -> None:
        due, self.due = self.due, {}
        for name, deadline in self.deadlines.items():
            if deadline <= now:
                due[name] = None
        for name in sorted(due):
            node = view.get("nodes", "", name)
            if node is None:
                self._forget(name, writes)
            else:
                self._judge(name, node, view, now, writes)
        self._disruption(view, now, writes)
        for write in writes:
            # What was written is looked at again: the real pass looks at everything every time.
            if write.key.resource == "nodes" and write.verb != "event":
                self.due[write.key.name] = None

    def _forget(self, name: str, writes: list[Write]) -> None:
        health = self.healths.pop(name, None)
        self.deadlines.pop(name, None)
        self.marking.pop(name, None)
        if health is None:
            return
        text = f"Node {name} event: Removing Node {name} from Controller"
        writes.append(event(Key("nodes", "", name), "RemovingNode", text, COMPONENT))
        self._leave(name, health)

    def _leave(self, name: str, health: Health) -> None:
        zone = self.zones[health.zone]
        zone.queue.pop(name, None)
        zone.count(health.standing, -1)
        if not zone.known:
            del self.zones[health.zone]

    def _judge(self, name: str, node: Obj, view: View, now: Instant, writes: list[Write]) -> None:
        health = self.healths.get(name)
        known = health is not None and health.judged
        if health is None:
            health = self.healths[name] = Health()
            text = f"Node {name} event: Registered Node {name} in Controller"
            writes.append(event(Key("nodes", "", name), "RegisteredNode", text, COMPONENT))
        self._observe(health, node, view, now)
        grace = self.policy.grace if health.heartbeat is not None else self.policy.startup_grace
        _, renewing = view.renewed(name)
        after, decided = decide(node, not renewing and now > health.probe + grace, known, now)
        writes.extend(decided)
        ready = ready_of(after)
        if ready is not None and ready["status"] != "True" and _is_ready(node):
            self.marking[name] = None
        status: str = "" if ready is None else ready["status"]
        if renewing or status == "Unknown":
            self.deadlines.pop(name, None)
        else:
            self.deadlines[name] = self.passes.first(health.probe + grace + 1)
        self._enter(name, after, status, health, known)

    def _observe(self, health: Health, node: Obj, view: View, now: Instant) -> None:
        """Take note of signs of life: a heartbeat in the status, a renewed lease."""
        ready = ready_of(node)
        heartbeat: str | None = None if ready is None else ready.get("lastHeartbeatTime", "")
        if not health.judged:
            health.probe = now if ready is not None else instant(node["metadata"]["creationTimestamp"])
        elif heartbeat != health.heartbeat:
            health.probe = now
        health.heartbeat = heartbeat
        health.judged = True
        renewed, _ = view.renewed(node["metadata"]["name"])
        if renewed:
            # The pass that saw it counts, whether or not it happened here.
            health.probe = max(health.probe, min(self.passes.first(renewed), now))

    def _enter(self, name: str, node: Obj, status: str, health: Health, known: bool) -> None:
        """Count the node in its zone, queue it to be tainted or take it out."""
        labels = node["metadata"].get("labels") or {}
        place = zone_key(labels)
        standing = 0 if EXCLUDED in labels else READY if status == "True" else UNREADY
        if known and health.zone != place:
            self._leave(name, health)
        zone = self.zones.get(place)
        if zone is None:
            zone = self.zones[place] = Zone(self.policy)
        if not known or health.zone != place:
            zone.count(standing, 1)
        elif health.standing != standing:
            zone.count(health.standing, -1)
            zone.count(standing, 1)
        health.zone, health.standing, health.status = place, standing, status
        if status in ("", "True") or (known and _is_tainted(node)):
            zone.queue.pop(name, None)
        else:
            zone.queue[name] = None

    # Zones.

    def _disruption(self, view: View, now: Instant, writes: list[Write]) -> None:
        counted = {place: zone for place, zone in self.zones.items() if zone.size}
        new = {
            place: zone_state(zone.ready, zone.unready, self.policy.unhealthy_percent)
            for place, zone in counted.items()
        }
        all_full = all(state is ZoneState.FULL for state in new.values())
        was_full = all(zone.state is ZoneState.FULL for zone in counted.values())
        if all_full and was_full:
            return
        if all_full:
            self._stop_all(view, writes)
        elif was_full:
            self._resume_all(now)
        for place, zone in counted.items():
            state = new[place]
            if zone.state is not state or was_full:
                zone.state = state
                if not all_full:
                    zone.bucket.swap(self.policy.spacing(state, zone.size), now)

    def _stop_all(self, view: View, writes: list[Write]) -> None:
        """Every node seems lost: more likely it is we who are; take all taints back and evict nothing."""
        patched = {write.key.name: index for index, write in enumerate(writes) if _patches_taints(write)}
        fresh = {write.key.name for write in writes if write.verb == "update"}
        for node in view.list("nodes"):
            name = node["metadata"]["name"]
            taints = (node.get("spec") or {}).get("taints") or ()
            kept = without_taints(taints, "NoExecute", UNREACHABLE, NOT_READY)
            if name in patched:
                writes[patched[name]] = taint_patch(node, kept, guarded=name not in fresh)
            elif len(kept) != len(taints):
                writes.append(taint_patch(node, kept, guarded=name not in fresh))
        for zone in self.zones.values():
            zone.bucket.spacing = None

    def _resume_all(self, now: Instant) -> None:
        """Somebody is heard again: every node gets a fresh grace period."""
        for name, health in self.healths.items():
            health.probe = now
            if name in self.deadlines:
                grace = self.policy.grace if health.heartbeat is not None else self.policy.startup_grace
                self.deadlines[name] = self.passes.first(now + grace + 1)

    def _taint(self, view: View, now: Instant, writes: list[Write]) -> None:
        """One tick: each zone whose bucket has a token taints its next node."""
        for zone in self.zones.values():
            while zone.queue and zone.bucket.take(now):
                name = next(iter(zone.queue)) if self.order is None else self.order.pick(list(zone.queue))
                del zone.queue[name]
                node = view.get("nodes", "", name)
                ready = None if node is None else ready_of(node)
                if node is None or ready is None or ready["status"] == "True":
                    continue
                taints = (node.get("spec") or {}).get("taints") or ()
                fits, other = (NOT_READY, UNREACHABLE) if ready["status"] == "False" else (UNREACHABLE, NOT_READY)
                wanted = without_taints(with_taint(taints, fits, "NoExecute", now), "NoExecute", other)
                writes.append(taint_patch(node, wanted, guarded=not any(w.key.name == name for w in writes)))
                self.due[name] = None


def _marks(pods: Iterable[Obj], now: Instant) -> Iterable[Write]:
    """The writes that make pods of a lost node not ready, each with its event."""
    for pod in pods:
        changed = pod_not_ready(pod, now)
        if changed is not None:
            meta = pod["metadata"]
            key = Key("pods", meta["namespace"], meta["name"])
            yield Write("update", key, changed, subresource="status", tolerate=("NotFound",))
            yield warning(key, "NodeNotReady", "Node is not ready", COMPONENT)


def _is_ready(node: Obj) -> bool:
    ready = ready_of(node)
    return ready is not None and ready["status"] == "True"


def _is_tainted(node: Obj) -> bool:
    """Whether either taint is there: the wrong one is swapped at once, without a token."""
    taints = (node.get("spec") or {}).get("taints") or ()
    return has_taint(taints, NOT_READY, "NoExecute") or has_taint(taints, UNREACHABLE, "NoExecute")


def _patches_taints(write: Write) -> bool:
    return write.verb == "patch" and write.key.resource == "nodes"
