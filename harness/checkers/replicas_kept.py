"""replicas-kept: each workload keeps a share of its replicas ready, from the storm's start to the end.

Judged by the workload's own status, as `kubectl get` shows it: what the control plane has not noticed is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from seatrial.harness.checkers.findings import clock_text, nothing_seen, share_text
from seatrial.harness.checkers.phases import Phases
from seatrial.harness.checkers.subjects import WORKLOADS, title, under_test, wanted_ready
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.checker import Evidence, Finding, Query, Trial, Verdict
from seatrial.harness.ports.event import Key, Obj, Record
from seatrial.harness.ports.words import Selector, Share

__all__ = ["ReplicasKept"]

PPM = 1_000_000


@dataclass
class Low:
    """The fewest ready replicas of one workload while it was on trial."""

    obj: Obj
    ready: int
    wanted: int
    moment: Instant
    record: int
    seen: int = 0


@dataclass
class State:
    """Newest versions and low marks."""

    trial: Trial
    phases: Phases = field(default_factory=Phases)
    present: dict[Key, Obj] = field(default_factory=dict)
    lows: dict[Key, Low] = field(default_factory=dict)


@dataclass(frozen=True)
class ReplicasKept:
    """Each workload keeps at least this share of its replicas ready, and never less than one."""

    name: ClassVar[str] = "replicas-kept"
    reads: ClassVar[Query] = Query(WORKLOADS)

    of: Selector = "app"
    at_least: Share = 0

    def start(self, trial: Trial) -> State:
        """Nothing seen yet."""
        return State(trial)

    def step(self, state: State, record: Record) -> State:
        """Keep the lowest count of ready replicas."""
        if state.phases.take(record):
            if record.key.name == "storm":
                for key, obj in state.present.items():
                    self._mark(state, key, obj, record)
            return state
        if not under_test(state.trial, record.key, self.of):
            return state
        if record.new is None:
            state.present.pop(record.key, None)
            return state
        state.present[record.key] = record.new
        if state.phases.storming:
            self._mark(state, record.key, record.new, record)
        return state

    def _mark(self, state: State, key: Key, obj: Obj, record: Record) -> None:
        wanted, ready = wanted_ready(obj)
        low = state.lows.get(key)
        if low is None:
            state.lows[key] = Low(obj, ready, wanted, record.time, record.id, 1)
            return
        low.seen += 1
        if ready * low.wanted < low.ready * wanted:
            low.obj, low.ready, low.wanted, low.moment, low.record = obj, ready, wanted, record.time, record.id

    def finish(self, state: State, end: Instant) -> tuple[Finding, ...]:  # noqa: ARG002 - the low mark needs no end
        """One finding a workload."""
        claim = (
            f"at least {share_text(self.at_least)} of the replicas are ready"
            if self.at_least
            else "one replica is ready"
        )
        if not state.lows:
            return (nothing_seen(self.name, claim, "no workload of the app was seen after the storm began"),)
        return tuple(self._judge(state, claim, low) for low in state.lows.values() if low.wanted)

    def _judge(self, state: State, claim: str, low: Low) -> Finding:
        need = max(1, -(-low.wanted * self.at_least // PPM))
        broken = low.ready < need
        moment = clock_text(state.phases.storm, low.moment)
        return Finding(
            checker=self.name,
            object=title(low.obj),
            field="readyReplicas",
            verdict=Verdict.BROKEN if broken else Verdict.HELD,
            claim=claim,
            seen=f"{low.ready} of {low.wanted} replicas were ready at the worst moment, {moment}",
            moment=low.moment if broken else None,
            evidence=(Evidence(low.moment, low.record, f"status.readyReplicas is {low.ready}"),),
            advice=self._advice(low) if broken else "",
            cluster=state.trial.cluster,
            occasions=low.seen,
        )

    def _advice(self, low: Low) -> str:
        if low.wanted == 1:
            return "run at least two replicas, spread over zones"
        return "add a topologySpreadConstraint on topology.kubernetes.io/zone with whenUnsatisfiable: DoNotSchedule"
