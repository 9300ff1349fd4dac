"""A pod's status as the kubelet reports it: container statuses, conditions, phase.

Sources: pkg/kubelet/kubelet_pods.go (getPhase, generateAPIPodStatus, convertToAPIContainerStatuses),
pkg/kubelet/status/generate.go and status_manager.go (v1.36.3); shapes and texts compared with a recorded cluster
(tests/parity/kubelet). Differs from the real one: a later resync does not add the cgroup's "unlimited" memory to
status.resources; no ephemeral containers, no resize, no image volumes.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from seatrial.fakes.kubelet.recipe import INIT, MAIN, SIDECAR, ContainerRecipe
from seatrial.fakes.kubelet.state import RUNNING, TERMINATED, WAITING, Container, Node, Pod
from seatrial.harness.kernel.time import SECOND, Instant, rfc3339
from seatrial.harness.ports.event import Obj

__all__ = ["FINISHED", "OWNED", "pod_status", "rejected_status", "stamp", "terminated_state"]

FINISHED = ("Succeeded", "Failed")
OWNED = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
LOST = "The container could not be located when the pod was terminated"
_EMPTY: Obj = {}
_ROOT: Obj = {"linux": {"gid": 0, "supplementalGroups": [0], "uid": 0}}


@lru_cache(maxsize=1024)
def _second(second: int) -> str:
    return rfc3339(second * SECOND)


def stamp(when: Instant) -> str:
    """An instant as Kubernetes writes it; many objects share few of them."""
    return _second(when // SECOND)


@lru_cache(maxsize=4096)
def image_id(image: str) -> str:
    """A digest that depends on the image's name alone."""
    return f"sha256:{blake2b(image.encode(), digest_size=32).hexdigest()}"


@lru_cache(maxsize=4096)
def _never_ran(recipe: ContainerRecipe, reason: str) -> Obj:
    # Every pod of a template shares these.
    return _with_mounts(
        {
            "image": recipe.image,
            "imageID": "",
            "lastState": _EMPTY,
            "name": recipe.name,
            "ready": False,
            "restartCount": 0,
            "started": False,
            "state": {"waiting": {"reason": reason}},
        },
        recipe,
    )


def _with_mounts(status: Obj, recipe: ContainerRecipe) -> Obj:
    if recipe.volume_mounts:
        status["volumeMounts"] = recipe.volume_mounts
    return status


def terminated_state(pod: Pod, container: Container) -> Obj:
    """The `terminated` branch of a container's state."""
    if not container.started_at:
        return {
            "exitCode": 137,
            "finishedAt": None,
            "message": LOST,
            "reason": container.exit_reason,
            "startedAt": None,
        }
    return {
        "containerID": pod.container_id(container),
        "exitCode": container.exit_code,
        "finishedAt": stamp(container.finished_at),
        "reason": container.exit_reason,
        "startedAt": stamp(container.started_at),
    }


def container_status(pod: Pod, container: Container) -> Obj:
    """One ContainerStatus."""
    recipe = container.recipe
    state: Obj
    if container.state == WAITING:
        if not container.serial and not container.message:
            return _never_ran(recipe, container.reason)
        waiting: Obj = {"reason": container.reason}
        if container.message:
            waiting["message"] = container.message
        state = {"waiting": waiting}
    elif container.state == RUNNING:
        state = {"running": {"startedAt": stamp(container.started_at)}}
    else:
        state = {"terminated": terminated_state(pod, container)}
    status: Obj = {
        "image": recipe.image,
        "imageID": "",
        "lastState": {"terminated": container.last} if container.last is not None else _EMPTY,
        "name": recipe.name,
        "ready": container.ready,
        "restartCount": container.restarts,
        "started": container.started,
        "state": state,
    }
    if container.serial:
        status["containerID"] = pod.container_id(container)
        status["imageID"] = image_id(recipe.image)
        status["resources"] = recipe.resources
        if recipe.requests:
            status["allocatedResources"] = recipe.requests
        status["user"] = _ROOT
    return _with_mounts(status, recipe)


