"""One pod as an endpoint of a Service: address, conditions, ports, hints.

Source: k8s.io/endpointslice (utils.go, trafficdist, util/controller_utils.go, v0.36.3).
Differs from the real one: ports keep the Service's order (the real order follows a hash), and the annotation
`service.kubernetes.io/topology-mode: Auto` gives no hints, as if the real one found them out of balance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seatrial.fakes.controllers.words.pods import FINISHED, is_ready
from seatrial.harness.ports.event import Obj

__all__ = [
    "CONTROLLER",
    "HEADLESS",
    "MANAGED_BY",
    "SERVICE_NAME",
    "PortKey",
    "endpoint_of",
    "families",
    "identity",
    "in_endpoints",
    "port_key",
    "ports_of",
    "same_for_endpoints",
    "slice_labels",
]

CONTROLLER = "endpointslice-controller.k8s.io"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
SERVICE_NAME = "kubernetes.io/service-name"
HEADLESS = "service.kubernetes.io/headless"
ZONE = "topology.kubernetes.io/zone"
PREFER_CLOSE = frozenset(("PreferClose", "PreferSameZone", "PreferSameNode"))
_AUTO = frozenset(("Auto", "auto"))

PortKey = tuple[tuple[str, int, str, str], ...]


def in_endpoints(pod: Obj) -> bool:
    """Whether a pod can be an endpoint at all: it has an address and has not finished."""
    status = pod.get("status") or {}
    return status.get("phase") not in FINISHED and bool(status.get("podIP") or status.get("podIPs"))


def same_for_endpoints(old: Obj, new: Obj) -> bool:
    """Whether a pod's change leaves its endpoint as it is; labels aside."""
    before, after = old["metadata"], new["metadata"]
    if before.get("deletionTimestamp") != after.get("deletionTimestamp"):
        return False
    left, right = old.get("status") or {}, new.get("status") or {}
    if left is right:
        return True
    if left.get("podIPs") != right.get("podIPs") or left.get("podIP") != right.get("podIP"):
        return False
    if (left.get("phase") in FINISHED) is not (right.get("phase") in FINISHED):
        return False
    return left.get("conditions") is right.get("conditions") or is_ready(old) is is_ready(new)


def families(service: Obj) -> tuple[str, ...]:
    """The address types of a Service's slices."""
    spec = service["spec"]
    listed = tuple(family for family in spec.get("ipFamilies") or () if family in ("IPv4", "IPv6"))
    if listed:
        return listed
    address = spec.get("clusterIP", "")
    if address and address != "None":
        return ("IPv6",) if ":" in address else ("IPv4",)
    return ("IPv4", "IPv6")


def ports_of(service: Obj, pod: Obj) -> list[Obj]:
    """The ports that a pod serves a Service on; a named port that the pod lacks is left out."""
    ports = []
    for port in service["spec"].get("ports") or ():
        number = _number(pod, port)
        if number is not None:
            found: Obj = {"name": port.get("name", ""), "port": number, "protocol": port.get("protocol", "TCP")}
            if port.get("appProtocol") is not None:
                found["appProtocol"] = port["appProtocol"]
            ports.append(found)
    return ports


def _number(pod: Obj, port: Obj) -> int | None:
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    protocol = port.get("protocol", "TCP")
    spec = pod["spec"]
    sidecars = [c for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"]
    for container in (*spec["containers"], *sidecars):
        for have in container.get("ports") or ():
            if have.get("name") == target and have.get("protocol", "TCP") == protocol:
                number: int = have["containerPort"]
                return number
    return None


def port_key(ports: list[Obj] | None) -> PortKey:
    """What makes two sets of ports the same."""
    return tuple(
        sorted(
            (p.get("name") or "", p["port"], p.get("protocol", "TCP"), p.get("appProtocol", "")) for p in ports or ()
        )
    )


def endpoint_of(pod: Obj, node: Obj | None, service: Obj, family: str) -> Obj | None:
    """The endpoint, with its hints; None if the pod has no address of this family."""
    status, meta, spec = pod["status"], pod["metadata"], pod["spec"]
    listed = status.get("podIPs") or [{"ip": status["podIP"]}]
    addresses = [entry["ip"] for entry in listed if (":" in entry["ip"]) is (family == "IPv6")]
    if not addresses:
        return None
    serving, terminating = is_ready(pod), "deletionTimestamp" in meta
    wanted = service["spec"]
    ready = bool(wanted.get("publishNotReadyAddresses")) or (serving and not terminating)
    endpoint: Obj = {
        "addresses": addresses,
        "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
    }
    if spec.get("hostname") and spec.get("subdomain") == service["metadata"]["name"]:
        endpoint["hostname"] = spec["hostname"]
    endpoint["targetRef"] = {
        "kind": "Pod",
        "namespace": meta["namespace"],
        "name": meta["name"],
        "uid": meta["uid"],
    }
    if spec.get("nodeName"):
        endpoint["nodeName"] = spec["nodeName"]
    zone = ((node["metadata"].get("labels") or {}) if node is not None else {}).get(ZONE)
    if zone:
        endpoint["zone"] = zone
    if ready:
        hints = _hints(service, endpoint)
        if hints:
            endpoint["hints"] = hints
    return endpoint


def _hints(service: Obj, endpoint: Obj) -> Obj:
    distribution = service["spec"].get("trafficDistribution")
    if distribution not in PREFER_CLOSE or _asks_for_auto(service["metadata"].get("annotations") or {}):
        return {}
    hints: Obj = {}
    if "zone" in endpoint:
        hints["forZones"] = [{"name": endpoint["zone"]}]
    if distribution == "PreferSameNode" and "nodeName" in endpoint:
        hints["forNodes"] = [{"name": endpoint["nodeName"]}]
    return hints


def _asks_for_auto(annotations: Mapping[str, str]) -> bool:
    value = annotations.get("service.kubernetes.io/topology-aware-hints")
    return (annotations.get("service.kubernetes.io/topology-mode") if value is None else value) in _AUTO


def identity(endpoint: Obj) -> tuple[Any, ...]:
    """What makes two endpoints the same one, in whatever condition."""
    return endpoint.get("targetRef", {}).get("uid"), endpoint["addresses"], endpoint.get("hostname")


def slice_labels(service: Obj) -> dict[str, str]:
    """The Service's own labels and the reserved ones."""
    labels = dict(service["metadata"].get("labels") or {})
    labels.pop(HEADLESS, None)
    if service["spec"].get("clusterIP", "") in ("", "None"):
        labels[HEADLESS] = ""
    labels[SERVICE_NAME] = service["metadata"]["name"]
    labels[MANAGED_BY] = CONTROLLER
    return labels
