"""The flows of Services that hang together, at one instant: load goes down the calls, success comes up again.

1. Callers first: what each zone asks of a Service, retries included, where it arrives, and what the pods can take.
2. Callees first: what of it is answered, once the calls that it needs are answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from seatrial.fakes.network.capacity import MICRO, Fill, Taken, take, warmth
from seatrial.fakes.network.clients import Clients
from seatrial.fakes.network.links import Links
from seatrial.fakes.network.retries import attempts, lasting
from seatrial.fakes.network.routes import Route, Router
from seatrial.fakes.network.services import Measured
from seatrial.fakes.network.shares import UNIT, in_ppm
from seatrial.harness.kernel.time import MILLISECOND, SECOND, Duration, Instant
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.places import Machines

__all__ = ["Flow", "Outcome", "Reckoner", "record_of"]

Service = tuple[str, str]


class Flow(NamedTuple):
    """One zone's requests to one Service. Shares are of UNIT; failing: of connections, before any retry."""

    rate: int  # MICRO requests a second
    route: Route
    failed: dict[str, int]
    failing: int
    delay: Duration


class Outcome(NamedTuple):
    """All flows of one Service, and after how long time itself will change them."""

    flows: dict[str, Flow]
    next: Duration | None


class Load:
    """One Service while it is being reckoned."""

    __slots__ = ("asked", "delay", "failed", "next", "rates", "routes", "served", "service")

    def __init__(self, service: Measured) -> None:
        self.service = service
        self.asked: dict[str, int] = {}  # by other Services, MICRO a second by zone
        self.rates: dict[str, int] = {}
        self.routes: dict[str, Route] = {}
        self.served: dict[str, dict[str, int]] = {}  # client zone -> pod zone -> share
        self.failed: dict[str, dict[str, int]] = {}
        self.delay: dict[str, int] = {}
        self.next: Duration | None = None


class Reckoner:
    """Works out flows; keeps the queues of the pods."""

    def __init__(self, machines: Machines, links: Links, clients: Clients, zones: tuple[str, ...]) -> None:
        self._machines = machines
        self._links = links
        self._clients = clients
        self._zones = zones
        self._fills: dict[Service, dict[str, Fill]] = {}

    def forget(self, service: Service) -> None:
        """The Service is gone."""
        self._fills.pop(service, None)

    def reckon(
        self, services: Sequence[Measured], below: Callable[[Service], Iterable[Service]], now: Instant
    ) -> dict[Service, Outcome]:
        """The flows of these Services, which stand callers first."""
        loads = {service.key: Load(service) for service in services}
        for load in loads.values():
            self._arrive(load, now)
            for other in below(load.service.key):
                if other in loads:
                    _ask(load, loads[other])
        answered: dict[Service, dict[str, int]] = {}
        outcomes: dict[Service, Outcome] = {}
        for key in reversed(loads):
            load = loads[key]
            needed = tuple(below(key))
            flows = {zone: _flow(load, zone, needed, answered) for zone in load.rates}
            answered[key] = {
                zone: UNIT - lasting(flow.failing, load.service.demand.retries) for zone, flow in flows.items()
            }
            outcomes[key] = Outcome(flows, load.next)
        return outcomes

    def _arrive(self, load: Load, now: Instant) -> None:
        service, clients = load.service, self._clients
        demand = service.demand
        router = Router(
            self._machines,
            self._links,
            service.key,
            local=service.local,
            timeout=demand.timeout,
            apart=demand.capacity > 0,
        )
        for zone in dict.fromkeys((*self._zones, *sorted(load.asked))):
            groups = clients.groups(zone)
            own = demand.rate * MICRO if zone in self._zones else 0
            rate = own + load.asked.get(zone, 0)
            if groups and rate:
                load.rates[zone] = rate
                load.routes[zone] = router.route(zone, groups)
        pods = self._pods(load, now) if demand.capacity else {}
        for zone, route in load.routes.items():
            load.served[zone], load.failed[zone], load.delay[zone] = _met(route, pods)

    def _pods(self, load: Load, now: Instant) -> dict[str, Taken]:
        """What each pod makes of the requests that reach it."""
        demand, key = load.service.demand, load.service.key
        came: dict[str, int] = {}
        for zone, route in load.routes.items():
            tries = attempts(load.service.lag.get(zone, 0), demand.retries) if demand.retries else UNIT
            rate = load.rates[zone] * tries // UNIT
            for reached, part in route.reached.items():
                came[reached.uid] = came.get(reached.uid, 0) + rate * part // UNIT
        nodes = {one.uid: one.node for one in load.service.endpoints}
        fills = self._fills.get(key, {})
        kept: dict[str, Fill] = {}
        pods: dict[str, Taken] = {}
        for uid, amount in came.items():
            node = nodes.get(uid, "")
            capacity, warmer = warmth(demand, self._machines.started(node, uid), now)
            taken = pods[uid] = take(demand, capacity, amount, fills.get(uid), now)
            if taken.fill is not None:
                kept[uid] = taken.fill
            load.next = _sooner(load.next, _sooner(warmer, taken.next))
        self._fills[key] = kept
        return pods


