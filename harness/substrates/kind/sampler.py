"""Clients of each zone: a shell loop in one of its nodes connects to every Service; its answers become flows.

A zone's clients live as long as their node does. They begin again on a node of the zone that is Ready and whose
kube-proxy is: before that no pod would run there, or the address of a Service would lead anywhere.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from time import monotonic, monotonic_ns

from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.note import Note
from seatrial.harness.substrates.facts import node_facts
from seatrial.harness.substrates.kind.chronicle import Chronicle
from seatrial.harness.substrates.kind.cluster import KindCluster
from seatrial.harness.substrates.kind.command import stream
from seatrial.harness.substrates.kind.flows import (
    PROBE,
    SYSTEM,
    Window,
    endpoints_of,
    parse,
    proxied_nodes,
    targets,
    unmeasured,
)
from seatrial.harness.substrates.nodes import zone_name

__all__ = ["Sampler"]

AGAIN_SECONDS = 1.0
SLICES = "endpointslices.discovery.k8s.io"
ENDED = "ended"


class Sampler:
    """The clients of one cluster."""

    def __init__(
        self,
        cluster: KindCluster,
        chronicle: Chronicle,
        agenda: Agenda,
        note: Note,
        dead: Callable[[], frozenset[str]],
    ) -> None:
        self._cluster = cluster
        self._chronicle = chronicle
        self._agenda = agenda
        self._note = note
        self._dead = dead
        self._answers: SimpleQueue[tuple[int, str, str]] = SimpleQueue()
        self._loops: dict[str, subprocess.Popen[str]] = {}
        self._windows: dict[tuple[str, str, str], Window] = {}  # zone, namespace, service
        self._tried: dict[str, float] = {}
        self._words: tuple[str, ...] = ()

    def begin(self) -> None:
        """Clients start to send to the Services that there are now."""
        services = self._chronicle.list("services")
        self._words = tuple(target.word for target in targets(services))
        for service in services:
            meta, why = service["metadata"], unmeasured(service)
            if why and meta["namespace"] not in SYSTEM:
                facts = {"object": f"Service/{meta['namespace']}/{meta['name']}", "text": f"not measured: {why}"}
                self._note.write(
                    "traffic", "note", Key("note", meta["namespace"], f"service/{meta['name']}"), None, facts
                )

    def close(self) -> None:
        """No client is left."""
        for loop in self._loops.values():
            loop.kill()
            loop.wait()
        self._loops = {}
        self._words = ()

    def keep(self) -> None:
        """Each zone has its clients, if one of its nodes is Ready."""
        if not self._words:
            return
        now = monotonic()
        ready: dict[str, str] = {}
        proxied = proxied_nodes(self._chronicle.list("pods"))
        for node in self._chronicle.list("nodes"):
            facts = node_facts(node, self._cluster.plan.region)
            if facts.ready and facts.zone and facts.name in proxied and facts.name not in self._dead():
                ready.setdefault(facts.zone, facts.name)
        for zone, name in sorted(ready.items()):
            if zone not in self._loops and now > self._tried.get(zone, 0) + AGAIN_SECONDS:
                self._tried[zone] = now
                self._loops[zone] = stream(["docker", "exec", name, "bash", "-c", PROBE, "probe", *self._words])
                threading.Thread(target=self._read, args=(zone, self._loops[zone]), daemon=True).start()

    def _read(self, zone: str, loop: subprocess.Popen[str]) -> None:
        assert loop.stdout is not None
        with loop.stdout as lines:
            for line in lines:
                self._answers.put((monotonic_ns(), zone, line))
        self._answers.put((monotonic_ns(), zone, ENDED))

    def drain(self, zero: Instant) -> None:
        """Write down what has changed; zero: the instant at which the monotonic clock was 0."""
        for _ in range(self._answers.qsize()):
            try:
                when, zone, line = self._answers.get_nowait()
            except Empty:
                return
            self._agenda.time = max(self._agenda.time, zero + when)
            if line == ENDED:
                self._end(zone)
                continue
            answer = parse(line)
            if answer is not None:
                namespace, name, came = answer
                window = self._windows.setdefault((zone, namespace, name), Window())
                self._take(zone, namespace, name, came, window)

    def _end(self, zone: str) -> None:
        loop = self._loops.pop(zone, None)
        if loop is not None:
            loop.wait()
        for place in [place for place in self._windows if place[0] == zone]:
            window = self._windows.pop(place)
            if window.told is not None:
                self._write(place, window.told, None)

    def _take(self, zone: str, namespace: str, name: str, came: str, window: Window) -> None:
        endpoints = endpoints_of(self._chronicle.list(SLICES), namespace, name)
        window.add(came, endpoints, self._dead())
        flow = window.flow(name, zone_name(self._cluster.plan.region, zone), endpoints)
        if flow != window.told:
            before, window.told = window.told, flow
            self._write((zone, namespace, name), before, flow)

    def _write(self, place: tuple[str, str, str], old: dict[str, object] | None, new: dict[str, object] | None) -> None:
        zone, namespace, name = place
        self._agenda.cause = self._chronicle.latest
        key = Key("flow", namespace, f"{name}@{zone_name(self._cluster.plan.region, zone)}")
        self._note.write("traffic", "flow", key, old, new)
        self._agenda.cause = 0
