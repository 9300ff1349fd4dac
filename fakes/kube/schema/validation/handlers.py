"""Probes and lifecycle hooks.

Source: validateHandler, validateProbe, validateLifecycle in pkg/apis/core/validation/validation.go (v1.36.3).
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.schema.validation.causes import (
    Causes,
    forbidden,
    in_range,
    invalid,
    not_negative,
    not_supported,
    required,
)
from seatrial.fakes.kube.schema.validation.names import header_name, port_name
from seatrial.harness.ports.event import Obj

__all__ = ["lifecycle", "port_number", "port_or_name", "probes"]

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")


def port_number(out: Causes, path: str, value: Any) -> None:
    """A TCP port."""
    in_range(out, path, value, 1, 65535)


def port_or_name(out: Causes, path: str, value: Any) -> None:
    """A port, by number or by name."""
    if isinstance(value, str):
        for message in port_name(value):
            invalid(out, path, value, message)
    else:
        port_number(out, path, value or 0)


def probes(out: Causes, path: str, container: Obj, grace: int) -> None:
    """The three probes of a container."""
    live = container.get("livenessProbe")
    if live is not None:
        _probe(out, f"{path}.livenessProbe", live, grace)
        _once(out, f"{path}.livenessProbe", live)
    ready = container.get("readinessProbe")
    if ready is not None:
        _probe(out, f"{path}.readinessProbe", ready, grace)
        period = ready.get("terminationGracePeriodSeconds")
        if period is not None:
            place = f"{path}.readinessProbe.terminationGracePeriodSeconds"
            invalid(out, place, period, "must not be set for readinessProbes")
    start = container.get("startupProbe")
    if start is not None:
        _probe(out, f"{path}.startupProbe", start, grace)
        _once(out, f"{path}.startupProbe", start)


def _once(out: Causes, path: str, probe: Obj) -> None:
    threshold = probe.get("successThreshold", 0)
    if threshold != 1:
        invalid(out, f"{path}.successThreshold", threshold, "must be 1")


def _probe(out: Causes, path: str, probe: Obj, grace: int) -> None:
    _handler(out, path, probe, grace)
    for name in _NUMBERS:
        value = probe.get(name)
        if value is not None and value < 0:
            not_negative(out, f"{path}.{name}", value)
    period = probe.get("terminationGracePeriodSeconds")
    if period is not None and period <= 0:
        invalid(out, f"{path}.terminationGracePeriodSeconds", period, "must be greater than 0")


def _handler(out: Causes, path: str, handler: Obj, grace: int) -> None:
    kinds = [name for name in _HANDLERS if handler.get(name) is not None]
    if not kinds:
        required(out, path, "must specify a handler type")
        return
    first = kinds[0]
    _CHECKS[first](out, f"{path}.{first}", handler[first], grace)
    for name in kinds[1:]:
        forbidden(out, f"{path}.{name}", "may not specify more than 1 handler type")


def _exec(out: Causes, path: str, action: Obj, _: int) -> None:
    if not action.get("command"):
        required(out, f"{path}.command")


def _http(out: Causes, path: str, action: Obj, _: int) -> None:
    if not action.get("path"):
        required(out, f"{path}.path")
    port_or_name(out, f"{path}.port", action.get("port"))
    if action.get("scheme") not in ("HTTP", "HTTPS"):
        not_supported(out, f"{path}.scheme", action.get("scheme", ""), ("HTTP", "HTTPS"))
    for header in action.get("httpHeaders") or ():
        for message in header_name(header.get("name", "")):
            invalid(out, f"{path}.httpHeaders", header.get("name", ""), message)


def _tcp(out: Causes, path: str, action: Obj, _: int) -> None:
    port_or_name(out, f"{path}.port", action.get("port"))


def _grpc(out: Causes, path: str, action: Obj, _: int) -> None:
    port_number(out, f"{path}.port", action.get("port", 0))


def _sleep(out: Causes, path: str, action: Obj, grace: int) -> None:
    seconds = action.get("seconds", 0)
    if seconds < 0 or seconds > grace:
        text = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
        invalid(out, path, seconds, text)


_CHECKS = {"exec": _exec, "httpGet": _http, "tcpSocket": _tcp, "grpc": _grpc, "sleep": _sleep}


def lifecycle(out: Causes, path: str, hooks: Obj, grace: int) -> None:
    """The hooks of a container."""
    for name in ("postStart", "preStop"):
        if hooks.get(name) is not None:
            _handler(out, f"{path}.{name}", hooks[name], grace)
