"""no-data-loss: what the API server acknowledged is all there afterwards.

The history holds every acknowledged write; the census at the end (each substrate lists what its API server serves) must
agree with it: an object that was never deleted is there, at the version that was acknowledged last or a later one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from seatrial.harness.checkers.findings import nothing_seen
from seatrial.harness.checkers.phases import Phases
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.checker import Evidence, Finding, Query, Trial, Verdict
from seatrial.harness.ports.event import Key, Record

__all__ = ["NoDataLoss"]

CLAIM = "writes that the API acknowledged are all there afterwards"
OBJECT_VERBS = frozenset({"create", "update", "delete"})
LISTED_MAX = 20


@dataclass
class State:
    """Acknowledged versions, and what the census found."""

    trial: Trial
    phases: Phases = field(default_factory=Phases)
    acknowledged: dict[Key, Record] = field(default_factory=dict)
    lost: list[tuple[Key, str, Instant, int]] = field(default_factory=list)
    checked: int = 0


@dataclass(frozen=True)
class NoDataLoss:
    """Every write that the API server acknowledged is there at the end."""

    name: ClassVar[str] = "no-data-loss"
    reads: ClassVar[Query] = Query()

    def start(self, trial: Trial) -> State:
        """Nothing seen yet."""
        return State(trial)

    def step(self, state: State, record: Record) -> State:
        """Keep the newest acknowledged version of everything; compare at the census."""
        if state.phases.take(record) or record.cluster == 0:
            return state
        key = record.key
        if record.verb in OBJECT_VERBS:
            # Events expire by themselves, so their absence proves nothing.
            if record.new is None:
                state.acknowledged.pop(key, None)
            elif not key.resource.startswith("events"):
                state.acknowledged[key] = record
        elif record.verb == "census" and record.new is not None:
            self._compare(state, key.name, record.new["versions"])
        return state

    def _compare(self, state: State, resource: str, versions: dict[str, int]) -> None:
        for key, record in state.acknowledged.items():
            if key.resource != resource or record.new is None:
                continue
            state.checked += 1
            version = int(record.new["metadata"].get("resourceVersion") or 0)
            there = versions.get(f"{key.namespace}/{key.name}")
            if there is None:
                state.lost.append((key, "is not there, and nobody deleted it", record.time, record.id))
            elif there < version:
                state.lost.append(
                    (key, f"is at version {there}, but {version} was acknowledged", record.time, record.id)
                )

    def finish(self, state: State, end: Instant) -> tuple[Finding, ...]:
        """One finding for each object that lost a write."""
        if not state.checked:
            return (nothing_seen(self.name, CLAIM, "no census was taken at the end"),)
        if not state.lost:
            seen = f"{state.checked} objects, each at the version that was acknowledged last"
            return (Finding(self.name, "cluster", "writes", Verdict.HELD, CLAIM, seen, cluster=state.trial.cluster),)
        return tuple(
            Finding(
                checker=self.name,
                object=str(key),
                field="resourceVersion",
                verdict=Verdict.BROKEN,
                claim=CLAIM,
                seen=what,
                moment=end,
                evidence=(Evidence(time, record, "the last acknowledged write"),),
                advice="look for a restore of etcd from a backup, or a member that lost its log",
                cluster=state.trial.cluster,
            )
            for key, what, time, record in state.lost[:LISTED_MAX]
        )
