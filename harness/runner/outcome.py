"""What a command has found out: one result a run, and the worst verdict of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from seatrial.harness.history.log import History
from seatrial.harness.kernel.time import Duration, Instant
from seatrial.harness.ports.checker import Finding, Verdict
from seatrial.harness.ports.event import Obj
from seatrial.harness.runner.verdicts import verdict_of

__all__ = ["Outcome", "Phase", "Result", "Unready"]


@dataclass(frozen=True)
class Phase:
    """One phase of a run: settle, storm, heal, calm."""

    name: str
    start: Instant
    end: Instant


@dataclass(frozen=True)
class Unready:
    """A workload that did not come up, and why."""

    workload: str  # Deployment/default/web
    ready: int
    wanted: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """One run."""

    name: str  # "zone=a, node-lifecycle=upstream"; "" for the only one
    scenario: str
    seed: int
    findings: tuple[Finding, ...]
    history: History
    phases: tuple[Phase, ...]
    settings: tuple[tuple[str, str], ...] = ()  # what tells this run from the others
    unready: tuple[Unready, ...] = ()
    interrupted: bool = False
    limits: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    replay: str = ""  # the command that shows this run again
    facts: Obj = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The worst of the findings; UNKNOWN where the run was cut short."""
        verdict = verdict_of(self.findings)
        return max(verdict, Verdict.UNKNOWN) if self.interrupted or self.limits or self.unready else verdict


@dataclass(frozen=True)
class Outcome:
    """All runs of one command."""

    scenario: str
    why: str
    seed: int
    results: tuple[Result, ...]
    app: tuple[str, ...] = ()
    fleet: str = ""  # in words
    warnings: tuple[str, ...] = ()
    replay: str = ""
    elapsed: Duration = 0  # of the wall, for the terminal only
    interrupted: bool = False
    source: str = ""  # the scenario's text
    plan: str = ""  # the plan's digest
    accepted: tuple[str, ...] = ()  # ids of findings that a baseline accepts

    @property
    def verdict(self) -> Verdict:
        """The worst run counts."""
        return max((result.verdict for result in self.results), default=Verdict.UNKNOWN)
