"""A request with every name bound: what will be opened, what will be broken, what was promised."""

from __future__ import annotations

from dataclasses import dataclass, field

from seatrial.harness.kernel.time import HOUR, MINUTE, Duration
from seatrial.harness.ports.checker import Checker
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.fleet import FleetPlan
from seatrial.harness.ports.levers import Ability
from seatrial.harness.world.storm import Step

__all__ = ["Plan", "Variant"]

# Where no step says how long it lasts.
STORM_DEFAULT: Duration = 30 * MINUTE
# A storm whose conditions never come must end all the same.
STORM_MAX: Duration = 30 * 24 * HOUR


@dataclass(frozen=True)
class Variant:
    """One run of a plan: the steps with their targets chosen as far as the scenario chose them."""

    name: str
    settings: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    node_lifecycle: str = "upstream"

    @property
    def storm(self) -> Duration:
        """How long the storm lasts by its timed steps; what waits for a condition may make it longer."""
        ends: dict[str, Duration] = {}
        begins: dict[str, Duration] = {}
        for step in self.steps:
            base = max((ends.get(name, 0) for name in step.after), default=0)
            begins[step.id] = base + (step.at or 0)
            ends[step.id] = begins[step.id] + (step.lasts or 0)
        timed = max((ends[step.id] for step in self.steps if step.lasts), default=0)
        open_ended = any(step.lasts is None for step in self.steps)
        latest = max(begins.values(), default=0)
        return max(timed, latest + STORM_DEFAULT if open_ended and not timed else latest)

    @property
    def needs(self) -> frozenset[Ability]:
        """What the substrate must be able to do."""
        return frozenset(need for step in self.steps for need in step.fault.needs)


@dataclass(frozen=True)
class Plan:
    """Everything about a run but its history."""

    scenario: str
    why: str
    seed: int
    fleet: FleetPlan
    fleet_words: str
    manifests: tuple[Obj, ...]
    workloads: tuple[str, ...]
    places: dict[str, str]
    settle: Duration
    calm: Duration
    checkers: tuple[Checker, ...]
    variants: tuple[Variant, ...]
    warnings: tuple[str, ...] = ()
    options: Obj = field(default_factory=dict)
    source: str = ""  # the scenario's text, kept beside a report
    app: tuple[str, ...] = ()  # the paths it was read from
    expect: str = ""  # what the scenario must end with: our own negatives
    digest: str = ""
    history: str = "changes"  # or full; digest: records are dropped once the checkers have seen them
    command: str = ""  # that asks for the same again
