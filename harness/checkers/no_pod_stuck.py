"""no-pod-stuck: after the heal no pod stays Pending or Terminating for longer than a time.

Pods that are finished, or that wait in a crash loop, are others' business (converged sees them).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from seatrial.harness.checkers.findings import clock_text, nothing_seen
from seatrial.harness.checkers.phases import Phases
from seatrial.harness.checkers.subjects import condition, is_ending, is_finished, owner_of
from seatrial.harness.kernel.time import MINUTE, Instant, duration_text
from seatrial.harness.ports.checker import Evidence, Finding, Query, Trial, Verdict
from seatrial.harness.ports.event import Key, Obj, Record
from seatrial.harness.ports.words import Duration

__all__ = ["NoPodStuck"]


@dataclass
class Wait:
    """A pod that waits: for what, since when."""

    pod: Obj
    what: str  # Pending or Terminating
    since: Instant
    record: int


@dataclass
class State:
    """Who waits now, and who has waited too long."""

    trial: Trial
    phases: Phases = field(default_factory=Phases)
    waits: dict[Key, Wait] = field(default_factory=dict)
    stuck: dict[str, tuple[Wait, Duration, int]] = field(default_factory=dict)
    seen: int = 0


@dataclass(frozen=True)
class NoPodStuck:
    """After the heal no pod stays Pending or Terminating for longer than this."""

    name: ClassVar[str] = "no-pod-stuck"
    reads: ClassVar[Query] = Query(frozenset({"pods"}))

    within: Duration = 10 * MINUTE

    def start(self, trial: Trial) -> State:
        """Nothing seen yet."""
        return State(trial)

    def step(self, state: State, record: Record) -> State:
        """Follow who waits since when."""
        if state.phases.take(record):
            return state
        state.seen += 1
        what = "" if record.new is None else _what(record.new)
        wait = state.waits.get(record.key)
        if wait is not None and wait.what != what:
            self._close(state, wait, record.time)
            del state.waits[record.key]
            wait = None
        if record.new is not None and what:
            if wait is None:
                state.waits[record.key] = Wait(record.new, what, record.time, record.id)
            else:
                wait.pod = record.new
        return state

    def _close(self, state: State, wait: Wait, until: Instant) -> None:
        healed = state.phases.healed
        if healed is None:
            return
        length = until - max(wait.since, healed)
        if length <= self.within:
            return
        owner = owner_of(wait.pod)
        meta = wait.pod["metadata"]
        name = (
            f"{owner['kind']}/{meta['namespace']}/{owner['name']}"
            if owner
            else f"Pod/{meta['namespace']}/{meta['name']}"
        )
        slot = f"{name}:{wait.what}"
        worst = state.stuck.get(slot)
        count = 1 if worst is None else worst[2] + 1
        if worst is None or length > worst[1]:
            state.stuck[slot] = (wait, length, count)
        else:
            state.stuck[slot] = (worst[0], worst[1], count)

    def finish(self, state: State, end: Instant) -> tuple[Finding, ...]:
        """One finding for each owner whose pods are stuck."""
        claim = f"after the heal no pod waits longer than {duration_text(self.within)}"
        healed = state.phases.healed
        if healed is None or not state.seen:
            return (
                nothing_seen(self.name, claim, "the run ended before the heal" if state.seen else "no pod was seen"),
            )
        for wait in state.waits.values():
            self._close(state, wait, end)
        if not state.stuck:
            verdict = Verdict.HELD if end - healed > self.within else Verdict.UNKNOWN
            seen = "none did" if verdict is Verdict.HELD else "the run ended too early to say"
            return (Finding(self.name, "cluster", "pods", verdict, claim, seen, cluster=state.trial.cluster),)
        return tuple(
            self._broken(state, claim, slot, wait, length, count, healed)
            for slot, (wait, length, count) in sorted(state.stuck.items())
        )

    def _broken(
        self, state: State, claim: str, slot: str, wait: Wait, length: Duration, count: int, healed: Instant
    ) -> Finding:
        subject, _, what = slot.partition(":")
        pods = f"{count} pods" if count > 1 else f"pod {wait.pod['metadata']['name']}"
        return Finding(
            checker=self.name,
            object=subject,
            field=what,
            verdict=Verdict.BROKEN,
            claim=claim,
            seen=f"{pods} {what} for {duration_text(length)} after the heal{_why(wait)}",
            moment=max(wait.since, healed) + self.within,
            evidence=(Evidence(wait.since, wait.record, f"{what} since {clock_text(state.phases.storm, wait.since)}"),),
            advice=_advice(wait),
            cluster=state.trial.cluster,
        )


def _what(pod: Obj) -> str:
    if is_ending(pod):
        return "Terminating"
    if is_finished(pod):
        return ""
    return "Pending" if pod.get("status", {}).get("phase", "Pending") == "Pending" else ""


def _why(wait: Wait) -> str:
    if wait.what == "Pending":
        message = condition(wait.pod, "PodScheduled").get("message", "")
        return f": {message}" if message else ""
    finalizers = wait.pod["metadata"].get("finalizers")
    return f": finalizers {', '.join(finalizers)} are still there" if finalizers else ""


def _advice(wait: Wait) -> str:
    if wait.what == "Pending":
        return "make room or loosen the constraint that the scheduler names"
    if wait.pod["metadata"].get("finalizers"):
        return "see which controller should take the finalizer away, and whether it runs"
    return "the kubelet of its node does not answer: is the node back?"
