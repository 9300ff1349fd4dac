"""Containers of a pod: regular, init, sidecar.

Source: validateContainers, validateInitContainers, validateContainerCommon in pkg/apis/core/validation/validation.go
(v1.36.3). Not modelled: ephemeral containers beyond their names.
"""

from __future__ import annotations

from typing import NamedTuple

from seatrial.fakes.kube.schema.validation.amounts import requirements
from seatrial.fakes.kube.schema.validation.causes import (
    Causes,
    chosen,
    duplicate,
    forbidden,
    invalid,
    one_of,
    required,
)
from seatrial.fakes.kube.schema.validation.environment import environment, environment_from, host_port_conflicts, ports
from seatrial.fakes.kube.schema.validation.handlers import lifecycle, probes
from seatrial.fakes.kube.schema.validation.names import dns_label
from seatrial.fakes.kube.schema.validation.security import container_security
from seatrial.fakes.kube.schema.validation.volumes import devices, mounts
from seatrial.harness.ports.event import Obj

__all__ = ["Surroundings", "containers", "init_containers"]

PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
_RESTART = ("Always", "Never", "OnFailure")
_ACTIONS = ("Restart",)
_NOT_FOR_INIT = "may not be set for init containers without restartPolicy=Always"


class Surroundings(NamedTuple):
    """What a container has to fit into."""

    volumes: dict[str, str]
    grace: int
    restart_policy: str
    host_users: bool


def containers(out: Causes, path: str, given: list[Obj], around: Surroundings) -> None:
    """`containers` of a pod."""
    if not given:
        required(out, path)
        return
    names: set[str] = set()
    for index, container in enumerate(given):
        place = f"{path}[{index}]"
        _common(out, place, container, around)
        name = container.get("name", "")
        if name in names:
            duplicate(out, f"{place}.name", name)
        names.add(name)
        _long_running(out, place, container, around)
        _restart(out, place, container)
    host_port_conflicts(out, path, given)


def init_containers(out: Causes, path: str, given: list[Obj], regular: list[Obj], around: Surroundings) -> None:
    """`initContainers` of a pod; one that always restarts is a sidecar."""
    names = {container.get("name", "") for container in regular}
    for index, container in enumerate(given):
        place = f"{path}[{index}]"
        _common(out, place, container, around)
        _restart(out, place, container)
        name = container.get("name", "")
        if name in names:
            duplicate(out, f"{place}.name", name)
        elif name:
            names.add(name)
        host_port_conflicts(out, path, [container])
        if container.get("restartPolicy") == "Always":
            _long_running(out, place, container, around)
            continue
        for field in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
            if container.get(field) is not None:
                forbidden(out, f"{place}.{field}", _NOT_FOR_INIT)


def _long_running(out: Causes, path: str, container: Obj, around: Surroundings) -> None:
    if container.get("lifecycle") is not None:
        lifecycle(out, f"{path}.lifecycle", container["lifecycle"], around.grace)
    probes(out, path, container, around.grace)


def _common(out: Causes, path: str, container: Obj, around: Surroundings) -> None:
    name = container.get("name")
    if not name:
        required(out, f"{path}.name")
    else:
        for message in dns_label(name):
            invalid(out, f"{path}.name", name, message)
    if not container.get("image"):
        required(out, f"{path}.image")
    policy = container.get("terminationMessagePolicy")
    chosen(out, f"{path}.terminationMessagePolicy", policy, _MESSAGE_POLICIES)
    if container.get("ports"):
        ports(out, f"{path}.ports", container["ports"])
    if container.get("env"):
        environment(out, f"{path}.env", container["env"])
    if container.get("envFrom"):
        environment_from(out, f"{path}.envFrom", container["envFrom"])
    if container.get("volumeMounts"):
        mounts(out, f"{path}.volumeMounts", container, around.volumes)
    if container.get("volumeDevices"):
        devices(out, f"{path}.volumeDevices", container, around.volumes)
    chosen(out, f"{path}.imagePullPolicy", container.get("imagePullPolicy"), PULL_POLICIES)
    requirements(out, f"{path}.resources", container.get("resources"))
    if container.get("resizePolicy"):
        _resize(out, f"{path}.resizePolicy", container["resizePolicy"], around.restart_policy)
    if container.get("securityContext"):
        place = f"{path}.securityContext"
        container_security(out, place, container["securityContext"], host_users=around.host_users)


def _resize(out: Causes, path: str, given: list[Obj], restart_policy: str) -> None:
    seen: set[str] = set()
    for index, policy in enumerate(given):
        name, restart = policy.get("resourceName"), policy.get("restartPolicy")
        if name in seen:
            duplicate(out, f"{path}[{index}]", name)
        seen.add(name or "")
        for value, supported in ((name, ("cpu", "memory")), (restart, ("NotRequired", "RestartContainer"))):
            chosen(out, path, value, supported)
        if restart_policy == "Never" and restart != "NotRequired":
            invalid(out, path, restart, "must be 'NotRequired' when pod `restartPolicy` is 'Never'")


def _restart(out: Causes, path: str, container: Obj) -> None:
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules") or ()
    if policy is None:
        if rules:
            required(out, f"{path}.restartPolicy", "must specify restartPolicy when restart rules are used")
    else:
        one_of(out, f"{path}.restartPolicy", policy, _RESTART)
    for index, rule in enumerate(rules):
        place = f"{path}.restartPolicyRules[{index}]"
        one_of(out, f"{place}.action", rule.get("action", ""), _ACTIONS)
        codes = rule.get("exitCodes")
        if codes is None:
            required(out, f"{place}.exitCodes", "must be specified")
        else:
            one_of(out, f"{place}.exitCodes.operator", codes.get("operator", ""), ("In", "NotIn"))
