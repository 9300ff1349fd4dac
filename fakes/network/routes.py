"""What becomes of the requests of one zone's clients: which endpoints they meet, and which never answer.

A request looks its Service up, gets one endpoint from kube-proxy, evenly, and connects. A dead node or a cut way never
answers (`dead-node`, `cut-off`: the client's time-out), a live node without the process refuses (`refused`).
Differs from reality: a name is looked up for each request; the share is exact, where a real one is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from seatrial.fakes.network.clients import Group
from seatrial.fakes.network.endpoints import Endpoint
from seatrial.fakes.network.links import Links
from seatrial.fakes.network.proxy import choose, sticky
from seatrial.fakes.network.shares import UNIT, split
from seatrial.harness.kernel.streams import PPM
from seatrial.harness.kernel.time import Duration
from seatrial.harness.ports.places import Machines

__all__ = ["Reached", "Route", "Router"]


class Reached(NamedTuple):
    """Requests that arrive at a serving process. uid is "" where pods need not be told apart."""

    zone: str
    delay: Duration
    uid: str


class Route(NamedTuple):
    """Shares of one zone's requests, of UNIT in all: failed by cause, and arrived. `to` is where they were sent."""

    failed: dict[str, int]
    reached: dict[Reached, int]
    to: dict[str, int]
    endpoints: int


class Sort(NamedTuple):
    """Endpoints that fare alike as long as their ways do."""

    zone: str
    place: str  # whose ways they have
    fate: str  # "" serves, dead-node, refused
    uid: str


