"""A pod's spec and annotations read once: what every pod of one template has in common.

Sources: pkg/api/v1/pod/util.go (which containers restart), pkg/apis/core/v1/helper/qos (QoS), k8s.io/component-helpers
and core/v1 defaults of probes (v1.36.3).
Differs from the real one: a container's command is not run; annotations say what its process does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from seatrial.fakes.kubelet.annotations import (
    Window,
    bytes_word,
    duration_word,
    flag_word,
    number_word,
    windows_word,
    words_of,
)
from seatrial.fakes.kubelet.quantities import amounts, bytes_of, summed
from seatrial.fakes.kubelet.stages import Stages, load
from seatrial.harness.kernel.time import SECOND, Duration
from seatrial.harness.ports.event import Obj

__all__ = ["INIT", "MAIN", "SIDECAR", "ContainerRecipe", "Probe", "Recipe", "Reference", "check"]

INIT, SIDECAR, MAIN = "init", "sidecar", "main"
NEVER: Duration = -1


class Probe:
    """One probe with its defaults filled in."""

    __slots__ = ("failures", "grace", "initial", "kind", "period", "successes", "windows")

    def __init__(self, kind: str, spec: Obj, windows: tuple[Window, ...]) -> None:
        self.kind = kind
        self.period: Duration = (spec.get("periodSeconds") or 10) * SECOND
        self.initial: Duration = (spec.get("initialDelaySeconds") or 0) * SECOND
        self.successes: int = spec.get("successThreshold") or 1
        self.failures: int = spec.get("failureThreshold") or 3
        self.grace: int = spec.get("terminationGracePeriodSeconds") or -1
        self.windows = windows

    def passes(self, since_start: Duration, ready_after: Duration) -> bool:
        """What the process answers so long after its start."""
        if since_start < ready_after:
            return False
        return all(since_start < begin or 0 <= end <= since_start for begin, end in self.windows)

    def next_change(self, since_start: Duration, ready_after: Duration) -> Duration:
        """When, counted from the container's start, the answer changes next; -1 for never."""
        edges = {ready_after, *(edge for window in self.windows for edge in window)}
        now = self.passes(since_start, ready_after)
        for edge in sorted(edges):
            if edge > since_start and self.passes(edge, ready_after) != now:
                return edge
        return NEVER


class Reference:
    """A ConfigMap or Secret that must be there; `key` is "" where all of it is taken."""

    __slots__ = ("key", "name", "resource")

    def __init__(self, resource: str, name: str, key: str) -> None:
        self.resource = resource
        self.name = name
        self.key = key


