"""How a pod comes to its end on a node: by itself, by its deadline, by a deletion.

Sources: pkg/kubelet/pod_workers.go, kubelet.go (SyncTerminatingPod, SyncTerminatedPod), active_deadline.go,
kuberuntime_termination_order.go (v1.36.3). Differs from the real one: readiness is not probed during termination.
"""

from __future__ import annotations

from seatrial.fakes.kubelet.addresses import take_address
from seatrial.fakes.kubelet.admission import release
from seatrial.fakes.kubelet.base import ACTOR
from seatrial.fakes.kubelet.containers import waiting
from seatrial.fakes.kubelet.probes import Probes
from seatrial.fakes.kubelet.recipe import MAIN, SIDECAR
from seatrial.fakes.kubelet.state import RUNNING, TERMINATED, WAITING, Node, Pod
from seatrial.fakes.kubelet.status import phase_of
from seatrial.harness.kernel.time import MILLISECOND, SECOND, Duration

__all__ = ["ENDING", "SOON", "Endings"]

ENDING = ("stopping", "draining", "ended", "stopped", "gone")
SOON: Duration = 30 * MILLISECOND  # a look at the runtime that the kubelet asks for


class Endings(Probes):
    """The pod workers' second half."""

    def next_step(self, pod: Pod) -> None:
        """Plan the step from here, as the table says."""
        step = self.stages.pod[pod.stage]
        delay = step.delay(pod.stream)
        self.plan(max(delay, self.nodes[pod.node].slow_until - self.agenda.time), "step", pod)

    def phase(self, pod: Pod) -> str:
        """The phase now; Succeeded and Failed are for ever."""
        return pod.phase if pod.phase in ("Succeeded", "Failed") else phase_of(pod, over=pod.over)

    def end(self, node: Node, pod: Pod) -> None:
        """Nothing is left to run: what remains (sidecars) is stopped, then the pod is finished."""
        if any(c.state == RUNNING for c in pod.containers):
            self.report(node, pod)
        pod.over = True
        self._stop(node, pod, pod.recipe.grace, ended=True)

    def deadline(self, name: str, uid: str, epoch: int) -> None:
        """Act: activeDeadlineSeconds are over."""
        found = self.current("deadline", name, uid, epoch)
        if found is None:
            return
        node, pod = found
        if pod.stage in ENDING:
            return
        pod.reason, pod.message = "DeadlineExceeded", "Pod was active on the node longer than the specified deadline"
        self.event(node, pod, "Normal", pod.reason, pod.message, None)
        pod.phase = "Failed"
        pod.over = True
        self.report(node, pod)
        self._stop(node, pod, pod.recipe.grace)

    def answer_deletion(self, pod: Pod) -> None:
        """The API server wants the pod gone: a new epoch, in which nothing is started any more."""
        if pod.stage in (*ENDING, "rejected"):
            if pod.final:
                self.plan(SOON, "finish", pod)
            return
        pod.epoch += 1
        delay = self.stages.pod["running"].delay(pod.stream)
        node = self.nodes[pod.node]
        self.plan(max(delay, node.slow_until - self.agenda.time), "terminate", pod)

    def terminate(self, name: str, uid: str, epoch: int) -> None:
        """Act: the kubelet begins to stop a pod that was deleted."""
        found = self.current("terminate", name, uid, epoch)
        if found is None:
            return
        node, pod = found
        if pod.stage in ENDING:
            return
        pod.start_time = pod.start_time or self.agenda.time
        pod.over = True
        grace = pod.obj["metadata"].get("deletionGracePeriodSeconds")
        self._unwait(pod)
        self._settle(pod)
        if not pod.removed:
            self.report(node, pod)
        self._stop(node, pod, pod.recipe.grace if grace is None else grace)

    def _stop(self, node: Node, pod: Pod, grace: int, *, ended: bool = False) -> None:
        """Stop all containers: the main ones together, then the sidecars from the last to the first."""
        pod.epoch += 1
        pod.grace = grace
        pod.stage = "stopping"
        now = self.agenda.time
        budget = max(grace, 1) * SECOND
        last: Duration = 0
        running = [container for container in pod.containers if container.state == RUNNING]
        for container in pod.containers:
            container.starting = False
        for kind in (MAIN, SIDECAR):
            begin = last
            for container in reversed(running):
                recipe = container.recipe
                if (recipe.kind == SIDECAR) != (kind == SIDECAR):
                    continue
                self.event(node, pod, "Normal", "Killing", f"Stopping container {recipe.name}", container)
                delay, code = self.stopping_time(container, max(budget - begin, 0))
                container.stop_code = code
                container.exit_at = now + begin + delay
                container.stop_at = now + begin + min(delay, max(0, recipe.pre_stop) + recipe.drain_time)
                if container.stop_at < now + begin + delay:
                    self.agenda.at(
                        container.stop_at, ACTOR, "serves", node.name, pod.uid, recipe.index, container.serial
                    )
                self.agenda.after(
                    begin + delay, ACTOR, "exited", node.name, pod.uid, recipe.index, container.serial, code
                )
                last = max(last, begin + delay)
                if kind == SIDECAR:
                    begin = last
        if ended:
            pod.stage = "draining" if running else "ended"
        step = self.stages.pod[pod.stage]
        self.plan(last + step.delay(pod.stream), "step", pod)

    def hasten(self, pod: Pod, grace: int) -> None:
        """The pod is deleted once more, with less grace than before."""
        if pod.stage != "stopping" or grace >= pod.grace:
            return
        pod.grace = grace
        pod.epoch += 1
        now = self.agenda.time
        kill_at = now + max(grace, 1) * SECOND
        last = now
        for container in pod.containers:
            if container.state != RUNNING:
                continue
            if container.exit_at > kill_at:
                container.exit_at = kill_at
                index, serial = container.recipe.index, container.serial
                self.agenda.at(kill_at, ACTOR, "exited", pod.node, pod.uid, index, serial, 137)
            last = max(last, container.exit_at)
        self.plan(last - now + self.stages.pod["stopping"].delay(pod.stream), "step", pod)

    def enter_ended(self, node: Node, pod: Pod) -> None:
        """The sidecars of a pod that came to its end have stopped, too."""
        pod.sandbox_up = False
        pod.phase = self.phase(pod)
        self.report(node, pod)
        self.next_step(pod)

    def enter_stopped(self, node: Node, pod: Pod) -> None:
        """No container runs any more: the last status is known."""
        pod.sandbox_up = False
        take_address(node, pod)
        release(node, pod)
        pod.phase = self.phase(pod)
        # A pod that never ran anything is called failed only with the last word.
        pod.final = pod.phase in ("Succeeded", "Failed") and pod.removed
        if not pod.removed:
            self.report(node, pod)
        self.next_step(pod)

    @staticmethod
    def _settle(pod: Pod) -> None:
        """What waits to be started again is over; what never started is shown as at the beginning."""
        for container in pod.containers:
            if container.state != WAITING:
                continue
            if container.serial:
                container.state = TERMINATED
            else:
                waiting(container, "PodInitializing" if pod.recipe.init_count else "ContainerCreating", "")

    def enter_gone(self, node: Node, pod: Pod) -> None:
        """Everything is cleaned up: the last word, and the deletion if one is wanted."""
        if pod.phase not in ("Succeeded", "Failed"):
            pod.last_word = "Failed"
            if pod.initialized or not pod.recipe.init_count:
                for container in pod.containers:
                    if container.state == WAITING:
                        container.state = TERMINATED
                        container.exit_reason = "ContainerStatusUnknown"
                        container.exit_code = 137
        pod.final = True
        if pod.removed:
            del node.pods[pod.uid]
            node.dirty.pop(pod.uid, None)
            return
        self.report(node, pod)

    def finish(self, name: str, uid: str, epoch: int) -> None:
        """Act: a pod that has come to its end is deleted."""
        found = self.current("finish", name, uid, epoch)
        if found is not None:
            self.report(*found)

    def forget(self, node: Node, pod: Pod) -> None:
        """The API server has no such pod any more."""
        pod.removed = True
        self._unwait(pod)
        node.dirty.pop(pod.uid, None)
        if pod.stage in ("gone", "rejected", "bound", "admitted") or not any(
            container.state == RUNNING or container.starting for container in pod.containers
        ):
            pod.epoch += 1
            node.pods.pop(pod.uid, None)
            take_address(node, pod)
            release(node, pod)
            self.touch(node.name)
        else:
            self.answer_deletion(pod)

    def _unwait(self, pod: Pod) -> None:
        for key in pod.awaits:
            pods = self.waiting.get(key)
            if pods is not None:
                pods.pop(pod.uid, None)
                if not pods:
                    del self.waiting[key]
        pod.awaits.clear()
