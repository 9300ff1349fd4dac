"""What kube-proxy knows on each node, and which endpoints it sends a connection to.

Sources: pkg/proxy/topology.go (CategorizeEndpoints), pkg/proxy/runner (BoundedFrequencyRunner),
pkg/proxy/apis/config/v1alpha1/defaults.go (minSyncPeriod 1 s), v1.36.3.
Differs from the real one: all nodes whose link to the API is open see the same and program it at the same instants; a
node that was cut off catches up 1 s after its link opens; session affinity is ignored, so are established
connections (every request connects anew).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from seatrial.fakes.network.endpoints import Endpoint
from seatrial.harness.kernel.time import SECOND, Duration, Instant
from seatrial.harness.ports.event import RecordId
from seatrial.harness.ports.places import Links

__all__ = ["MIN_SYNC", "RELIST", "Known", "Proxies", "choose", "sticky"]

MIN_SYNC: Duration = 1 * SECOND
RELIST: Duration = 1 * SECOND

Service = tuple[str, str]
_NOBODY: tuple[Endpoint, ...] = ()


class Known:
    """What is programmed: endpoints by Service. Never changed once made, so any number of nodes may share it."""

    __slots__ = ("endpoints", "number")

    def __init__(self, number: int, endpoints: Mapping[Service, tuple[Endpoint, ...]]) -> None:
        self.number = number
        self.endpoints = endpoints

    def of(self, service: Service) -> tuple[Endpoint, ...]:
        """The endpoints of a Service."""
        return self.endpoints.get(service, _NOBODY)


class Proxies:
    """The kube-proxies of a cluster: one view for all that are up to date, old ones for those cut off."""

    __slots__ = ("_links", "_pending", "_returning", "live", "stale", "synced")

    def __init__(self, links: Links) -> None:
        self._links = links
        self._pending: dict[Service, RecordId] = {}
        self._returning: dict[str, None] = {}
        self.live = Known(0, {})
        self.stale: dict[str, Known] = {}
        self.synced: Instant = -MIN_SYNC

    def view(self, node: str) -> Known:
        """What the kube-proxy of a node has programmed."""
        return self.stale.get(node, self.live) if self.stale else self.live

    def hear(self, service: Service, cause: RecordId, now: Instant) -> Instant | None:
        """The API tells of a change; returns when all is to be programmed (`sync`), None if that is planned already."""
        planned = bool(self._pending)
        self._pending.setdefault(service, cause)
        return None if planned else max(now, self.synced + MIN_SYNC)

    def heard(self, now: Instant) -> dict[Service, RecordId]:
        """The Services whose changes are to be programmed now, each with the record that told of it."""
        pending, self._pending = self._pending, {}
        self.synced = now
        return pending

    def sync(self, found: Mapping[Service, tuple[Endpoint, ...]]) -> tuple[Service, ...]:
        """Program these endpoints; returns the Services that changed."""
        before = self.live.endpoints
        changed = tuple(service for service, after in found.items() if before.get(service, _NOBODY) != after)
        if changed:
            merged = {**before, **{service: found[service] for service in changed}}
            self.live = Known(self.live.number + 1, {key: after for key, after in merged.items() if after})
        return changed

    def look(self, nodes: Iterable[str]) -> tuple[int, tuple[str, ...]]:
        """The links have changed: (how many more nodes lag from now on, nodes that will catch up after RELIST)."""
        exchange, stale, returning = self._links.exchange, self.stale, self._returning
        lagging, back = 0, []
        for node in nodes:
            if exchange(f"node/{node}", "api"):
                if node in stale and node not in returning:
                    returning[node] = None
                    back.append(node)
            else:
                returning.pop(node, None)
                if node not in stale:
                    stale[node] = self.live
                    lagging += 1
        return lagging, tuple(back)

    def catch_up(self, nodes: Iterable[str]) -> int:
        """These nodes have listed again, unless they were cut off anew; returns how many."""
        back = 0
        for node in nodes:
            if node in self._returning:
                del self._returning[node]
                del self.stale[node]
                back += 1
        return back

    def forget(self, node: str) -> None:
        """The node is gone."""
        self.stale.pop(node, None)
        self._returning.pop(node, None)


def sticky(endpoints: Sequence[Endpoint]) -> bool:
    """Whether nodes of one zone may choose differently: every ready endpoint has a hint for nodes."""
    return any(one.on_nodes for one in endpoints) and all(one.on_nodes for one in endpoints if one.ready)


def choose(endpoints: Sequence[Endpoint], zone: str, node: str, *, local: bool = False) -> Sequence[Endpoint]:
    """The endpoints that get new connections from a node of a zone: CategorizeEndpoints' usable ones.

    local: internalTrafficPolicy Local. With no ready endpoint those that still serve while terminating are used.
    """
    ready = [one for one in endpoints if one.ready]
    if local:
        here = [one for one in ready if one.node == node]
        return here or [one for one in endpoints if one.fallback and one.node == node]
    if not ready:
        return [one for one in endpoints if one.fallback]
    if ready[0].on_nodes and all(one.on_nodes for one in ready):
        near = [one for one in ready if node in one.on_nodes]
        if near:
            return near
    if ready[0].in_zones and all(one.in_zones for one in ready):
        near = [one for one in ready if zone in one.in_zones]
        if near:
            return near
    return ready
