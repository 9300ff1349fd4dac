"""converged: after the heal every workload is complete and every node Ready within a time, and stays so.

Complete means as many ready (and updated) replicas as wanted, of the newest generation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from seatrial.harness.checkers.findings import clock_text, nothing_seen
from seatrial.harness.checkers.phases import Phases
from seatrial.harness.checkers.subjects import WORKLOADS, condition, title, under_test, wanted_ready
from seatrial.harness.kernel.time import MINUTE, Instant, duration_text
from seatrial.harness.ports.checker import Evidence, Finding, Query, Trial, Verdict
from seatrial.harness.ports.event import Key, Obj, Record
from seatrial.harness.ports.words import Duration, Selector

__all__ = ["Converged"]


@dataclass
class Way:
    """One object's way back: since when it has been well, and how often it fell again after the deadline."""

    obj: Obj
    well: bool
    since: Instant
    record: int
    late: tuple[Instant, int] | None = None  # first moment after the deadline at which it was not well


@dataclass
class State:
    """The ways of all objects."""

    trial: Trial
    phases: Phases = field(default_factory=Phases)
    ways: dict[Key, Way] = field(default_factory=dict)


@dataclass(frozen=True)
class Converged:
    """After the heal all replicas and nodes are ready again within a time, and stay so."""

    name: ClassVar[str] = "converged"
    reads: ClassVar[Query] = Query(WORKLOADS | {"nodes"})

    within: Duration = 15 * MINUTE
    of: Selector = "app"

    def start(self, trial: Trial) -> State:
        """Nothing seen yet."""
        return State(trial)

    def step(self, state: State, record: Record) -> State:
        """Follow each object's way."""
        if state.phases.take(record):
            return state
        key = record.key
        if key.resource != "nodes" and not under_test(state.trial, key, self.of):
            return state
        if record.new is None:
            # A node that was taken out is not waited for; a workload that is gone is told by replicas-kept.
            state.ways.pop(key, None)
            return state
        well = _well(record.new)
        way = state.ways.get(key)
        if way is None:
            state.ways[key] = Way(record.new, well, record.time, record.id)
            return state
        way.obj = record.new
        if well is not way.well:
            way.well, way.since, way.record = well, record.time, record.id
            healed = state.phases.healed
            if not well and healed is not None and record.time > healed + self.within and way.late is None:
                way.late = (record.time, record.id)
        return state

    def finish(self, state: State, end: Instant) -> tuple[Finding, ...]:
        """One finding an object."""
        claim = f"everything is ready again within {duration_text(self.within)} of the heal, and stays so"
        healed = state.phases.healed
        if healed is None or not state.ways:
            return (
                nothing_seen(self.name, claim, "the run ended before the heal" if state.ways else "nothing to watch"),
            )
        return tuple(self._judge(state, claim, way, healed, end) for way in state.ways.values())

    def _judge(self, state: State, claim: str, way: Way, healed: Instant, end: Instant) -> Finding:
        deadline = healed + self.within
        moment: Instant | None = None
        record = way.record
        if way.late is not None:
            moment, record = way.late
            seen = f"was not ready again at {clock_text(healed, moment)} after the heal, past the deadline"
        elif not way.well:
            moment = min(deadline, end)
            seen = f"{_state(way.obj)} {clock_text(healed, end)} after the heal"
        elif way.since > deadline:
            moment = deadline
            seen = f"took {duration_text(way.since - healed)} after the heal"
        else:
            took = max(0, way.since - healed)
            seen = f"ready {clock_text(0, took)} after the heal" if took else "ready when the heal came"
        verdict = Verdict.HELD if moment is None else Verdict.BROKEN
        if verdict is Verdict.BROKEN and not way.well and end < deadline and way.late is None:
            verdict, seen = Verdict.UNKNOWN, seen + "; the run ended before the deadline"
        return Finding(
            checker=self.name,
            object=title(way.obj),
            field="ready",
            verdict=verdict,
            claim=claim,
            seen=seen,
            moment=moment,
            evidence=(Evidence(way.since, record, _state(way.obj)),),
            advice="" if moment is None else _advice(way.obj),
            cluster=state.trial.cluster,
        )


def _well(obj: Obj) -> bool:
    if obj["kind"] == "Node":
        return bool(condition(obj, "Ready").get("status") == "True")
    wanted, ready = wanted_ready(obj)
    status: Obj = obj.get("status", {})
    if status.get("observedGeneration", 0) < obj["metadata"].get("generation", 0):
        return False
    updated = status.get("updatedReplicas", wanted) if obj["kind"] in ("Deployment", "StatefulSet") else wanted
    return bool(ready >= wanted and updated >= wanted)


def _state(obj: Obj) -> str:
    if obj["kind"] == "Node":
        state = condition(obj, "Ready")
        return f"Ready is {state.get('status', 'missing')}: {state.get('message', '')}".rstrip(": ")
    wanted, ready = wanted_ready(obj)
    return f"{ready} of {wanted} replicas ready"


def _advice(obj: Obj) -> str:
    if obj["kind"] == "Node":
        return "see why the kubelet does not report: `seatrial explain` shows the node's records"
    return "look at the pods that are not ready: Pending says the scheduler's reasons, Terminating waits for its node"