def _met(route: Route, pods: Mapping[str, Taken]) -> tuple[dict[str, int], dict[str, int], int]:
    """(served by pod zone, failed by cause, delay times share) of the connections of one zone."""
    failed = dict(route.failed)
    served: dict[str, int] = {}
    delay = 0
    for (zone, wait, uid), part in route.reached.items():
        good = part
        taken = pods.get(uid)
        if taken is not None:
            good = part * taken.served // UNIT
            late = part * taken.late // UNIT
            for cause, lost in (("overloaded", part - good - late), ("timeout", late)):
                if lost:
                    failed[cause] = failed.get(cause, 0) + lost
            wait += taken.wait  # noqa: PLW2901 - the way and the queue are one wait
        served[zone] = served.get(zone, 0) + good
        delay += wait * good
    return served, failed, delay


def _ask(caller: Load, callee: Load) -> None:
    """Each request that a pod serves asks once more, from the pod's zone."""
    demand = caller.service.demand
    for zone, rate in caller.rates.items():
        tries = attempts(caller.service.lag.get(zone, 0), demand.retries) if demand.retries else UNIT
        for pod_zone, part in caller.served[zone].items():
            amount = rate * tries // UNIT * part // UNIT
            if amount:
                callee.asked[pod_zone] = callee.asked.get(pod_zone, 0) + amount


def _flow(load: Load, zone: str, needed: Sequence[Service], answered: Mapping[Service, Mapping[str, int]]) -> Flow:
    failed = load.failed[zone]
    good = 0
    for pod_zone, part in load.served[zone].items():
        kept = part
        for other in needed:
            kept = kept * answered.get(other, {}).get(pod_zone, 0) // UNIT
        if part - kept:
            failed["dependency"] = failed.get("dependency", 0) + part - kept
        good += kept
    failing = UNIT - good
    delay = load.delay[zone] // good if good else 0
    return Flow(load.rates[zone], load.routes[zone], failed, failing, delay)


def _sooner(one: Duration | None, other: Duration | None) -> Duration | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def record_of(service: Measured, zone: str, flow: Flow) -> Obj:
    """A flow as the history keeps it."""
    retries = service.demand.retries
    left = lasting(flow.failing, retries)
    causes = {cause: part * left // flow.failing for cause, part in flow.failed.items()} if flow.failing else {}
    shares = in_ppm({"served": UNIT - left, **causes})
    told: Obj = {
        "service": service.key[1],
        "zone": zone,
        "kind": service.kind,
        "rate": max(1, (flow.rate + MICRO // 2) // MICRO),
        "served_ppm": shares.pop("served", 0),
        "failed": shares,
        "endpoints": flow.route.endpoints,
        "to": in_ppm(flow.route.to),
        "latency": _latency(flow.delay),
    }
    if service.demand.depends_on:
        told["calls"] = list(service.demand.depends_on)
    if retries:
        told["attempts_ppm"] = attempts(service.lag.get(zone, 0), retries) * 1_000_000 // UNIT
    return told


def _latency(delay: Duration) -> str:
    if delay < 100 * MILLISECOND:
        return "normal"
    return "slow" if delay < SECOND else "very-slow"
