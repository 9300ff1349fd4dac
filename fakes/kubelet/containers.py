"""Containers: how they start, run, exit, and how long the kubelet waits before it starts them again.

Sources: pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions, SyncPod, doBackOff), kubelet.go and
pod_workers.go for the back-offs (v1.36.3). Differs from the real one: what a process does is told by annotations;
containers of one sync start at one moment, when the last of them is up.
"""

from __future__ import annotations

from seatrial.fakes.kubelet.base import ACTOR
from seatrial.fakes.kubelet.images import BACKOFF_FIRST, BACKOFF_LAST, Images
from seatrial.fakes.kubelet.reports import Reports
from seatrial.fakes.kubelet.state import RUNNING, TERMINATED, WAITING, Container, Node, Pod
from seatrial.fakes.kubelet.status import terminated_state
from seatrial.harness.kernel.time import MINUTE, SECOND, Duration, Instant, duration_text
from seatrial.harness.ports.event import Key, Obj

__all__ = ["Containers"]

BACKOFF_FORGOTTEN: Duration = 600 * SECOND  # after so long without a restart the back-off begins anew
REQUEUE: Duration = 10 * SECOND  # backOffPeriod, of a sync that ended in an error
RESYNC: Duration = MINUTE  # no requeue waits longer
REQUEUE_JITTER_PPM = 500_000


