"""From a request to a plan: every name is bound, every file read, before anything starts. All errors are BadInput."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import product
from typing import Any

import msgspec

from seatrial.harness.kernel.errors import BadInput, Unavailable
from seatrial.harness.ports.fleet import FleetPlan, Substrate
from seatrial.harness.ports.words import Words
from seatrial.harness.runner.plan import Plan, Variant
from seatrial.harness.runner.request import RunRequest
from seatrial.harness.runner.words import words
from seatrial.harness.scenario.fleet import LIFECYCLES, PlannedFleet, plan_fleet
from seatrial.harness.scenario.fleet_file import read_fleet
from seatrial.harness.scenario.library import find_scenario
from seatrial.harness.scenario.loader import load_scenario
from seatrial.harness.scenario.manifests.app import App, load_app
from seatrial.harness.scenario.model import Scenario
from seatrial.harness.world.storm import Step

__all__ = ["bind", "replay_command"]

LIFECYCLE = "node-lifecycle"
DEFAULT_APP = ("builtin/storefront",)


def bind(request: RunRequest, substrate: Substrate) -> Plan:
    """The plan of a request. Raises BadInput, and Unavailable where the substrate lacks an ability."""
    known = words(request.plugins)
    sets, lifecycle = _split_sets(request.sets)
    source = find_scenario(request.scenario)
    scenario = load_scenario(source, known, sets)
    app = load_app(request.app or scenario.app or DEFAULT_APP, strict=request.strict)
    spec = read_fleet(request.fleet) if request.fleet else scenario.fleet
    planned = plan_fleet(spec, app, seed=request.seed, start=scenario.starts)
    lifecycles = _lifecycles((lifecycle,) if lifecycle else planned.lifecycles, substrate)
    variants = tuple(_variants(scenario, known, planned.plan, lifecycles))
    _check_abilities(variants, substrate)
    _check_zones(variants, planned.plan)
    checkers = tuple(promise.bind(known.checkers[promise.name]) for promise in scenario.promises)
    platform = tuple(standin.bind(known.standins[standin.name]) for standin in scenario.platform)
    fleet = replace(
        planned.plan, options={**planned.plan.options, "platform": platform, "chatty": request.history == "full"}
    )
    return Plan(
        scenario=scenario.name,
        why=scenario.why,
        seed=request.seed,
        fleet=fleet,
        fleet_words=planned.words,
        manifests=app.objects,
        workloads=app.workloads,
        places=app.places,
        settle=scenario.settle,
        calm=scenario.calm,
        checkers=checkers,
        variants=variants,
        warnings=(*planned.warnings, *app.warnings),
        source=scenario.text,
        app=app.names,
        expect=scenario.expect,
        digest=_digest(scenario, app, planned),
        history=request.history,
        command=_command(request),
    )


def _split_sets(sets: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """`--set node-lifecycle=eks` is ours; all others are the scenario's parameters."""
    lifecycle, rest = "", []
    for item in sets:
        name, equals, value = item.partition("=")
        if name != LIFECYCLE or not equals:
            rest.append(item)
        elif value in LIFECYCLES:
            lifecycle = value
        else:
            raise BadInput(f"--set {item}: {LIFECYCLE} is one of {', '.join(LIFECYCLES)}")
    return tuple(rest), lifecycle


def _lifecycles(wanted: tuple[str, ...], substrate: Substrate) -> tuple[str, ...]:
    """Those policies that the substrate can run. Raises Unavailable where it can run none."""
    able = tuple(policy for policy in wanted if policy in substrate.lifecycles)
    if not able:
        raise Unavailable(
            f"the substrate {substrate.name} cannot run {LIFECYCLE}={', '.join(wanted)}; "
            f"it runs {', '.join(substrate.lifecycles)}"
        )
    return able


def _variants(scenario: Scenario, known: Words, fleet: FleetPlan, lifecycles: tuple[str, ...]) -> Iterable[Variant]:
    choices = [[(setting, value) for value in _values(setting, fleet, scenario)] for setting in scenario.each]
    for settings in product(*choices):
        for lifecycle in lifecycles:
            named = list(settings) + ([(LIFECYCLE, lifecycle)] if len(lifecycles) > 1 else [])
            chosen = dict(settings)
            yield Variant(
                name=", ".join(f"{name}={value}" for name, value in named),
                settings=(*settings, (LIFECYCLE, lifecycle)),
                steps=tuple(_step(step, known, chosen) for step in scenario.storm),
                node_lifecycle=lifecycle,
            )


