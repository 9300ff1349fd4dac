"""budget-kept: voluntary disruptions keep every PodDisruptionBudget.

A disruption is voluntary when somebody chose it: an eviction, a preemption, or a delete by anyone but the cluster's own
controllers and kubelets. Losing a zone is not. A budget is broken by the disruption that leaves fewer healthy pods than
`status.desiredHealthy`, whether or not the eviction API was asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from seatrial.harness.checkers.findings import clock_text, no_occasion, no_subject
from seatrial.harness.checkers.phases import Phases
from seatrial.harness.checkers.subjects import condition, is_ending, is_finished, is_ready, selected
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.checker import Evidence, Finding, Query, Trial, Verdict
from seatrial.harness.ports.event import Key, Obj, Record

__all__ = ["BudgetKept"]

CLAIM = "voluntary disruptions keep every PodDisruptionBudget"
# Deletes by these follow from something else; the eviction API marks what it deletes.
INVOLUNTARY = frozenset(
    {
        "cronjob-controller",
        "daemonset-controller",
        "deployment-controller",
        "garbage-collector",
        "job-controller",
        "namespace-controller",
        "node-lifecycle-controller",
        "pod-garbage-collector",
        "replicaset-controller",
        "statefulset-controller",
        "taint-eviction-controller",
        "ttl-after-finished-controller",
    }
)
VOLUNTARY_REASONS = frozenset({"EvictionByEvictionAPI", "PreemptionByScheduler"})


@dataclass
class Tally:
    """What one budget went through."""

    occasions: int = 0
    breach: tuple[Instant, int, str] | None = None


@dataclass
class State:
    """Pods and budgets as they stand."""

    trial: Trial
    phases: Phases = field(default_factory=Phases)
    budgets: dict[Key, Obj] = field(default_factory=dict)
    pods: dict[Key, Obj] = field(default_factory=dict)
    tallies: dict[Key, Tally] = field(default_factory=dict)


@dataclass(frozen=True)
class BudgetKept:
    """Voluntary disruptions (evictions, drains, preemptions) keep every PodDisruptionBudget."""

    name: ClassVar[str] = "budget-kept"
    reads: ClassVar[Query] = Query(frozenset({"pods", "poddisruptionbudgets.policy"}))

    if_exercised: bool = False

    def start(self, trial: Trial) -> State:
        """Nothing seen yet."""
        return State(trial)

    def step(self, state: State, record: Record) -> State:
        """Weigh each voluntary disruption against the budgets it falls under."""
        if state.phases.take(record):
            return state
        key = record.key
        if key.resource == "poddisruptionbudgets.policy":
            if record.new is None:
                state.budgets.pop(key, None)
            else:
                state.budgets[key] = record.new
                state.tallies.setdefault(key, Tally())
            return state
        before = state.pods.get(key)
        if before is not None and state.phases.storming and state.budgets and _is_voluntary(before, record):
            self._weigh(state, before, record)
        if record.new is None:
            state.pods.pop(key, None)
        else:
            state.pods[key] = record.new
        return state

    def _weigh(self, state: State, pod: Obj, record: Record) -> None:
        labels = pod["metadata"].get("labels")
        for key, budget in state.budgets.items():
            if key.namespace != record.key.namespace or not selected(budget["spec"].get("selector"), labels):
                continue
            tally = state.tallies[key]
            tally.occasions += 1
            if not is_ready(pod) or tally.breach is not None:
                continue
            healthy = sum(
                is_ready(other)
                for other_key, other in state.pods.items()
                if other_key != record.key
                and other_key.namespace == key.namespace
                and selected(budget["spec"].get("selector"), other["metadata"].get("labels"))
            )
            wanted = budget.get("status", {}).get("desiredHealthy", 0)
            if healthy < wanted:
                tally.breach = (
                    record.time,
                    record.id,
                    f"{record.actor} took {record.key.name} away: {healthy} healthy pods left of {wanted} promised",
                )

    def finish(self, state: State, end: Instant) -> tuple[Finding, ...]:  # noqa: ARG002 - breaches are final
        """One finding a budget."""
        if not state.tallies:
            return (no_subject(self.name, CLAIM, "there is no PodDisruptionBudget"),)
        findings = []
        for key, tally in state.tallies.items():
            subject = f"PodDisruptionBudget/{key.namespace}/{key.name}"
            if not tally.occasions:
                seen = "no voluntary disruption met this budget"
                findings.append(no_occasion(self.name, subject, CLAIM, seen, counted=not self.if_exercised))
                continue
            breach = tally.breach
            findings.append(
                Finding(
                    checker=self.name,
                    object=subject,
                    field="desiredHealthy",
                    verdict=Verdict.HELD if breach is None else Verdict.BROKEN,
                    claim=CLAIM,
                    seen=f"{tally.occasions} voluntary disruption(s), each within the budget"
                    if breach is None
                    else f"{breach[2]} ({clock_text(state.phases.storm, breach[0])})",
                    moment=None if breach is None else breach[0],
                    evidence=() if breach is None else (Evidence(*breach),),
                    advice=""
                    if breach is None
                    else "take pods away by the eviction API (kubectl drain), never by delete",
                    cluster=state.trial.cluster,
                    occasions=tally.occasions,
                )
            )
        return tuple(findings)


def _is_voluntary(before: Obj, record: Record) -> bool:
    """Whether this record is the moment at which somebody took the pod away by choice."""
    if is_ending(before) or is_finished(before):
        return False
    after = record.new
    if after is not None and not is_ending(after):
        return False
    if record.actor in INVOLUNTARY or record.actor.startswith("kubelet/"):
        disruption = condition(after or before, "DisruptionTarget")
        return disruption.get("status") == "True" and disruption.get("reason") in VOLUNTARY_REASONS
    return True
