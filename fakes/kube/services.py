"""Cluster IPs and node ports of Services.

Source: pkg/registry/core/service/storage/alloc.go (v1.36.3). Differs from the real one: one IPv4 range, addresses by
`allocators`; IPAddress objects are not made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.fakes.kube.core import Core, Request
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Cause, Invalid

if TYPE_CHECKING:
    from seatrial.fakes.kube.allocators import Allocators

__all__ = ["allocate"]

NONE = "None"


def allocate(core: Core, request: Request, service: Obj, old: Obj | None) -> Obj:
    """A Service with the addresses and ports that it needs; Invalid if it asks for what is taken."""
    spec = service.get("spec") or {}
    kind = spec.get("type", "ClusterIP")
    meta = service["metadata"]
    owner = str(Key("services", request.key.namespace, meta.get("name", "")))
    held = core.allocators
    allocators: Allocators = held.copy() if request.dry_run else held
    before = (old or {}).get("spec") or {}
    new = dict(spec)
    if kind == "ExternalName":
        for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"):
            if field in before or old is None:
                new.pop(field, None)
    else:
        _families(meta.get("name", ""), new, before)
        _address(allocators, owner, meta.get("name", ""), new, before)
    if kind in ("NodePort", "LoadBalancer") and new.get("ports"):
        _ports(allocators, owner, meta.get("name", ""), new, before)
    elif before.get("type") in ("NodePort", "LoadBalancer"):
        _drop_ports(allocators, new, before)
    _health_port(allocators, owner, meta.get("name", ""), new, before)
    for field in _left_behind(new, before):
        if new.get(field) == before.get(field):
            new.pop(field, None)
    return service if new == spec else {**service, "spec": new}


def _left_behind(new: Obj, before: Obj) -> tuple[str, ...]:
    """Fields of the old type, which go with it if the request has not touched them (dropTypeDependentFields)."""
    was, now = before.get("type"), new.get("type", "ClusterIP")
    fields: tuple[str, ...] = ()
    if was == "LoadBalancer" and now != "LoadBalancer":
        fields = ("allocateLoadBalancerNodePorts", "loadBalancerClass")
    return (*fields, "externalTrafficPolicy") if _reachable(before) and not _reachable(new) else fields


def _reachable(spec: Obj) -> bool:
    """Whether clients outside the cluster may come in (ExternallyAccessible)."""
    kind = spec.get("type", "ClusterIP")
    return kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and bool(spec.get("externalIPs")))


def _families(name: str, new: Obj, before: Obj) -> None:
    """The IP families of a Service in a cluster that has IPv4 alone (initIPFamilyFields)."""
    blind = new.get("clusterIP") == NONE and not new.get("selector")
    policy = new.get("ipFamilyPolicy") or before.get("ipFamilyPolicy")
    policy = new["ipFamilyPolicy"] = policy or ("RequireDualStack" if blind else "SingleStack")
    families = new.get("ipFamilies") or before.get("ipFamilies") or []
    if blind:
        # Whoever writes the endpoints himself may use any family.
        families = families or ["IPv4"]
        if policy != "SingleStack" and len(families) == 1:
            families = [*families, "IPv6" if families[0] == "IPv4" else "IPv4"]
        new["ipFamilies"] = families
        return
    causes = []
    if policy == "RequireDualStack":
        text = f'Invalid value: "{policy}": this cluster is not configured for dual-stack services'
        causes.append(Cause("FieldValueInvalid", text, "spec.ipFamilyPolicy"))
    for index, family in enumerate(families):
        if family == "IPv6":
            text = f'Invalid value: "{family}": not configured on this cluster'
            causes.append(Cause("FieldValueInvalid", text, f"spec.ipFamilies[{index}]"))
    if causes:
        raise Invalid("Service", "", name, causes)
    new["ipFamilies"] = families or ["IPv4"]


def _address(allocators: Allocators, owner: str, name: str, new: Obj, before: Obj) -> None:
    held = before.get("clusterIP")
    address = new.get("clusterIP") or held
    if held and address != held:
        # One field is meant for both; that neither may change is what validation says.
        if new.get("clusterIPs") == before.get("clusterIPs"):
            new["clusterIPs"] = [address]
        return
    if not address:
        address = allocators.address(owner)
    elif address != NONE and address != before.get("clusterIP"):
        problem = allocators.take_address(address, owner)
        if problem:
            value = f'Invalid value: ["{address}"]: {problem}'
            raise Invalid("Service", "", name, [Cause("FieldValueInvalid", value, "spec.clusterIPs")])
    new["clusterIP"] = address
    new["clusterIPs"] = new.get("clusterIPs") or [address]
    new.setdefault("internalTrafficPolicy", before.get("internalTrafficPolicy") or "Cluster")


def _ports(allocators: Allocators, owner: str, name: str, new: Obj, before: Obj) -> None:
    known = {_slot(port): port["nodePort"] for port in before.get("ports") or () if port.get("nodePort")}
    ports = []
    if new["type"] == "LoadBalancer" and new.get("allocateLoadBalancerNodePorts") is False:
        return
    for index, port in enumerate(new["ports"]):
        number = port.get("nodePort") or known.get(_slot(port))
        if not number:
            number = allocators.port(owner)
        elif number not in known.values():
            problem = allocators.take_port(number, owner)
            if problem:
                cause = Cause(
                    "FieldValueInvalid", f"Invalid value: {number}: {problem}", f"spec.ports[{index}].nodePort"
                )
                raise Invalid("Service", "", name, [cause])
        ports.append(port if port.get("nodePort") == number else {**port, "nodePort": number})
    kept = {port["nodePort"] for port in ports}
    for number in known.values():
        if number not in kept:
            allocators.ports.pop(number, None)
    new["ports"] = ports


def _health_port(allocators: Allocators, owner: str, name: str, new: Obj, before: Obj) -> None:
    """A load balancer that keeps to local endpoints asks each node on a port of its own."""
    held = before.get("healthCheckNodePort")
    if new.get("type") != "LoadBalancer" or new.get("externalTrafficPolicy") != "Local":
        if held and new.get("healthCheckNodePort") in (None, held):
            allocators.ports.pop(held, None)
            new.pop("healthCheckNodePort", None)
        return
    wanted = new.get("healthCheckNodePort") or held
    if not wanted:
        wanted = allocators.port(owner)
    elif wanted != held:
        problem = allocators.take_port(wanted, owner)
        if problem:
            cause = Cause("FieldValueInvalid", f"Invalid value: {wanted}: {problem}", "spec.healthCheckNodePort")
            raise Invalid("Service", "", name, [cause])
    new["healthCheckNodePort"] = wanted


def _drop_ports(allocators: Allocators, new: Obj, before: Obj) -> None:
    old = {port.get("nodePort") for port in before.get("ports") or ()}
    ports = []
    for port in new.get("ports") or ():
        if port.get("nodePort") in old:
            allocators.ports.pop(port.get("nodePort"), None)
            ports.append({key: value for key, value in port.items() if key != "nodePort"})
        else:
            ports.append(port)
    new["ports"] = ports


def _slot(port: Obj) -> tuple[int, str]:
    return port["port"], port.get("protocol", "TCP")
