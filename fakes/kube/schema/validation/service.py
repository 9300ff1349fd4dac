"""Services and EndpointSlices.

Source: ValidateService in pkg/apis/core/validation/validation.go, pkg/apis/discovery/validation (v1.36.3).
Not modelled: rules of dual stack; healthCheckNodePort, loadBalancerClass.
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.schema.validation.causes import (
    Causes,
    chosen,
    duplicate,
    forbidden,
    immutable,
    in_range,
    invalid,
    one_of,
    required,
)
from seatrial.fakes.kube.schema.validation.environment import PROTOCOLS
from seatrial.fakes.kube.schema.validation.handlers import port_or_name
from seatrial.fakes.kube.schema.validation.labels import labels
from seatrial.fakes.kube.schema.validation.names import (
    dns_label,
    dns_subdomain,
    ip_text,
    label_value,
    network,
    qualified_name,
    special_address,
)
from seatrial.harness.ports.event import Obj

__all__ = ["endpoint_slice", "endpoint_slice_update", "service", "service_update"]

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_POLICIES = ("Cluster", "Local")
_FAMILY_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
_DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")
NONE = "None"
AFFINITY_SECONDS_MAX = 86_400


def service(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A Service's spec."""
    spec = obj.get("spec") or {}
    kind = spec.get("type", "")
    addresses = spec.get("clusterIPs") or []
    headless = addresses[:1] == [NONE] or spec.get("clusterIP") == NONE
    ports = spec.get("ports") or []
    if not ports and not headless and kind != "ExternalName":
        required(out, "spec.ports")
    if kind == "ExternalName":
        name = spec.get("externalName", "").removesuffix(".")
        if name:
            for message in dns_subdomain(name):
                invalid(out, "spec.externalName", name, message)
        else:
            required(out, "spec.externalName")
    elif kind in ("LoadBalancer", "NodePort") and addresses[:1] == [NONE]:
        invalid(out, "spec.clusterIPs[0]", NONE, f"may not be set to 'None' for {kind} services")
    _ports(out, "spec.ports", ports, kind)
    labels(out, "spec.selector", spec.get("selector"))
    affinity = spec.get("sessionAffinity", "")
    chosen(out, "spec.sessionAffinity", affinity, ("ClientIP", "None"))
    _affinity(out, "spec.sessionAffinityConfig", spec.get("sessionAffinityConfig"), affinity)
    one_of(out, "spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), _FAMILY_POLICIES)
    _addresses(out, addresses)
    for index, address in enumerate(spec.get("externalIPs") or ()):
        for message in ip_text(address) or special_address(address):
            invalid(out, f"spec.externalIPs[{index}]", address, message)
    chosen(out, "spec.type", kind, TYPES)
    if kind == "ClusterIP":
        _no_node_ports(out, "spec.ports", ports)
    _doubles(out, "spec.ports", ports)
    _sources(out, spec, kind)
    _policies(out, spec, kind)
    one_of(out, "spec.trafficDistribution", spec.get("trafficDistribution"), _DISTRIBUTIONS)


def _ports(out: Causes, path: str, ports: list[Obj], kind: str) -> None:
    seen: set[str] = set()
    for index, port in enumerate(ports):
        place = f"{path}[{index}]"
        name = port.get("name")
        if name:
            for message in dns_label(name):
                invalid(out, f"{place}.name", name, message)
            if name in seen:
                duplicate(out, f"{place}.name", name)
            seen.add(name)
        elif len(ports) > 1:
            required(out, f"{place}.name")
        in_range(out, f"{place}.port", port.get("port", 0), 1, 65535)
        chosen(out, f"{place}.protocol", port.get("protocol"), PROTOCOLS)
        if kind != "ExternalName" or port.get("targetPort"):
            port_or_name(out, f"{place}.targetPort", port.get("targetPort"))
        if port.get("appProtocol") is not None:
            for message in qualified_name(port["appProtocol"]):
                invalid(out, f"{place}.appProtocol", port["appProtocol"], message)


def _affinity(out: Causes, path: str, config: Obj | None, affinity: str) -> None:
    if affinity == "None":
        if config is not None:
            text = "must not be set when session affinity is None"
            forbidden(out, path, text)
        return
    if affinity != "ClientIP":
        return
    seconds = ((config or {}).get("clientIP") or {}).get("timeoutSeconds")
    if seconds is None:
        required(out, path, "when session affinity type is ClientIP")
    elif not 0 < seconds <= AFFINITY_SECONDS_MAX:
        text = f"must be greater than 0 and less than {AFFINITY_SECONDS_MAX}"
        invalid(out, f"{path}.clientIP.timeoutSeconds", seconds, text)


def _addresses(out: Causes, addresses: list[str]) -> None:
    for index, address in enumerate(addresses):
        if address != NONE:
            for message in ip_text(address):
                invalid(out, f"spec.clusterIPs[{index}]", address, message)


def _no_node_ports(out: Causes, path: str, ports: list[Obj]) -> None:
    for index, port in enumerate(ports):
        if port.get("nodePort"):
            forbidden(out, f"{path}[{index}].nodePort", "may not be used when `type` is 'ClusterIP'")


def _doubles(out: Causes, path: str, ports: list[Obj]) -> None:
    nodes: set[tuple[Any, Any]] = set()
    for index, port in enumerate(ports):
        node = port.get("nodePort")
        if not node:
            continue
        slot = (port.get("protocol"), node)
        if slot in nodes:
            duplicate(out, f"{path}[{index}].nodePort", node)
        nodes.add(slot)
    slots: set[tuple[Any, Any]] = set()
    for index, port in enumerate(ports):
        slot = (port.get("protocol"), port.get("port"))
        if slot in slots:
            shown = {
                "Name": "",
                "Protocol": slot[0],
                "AppProtocol": None,
                "Port": slot[1],
                "TargetPort": 0,
                "NodePort": 0,
            }
            duplicate(out, f"{path}[{index}]", shown)
        slots.add(slot)


def _sources(out: Causes, spec: Obj, kind: str) -> None:
    ranges = spec.get("loadBalancerSourceRanges")
    if not ranges:
        return
    if kind != "LoadBalancer":
        forbidden(out, "spec.LoadBalancerSourceRanges", "may only be used when `type` is 'LoadBalancer'")
    for index, text in enumerate(ranges):
        for message in network(text.strip()):
            invalid(out, f"spec.LoadBalancerSourceRanges[{index}]", text, message)


def _policies(out: Causes, spec: Obj, kind: str) -> None:
    external = kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and spec.get("externalIPs"))
    policy = spec.get("externalTrafficPolicy")
    if policy:
        if not external:
            text = "may only be set for externally-accessible services"
            invalid(out, "spec.externalTrafficPolicy", policy, text)
        else:
            one_of(out, "spec.externalTrafficPolicy", policy, _POLICIES)
    elif external:
        required(out, "spec.externalTrafficPolicy")
    policy = spec.get("internalTrafficPolicy")
    if policy is None:
        if kind in ("ClusterIP", "NodePort", "LoadBalancer"):
            required(out, "spec.internalTrafficPolicy")
    else:
        one_of(out, "spec.internalTrafficPolicy", policy, _POLICIES)


