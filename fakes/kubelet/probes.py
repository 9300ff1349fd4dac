"""Probes: when the next result changes something, as a function of time; a probe that repeats itself is no act.

Sources: pkg/kubelet/prober/worker.go, prober_manager.go (v1.36.3): probes come in whole periods from a first one soon
after the container's start; a result counts when it has come often enough in a row.
Differs from the real one: what the process answers is told by annotations; a probe that times out is a failure at
once; one Unhealthy event tells of a whole series.
"""

from __future__ import annotations

from seatrial.fakes.kubelet.base import ACTOR
from seatrial.fakes.kubelet.containers import Containers
from seatrial.fakes.kubelet.recipe import Probe
from seatrial.fakes.kubelet.state import RUNNING, Container, Node, Pod
from seatrial.harness.kernel.time import MILLISECOND, Duration, Instant
from seatrial.harness.ports.event import Obj

__all__ = ["Probes", "verdict_at"]

FIRST_AFTER: Duration = 50 * MILLISECOND
FIRST_JITTER: Duration = 100 * MILLISECOND
ADOPTED_AFTER: Duration = 500 * MILLISECOND
TRIGGERED_AFTER: Duration = 100 * MILLISECOND
TRIGGERED_JITTER: Duration = 600 * MILLISECOND


def verdict_at(
    probe: Probe, want: bool, origin: Instant, anchor: Instant, after: Instant, ready_after: Duration
) -> Instant:
    """When the probe's result becomes `want`; -1 for never.

    origin: the container's start. anchor: a moment of probing. after: results until then are known.
    """
    period = probe.period
    needed = probe.successes if want else probe.failures
    turn = _turn(anchor, period, max(after, origin + probe.initial))
    row = 0
    while True:
        since = turn - origin
        if probe.passes(since, ready_after) == want:
            row += 1
            if row == needed:
                return turn
            turn += period
            continue
        row = 0
        change = probe.next_change(since, ready_after)
        if change < 0:
            return -1
        turn = _turn(anchor, period, origin + change)


def _turn(anchor: Instant, period: Duration, at: Instant) -> Instant:
    """The first probe at or after `at`."""
    return anchor + max(0, -((anchor - at) // period)) * period


class Probes(Containers):
    """Startup, readiness and liveness probes."""

    def probe_from_start(self, pod: Pod, container: Container) -> None:
        """A container has started: plan what its probes will find."""
        if not container.recipe.probes:
            return
        container.probing_at = self.agenda.time + FIRST_AFTER + pod.stream.below(FIRST_JITTER)
        self._plan(pod, container, self.agenda.time)

    def probe_again(self, pod: Pod, container: Container) -> None:
        """Plan anew: the kubelet was away, or the pod has come to another state."""
        if container.recipe.probes and container.state == RUNNING:
            self._plan(pod, container, self.agenda.time)

    def adopt(self, pod: Pod, obj: Obj) -> None:
        """A kubelet that has just started believes the API server where it says that a pod is not ready."""
        ready = next((one["status"] for one in obj["status"].get("conditions", ()) if one["type"] == "Ready"), "")
        if ready == "True":
            return
        for container in pod.containers:
            if container.ready and container.recipe.probe("readiness") is not None:
                container.ready = False
                container.probing_at = self.agenda.time + ADOPTED_AFTER + pod.stream.below(FIRST_JITTER)
                self._plan_probe(pod, container, "readiness", container.probing_at)

    def _plan(self, pod: Pod, container: Container, after: Instant) -> None:
        if not container.started:
            self._plan_probe(pod, container, "startup", after)
            return
        self._plan_probe(pod, container, "readiness", after)
        self._plan_probe(pod, container, "liveness", after)

    def _plan_probe(self, pod: Pod, container: Container, kind: str, after: Instant) -> None:
        probe = container.recipe.probe(kind)
        if probe is None:
            return
        ready_after = container.recipe.ready_after
        origin = container.started_at
        anchor = container.probing_at if kind == "readiness" else pod.probed_from
        after = max(after, origin + 1)
        if kind == "readiness":
            good = not container.ready
            when = verdict_at(probe, good, origin, anchor, after, ready_after)
        else:
            good = False
            when = verdict_at(probe, False, origin, anchor, after, ready_after)
            if kind == "startup":
                passed = verdict_at(probe, True, origin, anchor, after, ready_after)
                if passed >= 0 and (when < 0 or passed < when):
                    when, good = passed, True
        if when >= 0:
            index, serial = container.recipe.index, container.serial
            self.agenda.at(when, ACTOR, "probed", pod.node, pod.uid, pod.epoch, index, serial, kind, good)

    def probed(self, name: str, uid: str, epoch: int, index: int, serial: int, kind: str, good: bool) -> None:
        """Act: a probe's result has changed."""
        node = self.nodes.get(name)
        pod = node.pods.get(uid) if node is not None and node.power else None
        if node is None or pod is None or pod.epoch != epoch or not node.kubelet:
            return
        if node.frozen:
            return  # it is planned anew when the machine goes on
        container = pod.containers[index]
        if container.serial != serial or container.state != RUNNING or container.stop_code >= 0:
            return
        if (kind == "readiness" and good == container.ready) or (kind == "startup" and container.started):
            return  # the probes were planned twice
        if not good:
            text = f"{kind.capitalize()} probe failed: "
            self.event(node, pod, "Warning", "Unhealthy", text + "connection refused", container)
        if kind == "readiness":
            self._readiness(node, pod, container, good)
        elif good:
            container.started = True
            if container.recipe.probe("readiness") is None:
                container.ready = True
            self.report(node, pod)
            self.touch(name)
            # The change makes the kubelet look at the pod, and that triggers the readiness probe.
            container.probing_at = self.agenda.time + TRIGGERED_AFTER + pod.stream.below(TRIGGERED_JITTER)
            self._plan(pod, container, container.probing_at)
            self.has_started(pod, container)
        else:
            probe = container.recipe.probe(kind)
            grace = -1 if probe is None else probe.grace
            restart = ", will be restarted" if container.recipe.policy != "Never" else ""
            why = f"Container {container.recipe.name} failed {kind} probe{restart}"
            self.kill_container(node, pod, container, why, grace)

    def _readiness(self, node: Node, pod: Pod, container: Container, ready: bool) -> None:
        container.ready = ready
        self.report(node, pod)
        self.touch(node.name)
        self._plan_probe(pod, container, "readiness", self.agenda.time + 1)

    def has_started(self, pod: Pod, container: Container) -> None:
        """A startup probe has passed."""
        raise NotImplementedError
