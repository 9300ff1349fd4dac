"""Defaults of Services, Endpoints and EndpointSlices.

Source: pkg/apis/core/v1/defaults.go, pkg/apis/discovery/v1/defaults.go (v1.36.3). IP families and their policy are
allocated with the address, not filled here.
"""

from __future__ import annotations

from seatrial.fakes.kube.schema.defaults.shared import changed, each, filled
from seatrial.harness.ports.event import Obj

__all__ = ["endpoint_slice", "endpoints", "service"]

_SERVICE = {"sessionAffinity": "None", "type": "ClusterIP"}
CLIENT_IP_SECONDS = 10_800


def service(obj: Obj) -> Obj:
    """A Service."""
    spec = filled(obj.get("spec") or {}, _SERVICE)
    if spec["sessionAffinity"] == "None" and "sessionAffinityConfig" in spec:
        spec = {name: value for name, value in spec.items() if name != "sessionAffinityConfig"}
    elif spec["sessionAffinity"] == "ClientIP":
        client = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
        if client.get("timeoutSeconds") is None:
            spec = {**spec, "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": CLIENT_IP_SECONDS}}}
    spec = each(spec, "ports", _port)
    kind = spec["type"]
    if kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and spec.get("externalIPs")):
        spec = filled(spec, {"externalTrafficPolicy": "Cluster"})
    if kind in ("NodePort", "LoadBalancer", "ClusterIP"):
        spec = filled(spec, {"internalTrafficPolicy": "Cluster"})
    if kind == "LoadBalancer":
        spec = filled(spec, {"allocateLoadBalancerNodePorts": True})
        obj = _vip(obj)
    return changed(obj, "spec", spec)


def _port(port: Obj) -> Obj:
    port = filled(port, {"protocol": "TCP"})
    if not port.get("targetPort") and port.get("port") is not None:
        port = {**port, "targetPort": port["port"]}
    return port


def _vip(obj: Obj) -> Obj:
    status = obj.get("status") or {}
    balancer = status.get("loadBalancer") or {}
    done = each(balancer, "ingress", _ingress)
    return obj if done is balancer else {**obj, "status": {**status, "loadBalancer": done}}


def _ingress(entry: Obj) -> Obj:
    return filled(entry, {"ipMode": "VIP"}) if entry.get("ip") else entry


def endpoints(obj: Obj) -> Obj:
    """An Endpoints object."""
    return each(obj, "subsets", _subset)


def _subset(subset: Obj) -> Obj:
    return each(subset, "ports", _tcp)


def _tcp(port: Obj) -> Obj:
    return filled(port, {"protocol": "TCP"})


def endpoint_slice(obj: Obj) -> Obj:
    """An EndpointSlice."""
    obj = each(obj, "endpoints", _endpoint)
    return each(obj, "ports", _slice_port)


def _endpoint(endpoint: Obj) -> Obj:
    return filled(endpoint, {"conditions": {}})


def _slice_port(port: Obj) -> Obj:
    if "name" not in port or port["name"] is None:
        port = {"name": "", **{name: value for name, value in port.items() if name != "name"}}
    return _tcp(port)
