"""A small cluster of places, machines and objects, with traffic over it; no kubelet, no controllers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from seatrial.fakes.network.flows import Traffic
from seatrial.fakes.network.links import Links
from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.time import SECOND, START
from seatrial.harness.ports.event import Obj, Record
from seatrial.harness.ports.kube import WatchEvent
from seatrial.harness.ports.places import MachineListener
from seatrial.harness.testing.builders import make_node, make_object, make_pod, make_service
from seatrial.harness.testing.views import DictView, key_of


class Machines:
    def __init__(self) -> None:
        self.dead: set[str] = set()
        self.gone: set[str] = set()
        self.since: dict[str, int] = {}
        self.listeners: list[MachineListener] = []

    def alive(self, node: str) -> bool:
        return node not in self.dead

    def serving(self, node: str, uid: str) -> bool:
        return node not in self.dead and uid not in self.gone

    def started(self, node: str, uid: str) -> int:
        return self.since.get(uid, START) if self.serving(node, uid) else 0

    def subscribe(self, listener: MachineListener) -> None:
        self.listeners.append(listener)


class Town:
    """zones a, b, c; nodes a1, a2, ...; Services with pods placed by `place`."""

    def __init__(self, zones: str = "abc", nodes: int = 1, *, open: bool = True) -> None:  # noqa: A002 - as Traffic's
        self.agenda = Agenda(1, START)
        self.machines = Machines()
        self.links = Links()
        self.view = DictView()
        self.note = Recorder(self.agenda)
        self.pods: dict[tuple[str, str], list[Obj]] = {}
        self.traffic = Traffic(self.agenda, self.view, self.machines, self.links, self.note, tuple(zones), open=open)
        for zone in zones:
            for number in range(1, nodes + 1):
                self.put(make_node(f"{zone}{number}", zone=zone))
                self.links.locate(f"node/{zone}{number}", zone)

    def put(self, obj: Obj) -> None:
        old, new = self.view.put(obj)
        key = key_of(obj)
        self.traffic.on_event(WatchEvent(1, "MODIFIED" if old else "ADDED", key.resource, old, new, 0))

    def service(
        self,
        name: str,
        nodes: str,
        *,
        annotations: Mapping[str, str] | None = None,
        pods: Mapping[str, str] | None = None,
        **spec: Any,
    ) -> None:
        """A Service with one pod on each node named, which is zone and number: "a1 b1 b1"."""
        made = make_service(name, **spec)
        if annotations:
            made["metadata"]["annotations"] = {f"seatrial.dev/{word}": text for word, text in annotations.items()}
        self.put(made)
        placed = []
        for number, node in enumerate(nodes.split()):
            notes = {f"seatrial.dev/{word}": text for word, text in (pods or {}).items()}
            pod = make_pod(f"{name}-{number}", labels={"app": name}, node=node, ready=True, annotations=notes or None)
            self.put(pod)
            placed.append(pod)
        self.pods["default", name] = placed
        self.slice(name)

    def slice(
        self,
        name: str,
        *,
        unready: tuple[int, ...] = (),
        terminating: tuple[int, ...] = (),
        hints: bool = False,
        node_hints: bool = False,
        port: str = "",
    ) -> None:
        """The Service's EndpointSlice, with some of the pods not ready or terminating, or left out."""
        endpoints = []
        for number, pod in enumerate(self.pods["default", name]):
            node = pod["spec"]["nodeName"]
            ready = number not in unready and number not in terminating
            endpoint: Obj = {
                "addresses": [f"10.0.0.{number + 1}"],
                "conditions": {
                    "ready": ready,
                    "serving": number not in unready,
                    "terminating": number in terminating,
                },
                "nodeName": node,
                "zone": node[0],
                "targetRef": {"kind": "Pod", "name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]},
            }
            if hints:
                endpoint["hints"] = {"forZones": [{"name": node[0]}]}
            if node_hints:
                endpoint["hints"] = {"forNodes": [{"name": node}], "forZones": [{"name": node[0]}]}
            endpoints.append(endpoint)
        piece = make_object(
            "discovery.k8s.io/v1", "EndpointSlice", f"{name}-x", labels={"kubernetes.io/service-name": name}
        )
        body = {"addressType": "IPv4", "endpoints": endpoints, "ports": [{"name": port, "port": 80, "protocol": "TCP"}]}
        self.put({**piece, **body})

    def uid(self, name: str, number: int) -> str:
        uid: str = self.pods["default", name][number]["metadata"]["uid"]
        return uid

    def kill(self, *nodes: str) -> None:
        self.machines.dead.update(nodes)
        self.tell(*nodes)

    def revive(self, *nodes: str) -> None:
        self.machines.dead.difference_update(nodes)
        self.tell(*nodes)

    def tell(self, *nodes: str) -> None:
        for node in nodes:
            for listener in self.machines.listeners:
                listener.machine_changed(node)

    def stop_zone(self, zone: str, token: str = "t") -> None:
        self.links.cut(f"zone/{zone}", "*", token)
        self.links.cut("*", f"zone/{zone}", token)
        self.kill(*(name for name in self.traffic.clients.nodes() if name.startswith(zone)))

    def run(self, seconds: int = 2) -> None:
        until = self.agenda.time + seconds * SECOND
        self.agenda.run(until)
        self.agenda.time = until

    def flow(self, name: str, zone: str) -> Obj | None:
        """The flow as it stands."""
        last = None
        for record in self.flows():
            if record.key.name == f"{name}@{zone}":
                last = record.new
        return last

    def flows(self) -> list[Record]:
        return [record for record in self.note.records if record.verb == "flow"]

    def notes(self) -> list[str]:
        return [record.new["text"] for record in self.note.records if record.verb == "note" and record.new]


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def large_town() -> Town:
    return Town(nodes=3)


@pytest.fixture
def make_town() -> type[Town]:
    return Town
