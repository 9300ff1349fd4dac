"""EndpointSlices that make kube-proxy choose: hand-written, so that no pod is needed.

An endpoint is (address's last number, node, zone, conditions, zones of its hints, nodes of its hints).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

__all__ = ["CASES", "NODES", "Case", "endpoint_object", "service_object", "slice_object"]

NODES = {"ref-worker": "us-east-1a", "ref-worker2": "us-east-1b", "ref-worker3": "us-east-1c"}
A, B, C = NODES

READY = {"ready": True, "serving": True, "terminating": False}
UNREADY = {"ready": False, "serving": False, "terminating": False}
ENDING = {"ready": False, "serving": True, "terminating": True}
ENDED = {"ready": False, "serving": False, "terminating": True}


class End(NamedTuple):
    """One endpoint."""

    number: int
    node: str
    conditions: dict[str, bool]
    zones: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()


class Case(NamedTuple):
    """One Service with its slices."""

    slices: tuple[tuple[End, ...], ...]
    spec: Mapping[str, Any] = MappingProxyType({})


def home(number: int, node: str, conditions: dict[str, bool] = READY, *, nodes: bool = False) -> End:
    """An endpoint with the hints that PreferSameZone (or PreferSameNode) gives it."""
    return End(number, node, conditions, (NODES[node],), (node,) if nodes else ())


LOCAL = {"internalTrafficPolicy": "Local"}

CASES: dict[str, Case] = {
    "all-ready": Case(((End(1, A, READY), End(2, B, READY), End(3, C, READY)),)),
    "one-not-ready": Case(((End(1, A, UNREADY), End(2, B, READY)),)),
    "none-ready": Case(((End(1, A, UNREADY), End(2, B, UNREADY)),)),
    "no-endpoints": Case(((),)),
    "ready-before-terminating": Case(((End(1, A, ENDING), End(2, B, READY)),)),
    "terminating-when-none-is-ready": Case(((End(1, A, ENDING), End(2, B, ENDING), End(3, C, ENDED)),)),
    "terminating-that-does-not-serve": Case(((End(1, A, ENDED),),)),
    "conditions-not-told": Case(((End(1, A, {}), End(2, B, {"ready": False})),)),
    "serving-not-told-while-terminating": Case(((End(1, A, {"ready": False, "terminating": True}),),)),
    "two-slices": Case(((End(1, A, READY),), (End(2, B, READY), End(3, C, UNREADY)))),
    "one-address-in-two-slices": Case(((End(1, A, READY), End(2, B, READY)), (End(2, B, READY),))),
    "zone-hints": Case(((home(1, A), home(2, B), home(3, B), home(4, C)),)),
    "zone-hints-not-for-every-zone": Case(((home(1, A), home(2, B)),)),
    "zone-hints-one-missing": Case(((home(1, A), home(2, B), End(3, C, READY)),)),
    "zone-hints-missing-on-one-that-is-not-ready": Case(((home(1, A), home(2, B), End(3, C, UNREADY)),)),
    "zone-hints-of-one-that-is-not-ready": Case(((home(1, A), home(2, B, UNREADY), home(3, C)),)),
    "zone-hints-all-terminating": Case(((home(1, A, ENDING), home(2, B, ENDING)),)),
    "node-hints": Case(((home(1, A, nodes=True), home(2, B, nodes=True), home(3, B, nodes=True)),)),
    "node-hints-one-missing": Case(((home(1, A, nodes=True), home(2, B), home(3, C, nodes=True)),)),
    "node-hints-without-zone-hints": Case(((End(1, A, READY, (), (A,)), End(2, B, READY, (), (B,))),)),
    "local": Case(((End(1, A, READY), End(2, B, READY)),), LOCAL),
    "local-terminating": Case(((End(1, A, ENDING), End(2, B, READY)),), LOCAL),
    "local-ready-before-terminating": Case(((End(1, A, ENDING), End(2, A, READY)),), LOCAL),
    "local-with-hints": Case(((home(1, B), home(2, C)),), LOCAL),
}


def service_object(name: str, case: Case) -> dict[str, Any]:
    """The Service, without a selector: nobody else writes its slices."""
    spec = {"ports": [{"port": 80, "protocol": "TCP"}], **case.spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def slice_object(name: str, number: int, ends: tuple[End, ...]) -> dict[str, Any]:
    """One EndpointSlice."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{name}-{number}",
            "labels": {
                "kubernetes.io/service-name": name,
                "endpointslice.kubernetes.io/managed-by": "parity.seatrial.dev",
            },
        },
        "addressType": "IPv4",
        "ports": [{"name": "", "port": 80, "protocol": "TCP"}],
        "endpoints": [endpoint_object(end) for end in ends],
    }


def endpoint_object(end: End) -> dict[str, Any]:
    """One endpoint as the API has it."""
    made: dict[str, Any] = {
        "addresses": [f"10.9.0.{end.number}"],
        "conditions": end.conditions,
        "nodeName": end.node,
        "zone": NODES[end.node],
    }
    hints: dict[str, Any] = {}
    if end.zones:
        hints["forZones"] = [{"name": zone} for zone in end.zones]
    if end.nodes:
        hints["forNodes"] = [{"name": node} for node in end.nodes]
    if hints:
        made["hints"] = hints
    return made