def service_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of a Service: its address stays, unless it becomes or ceases to be a name."""
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    if spec is before:
        return
    held, wanted = before.get("clusterIPs") or [], spec.get("clusterIPs") or []
    named = "ExternalName" in (spec.get("type"), before.get("type"))
    if not named and held and wanted[:1] != held[:1]:
        invalid(out, "spec.clusterIPs[0]", wanted, "may not change once set")
    service(out, obj, old)


def endpoint_slice(out: Causes, obj: Obj, old: Obj | None = None) -> None:
    """An EndpointSlice."""
    kind = obj.get("addressType")
    chosen(out, "addressType", kind, ("FQDN", "IPv4", "IPv6"))
    endpoints = obj.get("endpoints") or []
    # What the stored version holds has been checked: a slice of a hundred mostly changes by one.
    same_kind = old is not None and old.get("addressType") == kind
    checked = {id(endpoint) for endpoint in old.get("endpoints") or ()} if old is not None and same_kind else ()
    for index, endpoint in enumerate(endpoints):
        if id(endpoint) not in checked:
            _endpoint(out, f"endpoints[{index}]", endpoint, kind or "")
    ports = obj.get("ports") or []
    if old is None or ports is not old.get("ports"):
        _slice_ports(out, "ports", ports)


def _endpoint(out: Causes, path: str, endpoint: Obj, kind: str) -> None:
    addresses = endpoint.get("addresses") or []
    if not addresses:
        required(out, f"{path}.addresses", "must contain at least 1 address")
    for index, address in enumerate(addresses):
        messages = dns_subdomain(address) if kind == "FQDN" else special_address(address)
        for message in messages:
            invalid(out, f"{path}.addresses[{index}]", address, message)
    node = endpoint.get("nodeName")
    if node is not None:
        for message in dns_subdomain(node):
            invalid(out, f"{path}.nodeName", node, message)
    name = endpoint.get("hostname")
    if name is not None:
        for message in dns_label(name):
            invalid(out, f"{path}.hostname", name, message)
    zones = (endpoint.get("hints") or {}).get("forZones") or ()
    for index, zone in enumerate(zones):
        for message in label_value(zone.get("name", "")):
            invalid(out, f"{path}.hints.forZones[{index}].name", zone.get("name", ""), message)


def _slice_ports(out: Causes, path: str, ports: list[Obj]) -> None:
    seen: set[str] = set()
    for index, port in enumerate(ports):
        name = port.get("name") or ""
        if name:
            for message in dns_label(name):
                invalid(out, f"{path}[{index}].name", name, message)
        if name in seen:
            duplicate(out, f"{path}[{index}].name", name)
        seen.add(name)
        chosen(out, f"{path}[{index}].protocol", port.get("protocol"), PROTOCOLS)


def endpoint_slice_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of an EndpointSlice."""
    endpoint_slice(out, obj, old)
    immutable(out, "addressType", obj.get("addressType"), old.get("addressType"))
