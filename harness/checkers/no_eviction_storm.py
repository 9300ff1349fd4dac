"""no-eviction-storm: never are more than a share of the pods taken away by the control plane within a window.

Counts pods that the taint manager, the node lifecycle controller, the pod collector or an eviction marks or deletes;
not a rollout's own replacements, not finished pods.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import ClassVar

from seatrial.harness.checkers.findings import clock_text, nothing_seen, share_text
from seatrial.harness.checkers.phases import Phases
from seatrial.harness.checkers.subjects import condition, is_ending, is_finished
from seatrial.harness.kernel.time import MINUTE, Instant, duration_text
from seatrial.harness.ports.checker import Evidence, Finding, Query, Trial, Verdict
from seatrial.harness.ports.event import Key, Obj, Record
from seatrial.harness.ports.words import Duration, Share

__all__ = ["NoEvictionStorm"]

PPM = 1_000_000


@dataclass
class Peak:
    """The worst window."""

    count: int = 0
    pods: int = 1
    moment: Instant = 0
    record: int = 0


@dataclass
class State:
    """Evictions of the last window."""

    trial: Trial
    phases: Phases = field(default_factory=Phases)
    pods: dict[Key, None] = field(default_factory=dict)
    recent: deque[Instant] = field(default_factory=deque)
    peak: Peak = field(default_factory=Peak)
    total: int = 0
    standing: int = 0  # pods when the storm began


@dataclass(frozen=True)
class NoEvictionStorm:
    """Never are more than this share of the pods evicted within a window."""

    name: ClassVar[str] = "no-eviction-storm"
    reads: ClassVar[Query] = Query(frozenset({"pods"}))

    at_most: Share = 500_000
    within: Duration = 5 * MINUTE

    def start(self, trial: Trial) -> State:
        """Nothing seen yet."""
        return State(trial)

    def step(self, state: State, record: Record) -> State:
        """Count what is taken away."""
        if state.phases.take(record):
            if record.key.name == "storm":
                state.standing = len(state.pods)
            return state
        key, old, new = record.key, record.old, record.new
        if new is None or is_finished(new):
            state.pods.pop(key, None)
        else:
            state.pods[key] = None
        if state.phases.storming and old is not None and _evicted(old, new):
            self._count(state, record)
        return state

    def _count(self, state: State, record: Record) -> None:
        state.total += 1
        recent = state.recent
        recent.append(record.time)
        while recent[0] < record.time - self.within:
            recent.popleft()
        if len(recent) > state.peak.count:
            state.peak = Peak(len(recent), max(1, state.standing), record.time, record.id)

    def finish(self, state: State, end: Instant) -> tuple[Finding, ...]:  # noqa: ARG002 - the peak needs no end
        """One finding for the cluster."""
        window = duration_text(self.within)
        claim = f"at most {share_text(self.at_most)} of the pods are evicted within {window}"
        if not state.standing:
            return (nothing_seen(self.name, claim, "no pod ran when the storm began"),)
        peak = state.peak
        broken = peak.count * PPM > self.at_most * peak.pods
        seen = f"{state.total} evictions, at most {peak.count} of {state.standing} pods within {window}"
        if peak.count:
            seen += f" (up to {clock_text(state.phases.storm, peak.moment)})"
        return (
            Finding(
                checker=self.name,
                object="cluster",
                field="evictions",
                verdict=Verdict.BROKEN if broken else Verdict.HELD,
                claim=claim,
                seen=seen,
                moment=peak.moment if broken else None,
                evidence=(Evidence(peak.moment, peak.record, "the last eviction of the window"),) if peak.count else (),
                advice="see what evicts at once: short tolerationSeconds, or a controller that drains nodes in parallel"
                if broken
                else "",
                cluster=state.trial.cluster,
                occasions=state.total,
            ),
        )


def _evicted(old: Obj, new: Obj | None) -> bool:
    """Whether this step marks the pod as taken away by the control plane."""
    if is_ending(old) or is_finished(old):
        return False
    marked = condition(new if new is not None else old, "DisruptionTarget").get("status") == "True"
    return marked and (new is None or is_ending(new))
