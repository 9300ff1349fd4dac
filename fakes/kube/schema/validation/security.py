"""Security contexts of pods and containers.

Source: ValidateSecurityContext, validatePodSpecSecurityContext in pkg/apis/core/validation/validation.go (v1.36.3).
Not modelled: Windows options, SELinux options, AppArmor.
"""

from __future__ import annotations

import re
from typing import Any

from seatrial.fakes.kube.schema.validation.causes import (
    Causes,
    duplicate,
    forbidden,
    in_range,
    invalid,
    not_supported,
    one_of,
    required,
)
from seatrial.harness.ports.event import Obj

__all__ = ["container_security", "pod_security"]

ID_MAX = (1 << 31) - 1
_SYSCTL = r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_SECCOMP = ("Localhost", "RuntimeDefault", "Unconfined")
_SHOWN = (
    "Capabilities",
    "Privileged",
    "SELinuxOptions",
    "WindowsOptions",
    "RunAsUser",
    "RunAsGroup",
    "RunAsNonRoot",
    "ReadOnlyRootFilesystem",
    "AllowPrivilegeEscalation",
    "ProcMount",
    "SeccompProfile",
    "AppArmorProfile",
)


def container_security(out: Causes, path: str, given: Obj, *, host_users: bool) -> None:
    """`securityContext` of a container."""
    for field in ("runAsUser", "runAsGroup"):
        in_range(out, f"{path}.{field}", given.get(field), 0, ID_MAX)
    mount = given.get("procMount")
    if mount is not None:
        one_of(out, f"{path}.procMount", mount, ("Default", "Unmasked"))
        if host_users and mount == "Unmasked":
            invalid(out, f"{path}.procMount", mount, "`hostUsers` must be false to use `Unmasked`")
    _seccomp(out, f"{path}.seccompProfile", given.get("seccompProfile"))
    if given.get("allowPrivilegeEscalation") is False:
        if given.get("privileged"):
            text = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
            invalid(out, path, _as_shown(given), text)
        if "CAP_SYS_ADMIN" in ((given.get("capabilities") or {}).get("add") or ()):
            text = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"
            invalid(out, path, _as_shown(given), text)


def _as_shown(given: Obj) -> dict[str, Any]:
    """A context as the server prints it: its internal type, every field."""
    lower = {name.lower(): value for name, value in given.items()}
    return {name: lower.get(name.lower()) for name in _SHOWN}


def _seccomp(out: Causes, path: str, profile: Obj | None) -> None:
    if profile is None:
        return
    kind = profile.get("type")
    if not kind:
        required(out, f"{path}.type", "type is required when seccompProfile is set")
    elif kind not in _SECCOMP:
        not_supported(out, f"{path}.type", kind, _SECCOMP)
    local = profile.get("localhostProfile")
    if kind == "Localhost":
        if local is None:
            required(out, f"{path}.localhostProfile", "must be set when seccomp type is Localhost")
    elif local is not None:
        shown = {"Type": kind, "LocalhostProfile": local}
        invalid(out, f"{path}.localhostProfile", shown, "can only be set when seccomp type is Localhost")


def pod_security(out: Causes, path: str, given: Obj, spec: Obj) -> None:
    """`securityContext` of a pod."""
    for field in ("fsGroup", "runAsUser", "runAsGroup"):
        in_range(out, f"{path}.{field}", given.get(field), 0, ID_MAX)
    for index, group in enumerate(given.get("supplementalGroups") or ()):
        in_range(out, f"{path}.supplementalGroups[{index}]", group, 0, ID_MAX)
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        text = "ShareProcessNamespace and HostPID cannot both be enabled"
        invalid(out, f"{path}.shareProcessNamespace", spec["shareProcessNamespace"], text)
    if given.get("sysctls"):
        _sysctls(out, f"{path}.sysctls", given["sysctls"], spec)
    one_of(out, f"{path}.fsGroupChangePolicy", given.get("fsGroupChangePolicy"), ("Always", "OnRootMismatch"))
    _seccomp(out, f"{path}.seccompProfile", given.get("seccompProfile"))
    one_of(out, f"{path}.supplementalGroupsPolicy", given.get("supplementalGroupsPolicy"), ("Merge", "Strict"))


def _sysctls(out: Causes, path: str, given: list[Obj], spec: Obj) -> None:
    seen: set[str] = set()
    for index, sysctl in enumerate(given):
        name = sysctl.get("name", "")
        place = f"{path}[{index}].name"
        if not name:
            required(out, place)
        elif len(name) > 253 or not re.fullmatch(_SYSCTL, name):
            invalid(out, place, name, f"must have at most 253 characters and match regex ^{_SYSCTL}$")
        elif name in seen:
            duplicate(out, place, name)
        if spec.get("hostNetwork") and name.startswith("net."):
            forbidden(out, place, "may not be set when `hostNetwork` is true")
        seen.add(name)