def phase_of(pod: Pod, *, over: bool) -> str:
    """Pending, Running, Succeeded or Failed. `over`: the pod is being ended, nothing will be restarted."""
    pending_init = pending_sidecar = running = waiting = stopped = for_good = succeeded = 0
    begun = False
    for container in pod.containers:
        recipe = container.recipe
        state = container.state
        last = container.last
        if recipe.kind == INIT:
            if state == RUNNING or (state == WAITING and last is None):
                pending_init += 1
                continue
            code = container.exit_code if state == TERMINATED else (last or _EMPTY)["exitCode"]
            if code != 0 and not recipe.restarts_after(code):
                return "Failed"
        elif recipe.kind == SIDECAR:
            if state == RUNNING:
                running += 1
                pending_sidecar += not container.started
            elif state == WAITING and last is None:
                pending_sidecar += 1
                waiting += 1
        else:
            begun = begun or container.serial > 0
            if state == RUNNING:
                running += 1
            elif state == WAITING and last is None:
                waiting += 1
            else:
                stopped += 1
                code = container.exit_code if state == TERMINATED else (last or _EMPTY)["exitCode"]
                for_good += not recipe.restarts_after(code)
                succeeded += state == TERMINATED and code == 0
    if pending_init or (pending_sidecar and not begun) or waiting:
        return "Pending"
    if running:
        return "Running"
    if not over and stopped != for_good:
        return "Running"
    return "Succeeded" if stopped == succeeded else "Failed"


def _condition(
    pod: Pod, kind: str, status: str, now: Instant, generation: int, reason: str = "", message: str = ""
) -> Obj:
    before = pod.times.get(kind)
    if before is None or before[0] != status:
        before = pod.times[kind] = (status, stamp(now))
    condition: Obj = {
        "lastProbeTime": None,
        "lastTransitionTime": before[1],
        "observedGeneration": generation,
        "status": status,
        "type": kind,
    }
    if reason:
        condition["reason"] = reason
    if message:
        condition["message"] = message
    return condition


def _listed(names: list[str]) -> str:
    return f"[{' '.join(names)}]"


def _initialized(pod: Pod, now: Instant, generation: int) -> Obj:
    if pod.phase == "Succeeded":
        return _condition(pod, "Initialized", "True", now, generation, "PodCompleted")
    if pod.recipe.init_count and not any(c.recipe.kind == MAIN and c.serial for c in pod.containers):
        left = [
            container.recipe.name
            for container in pod.containers
            if (container.recipe.kind == SIDECAR and not container.started)
            or (container.recipe.kind == INIT and not container.ready)
        ]
        if left:
            message = f"containers with incomplete status: {_listed(left)}"
            return _condition(pod, "Initialized", "False", now, generation, "ContainersNotInitialized", message)
    return _condition(pod, "Initialized", "True", now, generation)


def _readiness(pod: Pod, foreign: list[Obj], now: Instant, generation: int) -> tuple[Obj, Obj]:
    """The conditions Ready and ContainersReady."""
    reason = message = ""
    phase = pod.phase
    if phase == "Failed":
        reason = "PodFailed"
    elif phase == "Succeeded":
        reason = "PodCompleted"
    else:
        unready = [c.recipe.name for c in pod.containers if c.recipe.kind != INIT and not c.ready]
        if unready:
            reason, message = "ContainersNotReady", f"containers with unready status: {_listed(unready)}"
    if reason:
        return (
            _condition(pod, "Ready", "False", now, generation, reason, message),
            _condition(pod, "ContainersReady", "False", now, generation, reason, message),
        )
    closed = _closed_gates(pod, foreign) if pod.recipe.gates else ""
    if closed:
        ready = _condition(pod, "Ready", "False", now, generation, "ReadinessGatesNotReady", closed)
    else:
        ready = _condition(pod, "Ready", "True", now, generation)
    return ready, _condition(pod, "ContainersReady", "True", now, generation)


