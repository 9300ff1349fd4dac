"""Traffic: the clients' requests to every Service, kept as flows that change only when something they rest on does.

Differs from real traffic: a flow is a rate and exact shares, no single requests (design rule 8); every request is a
connection of its own; kube-proxy programs what it hears at once, then at most once a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seatrial.fakes.network.calls import Calls
from seatrial.fakes.network.clients import Clients
from seatrial.fakes.network.demands import PREFIX
from seatrial.fakes.network.endpoints import SERVICE_LABEL, Endpoint
from seatrial.fakes.network.links import Links
from seatrial.fakes.network.proxy import RELIST, Proxies
from seatrial.fakes.network.reckoning import Outcome, Reckoner, record_of
from seatrial.fakes.network.retries import STEP
from seatrial.fakes.network.services import Measured, unmeasured
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.time import Duration
from seatrial.harness.ports.event import Key, Obj, RecordId
from seatrial.harness.ports.kube import View, WatchEvent
from seatrial.harness.ports.note import Note
from seatrial.harness.ports.places import Machines

__all__ = ["Traffic"]

SERVICES, SLICES, NODES, PODS = "services", "endpointslices.discovery.k8s.io", "nodes", "pods"
Service = tuple[str, str]


class Traffic:
    """The clients of one cluster, as an actor on its agenda."""

    name = "traffic"
    watched = (NODES, SERVICES, SLICES, PODS)

    def __init__(
        self,
        agenda: Agenda,
        view: View,
        machines: Machines,
        links: Links,
        note: Note,
        zones: tuple[str, ...],
        *,
        open: bool = True,  # noqa: A002 - a door, as everywhere in the network
    ) -> None:
        self._agenda = agenda
        self._view = view
        self._note = note
        self._open = open
        self._links = links
        self._machines = machines
        self.proxies = Proxies(links)
        self.clients = Clients(machines, links, self.proxies)
        self._calls = Calls()
        self._reckoner = Reckoner(machines, links, self.clients, zones or ("",))
        self._services: dict[Service, Measured] = {}
        self._unmeasured: dict[Service, None] = {}
        self._pieces: dict[Service, dict[str, Obj]] = {}
        # What each endpoint on a node was like when last looked at: a change of one pod concerns its Services alone.
        self._fates: dict[str, dict[tuple[Service, str], bool]] = {}
        self._by_node: dict[Service, None] = {}  # whose clients choose by the node they are on
        self._dirty: dict[Service, RecordId] = {}
        self._planned = False
        agenda.enlist(self.name, self)
        machines.subscribe(self)
        links.subscribe(self)

    def start(self) -> None:
        """Take in all that exists: an informer's first lists."""
        for resource in self.watched[:3]:
            for obj in self._view.list(resource):
                self.on_event(WatchEvent(0, "ADDED", resource, None, obj, 0))

    def begin(self) -> None:
        """Clients start to send: before, objects are kept but nothing is looked at."""
        self._open = True
        for key in self._services:
            self.proxies.hear(key, self._agenda.cause, self._agenda.time)
        self.sync()
        self._lag(self.clients.nodes())
        self.clients.regroup()
        self._mark(self._services)

    # What changes.

    def on_event(self, event: WatchEvent) -> None:
        """The store has committed something."""
        resource = event.resource
        if resource == SLICES:
            self._on_slice(event.old, event.new)
        elif resource == PODS:
            self._on_pod(event.old, event.new)
        elif resource == SERVICES:
            self._on_service(event.old, event.new)
        elif resource == NODES:
            self._on_node_object(event.obj, gone=event.new is None)

    def machine_changed(self, node: str) -> None:
        """A node was started, stopped, or its pods began or ceased to serve."""
        if self.clients.look(node):
            self._mark(self._services if self.clients.mixed else self._by_node)
        fates = self._fates.get(node)
        if fates:
            alive, serving = self._machines.alive(node), self._machines.serving
            changed = []
            for place, before in fates.items():
                after = alive and serving(node, place[1])
                if after is not before:
                    changed.append(place)
                    fates[place] = after
            self._mark(key for key, _ in changed)

    def links_changed(self) -> None:
        """Some way has opened, closed, slowed down or recovered."""
        if not self._open:
            return
        if not self._links.calm or self.proxies.stale:
            self._lag(self.clients.nodes())
        self.clients.regroup()
        self._mark(self._services)

    def _on_service(self, old: Obj | None, new: Obj | None) -> None:
        present = new if new is not None else old
        assert present is not None
        meta = present["metadata"]
        key = (meta["namespace"], meta["name"])
        why = "" if new is None else unmeasured(new)
        if new is None or why:
            self._close(key)
            if why:
                self._unmeasured[key] = None
                if old is None or unmeasured(old) != why:
                    self._say(key, f"not measured: {why}")
            else:
                self._unmeasured.pop(key, None)
            return
        self._unmeasured.pop(key, None)
        if old is not None and old.get("spec") is new.get("spec") and _notes(old) is _notes(new):
            return
        service = self._services.get(key)
        if service is None:
            service = self._services[key] = Measured(key)
            service.pieces = self._pieces.setdefault(key, {})
        service.describe(new)
        if service.local:
            self._by_node[key] = None
        self._hear(service)
        self._mark((key,))

    def _on_slice(self, old: Obj | None, new: Obj | None) -> None:
        present = new if new is not None else old
        assert present is not None
        meta = present["metadata"]
        name = (meta.get("labels") or {}).get(SERVICE_LABEL)
        if not name:
            return
        if old is not None and new is not None and old.get("endpoints") is new.get("endpoints"):
            return
        key = (meta["namespace"], name)
        pieces = self._pieces.setdefault(key, {})
        if new is None:
            pieces.pop(meta["name"], None)
        else:
            pieces[meta["name"]] = new
        service = self._services.get(key)
        if service is not None:
            self._hear(service)

    def _on_pod(self, old: Obj | None, new: Obj | None) -> None:
        if old is None or new is None or _notes(old) is _notes(new):
            return
        if _ours(old) != _ours(new):
            uid = new["metadata"]["uid"]
            fates = self._fates.get(new["spec"].get("nodeName", ""), {})
            self._mark(key for key, other in fates if other == uid)

    def _on_node_object(self, node: Obj, *, gone: bool) -> None:
        name = node["metadata"]["name"]
        changed = self.clients.remove(name) if gone else self.clients.put(node)
        if changed:
            if self._open and not gone and not self._links.calm:
                self._lag((name,))
            self._mark(self._services)

    def _hear(self, service: Measured) -> None:
        if self._open:
            when = self.proxies.hear(service.key, self._agenda.cause, self._agenda.time)
            if when is not None:
                self._agenda.at(when, self.name, "sync")

    def _gather(self, service: Measured) -> tuple[Endpoint, ...]:
        """The endpoints as the API tells them now; what becomes of them on their nodes is watched from here on."""
        added, gone = service.gather()
        if added or gone:
            self._watch(service, added, gone)
        return service.endpoints

    def _watch(self, service: Measured, added: Sequence[Endpoint], gone: Sequence[Endpoint]) -> None:
        key, fates = service.key, self._fates
        if service.local or any(one.on_nodes for one in service.endpoints):
            self._by_node[key] = None
        else:
            self._by_node.pop(key, None)
        # While some node lags behind, it may send to endpoints that the API has forgotten: go on watching them.
        if gone and not self.proxies.stale:
            left = {one.uid for one in service.endpoints}
            for one in gone:
                here = fates.get(one.node)
                if here is not None and one.uid not in left:
                    here.pop((key, one.uid), None)
                    if not here:
                        del fates[one.node]
        alive, serving = self._machines.alive, self._machines.serving
        for one in added:
            fates.setdefault(one.node, {})[key, one.uid] = alive(one.node) and serving(one.node, one.uid)

    def _lag(self, nodes: Iterable[str]) -> None:
        lagging, back = self.proxies.look(nodes)
        if lagging:
            self._feel(
                f"kube-proxy on {lagging} node{'s' * (lagging > 1)} keeps what it knows: no way to the API server"
            )
        if back:
            self._agenda.after(RELIST, self.name, "catch_up", back)

    def _close(self, key: Service) -> None:
        callers = self._calls.above(key)
        service = self._services.pop(key, None)
        if service is None:
            self._mark(callers)
            return
        touched = self._calls.set(key, ())
        self._reckoner.forget(key)
        self._by_node.pop(key, None)
        self._dirty.pop(key, None)
        for one in service.endpoints:
            self._fates.get(one.node, {}).pop((key, one.uid), None)
        self._agenda.cancel(service.wake)
        for zone, flow in service.flows.items():
            self._write(key, zone, flow, None)
        self._mark(one for one in (*touched, *callers) if one in self._services)

    # Acts.

    def sync(self) -> None:
        """kube-proxy programs what it has heard."""
        services = self._services
        heard = self.proxies.heard(self._agenda.time)
        changed = self.proxies.sync({key: self._gather(services[key]) for key in heard if key in services})
        if changed:
            self.clients.regroup()
            for key in changed:
                self._mark((key,), heard[key])

    def catch_up(self, nodes: tuple[str, ...]) -> None:
        """Nodes that were cut off have listed again."""
        back = self.proxies.catch_up(nodes)
        if back:
            self._feel(f"kube-proxy on {back} node{'s' * (back > 1)} has caught up")
            self.clients.regroup()
            self._mark(self._services)
            if not self.proxies.stale:
                self._fates = {}
                for service in self._services.values():
                    self._watch(service, service.endpoints, ())

    def look(self, namespace: str, name: str) -> None:
        """Time alone has changed a Service's flows: a queue is full or empty, a pod is warm, clients try again."""
        service = self._services.get((namespace, name))
        if service is not None:
            service.wake = 0
            for zone, failing in service.failing.items():
                service.lag[zone] = failing
            self._mark((service.key,))

    def settle(self) -> None:
        """Reckon every Service that something has touched at this instant."""
        self._planned = False
        dirty, self._dirty = self._dirty, {}
        agenda = self._agenda
        for key, cause in list(dirty.items()):
            for other in self._declare(key):
                dirty.setdefault(other, cause)
        done: set[Service] = set()
        for key, cause in dirty.items():
            if key in done or key not in self._services:
                continue
            agenda.cause = cause
            group = [self._services[one] for one in self._calls.together(key) if one in self._services]
            done.update(one.key for one in group)
            for one, outcome in self._reckoner.reckon(group, self._needs, agenda.time).items():
                self._record(self._services[one], outcome)

    def _declare(self, key: Service) -> tuple[Service, ...]:
        """Read the annotations; what cannot be read or kept is told once. Returns whom it now calls, or no longer."""
        service = self._services.get(key)
        if service is None:
            return ()
        first = service.endpoints[0] if service.endpoints else None
        service.ask(self._view.get(PODS, key[0], first.pod) if first is not None and first.pod else None)
        touched = self._calls.set(key, service.demand.depends_on)
        for text in service.complaints:
            self._tell(service, text)
        for one in (key, *touched):
            for other in self._calls.refused(one) if one in self._services else ():
                text = f"{PREFIX}depends-on: {other[0]}/{other[1]} calls back: a cycle is not followed"
                self._tell(self._services[one], text)
        return touched

    def _needs(self, service: Service) -> tuple[Service, ...]:
        """Whose answers a request to a Service needs; nothing is known of Services without flows, so they answer."""
        return tuple(other for other in self._calls.below(service) if other not in self._unmeasured)

    def _record(self, service: Measured, outcome: Outcome) -> None:
        flows = service.flows
        for zone in [zone for zone in flows if zone not in outcome.flows]:
            self._write(service.key, zone, flows.pop(zone), None)
        for zone, flow in outcome.flows.items():
            before = flows.get(zone)
            after = record_of(service, zone, flow)
            if after != before:
                flows[zone] = after
                self._write(service.key, zone, before, after)
        self._plan(service, outcome)

    def _plan(self, service: Measured, outcome: Outcome) -> None:
        agenda = self._agenda
        if service.wake:
            agenda.cancel(service.wake)
            service.wake = 0
        after: Duration | None = outcome.next
        demand = service.demand
        service.failing = {zone: flow.failing for zone, flow in outcome.flows.items()}
        if demand.retries and any(
            abs(failing - service.lag.get(zone, 0)) >= STEP for zone, failing in service.failing.items()
        ):
            after = demand.back_off if after is None else min(after, demand.back_off)
        if after is not None:
            service.wake = agenda.after(max(after, 1), self.name, "look", *service.key)

    # Records.

    def _write(self, key: Service, zone: str, old: Obj | None, new: Obj | None) -> None:
        self._note.write(self.name, "flow", Key("flow", key[0], f"{key[1]}@{zone}"), old, new)

    def _tell(self, service: Measured, text: str) -> None:
        if text not in service.notes:
            service.notes[text] = None
            self._say(service.key, text)

    def _feel(self, text: str) -> None:
        self._note.write(self.name, "felt", Key("proxies", "", "kube-proxy"), None, {"text": text})

    def _say(self, key: Service, text: str) -> None:
        facts: Obj = {"object": f"Service/{key[0]}/{key[1]}", "text": text}
        self._note.write(self.name, "note", Key("note", key[0], f"service/{key[1]}"), None, facts)

    def _mark(self, services: Iterable[Service], cause: RecordId = 0) -> None:
        if not self._open:
            return
        dirty, cause = self._dirty, cause or self._agenda.cause
        for key in services:
            dirty.setdefault(key, cause)
        if dirty and not self._planned:
            self._planned = True
            self._agenda.after(0, self.name, "settle")


def _notes(obj: Obj) -> Obj | None:
    notes: Obj | None = obj["metadata"].get("annotations")
    return notes


def _ours(obj: Obj) -> dict[str, str]:
    return {name: text for name, text in (_notes(obj) or {}).items() if name.startswith(PREFIX)}