class Router:
    """Routes of one Service at one instant; remembers what it has found out about its endpoints."""

    __slots__ = (
        "_apart",
        "_counted",
        "_hinted",
        "_links",
        "_local",
        "_machines",
        "_ready",
        "_seen",
        "_service",
        "_timeout",
    )

    def __init__(
        self,
        machines: Machines,
        links: Links,
        service: tuple[str, str],
        *,
        local: bool,
        timeout: Duration,
        apart: bool,
    ) -> None:
        self._machines = machines
        self._links = links
        self._service = service
        self._local = local
        self._timeout = timeout
        self._apart = apart
        self._seen: Sequence[Endpoint] | None = None
        self._hinted = False
        self._ready: Sequence[Endpoint] = ()
        self._counted: tuple[Sequence[Endpoint], dict[Sort, int]] | None = None

    def route(self, zone: str, groups: Sequence[Group]) -> Route:
        """The route of a zone's clients."""
        parts: list[tuple[int, Route]] = []
        for group in groups:
            endpoints = group.known.of(self._service)
            if endpoints is not self._seen:
                self._look(endpoints)
            if not self._local and not self._hinted:
                parts.append((len(group.nodes), self._spread(group.source, self._ready)))
                continue
            homes = self._homes(endpoints)
            alone = [node for node in group.nodes if node in homes] if homes else []
            parts += [
                (1, self._spread(group.source, choose(endpoints, zone, node, local=self._local))) for node in alone
            ]
            others = len(group.nodes) - len(alone)
            if others:
                parts.append((others, self._spread(group.source, choose(endpoints, zone, "", local=self._local))))
        return parts[0][1] if len(parts) == 1 else _mix(parts)

    def _look(self, endpoints: Sequence[Endpoint]) -> None:
        self._seen = endpoints
        self._hinted = any(one.in_zones or one.on_nodes for one in endpoints)
        self._ready = () if self._local or self._hinted else choose(endpoints, "", "")

    def _homes(self, endpoints: Sequence[Endpoint]) -> set[str]:
        """Nodes that choose otherwise than the rest of their zone."""
        if self._local:
            return {one.node for one in endpoints if one.ready or one.fallback}
        return {node for one in endpoints for node in one.on_nodes} if sticky(endpoints) else set()

    def _spread(self, source: str, chosen: Sequence[Endpoint]) -> Route:
        if not chosen:
            return Route({"no-endpoints": UNIT}, {}, {}, 0)
        # Which endpoints fare alike does not depend on who asks: count them once for all zones.
        if self._counted is None or self._counted[0] != chosen:
            self._counted = (chosen, self._count(chosen))
        return self._try(source, self._counted[1], len(chosen))

    def _count(self, chosen: Sequence[Endpoint]) -> dict[Sort, int]:
        # `serving` says no more than `started` does, for a call more an endpoint.
        alive, started = self._machines.alive, self._machines.started
        links, apart = self._links, self._apart
        calm, singled = links.calm, links.singled
        counts: dict[tuple[str, str, str, str], int] = {}
        nodes: dict[str, tuple[bool, str]] = {}
        for one in chosen:
            node = one.node
            known = nodes.get(node)
            if known is None:
                place = f"node/{node}"
                if not calm and place not in singled and links.zone(place):
                    place = f"zone/{links.zone(place)}"
                known = nodes[node] = (alive(node), "" if calm else place)
            fate = "dead-node" if not known[0] else "" if started(node, one.uid) else "refused"
            sort = (one.zone, known[1], fate, one.uid if apart and not fate else "")
            counts[sort] = counts.get(sort, 0) + 1
        return {Sort(*sort): count for sort, count in counts.items()}

    def _try(self, source: str, counts: dict[Sort, int], endpoints: int) -> Route:
        failed: dict[str, int] = {}
        reached: dict[Reached, int] = {}
        to: dict[str, int] = {}
        asked, wait = self._look_up(source, failed)
        if not asked:
            return Route(failed, reached, to, endpoints)
        for sort, part in zip(counts, split(asked, list(counts.values())), strict=True):
            to[sort.zone] = to.get(sort.zone, 0) + part
            fate, lost, delay = sort.fate, 0, wait
            if sort.place and fate != "dead-node":
                fate, lost, delay = self._way(source, sort, part, wait)
            if fate:
                failed[fate] = failed.get(fate, 0) + part
                continue
            if lost:
                failed["link-loss"] = failed.get("link-loss", 0) + lost
            arrival = Reached(sort.zone, delay, sort.uid)
            reached[arrival] = reached.get(arrival, 0) + part - lost
        return Route(failed, reached, to, endpoints)

    def _look_up(self, source: str, failed: dict[str, int]) -> tuple[int, Duration]:
        """(share of requests that get an address, how long that takes)."""
        links = self._links
        if links.calm:
            return UNIT, 0
        loss, wait = links.grade(source, "dns")
        if wait >= self._timeout or not links.exchange(source, "dns"):
            loss = PPM
        found = UNIT * (PPM - loss) // PPM
        if found < UNIT:
            failed["dns"] = UNIT - found
        return found, wait

    def _way(self, source: str, sort: Sort, part: int, wait: Duration) -> tuple[str, int, Duration]:
        """(what fails all of these requests, what is lost of them on the way, how long they take)."""
        links = self._links
        if not links.exchange(source, sort.place):
            return "cut-off", 0, 0
        loss, delay = links.grade(source, sort.place)
        if wait + delay >= self._timeout:
            return sort.fate or "timeout", 0, 0
        return sort.fate, part * loss // PPM, wait + delay


def _mix(parts: Iterable[tuple[int, Route]]) -> Route:
    listed = list(parts)
    failed: dict[str, int] = {}
    reached: dict[Reached, int] = {}
    to: dict[str, int] = {}
    weights = split(UNIT, [weight for weight, _ in listed])
    for weight, (_, route) in zip(weights, listed, strict=True):
        for cause, part in route.failed.items():
            failed[cause] = failed.get(cause, 0) + part * weight // UNIT
        for arrival, part in route.reached.items():
            reached[arrival] = reached.get(arrival, 0) + part * weight // UNIT
        for zone, part in route.to.items():
            to[zone] = to.get(zone, 0) + part * weight // UNIT
    return Route(failed, reached, to, max(route.endpoints for _, route in listed))
