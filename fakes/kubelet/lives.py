"""A pod's life on a node: admission, sandbox, init containers, main containers; steps as in the stage table.

Sources: pkg/kubelet/pod_workers.go, kubelet.go (SyncPod), kuberuntime_manager.go (v1.36.3).
Differs from the real one: volumes of the kinds that need nothing are there at once; the runtime never fails by itself.
"""

from __future__ import annotations

from seatrial.fakes.kubelet.addresses import give_address
from seatrial.fakes.kubelet.admission import admit, refusal
from seatrial.fakes.kubelet.base import ACTOR
from seatrial.fakes.kubelet.containers import waiting
from seatrial.fakes.kubelet.endings import SOON, Endings
from seatrial.fakes.kubelet.recipe import INIT, MAIN, SIDECAR
from seatrial.fakes.kubelet.state import RUNNING, TERMINATED, WAITING, Container, Node, Pod
from seatrial.fakes.kubelet.volumes import missing_volume
from seatrial.harness.kernel.time import MINUTE, SECOND, Duration
from seatrial.harness.ports.event import Key, Obj

__all__ = ["Lives"]

MOUNT_TIMEOUT: Duration = 2 * MINUTE + 3 * SECOND


class Lives(Endings):
    """The pod workers' first half."""

    def meet(self, node: Node, obj: Obj) -> None:
        """The kubelet sees a pod for the first time."""
        meta = obj["metadata"]
        uid = meta["uid"]
        recipe = self.recipe(obj)
        pod = node.pods[uid] = Pod(obj, node.name, recipe, self.stream(uid))
        phase = (obj.get("status") or {}).get("phase")
        if phase in ("Succeeded", "Failed"):
            pod.phase = phase
            pod.stage, pod.final = "gone", True
            if "deletionTimestamp" in meta:
                self.plan(SOON, "finish", pod)
            return
        self.next_step(pod) if "deletionTimestamp" not in meta else self.answer_deletion(pod)

    def step(self, name: str, uid: str, epoch: int) -> None:
        """Act: the pod has come to its next stage."""
        found = self.current("step", name, uid, epoch)
        if found is None:
            return
        node, pod = found
        step = self.stages.pod[pod.stage]
        if "volumes-mounted" in step.when and not self._mounted(node, pod):
            return  # what is missing will call
        if "containers-exited" in step.when and any(c.state == RUNNING for c in pod.containers):
            self.next_step(pod)
            return
        pod.stage = step.becomes
        entered = getattr(self, f"enter_{step.becomes}")
        entered(node, pod)

    def enter_admitted(self, node: Node, pod: Pod) -> None:
        """The node takes the pod or refuses it."""
        now = self.agenda.time
        if pod.admitted:  # after a reboot
            reason = message = ""
        else:
            reason, message = refusal(node, pod, self.view)
        pod.start_time = pod.start_time or now
        if reason:
            pod.stage, pod.reason, pod.message, pod.phase = "rejected", reason, message, "Failed"
            pod.final = True
            self.event(node, pod, "Warning", reason, message, None)
            self.report(node, pod)
            return
        admit(node, pod)
        self.report(node, pod)
        if pod.recipe.deadline >= 0:
            when = pod.start_time + pod.recipe.deadline
            self.agenda.at(when, ACTOR, "deadline", node.name, pod.uid, pod.epoch)
        self.next_step(pod)

    def _mounted(self, node: Node, pod: Pod) -> bool:
        """Whether all volumes are there; if not, the pod waits for the one that is missing."""
        missing = missing_volume(node, pod, self.view)
        if missing is None:
            return True
        key, text = missing
        if pod.message != text:
            pod.message = text
            self.event(node, pod, "Warning", "FailedMount", text, None)
            pod.message = ""
        self.wait_for(node, pod, key)
        return False

    def enter_sandboxed(self, node: Node, pod: Pod) -> None:
        """The sandbox runs: the pod has an address, its containers may start."""
        pod.sandbox_up = True
        pod.probed_from = pod.probed_from or self.agenda.time
        if any(container.serial for container in pod.containers):
            text = "Pod sandbox changed, it will be killed and re-created."
            self.event(node, pod, "Normal", "SandboxChanged", text, None)
        if not pod.ip:
            pod.ip = give_address(node, pod)
        pod.stage = "running"
        self.report(node, pod)
        self._sync(node, pod)

    def sync(self, name: str, uid: str, epoch: int) -> None:
        """Act: the pod's worker looks at it."""
        found = self.current("sync", name, uid, epoch)
        if found is None:
            return
        node, pod = found
        if pod.sync_at != self.agenda.time or pod.stage != "running":
            return
        pod.sync_at = 0
        self._reflect(node, pod)
        self._sync(node, pod)

    def _reflect(self, node: Node, pod: Pod) -> None:
        """Report what has become of the containers since the last look."""
        for container in pod.containers:
            if container.why is not None and container.state != RUNNING and not container.starting:
                if container.state == TERMINATED:
                    container.last = self.last_state(pod, container)
                waiting(container, *container.why)
        pod.phase = self.phase(pod)
        self.report(node, pod)

    def _sync(self, node: Node, pod: Pod) -> None:
        """Start what should run and does not; end the pod when nothing is left to run."""
        chosen = self._to_start(pod)
        if chosen is None:
            self.end(node, pod)
            return
        started: list[Container] = []
        total: Duration = 0
        failed: list[Container] = []
        for container in chosen:
            judged = container.finished_at if container.state != RUNNING else 0
            length = self.attempt(node, pod, container, judged)
            if length is None:
                failed.append(container)
                if container.recipe.kind == INIT:
                    break
            else:
                started.append(container)
                total += length
        if started:
            self.launch(node, pod, started, total)
        if failed:
            self._come_back(pod, failed)

    def _come_back(self, pod: Pod, failed: list[Container]) -> None:
        """A try failed: show it soon, try again when its time has come."""
        now = self.agenda.time
        untils = []
        for container in failed:
            assert container.why is not None
            reason, message = container.why
            shown = container.state == WAITING and (container.reason, container.message) == (reason, message)
            if reason == "CrashLoopBackOff":
                untils.append(container.finished_at + container.backoff)
            elif not shown:
                # A sync that ended in an error is tried again in 10 to 15 s, and shows then what this one met;
                # the first one of a pod comes sooner, for the runtime has news of the sandbox.
                untils.append(now + (SOON if not pod.ip_known else 10 * SECOND))
            elif reason in ("ErrImagePull", "ImagePullBackOff"):
                untils.append(container.image_retry_at)
        if untils:
            until = min(untils)
            self.plan_sync(pod, until - now if until - now <= SOON else self.requeue(pod, until))
        pod.ip_known = True

    def _to_start(self, pod: Pod) -> list[Container] | None:
        """Containers to start now; None if the pod has come to its end."""
        containers = pod.containers
        chosen: list[Container] = []
        begun = any(c.recipe.kind == MAIN and c.serial for c in containers) and pod.initialized
        for container in containers[: pod.recipe.init_count]:
            recipe = container.recipe
            if recipe.kind == SIDECAR:
                if container.state != RUNNING:
                    if not container.starting:
                        chosen.append(container)
                    if not begun:
                        return chosen
                elif not container.started and not begun:
                    return chosen
            elif not begun and not pod.initialized:
                if container.state == TERMINATED and container.exit_code == 0:
                    continue
                if container.state == RUNNING or container.starting:
                    return chosen
                if container.state == TERMINATED and not recipe.restarts_after(container.exit_code):
                    return None
                return [*chosen, container]
        pod.initialized = True
        left = False
        for container in containers[pod.recipe.init_count :]:
            if container.state == RUNNING or container.starting:
                left = True
            elif not container.serial or container.recipe.restarts_after(container.exit_code):
                left = True
                chosen.append(container)
        return chosen if left else None

    def begun(self, pod: Pod, containers: list[Container]) -> None:
        """Containers have started: the next in the line may follow."""
        if any(c.recipe.kind == SIDECAR and c.started for c in containers) and not pod.initialized:
            self.plan_sync(pod, SOON)

    def has_started(self, pod: Pod, container: Container) -> None:
        """A sidecar's startup probe has passed."""
        if container.recipe.kind == SIDECAR and not pod.initialized:
            self.plan_sync(pod, SOON)

    def replace(self, node: Node, pod: Pod, container: Container) -> None:
        """Start a container again that the kubelet killed; the back-off counts from the run before."""
        if not container.recipe.restarts_after(container.exit_code) or pod.stage != "running":
            self.plan_sync(pod, SOON)
            return
        length = self.attempt(node, pod, container, container.previous_at)
        if length is None:
            self.plan_sync(pod, 3 * SOON)
        else:
            self.launch(node, pod, [container], length)

    def respec(self, name: str, uid: str, epoch: int) -> None:
        """Act: the spec has changed: a container with another image is replaced."""
        found = self.current("respec", name, uid, epoch)
        if found is None or found[1].over:
            return
        node, pod = found
        old, recipe = pod.recipe, self.recipe(pod.obj)
        if len(recipe.containers) != len(pod.containers):
            return
        pod.recipe = recipe
        for container, fresh in zip(pod.containers, recipe.containers, strict=True):
            changed = fresh.image != container.recipe.image
            container.recipe = fresh
            if changed and container.state == RUNNING and fresh.kind == MAIN:
                why = f"Container {fresh.name} definition changed, will be restarted"
                self.kill_container(node, pod, container, why, -1)
        if recipe.deadline >= 0 and recipe.deadline != old.deadline:
            self.agenda.at(pod.start_time + recipe.deadline, ACTOR, "deadline", name, uid, pod.epoch)
        self.report(node, pod)

    def arrived(self, key: Key) -> None:
        """An object that pods wait for has changed: they look again when their back-off lets them."""
        waiting_pods = self.waiting.get(key, {})
        for uid, name in list(waiting_pods.items()):
            node = self.nodes.get(name)
            pod = node.pods.get(uid) if node is not None else None
            if node is not None and pod is not None and not node.online:
                continue  # it looks when it is back
            del waiting_pods[uid]
            if pod is not None:
                self.look_again(pod)
        if not waiting_pods:
            self.waiting.pop(key, None)

    def look_again(self, pod: Pod) -> None:
        """What the pod waits for may be there: it looks when its back-off lets it."""
        if pod.stage == "admitted":
            # The mount is tried again after 0.5 s, doubling to two minutes.
            waited = self.agenda.time - pod.start_time
            back_off = min(max(waited, SECOND // 2), MOUNT_TIMEOUT)
            self.plan(pod.stream.below(back_off), "step", pod)
        elif pod.stage == "running":
            self.plan_sync(pod, pod.stream.below(15 * SECOND))
