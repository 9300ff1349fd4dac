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


class Router:
    """Routes of one Service at one instant; remembers what it has found out about its endpoints."""

    __slots__ = ("_apart", "_fates", "_links", "_local", "_machines", "_same", "_service", "_timeout")

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
        self._fates: dict[str, str] = {}
        self._same: tuple[Sequence[Endpoint], Route] | None = None

    def route(self, zone: str, groups: Sequence[Group]) -> Route:
        """The route of a zone's clients."""
        parts: list[tuple[int, Route]] = []
        for group in groups:
            endpoints = group.known.of(self._service)
            if self._local:
                homes = {one.node for one in endpoints if one.ready or one.fallback}
            elif sticky(endpoints):
                homes = {node for one in endpoints for node in one.on_nodes}
            else:
                homes = set()
            alone = [node for node in group.nodes if node in homes] if homes else []
            parts += [
                (1, self._spread(group.source, choose(endpoints, zone, node, local=self._local))) for node in alone
            ]
            others = len(group.nodes) - len(alone)
            if others:
                parts.append((others, self._spread(group.source, choose(endpoints, zone, "", local=self._local))))
        return parts[0][1] if len(parts) == 1 else _mix(parts)

    def _spread(self, source: str, chosen: Sequence[Endpoint]) -> Route:
        if not chosen:
            return Route({"no-endpoints": UNIT}, {}, {}, 0)
        if not self._links.calm:
            return self._tried(source, chosen)
        # With every way open all zones that choose from the same endpoints fare alike.
        if self._same is not None and self._same[0] == chosen:
            return self._same[1]
        route = self._plain(chosen)
        self._same = (chosen, route)
        return route

    def _fate(self, one: Endpoint) -> str:
        fate = self._fates.get(one.uid)
        if fate is None:
            if not self._machines.alive(one.node):
                fate = "dead-node"
            elif not self._machines.serving(one.node, one.uid):
                fate = "refused"
            else:
                fate = ""
            self._fates[one.uid] = fate
        return fate

    def _plain(self, chosen: Sequence[Endpoint]) -> Route:
        failed: dict[str, int] = {}
        reached: dict[tuple[str, str], int] = {}
        to: dict[str, int] = {}
        fates, apart = self._fates, self._apart
        for one in chosen:
            uid, zone = one.uid, one.zone
            fate = fates.get(uid)
            if fate is None:
                fate = self._fate(one)
            to[zone] = to.get(zone, 0) + 1
            if fate:
                failed[fate] = failed.get(fate, 0) + 1
            else:
                arrival = (zone, uid if apart else "")
                reached[arrival] = reached.get(arrival, 0) + 1
        parts = split(UNIT, [*failed.values(), *reached.values()])
        return Route(
            dict(zip(failed, parts, strict=False)),
            {Reached(zone, 0, uid): part for (zone, uid), part in zip(reached, parts[len(failed) :], strict=True)},
            dict(zip(to, split(UNIT, list(to.values())), strict=True)),
            len(chosen),
        )

    def _tried(self, source: str, chosen: Sequence[Endpoint]) -> Route:
        """As `_plain`, where ways are cut, lossy or slow."""
        links = self._links
        if not links.exchange(source, "dns"):
            return Route({"dns": UNIT}, {}, {}, len(chosen))
        unnamed, wait = links.grade(source, "dns")
        if wait >= self._timeout:
            return Route({"dns": UNIT}, {}, {}, len(chosen))
        failed: dict[str, int] = {}
        reached: dict[Reached, int] = {}
        to: dict[str, int] = {}
        asked = UNIT * (PPM - unnamed) // PPM
        if unnamed:
            failed["dns"] = UNIT - asked
        for one, part in zip(chosen, split(asked, [1] * len(chosen)), strict=True):
            to[one.zone] = to.get(one.zone, 0) + part
            place = f"node/{one.node}"
            fate = self._fate(one)
            if fate != "dead-node" and not links.exchange(source, place):
                fate = "cut-off"
            if fate:
                failed[fate] = failed.get(fate, 0) + part
                continue
            loss, delay = links.grade(source, place)
            if wait + delay >= self._timeout:
                failed["timeout"] = failed.get("timeout", 0) + part
                continue
            lost = part * loss // PPM
            if lost:
                failed["link-loss"] = failed.get("link-loss", 0) + lost
            arrival = Reached(one.zone, wait + delay, one.uid if self._apart else "")
            reached[arrival] = reached.get(arrival, 0) + part - lost
        return Route(failed, reached, to, len(chosen))


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