class ContainerRecipe:
    """One container as its spec and the annotations describe it."""

    __slots__ = (
        "crash_times",
        "drain_time",
        "exit_code",
        "image",
        "image_size",
        "index",
        "kind",
        "memory",
        "memory_limit",
        "name",
        "oom_after",
        "policy",
        "post_start",
        "pre_stop",
        "present",
        "probes",
        "pull_fails",
        "pull_policy",
        "pull_time",
        "readiness",
        "ready_after",
        "refs",
        "requests",
        "resources",
        "run_time",
        "start_time",
        "stop_exit_code",
        "stop_time",
        "turns",
        "volume_mounts",
    )

    def __init__(self, spec: Obj, index: int, kind: str, pod_policy: str, annotations: Obj, stages: Stages) -> None:
        self.name: str = spec["name"]
        self.index = index
        self.kind = kind
        self.image: str = spec.get("image") or ""
        self.pull_policy: str = spec.get("imagePullPolicy") or _pull_policy(self.image)
        self.policy: str = _restart_policy(spec, kind, pod_policy)
        words = words_of(annotations, self.name, main=kind == MAIN)
        self.start_time = duration_word(words, "start-time", NEVER)
        self.pull_time = duration_word(words, "pull-time", NEVER)
        self.pull_fails = flag_word(words, "pull-fails", False)
        self.present = flag_word(words, "image-present", self.pull_policy == "Never")
        self.image_size = bytes_word(words, "image-size", bytes_of(stages.image_size))
        self.ready_after = duration_word(words, "ready-after", stages.base("serve"))
        self.exit_code = number_word(words, "exit-code", -1)
        self.run_time, self.crash_times = self._run_time(words, stages)
        if self.exit_code < 0:
            self.exit_code = 1 if "crash-after" in words else 0
        self.stop_time = duration_word(words, "stop-time", stages.base("stop"))
        self.stop_exit_code = number_word(words, "stop-exit-code", 0)
        self.drain_time = duration_word(words, "drain-time", self.stop_time)
        self.memory = bytes_word(words, "memory", 0)
        self.oom_after = duration_word(words, "oom-after", stages.base("oom"))
        windows = windows_word(words, "fail-probe")
        self.probes = tuple(
            Probe(probe, spec[f"{probe}Probe"], windows.get(probe, ()))
            for probe in ("startup", "readiness", "liveness")
            if spec.get(f"{probe}Probe")
        )
        self.readiness = self.probe("readiness")
        self.turns = self._turns()
        lifecycle = spec.get("lifecycle") or {}
        self.post_start = _hook(lifecycle.get("postStart"), duration_word(words, "post-start-time", 0))
        self.pre_stop = _hook(lifecycle.get("preStop"), duration_word(words, "pre-stop-time", 0))
        self.refs = tuple(_references(spec))
        self.resources: Obj = spec.get("resources") or {}
        self.requests: Obj = self.resources.get("requests") or {}
        limit = (self.resources.get("limits") or {}).get("memory")
        self.memory_limit = bytes_of(limit) if limit is not None else 0
        self.volume_mounts = [_mount_status(mount) for mount in spec.get("volumeMounts") or ()]

    def _turns(self) -> tuple[Duration, ...]:
        """When after its start traffic feels the process change; a pod that is not ready yet gets none."""
        probe = self.probe("readiness")
        if probe is None:
            return (self.ready_after,) if self.ready_after else ()
        return tuple(sorted({moment for window in probe.windows for moment in window if moment > 0}))

    def _run_time(self, words: dict[str, str], stages: Stages) -> tuple[Duration, int]:
        """(how long the process runs by itself or -1, how often it crashes or -1 for always)."""
        if "crash-after" in words:
            return duration_word(words, "crash-after", 0), number_word(words, "crash-times", -1)
        if "run-time" in words:
            return duration_word(words, "run-time", 0), -1
        if self.kind == INIT:
            return stages.base("init"), -1
        if self.kind == MAIN and self.policy != "Always":
            return stages.base("complete"), -1
        return NEVER, -1

    @property
    def too_much_memory(self) -> bool:
        """Whether the kernel will kill it."""
        return 0 < self.memory_limit < self.memory

    def probe(self, kind: str) -> Probe | None:
        """Its probe of this kind."""
        for probe in self.probes:
            if probe.kind == kind:
                return probe
        return None

    def restarts_after(self, exit_code: int) -> bool:
        """Whether it is started again after this exit."""
        return self.policy == "Always" or (self.policy == "OnFailure" and exit_code != 0)


class Recipe:
    """A pod template as the kubelet needs it."""

    __slots__ = (
        "affinity",
        "claims",
        "containers",
        "deadline",
        "gates",
        "grace",
        "host_network",
        "init_count",
        "needs",
        "node_selector",
        "pod_requests",
        "pod_resources",
        "ports",
        "qos",
        "restart_policy",
        "volumes",
    )

    def __init__(self, spec: Obj, annotations: Obj | None, stages: Stages) -> None:
        self.restart_policy: str = spec.get("restartPolicy") or "Always"
        words = annotations or {}
        containers: list[ContainerRecipe] = []
        for container in spec.get("initContainers") or ():
            kind = SIDECAR if container.get("restartPolicy") == "Always" else INIT
            containers.append(ContainerRecipe(container, len(containers), kind, self.restart_policy, words, stages))
        self.init_count = len(containers)
        for container in spec["containers"]:
            containers.append(ContainerRecipe(container, len(containers), MAIN, self.restart_policy, words, stages))
        self.containers = tuple(containers)
        self.host_network = bool(spec.get("hostNetwork"))
        self.gates = tuple(gate["conditionType"] for gate in spec.get("readinessGates") or ())
        grace = spec.get("terminationGracePeriodSeconds")
        self.grace: int = 30 if grace is None else grace
        deadline = spec.get("activeDeadlineSeconds")
        self.deadline: Duration = NEVER if deadline is None else deadline * SECOND
        self.volumes, self.claims = _volumes(spec)
        self.qos = _qos(spec)
        mains = [container.resources for container in self.mains]
        beside = [c.resources for c in self.containers[: self.init_count] if c.kind == SIDECAR]
        self.pod_requests = summed(resources.get("requests") or {} for resources in (*mains, *beside))
        limits = summed(resources.get("limits") or {} for resources in (*mains, *beside))
        self.pod_resources: Obj = {}
        if limits:
            self.pod_resources["limits"] = limits
        if self.pod_requests:
            self.pod_resources["requests"] = self.pod_requests
        self.needs = amounts(self.pod_requests)
        self.ports = tuple(
            (port.get("protocol") or "TCP", port["hostPort"])
            for container in spec["containers"]
            for port in container.get("ports") or ()
            if port.get("hostPort")
        )
        self.affinity: Obj = spec.get("affinity") or {}
        self.node_selector: dict[str, str] = spec.get("nodeSelector") or {}

    @property
    def mains(self) -> tuple[ContainerRecipe, ...]:
        """The regular containers."""
        return self.containers[self.init_count :]


