"""quorum-kept: a workload that declares `seatrial.dev/quorum: majority` never has fewer ready replicas than that.

`seatrial.dev/quorum` may also be a number. Judged by status.readyReplicas, as `kubectl get` shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from seatrial.harness.checkers.findings import clock_text, no_subject
from seatrial.harness.checkers.phases import Phases
from seatrial.harness.checkers.subjects import WORKLOADS, annotation, title, under_test, wanted_ready
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.checker import Evidence, Finding, Query, Trial, Verdict
from seatrial.harness.ports.event import Key, Obj, Record
from seatrial.harness.ports.words import Selector

__all__ = ["QuorumKept"]

CLAIM = "a declared quorum is never lost"


@dataclass
class Low:
    """The fewest ready members of one workload."""

    obj: Obj
    ready: int
    need: int
    moment: Instant
    record: int


@dataclass
class State:
    """Newest versions and low marks."""

    trial: Trial
    phases: Phases = field(default_factory=Phases)
    present: dict[Key, Obj] = field(default_factory=dict)
    lows: dict[Key, Low] = field(default_factory=dict)


@dataclass(frozen=True)
class QuorumKept:
    """A workload that declares a quorum (`seatrial.dev/quorum: majority`) never loses it."""

    name: ClassVar[str] = "quorum-kept"
    reads: ClassVar[Query] = Query(WORKLOADS)

    of: Selector = "app"

    def start(self, trial: Trial) -> State:
        """Nothing seen yet."""
        return State(trial)

    def step(self, state: State, record: Record) -> State:
        """Keep the lowest count of ready members."""
        if state.phases.take(record):
            if record.key.name == "storm":
                for key, obj in state.present.items():
                    _mark(state, key, obj, record)
            return state
        if record.new is None or not under_test(state.trial, record.key, self.of):
            return state
        state.present[record.key] = record.new
        if state.phases.storming:
            _mark(state, record.key, record.new, record)
        return state

    def finish(self, state: State, end: Instant) -> tuple[Finding, ...]:  # noqa: ARG002 - the low mark needs no end
        """One finding a workload that declares a quorum."""
        if not state.lows:
            return (no_subject(self.name, CLAIM, "no workload declares seatrial.dev/quorum"),)
        return tuple(_judge(self.name, state, low) for low in state.lows.values())


def _mark(state: State, key: Key, obj: Obj, record: Record) -> None:
    declared = annotation(obj, "quorum")
    if not declared:
        return
    wanted, ready = wanted_ready(obj)
    need = int(declared) if declared.isdigit() else wanted // 2 + 1
    low = state.lows.get(key)
    if low is None or ready - need < low.ready - low.need:
        state.lows[key] = Low(obj, ready, need, record.time, record.id)


def _judge(name: str, state: State, low: Low) -> Finding:
    broken = low.ready < low.need
    wanted, _ = wanted_ready(low.obj)
    return Finding(
        checker=name,
        object=title(low.obj),
        field="quorum",
        verdict=Verdict.BROKEN if broken else Verdict.HELD,
        claim=CLAIM,
        seen=f"{low.ready} of {wanted} members were ready at the worst moment, "
        f"{clock_text(state.phases.storm, low.moment)}; the quorum is {low.need}",
        moment=low.moment if broken else None,
        evidence=(Evidence(low.moment, low.record, f"status.readyReplicas is {low.ready}"),),
        advice=_advice(wanted) if broken else "",
        cluster=state.trial.cluster,
    )


def _advice(wanted: int) -> str:
    spread = "spread over three zones: topologySpreadConstraint on topology.kubernetes.io/zone, maxSkew 1"
    if wanted < 3:
        return f"run three members at least (a majority of {wanted} cannot lose any), {spread}"
    return f"have the members {spread}"