def _closed_gates(pod: Pod, foreign: list[Obj]) -> str:
    texts = []
    for gate in pod.recipe.gates:
        found = next((condition for condition in foreign if condition["type"] == gate), None)
        if found is None:
            texts.append(f'corresponding condition of pod readiness gate "{gate}" does not exist.')
        elif found["status"] != "True":
            texts.append(f'the status of pod readiness gate "{gate}" is not "True", but {found["status"]}')
    return ", ".join(texts)


def _told_phase(pod: Pod, before: Obj) -> tuple[str, str, str]:
    """(phase, reason, message) to write over `before`: what is finished stays so, and is called so late."""
    told = before.get("phase")
    if told in FINISHED:
        pod.phase = told
    phase = pod.last_word or pod.phase
    reason, message = pod.reason, pod.message
    if phase in FINISHED and told not in FINISHED and pod.stage not in ("stopped", "gone"):
        # Others act on a finished pod as on one that runs no more: it is not called so before it is.
        phase, reason, message = told or "Pending", "", ""
    if told == phase:
        reason = reason or before.get("reason", "")
        message = message or before.get("message", "")
    return phase, reason, message


def pod_status(pod: Pod, node: Node, live: Obj, now: Instant) -> Obj:
    """The whole status to write; `live` is the version that it replaces (its foreign conditions stay)."""
    recipe = pod.recipe
    generation: int = live["metadata"].get("generation", 1)
    before: Obj = live.get("status") or _EMPTY
    foreign: list[Obj] = []
    for condition in before.get("conditions", ()):
        if condition["type"] not in OWNED:
            foreign.append(condition)
        elif condition["type"] not in pod.times and "lastTransitionTime" in condition:
            pod.times[condition["type"]] = (condition["status"], condition["lastTransitionTime"])
    regular: list[Obj] = []
    init: list[Obj] = []
    for container in pod.containers:
        status = container_status(pod, container)
        (regular if container.recipe.kind == MAIN else init).append(status)
    if len(regular) > 1:
        regular.sort(key=_name)
    phase, reason, message = _told_phase(pod, before)
    sandboxed = _condition(pod, "PodReadyToStartContainers", "True" if pod.sandbox_up else "False", now, generation)
    initialized = _initialized(pod, now, generation)
    ready, containers_ready = _readiness(pod, foreign, now, generation)
    written: Obj = {
        "conditions": [
            *foreign,
            sandboxed,
            initialized,
            ready,
            containers_ready,
            _condition(pod, "PodScheduled", "True", now, generation),
        ],
        "containerStatuses": regular,
        "hostIP": node.address,
        "hostIPs": node.addresses,
        "observedGeneration": generation,
        "phase": phase,
        "qosClass": recipe.qos,
        "resources": recipe.pod_resources,
        "startTime": stamp(pod.start_time),
    }
    if recipe.pod_requests:
        written["allocatedResources"] = recipe.pod_requests
    if init:
        written["initContainerStatuses"] = init
    if pod.ip and pod.ip_known:
        written["podIP"] = pod.ip
        written["podIPs"] = [{"ip": pod.ip}]
    if reason:
        written["reason"] = reason
    if message:
        written["message"] = message
    for field in KEPT:
        if field in before:
            written[field] = before[field]
    return written


# Written by others: the scheduler, the resource claim controller.
KEPT = ("nominatedNodeName", "resourceClaimStatuses", "extendedResourceClaimStatus")


def rejected_status(pod: Pod, live: Obj) -> Obj:
    """The status of a pod that the node did not admit: nothing but the verdict."""
    return {
        "message": f"Pod was rejected: {pod.message}",
        "observedGeneration": live["metadata"].get("generation", 1),
        "phase": "Failed",
        "qosClass": pod.recipe.qos,
        "reason": pod.reason,
        "startTime": stamp(pod.start_time),
    }


def _name(status: Obj) -> str:
    name: str = status["name"]
    return name
