"""Endpoints as EndpointSlices tell them.

Source: k8s.io/api/discovery/v1 types.go, pkg/proxy/endpointslicecache.go (v1.36.3).
Differs from kube-proxy: a Service is measured on its first TCP port and its first IP family alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from seatrial.harness.ports.event import Obj

__all__ = ["SERVICE_LABEL", "Endpoint", "Memory", "carries", "endpoints_of"]

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


Memory = dict[int, tuple[Obj, Endpoint]]
"""Entries of slices by identity, with what they mean."""


def carries(piece: Obj, family: str, port: str) -> bool:
    """Whether an EndpointSlice is of this IP family and offers the Service's port."""
    if piece.get("addressType", "IPv4") != family:
        return False
    return any((offered.get("name") or "") == port for offered in piece.get("ports") or ())


def endpoints_of(piece: Obj, known: Memory, found: Memory) -> None:
    """Add the endpoints of one EndpointSlice to `found`; an entry that has been read before is not read again."""
    for entry in piece.get("endpoints") or ():
        place = id(entry)
        memory = known.get(place)
        # Slices share the entries that have not changed; a new dict in an old one's place is another entry.
        found[place] = memory if memory is not None and memory[0] is entry else (entry, _endpoint(entry))


def _endpoint(entry: Obj) -> Endpoint:
    conditions = entry.get("conditions") or {}
    ready = conditions.get("ready")
    ready = True if ready is None else ready
    serving = conditions.get("serving")
    serving = True if serving is None else serving
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
