"""Ingresses and NetworkPolicies.

Source: pkg/apis/networking/validation/validation.go (v1.36.3). Not modelled: resource backends beyond their presence.
"""

from __future__ import annotations

from ipaddress import ip_network

from seatrial.fakes.kube.schema.validation.causes import Causes, forbidden, invalid, not_supported, one_of, required
from seatrial.fakes.kube.schema.validation.handlers import port_number, port_or_name
from seatrial.fakes.kube.schema.validation.labels import selector
from seatrial.fakes.kube.schema.validation.names import (
    address,
    dns_service,
    dns_subdomain,
    network,
    port_name,
    wildcard_subdomain,
)
from seatrial.harness.ports.event import Obj

__all__ = ["ingress", "network_policy"]

_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_BAD_PARTS = ("//", "/./", "/../", "%2f", "%2F")
_BAD_ENDS = ("/..", "/.")


def ingress(out: Causes, obj: Obj, old: Obj | None = None) -> None:
    """An Ingress."""
    spec = obj.get("spec") or {}
    if old is not None and spec is old.get("spec"):
        return
    rules, default = spec.get("rules") or [], spec.get("defaultBackend")
    if not rules and default is None:
        text = "either `defaultBackend` or `rules` must be specified"
        invalid(out, "spec", None, text)
    if default is not None:
        _backend(out, "spec.defaultBackend", default)
    for index, rule in enumerate(rules):
        _rule(out, f"spec.rules[{index}]", rule)
    for index, entry in enumerate(spec.get("tls") or ()):
        for number, host in enumerate(entry.get("hosts") or ()):
            _dns(out, f"spec.tls[{index}].hosts[{number}]", host)
        name = entry.get("secretName")
        if name:
            for message in dns_subdomain(name):
                invalid(out, f"spec.tls[{index}].secretName", name, message)
    name = spec.get("ingressClassName")
    if name is not None:
        for message in dns_subdomain(name):
            invalid(out, "spec.ingressClassName", name, message)


def _dns(out: Causes, path: str, host: str) -> None:
    messages = wildcard_subdomain(host) if "*" in host else dns_subdomain(host)
    for message in messages:
        invalid(out, path, host, message)


def _rule(out: Causes, path: str, rule: Obj) -> None:
    host = rule.get("host")
    if host:
        if address(host) is not None:
            invalid(out, f"{path}.host", host, "must be a DNS name, not an IP address")
        else:
            _dns(out, f"{path}.host", host)
    http = rule.get("http")
    if http is None:
        return
    paths = http.get("paths") or []
    if not paths:
        required(out, f"{path}.http.paths")
    for index, entry in enumerate(paths):
        _path(out, f"{path}.http.paths[{index}]", entry)


def _path(out: Causes, path: str, entry: Obj) -> None:
    kind, text = entry.get("pathType"), entry.get("path", "")
    if kind is None:
        required(out, f"{path}.pathType", "pathType must be specified")
    elif kind in ("Exact", "Prefix"):
        _absolute(out, f"{path}.path", text)
        for part in _BAD_PARTS:
            if part in text:
                invalid(out, f"{path}.path", text, f"must not contain '{part}'")
        for end in _BAD_ENDS:
            if text.endswith(end):
                invalid(out, f"{path}.path", text, f"cannot end with '{end}'")
    elif kind == "ImplementationSpecific":
        if text:
            _absolute(out, f"{path}.path", text)
    else:
        not_supported(out, f"{path}.pathType", kind, _PATH_TYPES)
    _backend(out, f"{path}.backend", entry.get("backend") or {})


def _absolute(out: Causes, path: str, text: str) -> None:
    if not text.startswith("/"):
        invalid(out, path, text, "must be an absolute path")


def _backend(out: Causes, path: str, backend: Obj) -> None:
    service, resource = backend.get("service"), backend.get("resource")
    if service is not None and resource is not None:
        invalid(out, path, "", "cannot set both resource and service backends")
    elif service is None and resource is None:
        invalid(out, path, "", "resource or service backend is required")
    if service is None:
        return
    name = service.get("name")
    if not name:
        required(out, f"{path}.service.name")
    else:
        for message in dns_service(name):
            invalid(out, f"{path}.service.name", name, message)
    port = service.get("port") or {}
    if port.get("name") and port.get("number"):
        invalid(out, path, "", "cannot set both port name & port number")
    elif port.get("name"):
        for message in port_name(port["name"]):
            invalid(out, f"{path}.service.port.name", port["name"], message)
    elif port.get("number"):
        port_number(out, f"{path}.service.port.number", port["number"])
    else:
        required(out, path, "port name or number is required")


def network_policy(out: Causes, obj: Obj, old: Obj | None = None) -> None:
    """A NetworkPolicy."""
    spec = obj.get("spec") or {}
    if old is not None and spec is old.get("spec"):
        return
    selector(out, "spec.podSelector", spec.get("podSelector"))
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction) or ()):
            place = f"spec.{direction}[{index}]"
            for number, port in enumerate(rule.get("ports") or ()):
                _policy_port(out, f"{place}.ports[{number}]", port)
            for number, peer in enumerate(rule.get(side) or ()):
                _peer(out, f"{place}.{side}[{number}]", peer)
    kinds = spec.get("policyTypes") or []
    if len(kinds) > 2:
        invalid(out, "spec.policyTypes", kinds, "may not specify more than two policyTypes")
        return
    for index, kind in enumerate(kinds):
        one_of(out, f"spec.policyTypes[{index}]", kind, ("Ingress", "Egress"))


def _policy_port(out: Causes, path: str, port: Obj) -> None:
    one_of(out, f"{path}.protocol", port.get("protocol"), ("TCP", "UDP", "SCTP"))
    number, end = port.get("port"), port.get("endPort")
    if number is None:
        if end is not None:
            required(out, f"{path}.port", "must be specified when `endPort` is specified")
        return
    port_or_name(out, f"{path}.port", number)
    if end is None:
        return
    if isinstance(number, str):
        invalid(out, f"{path}.endPort", end, "may not be specified when `port` is non-numeric")
        return
    if end < number:
        invalid(out, f"{path}.endPort", number, "must be greater than or equal to `port`")
    port_number(out, f"{path}.endPort", end)


def _peer(out: Causes, path: str, peer: Obj) -> None:
    count = 0
    for field in ("podSelector", "namespaceSelector"):
        if peer.get(field) is not None:
            count += 1
            selector(out, f"{path}.{field}", peer[field])
    block = peer.get("ipBlock")
    if block is not None:
        _block(out, f"{path}.ipBlock", block)
        if count:
            forbidden(out, path, "may not specify both ipBlock and another peer")
    elif not count:
        required(out, path, "must specify a peer")


def _block(out: Causes, path: str, block: Obj) -> None:
    text = block.get("cidr")
    if not text:
        required(out, f"{path}.cidr")
        return
    messages = network(text)
    for message in messages:
        invalid(out, f"{path}.cidr", text, message)
    if messages:
        return
    whole = ip_network(text, strict=False)
    for index, part in enumerate(block.get("except") or ()):
        wrong = network(part)
        for message in wrong:
            invalid(out, f"{path}.except[{index}]", part, message)
        if wrong:
            continue
        inner = ip_network(part, strict=False)
        inside = inner.version == whole.version and whole.supernet_of(inner) and inner != whole  # type: ignore[arg-type]
        if not inside:
            invalid(out, f"{path}.except[{index}]", part, "must be a strict subset of `cidr`")