def check(spec: Obj, annotations: Obj | None) -> None:
    """Raise BadInput for an annotation that makes no sense, before a pod with it meets a kubelet."""
    Recipe(spec, annotations, load())


def _pull_policy(image: str) -> str:
    name = image.rsplit("/", 1)[-1]
    tag = name.partition(":")[2]
    return "Always" if "@" not in name and tag in ("", "latest") else "IfNotPresent"


def _restart_policy(spec: Obj, kind: str, pod_policy: str) -> str:
    own: str | None = spec.get("restartPolicy")
    if own:
        return own
    # A failed init container is tried again unless the pod never restarts.
    if kind == INIT and pod_policy == "Always":
        return "OnFailure"
    return pod_policy


def _hook(spec: Obj | None, told: Duration) -> Duration:
    """How long a lifecycle hook takes; -1 without one."""
    if not spec:
        return NEVER
    sleep = spec.get("sleep")
    return sleep["seconds"] * SECOND if sleep else told


def _references(spec: Obj) -> Iterable[Reference]:
    for source in spec.get("envFrom") or ():
        for field, resource in (("configMapRef", "configmaps"), ("secretRef", "secrets")):
            ref = source.get(field)
            if ref and not ref.get("optional"):
                yield Reference(resource, ref.get("name", ""), "")
    for variable in spec.get("env") or ():
        origin = variable.get("valueFrom")
        if not origin:
            continue
        for field, resource in (("configMapKeyRef", "configmaps"), ("secretKeyRef", "secrets")):
            ref = origin.get(field)
            if ref and not ref.get("optional"):
                yield Reference(resource, ref.get("name", ""), ref["key"])


def _volumes(spec: Obj) -> tuple[tuple[tuple[str, Reference], ...], tuple[tuple[str, str], ...]]:
    """(volume name, ConfigMap or Secret that must exist), (volume name, claim name)."""
    needed: list[tuple[str, Reference]] = []
    claims: list[tuple[str, str]] = []
    for volume in spec.get("volumes") or ():
        name = volume["name"]
        config, secret, claim = volume.get("configMap"), volume.get("secret"), volume.get("persistentVolumeClaim")
        if config and not config.get("optional"):
            needed.append((name, Reference("configmaps", config.get("name", ""), "")))
        elif secret and not secret.get("optional"):
            needed.append((name, Reference("secrets", secret.get("secretName", ""), "")))
        elif claim:
            claims.append((name, claim["claimName"]))
        elif volume.get("ephemeral"):
            claims.append((name, ""))  # POD-VOLUME, made by the ephemeral volume controller
        for source in (volume.get("projected") or {}).get("sources") or ():
            for field, resource in (("configMap", "configmaps"), ("secret", "secrets")):
                ref = source.get(field)
                # Every namespace has kube-root-ca.crt, by a controller that is not modelled.
                if ref and not ref.get("optional") and ref.get("name") != "kube-root-ca.crt":
                    needed.append((name, Reference(resource, ref.get("name", ""), "")))
    return tuple(needed), tuple(claims)


def _mount_status(mount: Obj) -> Obj:
    status: Obj = {"mountPath": mount["mountPath"], "name": mount["name"]}
    if mount.get("readOnly"):
        status["readOnly"] = True
        status["recursiveReadOnly"] = "Disabled"
    return status


def _qos(spec: Obj) -> str:
    """Guaranteed, Burstable or BestEffort."""
    wanted = False
    guaranteed = True
    for container in (*(spec.get("initContainers") or ()), *spec["containers"]):
        resources: dict[str, Any] = container.get("resources") or {}
        requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
        for resource in ("cpu", "memory"):
            request, limit = requests.get(resource), limits.get(resource)
            if request is not None or limit is not None:
                wanted = True
            if limit is None or (request is not None and str(request) != str(limit)):
                guaranteed = False
    if not wanted:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"
