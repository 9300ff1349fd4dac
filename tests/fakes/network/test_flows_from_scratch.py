"""Flows kept up to date by changes equal flows reckoned from scratch: nothing that matters goes unnoticed."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrial.fakes.network.flows import Traffic
from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.ports.event import Obj

Town = Any

NODES = [f"{zone}{number}" for zone in "abc" for number in (1, 2, 3)]
NAMES = ["web", "api", "db"]
SPECS: list[dict[str, Any]] = [{}, {"internalTrafficPolicy": "Local"}]
NOTES: list[dict[str, str]] = [
    {},
    {"depends-on": "svc/db"},
    {"rate": "7"},
    {"depends-on": "svc/api svc/db", "rate": "0"},
]
PLACES = ["zone/a", "zone/b", "node/c1", "*", "dns"]

services = st.tuples(
    st.just("service"),
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(NODES), max_size=6).map(" ".join),
    st.sampled_from(SPECS),
    st.sampled_from(NOTES),
)
slices = st.tuples(
    st.just("slice"),
    st.sampled_from(NAMES),
    st.lists(st.integers(0, 5), max_size=6).map(tuple),
    st.lists(st.integers(0, 5), max_size=3).map(tuple),
    st.sampled_from(["", "hints", "node_hints"]),
)
machines = st.tuples(st.sampled_from(["kill", "revive"]), st.lists(st.sampled_from(NODES), max_size=3))
pods = st.tuples(st.sampled_from(["gone", "back"]), st.sampled_from(NAMES), st.integers(0, 5))
ways = st.tuples(st.sampled_from(["cut", "join"]), st.sampled_from(PLACES), st.sampled_from([*PLACES, "api"]))
grades = st.tuples(st.sampled_from(["degrade", "restore"]), st.sampled_from(PLACES), st.sampled_from(PLACES))
waits = st.tuples(st.just("wait"), st.integers(0, 3))
CHANGES = st.lists(services | slices | machines | pods | waits, max_size=12) | st.lists(
    services | slices | machines | pods | ways | grades | waits, max_size=16
)


def change(town: Town, step: tuple[Any, ...]) -> None:
    match step:
        case ("service", name, nodes, spec, notes):
            town.service(name, nodes, annotations=notes, **spec)
        case ("slice", name, unready, terminating, hints):
            if ("default", name) in town.pods:
                town.slice(name, unready=unready, terminating=terminating, **({hints: True} if hints else {}))
        case ("kill", nodes):
            town.kill(*nodes)
        case ("revive", nodes):
            town.revive(*nodes)
        case ("gone" | "back" as what, name, number):
            placed = town.pods.get(("default", name), ())
            if number < len(placed):
                uid = town.uid(name, number)
                (town.machines.gone.add if what == "gone" else town.machines.gone.discard)(uid)
                town.tell(placed[number]["spec"]["nodeName"])
        case ("cut" | "join" as what, source, target):
            getattr(town.links, what)(source, target, "t")
        case ("degrade", source, target):
            town.links.degrade(source, target, "t", loss=250_000, delay=300_000_000)
        case ("restore", source, target):
            town.links.restore(source, target, "t")
        case ("wait", seconds):
            town.run(seconds)


def standing(flows: list[Any]) -> dict[str, Obj]:
    last: dict[str, Obj] = {}
    for record in flows:
        if record.new is None:
            last.pop(record.key.name, None)
        else:
            last[record.key.name] = record.new
    return last


def from_scratch(town: Town) -> dict[str, Obj]:
    agenda = Agenda(1, town.agenda.time)
    pen = Recorder(agenda)
    fresh = Traffic(agenda, town.view, town.machines, town.links, pen, ("a", "b", "c"))
    fresh.start()
    agenda.run(agenda.time)
    town.machines.listeners.remove(fresh)
    town.links._listeners.remove(fresh)
    return standing([record for record in pen.records if record.verb == "flow"])


@settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(changes=CHANGES)
def test_what_changes_bit_by_bit_ends_where_a_fresh_look_begins(make_town: Any, changes: list[Any]) -> None:
    town = make_town(nodes=3)
    town.service("web", "a1 a2 b1 b2 c1 c2", annotations={"depends-on": "svc/api"})
    town.service("api", "a1 b2 c3")
    town.service("db", "b1 b2 b3", internalTrafficPolicy="Local")
    town.run(2)
    for step in changes:
        change(town, step)
    # Old views belong to the past: let every living node list again before the two are compared.
    for source in PLACES:
        town.links.join(source, "api", "t")
        town.links.join(source, "*", "t")
        town.links.join("*", source, "t")
    town.run(5)

    assert standing(town.flows()) == from_scratch(town)
    for record in town.flows():
        if record.new is not None:
            assert record.new["served_ppm"] + sum(record.new["failed"].values()) == 1_000_000
            assert record.new != record.old
