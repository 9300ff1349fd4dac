"""replicas-kept: each workload keeps a share of its replicas ready, and never less than one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from seatrial.harness.checkers.findings import clock_text, nothing_seen, share_text
from seatrial.harness.checkers.lows import Low, Lows
from seatrial.harness.checkers.subjects import WORKLOADS, title
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.checker import Evidence, Finding, Query, Trial, Verdict
from seatrial.harness.ports.event import Record
from seatrial.harness.ports.words import Selector, Share

__all__ = ["ReplicasKept"]

PPM = 1_000_000


@dataclass(frozen=True)
class ReplicasKept:
    """Each workload keeps at least this share of its replicas ready, and never less than one."""

    name: ClassVar[str] = "replicas-kept"
    reads: ClassVar[Query] = Query(WORKLOADS)

    of: Selector = "app"
    at_least: Share = 0

    def start(self, trial: Trial) -> Lows:
        """Nothing seen yet."""
        return Lows(trial, self.of)

    def step(self, state: Lows, record: Record) -> Lows:
        """Keep the lowest count of ready replicas."""
        state.take(record)
        return state

    def finish(self, state: Lows, end: Instant) -> tuple[Finding, ...]:  # noqa: ARG002 - the low mark needs no end
        """One finding a workload."""
        share = share_text(self.at_least)
        claim = f"at least {share} of the replicas are ready" if self.at_least else "one replica is ready"
        if not state.lows:
            return (nothing_seen(self.name, claim, "no workload of the app was seen after the storm began"),)
        return tuple(self._judge(state, claim, low) for low in state.lows.values() if low.wanted)

    def _judge(self, state: Lows, claim: str, low: Low) -> Finding:
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
            advice=_advice(low) if broken else "",
            cluster=state.trial.cluster,
            occasions=low.seen,
        )


def _advice(low: Low) -> str:
    if low.wanted == 1:
        return "run at least two replicas, spread over zones"
    pinned = low.obj["spec"].get("template", {}).get("spec", {}).get("nodeSelector") or {}
    if "topology.kubernetes.io/zone" in pinned:
        return "its nodeSelector ties it to one zone: take that away, and spread the replicas over zones"
    return "add a topologySpreadConstraint on topology.kubernetes.io/zone with whenUnsatisfiable: DoNotSchedule"