class Containers(Reports, Images):
    """Starts, runs and ends containers."""

    # Starting.

    def attempt(self, node: Node, pod: Pod, container: Container, judged_from: Instant) -> Duration | None:
        """Try to start: how long it will take, or None with the reason in `container.why`.

        judged_from: when the run ended from which the back-off counts; 0 if it never ran.
        """
        now = self.agenda.time
        if judged_from and self._backing_off(container, judged_from, now):
            name = f"{pod.name}_{pod.namespace}({pod.uid})"
            self.event(
                node,
                pod,
                "Warning",
                "BackOff",
                f"Back-off restarting failed container {container.recipe.name} in pod {name}",
                container,
            )
            length = duration_text(container.backoff)
            if container.backoff % MINUTE == 0:
                length += "0s"
            container.why = (
                "CrashLoopBackOff",
                f"back-off {length} restarting failed container={container.recipe.name} pod={name}",
            )
            return None
        if judged_from:
            forgotten = not container.backoff or judged_from - container.backoff_at > BACKOFF_FORGOTTEN
            container.backoff = BACKOFF_FIRST if forgotten else min(container.backoff * 2, BACKOFF_LAST)
            container.backoff_at = now
        pull = self.image(node, pod, container)
        if pull is None:
            return None
        missing = self._missing(node, pod, container)
        if missing:
            self.event(node, pod, "Warning", "Failed", f"Error: {missing}", container)
            container.why = ("CreateContainerConfigError", missing)
            return None
        container.why = None
        container.starting = True
        step = self.stages.pod["sandboxed"]
        start = container.recipe.start_time if container.recipe.start_time >= 0 else step.delay(pod.stream)
        return pull + start + max(0, container.recipe.post_start)

    @staticmethod
    def _backing_off(container: Container, ended: Instant, now: Instant) -> bool:
        if not container.backoff or ended - container.backoff_at > BACKOFF_FORGOTTEN:
            return False
        return now - ended < container.backoff

    def _missing(self, node: Node, pod: Pod, container: Container) -> str:
        """The first ConfigMap or Secret that is not there, in the kubelet's words; the pod waits for it."""
        for ref in container.recipe.refs:
            found = self.view.get(ref.resource, pod.namespace, ref.name)
            kind = ref.resource[:-1]
            if found is None:
                self.wait_for(node, pod, Key(ref.resource, pod.namespace, ref.name))
                return f'{kind} "{ref.name}" not found'
            if ref.key and ref.key not in (found.get("data") or {}) and ref.key not in (found.get("binaryData") or {}):
                self.wait_for(node, pod, Key(ref.resource, pod.namespace, ref.name))
                shown = "ConfigMap" if kind == "configmap" else "Secret"
                return f"couldn't find key {ref.key} in {shown} {pod.namespace}/{ref.name}"
        return ""

    def wait_for(self, node: Node, pod: Pod, key: Key) -> None:
        """Look at the pod again when this object changes."""
        self.waiting.setdefault(key, {})[pod.uid] = node.name
        if key not in pod.awaits:
            pod.awaits.append(key)

    def launch(self, node: Node, pod: Pod, started: list[Container], delay: Duration) -> None:
        """These containers will be running after `delay`."""
        self.agenda.after(
            delay, ACTOR, "begin", node.name, pod.uid, pod.epoch, *(container.recipe.index for container in started)
        )

    def begin(self, name: str, uid: str, epoch: int, *indices: int) -> None:
        """Act: containers have started."""
        found = self.current("begin", name, uid, epoch, *indices)
        if found is None:
            return
        node, pod = found
        for index in indices:
            self._run(node, pod, pod.containers[index])
        pod.ip_known = True
        pod.phase = self.phase(pod)
        self.touch(name)
        self.report(node, pod)
        self.begun(pod, [pod.containers[index] for index in indices])

    def _run(self, node: Node, pod: Pod, container: Container) -> None:
        now = self.agenda.time
        recipe = container.recipe
        if container.state == TERMINATED or container.serial:
            container.last = container.last if container.state != TERMINATED else self.last_state(pod, container)
            container.restarts += 1
            container.previous_at = container.finished_at
        container.serial += 1
        container.state = RUNNING
        container.starting = False
        container.reason = container.message = ""
        container.started_at = now
        container.stop_at = 0
        container.stop_code = -1
        container.started = recipe.probe("startup") is None
        container.ready = container.started and recipe.kind != "init" and recipe.probe("readiness") is None
        if self.chatty:
            self.event(node, pod, "Normal", "Created", "Container created", container)
            self.event(node, pod, "Normal", "Started", "Container started", container)
        length = recipe.run_time
        code = recipe.exit_code
        if recipe.too_much_memory:
            length, code = recipe.oom_after, 137
        elif 0 <= recipe.crash_times < container.serial:
            length = -1
        if length >= 0:
            self.agenda.after(length, ACTOR, "exited", pod.node, pod.uid, recipe.index, container.serial, code)
        if recipe.kind == "main":
            for moment in recipe.turns:
                self.agenda.after(moment, ACTOR, "serves", pod.node, pod.uid, recipe.index, container.serial)
        self.probe_from_start(pod, container)

    def serves(self, name: str, uid: str, index: int, serial: int) -> None:
        """Act: a process has begun or ceased to answer."""
        found = self.present("serves", name, uid, index, serial)
        if found is not None and found[1].containers[index].serial == serial:
            self.touch(name)

    # Exiting.

    def exited(self, name: str, uid: str, index: int, serial: int, code: int) -> None:
        """Act: a process has come to its end, by itself or killed."""
        found = self.present("exited", name, uid, index, serial, code)
        if found is None:
            return
        node, pod = found
        container = pod.containers[index]
        if container.serial != serial or container.state != RUNNING:
            return
        killed = container.stop_code >= 0
        self.end_process(container, code)
        self.touch(name)
        if pod.stage in ("stopping", "draining") or not node.kubelet:
            return  # whoever stops the pod looks at all its containers; a kubelet that is down sees nothing
        if killed:
            self.replace(node, pod, container)
        else:
            # The generic PLEG looks once a second.
            self.plan_sync(pod, 1 + pod.stream.below(SECOND))

    def end_process(self, container: Container, code: int) -> None:
        """The process is no more."""
        oom = container.recipe.too_much_memory and code == 137 and container.stop_code < 0
        container.state = TERMINATED
        container.finished_at = self.agenda.time
        container.exit_code = code
        container.exit_reason = "OOMKilled" if oom else "Error" if code else "Completed"
        container.started = False
        container.ready = container.recipe.kind == "init" and code == 0

    @staticmethod
    def last_state(pod: Pod, container: Container) -> Obj:
        """A run that is over, as lastState shows it."""
        return terminated_state(pod, container)

    def kill_container(self, node: Node, pod: Pod, container: Container, why: str, grace: int) -> None:
        """The kubelet ends one container of a pod that goes on: a probe has failed."""
        self.event(node, pod, "Normal", "Killing", why, container)
        delay, code = self.stopping_time(container, (pod.recipe.grace if grace < 0 else grace) * SECOND)
        container.stop_code = code
        container.stop_at = self.agenda.time + max(0, container.recipe.pre_stop) + container.recipe.drain_time
        self.agenda.after(delay, ACTOR, "exited", pod.node, pod.uid, container.recipe.index, container.serial, code)

    @staticmethod
    def stopping_time(container: Container, grace: Duration) -> tuple[Duration, int]:
        """(how long the process lives on once the kubelet stops it, its exit code)."""
        hook = max(0, container.recipe.pre_stop)
        if hook >= grace:
            # The hook used all of the grace period; the runtime still gives it two seconds.
            left: Duration = 2 * SECOND
            hook = grace
        else:
            left = grace - hook
        stop = container.recipe.stop_time
        return (hook + stop, container.recipe.stop_exit_code) if stop < left else (hook + left, 137)

    # For the layers above.

    def phase(self, pod: Pod) -> str:
        """The pod's phase now."""
        raise NotImplementedError

    def begun(self, pod: Pod, containers: list[Container]) -> None:
        """Containers have started."""
        raise NotImplementedError

    def replace(self, node: Node, pod: Pod, container: Container) -> None:
        """A container that the kubelet killed has exited: the sync that killed it starts it again."""
        raise NotImplementedError

    def probe_from_start(self, pod: Pod, container: Container) -> None:
        """Plan what its probes will find."""
        raise NotImplementedError

    def plan_sync(self, pod: Pod, delay: Duration) -> None:
        """Let the pod's worker look at it after `delay`, unless it does so before."""
        when = self.agenda.time + delay
        if self.agenda.time < pod.sync_at <= when:
            return
        pod.sync_at = when
        self.plan(delay, "sync", pod)

    def requeue(self, pod: Pod, until: Instant) -> Duration:
        """When a sync that failed comes back: the first turn at or after `until`, in jittered steps.

        Turns that would find nothing new are drawn, but are no acts.
        """
        now = self.agenda.time
        turn = now
        while True:
            step = min(max(until - turn, 0), RESYNC) if until > now else REQUEUE
            turn += pod.stream.jitter(step, REQUEUE_JITTER_PPM)
            if turn >= until:
                return turn - now


def waiting(container: Container, reason: str, message: str) -> bool:
    """Show a container as waiting; False if it is shown so already."""
    if container.state == WAITING and container.reason == reason and container.message == message:
        return False
    container.state = WAITING
    container.reason, container.message = reason, message
    container.started = container.ready = False
    return True