def _values(setting: str, fleet: FleetPlan, scenario: Scenario) -> list[str]:
    """What `each` stands for: zones, node groups or clusters of the fleet, in their order."""
    found: dict[str, None] = {}
    if setting == "zone":
        found.update(dict.fromkeys(_fleet_zones(fleet)))
    for number, cluster in enumerate(fleet.clusters, start=1):
        if setting == "cluster":
            found[str(number)] = None
        elif setting == "nodegroup":
            found.update(dict.fromkeys(group.name for group in cluster.nodegroups))
    if not found:
        raise BadInput(f"{scenario.file}: {setting}: each, but the fleet has no {setting}")
    return sorted(found)


def _zones_of(nodes: Iterable[Any], region: str) -> Iterable[str]:
    for node in nodes:
        zone = node["metadata"].get("labels", {}).get("topology.kubernetes.io/zone", "")
        if zone:
            yield zone.removeprefix(region) if len(zone) == len(region) + 1 else zone


def _step(step: Any, known: Words, chosen: dict[str, str]) -> Step:
    word = known.faults[step.word] if step.kind == "inject" else known.actions[step.word]
    return Step(
        id=step.id,
        fault=step.bind(word, chosen),
        at=step.at,
        when=step.when,
        while_=step.while_,
        after=step.after,
        lasts=step.lasts,
        place=step.place,
    )


def _check_abilities(variants: Iterable[Variant], substrate: Substrate) -> None:
    for variant in variants:
        missing = sorted(variant.needs - substrate.abilities)
        if missing:
            faults = ", ".join(
                f"{step.fault.name} ({step.place})" for step in variant.steps if step.fault.needs & set(missing)
            )
            raise Unavailable(f"the substrate {substrate.name} cannot do {', '.join(missing)}, which {faults} needs")


def _check_zones(variants: Iterable[Variant], fleet: FleetPlan) -> None:
    """A zone by its letter must be there; words (one, worst, 30%) are chosen when the fault begins."""
    zones = sorted(set(_fleet_zones(fleet)))
    for variant in variants:
        for step in variant.steps:
            named = [part.strip() for part in str(getattr(step.fault, "zone", "")).split(",")]
            missing = [name for name in named if len(name) == 1 and name.isalpha() and name not in zones]
            if missing:
                have = ", ".join(zones) or "none"
                raise BadInput(f"{step.place}: there is no zone {missing[0]!r}; the fleet has {have}")


def _fleet_zones(fleet: FleetPlan) -> Iterable[str]:
    for cluster in fleet.clusters:
        for group in cluster.nodegroups:
            yield from group.zones
        yield from _zones_of(cluster.nodes, cluster.region)


def _digest(scenario: Scenario, app: App, planned: PlannedFleet) -> str:
    """Of everything that decides a run but its seed."""
    unseeded = replace(planned.plan, seed=0)
    values = [scenario.text, scenario.parameters, app.objects, unseeded]
    return sha256(msgspec.json.encode(values, order="deterministic")).hexdigest()


def _command(request: RunRequest) -> str:
    """The command that asks for the same again, without the seed and what a report adds."""
    parts = ["seatrial", "run", request.scenario]
    if request.on != "sim":
        parts += ["--on", request.on]
    if request.node_image:
        parts += ["--node-image", request.node_image]
    for flag, values in (("--app", request.app), ("--plugin", request.plugins), ("--set", request.sets)):
        for value in values:
            parts += [flag, value]
    if request.fleet:
        parts += ["--fleet", request.fleet]
    if request.strict:
        parts.append("--strict")
    parts += ["--seed", str(request.seed)]
    return shlex.join(parts)


def replay_command(plan: Plan, variant: Variant | None = None) -> str:
    """The command that shows a run, or one variant of it, again."""
    if variant is None:
        return plan.command
    given = {item.partition("=")[0] for item in shlex.split(plan.command) if "=" in item}
    more = [f"--set {shlex.quote(f'{name}={value}')}" for name, value in variant.settings if name not in given]
    return " ".join([plan.command, *more])
