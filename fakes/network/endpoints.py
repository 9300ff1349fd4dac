"""Endpoints as EndpointSlices tell them.

Source: k8s.io/api/discovery/v1 types.go, pkg/proxy/endpointslicecache.go (v1.36.3).
Differs from kube-proxy: a Service is measured on its first TCP port and its first IP family alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from seatrial.harness.ports.event import Obj

__all__ = ["SERVICE_LABEL", "Endpoint", "endpoints_of"]

SERVICE_LABEL = "kubernetes.io/service-name"
_ANYWHERE: tuple[str, ...] = ()


class Endpoint(NamedTuple):
    """One address behind a Service. in_zones, on_nodes: the hints; a missing condition means what the API says."""

    address: str
    node: str
    zone: str
    uid: str
    pod: str
    ready: bool
    fallback: bool  # serving though terminating
    in_zones: tuple[str, ...]
    on_nodes: tuple[str, ...]


def endpoints_of(piece: Obj, family: str, port: str) -> tuple[Endpoint, ...]:
    """The endpoints of one EndpointSlice that carry the Service's port; () for another IP family."""
    if piece.get("addressType", "IPv4") != family:
        return ()
    if not any((offered.get("name") or "") == port for offered in piece.get("ports") or ()):
        return ()
    return tuple(_endpoint(entry) for entry in piece.get("endpoints") or ())


def _endpoint(entry: Obj) -> Endpoint:
    conditions = entry.get("conditions") or {}
    ready = conditions.get("ready")
    ready = True if ready is None else ready
    serving = conditions.get("serving")
    serving = ready if serving is None else serving
    target = entry.get("targetRef") or {}
    hints = entry.get("hints")
    return Endpoint(
        address=entry["addresses"][0],
        node=entry.get("nodeName") or "",
        zone=entry.get("zone") or "",
        uid=target.get("uid", ""),
        pod=target.get("name", ""),
        ready=ready,
        fallback=serving and bool(conditions.get("terminating")),
        in_zones=_names(hints.get("forZones")) if hints else _ANYWHERE,
        on_nodes=_names(hints.get("forNodes")) if hints else _ANYWHERE,
    )


def _names(hints: Iterable[Obj] | None) -> tuple[str, ...]:
    return tuple(hint["name"] for hint in hints) if hints else _ANYWHERE
