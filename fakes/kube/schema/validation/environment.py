"""A container's environment and its ports.

Source: ValidateEnv, ValidateEnvFrom, validateContainerPorts in pkg/apis/core/validation/validation.go, field labels of
pods from pkg/apis/core/v1/conversion.go (v1.36.3).
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.quantity import nano, text
from seatrial.fakes.kube.quantity import parse as parse_quantity
from seatrial.fakes.kube.schema.validation.causes import Causes, chosen, duplicate, invalid, not_supported, required
from seatrial.fakes.kube.schema.validation.handlers import port_number
from seatrial.fakes.kube.schema.validation.names import config_key, dns_subdomain, env_name, port_name, qualified_name
from seatrial.harness.ports.event import Obj

__all__ = ["environment", "environment_from", "field_ref", "host_port_conflicts", "ports", "resource_ref"]

PROTOCOLS = ("SCTP", "TCP", "UDP")
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_ENV_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
_KNOWN_FIELDS = frozenset(
    (
        *_ENV_FIELDS,
        "metadata.annotations",
        "metadata.labels",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.hostNetwork",
        "status.phase",
        "status.nominatedNodeName",
    )
)
_ENV_RESOURCES = tuple(
    f"{side}.{name}" for side in ("limits", "requests") for name in ("cpu", "ephemeral-storage", "memory")
)
_DIVISORS = {
    "cpu": ("1m", "1"),
    "memory": ("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"),
}


def environment(out: Causes, path: str, variables: list[Obj]) -> None:
    """`env` of a container."""
    for index, variable in enumerate(variables):
        name = variable.get("name")
        if not name:
            required(out, f"{path}[{index}].name")
        else:
            for message in env_name(name):
                invalid(out, f"{path}[{index}].name", name, message)
        source = variable.get("valueFrom")
        if source is not None:
            _value_from(out, f"{path}[{index}].valueFrom", source, variable.get("value"))


def _value_from(out: Causes, path: str, source: Obj, value: Any) -> None:
    kinds = [name for name in _SOURCES if source.get(name) is not None]
    for kind in kinds:
        if kind == "fieldRef":
            field_ref(out, f"{path}.fieldRef", source[kind], _ENV_FIELDS)
        elif kind == "resourceFieldRef":
            resource_ref(out, f"{path}.resourceFieldRef", source[kind], volume=False)
        elif kind == "fileKeyRef":
            _file_key(out, f"{path}.fileKeyRef", source[kind])
        else:
            _key_ref(out, f"{path}.{kind}", source[kind])
    if not kinds:
        text_ = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        invalid(out, path, "", text_)
    elif value:
        invalid(out, path, "", "may not be specified when `value` is not empty")
    elif len(kinds) > 1:
        invalid(out, path, "", "may not have more than one field specified at a time")


def _key_ref(out: Causes, path: str, ref: Obj) -> None:
    for message in dns_subdomain(ref.get("name", "")):
        invalid(out, f"{path}.name", ref.get("name", ""), message)
    key = ref.get("key")
    if not key:
        required(out, f"{path}.key")
        return
    for message in config_key(key):
        invalid(out, f"{path}.key", key, message)


def _file_key(out: Causes, path: str, ref: Obj) -> None:
    for name in ("key", "volumeName", "path"):
        if not ref.get(name):
            required(out, f"{path}.{name}")


def field_ref(out: Causes, path: str, ref: Obj, supported: tuple[str, ...]) -> None:
    """A field of the pod itself."""
    place = f"{path}.fieldPath"
    if not ref.get("apiVersion"):
        required(out, f"{path}.apiVersion")
        return
    field = ref.get("fieldPath")
    if not field:
        required(out, place)
        return
    plain, bracket, rest = field.partition("['")
    if bracket and rest.endswith("']"):
        if plain not in ("metadata.annotations", "metadata.labels"):
            invalid(out, place, field, f"error converting fieldPath: field label does not support subscript: {plain}")
            return
        key = rest[:-2].lower() if plain == "metadata.annotations" else rest[:-2]
        for message in qualified_name(key):
            invalid(out, path, rest[:-2], message)
        return
    if field not in _KNOWN_FIELDS:
        invalid(out, place, field, f"error converting fieldPath: field label not supported: {field}")
    elif field not in supported:
        not_supported(out, place, field, supported)


def resource_ref(out: Causes, path: str, ref: Obj, *, volume: bool) -> None:
    """A request or a limit of a container; a volume has to say of which."""
    if volume and not ref.get("containerName"):
        required(out, f"{path}.containerName")
        return
    resource = ref.get("resource")
    if not resource:
        required(out, f"{path}.resource")
        return
    if resource not in _ENV_RESOURCES and not resource.startswith(("limits.hugepages-", "requests.hugepages-")):
        not_supported(out, f"{path}.resource", resource, _ENV_RESOURCES)
        return
    divisor = ref.get("divisor") or "0"
    if nano(divisor) == 0:
        return
    family = resource.partition(".")[2]
    known = _DIVISORS.get(family, _DIVISORS["memory"])
    if text(parse_quantity(divisor)) not in known:
        words = " and ".join(known) if family == "cpu" else ", ".join(known)
        family = {"ephemeral-storage": "local ephemeral storage"}.get(family, family)
        message = f"only divisor's values {words} are supported with the {family} resource"
        invalid(out, f"{path}.divisor", resource, message)


def environment_from(out: Causes, path: str, sources: list[Obj]) -> None:
    """`envFrom` of a container."""
    for index, source in enumerate(sources):
        place = f"{path}[{index}]"
        prefix = source.get("prefix")
        if prefix:
            for message in env_name(prefix):
                invalid(out, f"{place}.prefix", prefix, message)
        kinds = [name for name in ("configMapRef", "secretRef") if source.get(name) is not None]
        for kind in kinds:
            _env_source(out, f"{place}.{kind}.name", source[kind].get("name"))
        if not kinds:
            invalid(out, path, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(kinds) > 1:
            invalid(out, path, "", "may not have more than one field specified at a time")


def _env_source(out: Causes, path: str, name: str | None) -> None:
    if not name:
        required(out, path)
        return
    for message in dns_subdomain(name):
        invalid(out, path, name, message)


def ports(out: Causes, path: str, given: list[Obj]) -> None:
    """`ports` of a container."""
    seen: set[str] = set()
    for index, port in enumerate(given):
        place = f"{path}[{index}]"
        name = port.get("name")
        if name:
            messages = port_name(name)
            for message in messages:
                invalid(out, f"{place}.name", name, message)
            if not messages:
                if name in seen:
                    duplicate(out, f"{place}.name", name)
                seen.add(name)
        number = port.get("containerPort")
        if not number:
            required(out, f"{place}.containerPort")
        else:
            port_number(out, f"{place}.containerPort", number)
        if port.get("hostPort"):
            port_number(out, f"{place}.hostPort", port["hostPort"])
        chosen(out, f"{place}.protocol", port.get("protocol"), PROTOCOLS)


def host_port_conflicts(out: Causes, path: str, containers: list[Obj]) -> None:
    """No two containers of a pod take one port of the node."""
    taken: set[str] = set()
    for index, container in enumerate(containers):
        for number, port in enumerate(container.get("ports") or ()):
            if not port.get("hostPort"):
                continue
            slot = f"{port.get('protocol', '')}/{port.get('hostIP', '')}/{port['hostPort']}"
            if slot in taken:
                duplicate(out, f"{path}[{index}].ports[{number}].hostPort", slot)
            taken.add(slot)
