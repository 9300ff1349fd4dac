"""quorum-kept: a workload that declares `seatrial.dev/quorum: majority` never has fewer ready members than that.

`seatrial.dev/quorum` may also be a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from seatrial.harness.checkers.findings import clock_text, no_subject
from seatrial.harness.checkers.lows import Low, Lows
from seatrial.harness.checkers.subjects import WORKLOADS, annotation, title
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.checker import Evidence, Finding, Query, Trial, Verdict
from seatrial.harness.ports.event import Record
from seatrial.harness.ports.words import Selector

__all__ = ["QuorumKept"]

CLAIM = "a declared quorum is never lost"


@dataclass(frozen=True)
class QuorumKept:
    """A workload that declares a quorum (`seatrial.dev/quorum: majority`) never loses it."""

    name: ClassVar[str] = "quorum-kept"
    reads: ClassVar[Query] = Query(WORKLOADS)

    of: Selector = "app"

    def start(self, trial: Trial) -> Lows:
        """Nothing seen yet."""
        return Lows(trial, self.of)

    def step(self, state: Lows, record: Record) -> Lows:
        """Keep the lowest count of ready members."""
        state.take(record)
        return state

    def finish(self, state: Lows, end: Instant) -> tuple[Finding, ...]:  # noqa: ARG002 - the low mark needs no end
        """One finding a workload that declares a quorum."""
        found = [_judge(self.name, state, low) for low in state.lows.values() if annotation(low.obj, "quorum")]
        return tuple(found) or (no_subject(self.name, CLAIM, "no workload declares seatrial.dev/quorum"),)


def _judge(name: str, state: Lows, low: Low) -> Finding:
    declared = annotation(low.obj, "quorum")
    need = int(declared) if declared.isdigit() else low.wanted // 2 + 1
    broken = low.ready < need
    return Finding(
        checker=name,
        object=title(low.obj),
        field="quorum",
        verdict=Verdict.BROKEN if broken else Verdict.HELD,
        claim=CLAIM,
        seen=f"{low.ready} of {low.wanted} members were ready at the worst moment, "
        f"{clock_text(state.phases.storm, low.moment)}; the quorum is {need}",
        moment=low.moment if broken else None,
        evidence=(Evidence(low.moment, low.record, f"status.readyReplicas is {low.ready}"),),
        advice=_advice(low.wanted) if broken else "",
        cluster=state.trial.cluster,
        occasions=low.seen,
    )


def _advice(wanted: int) -> str:
    spread = "spread over three zones: topologySpreadConstraint on topology.kubernetes.io/zone, maxSkew 1"
    if wanted < 3:
        return f"run three members at least (a majority of {wanted} cannot lose any), {spread}"
    return f"have the members {spread}"
