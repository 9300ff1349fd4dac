"""An outcome as plain data: `verdict.json`, and what every other report is made from."""

from __future__ import annotations

from typing import Any

from seatrial.harness.kernel.time import Instant, micro_time
from seatrial.harness.ports.checker import Evidence, Finding, Standing, Verdict
from seatrial.harness.ports.event import split_id
from seatrial.harness.runner.outcome import Outcome, Result

__all__ = ["API_VERSION", "counted", "finding_facts", "ordered", "outcome_facts", "storm_start"]

API_VERSION = "seatrial.dev/v1alpha1"
Facts = dict[str, Any]


def outcome_facts(outcome: Outcome) -> Facts:
    """The whole of `verdict.json`. Nothing in it depends on the wall's clock: equal runs, equal bytes."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Verdict",
        "scenario": outcome.scenario,
        "why": outcome.why,
        "verdict": str(outcome.verdict),
        "seed": outcome.seed,
        "fleet": outcome.fleet,
        "app": list(outcome.app),
        "replay": outcome.replay,
        "warnings": list(outcome.warnings),
        "accepted": list(outcome.accepted),
        "runs": [_result_facts(result) for result in outcome.results],
    }


def _result_facts(result: Result) -> Facts:
    start = storm_start(result)
    return {
        "name": result.name,
        "settings": dict(result.settings),
        "verdict": str(result.verdict),
        "digest": result.history.digest(),
        "replay": result.replay,
        "interrupted": result.interrupted,
        "limits": list(result.limits),
        "phases": [
            {"name": phase.name, "start": micro_time(phase.start), "end": micro_time(phase.end)}
            for phase in result.phases
        ],
        "notReady": [
            {"workload": lack.workload, "ready": lack.ready, "wanted": lack.wanted, "reasons": list(lack.reasons)}
            for lack in result.unready
        ],
        "findings": [finding_facts(finding, start) for finding in ordered(result.findings)],
    }


def finding_facts(finding: Finding, start: Instant) -> Facts:
    """One finding. `moment` counts from the storm's start, in nanoseconds."""
    facts: Facts = {
        "id": finding.id,
        "checker": finding.checker,
        "object": finding.object,
        "field": finding.field,
        "cluster": finding.cluster,
        "verdict": str(finding.verdict),
        "standing": finding.standing.name.lower().replace("_", "-"),
        "claim": finding.claim,
        "seen": finding.seen,
        "occasions": finding.occasions,
    }
    if finding.moment is not None:
        facts["moment"] = {"at": micro_time(finding.moment), "sinceStorm": finding.moment - start}
    if finding.evidence:
        facts["evidence"] = [_evidence_facts(evidence) for evidence in finding.evidence]
    if finding.advice:
        facts["advice"] = finding.advice
    return facts


def _evidence_facts(evidence: Evidence) -> Facts:
    cluster, seq = split_id(evidence.record)
    return {"at": micro_time(evidence.time) if evidence.time else None, "record": [cluster, seq], "what": evidence.what}


def ordered(findings: tuple[Finding, ...]) -> list[Finding]:
    """Worst first; what does not count comes last."""
    return sorted(
        findings,
        key=lambda one: (
            one.standing is not Standing.COUNTED,
            -int(one.verdict) if one.standing is Standing.COUNTED else int(one.standing),
            one.checker,
            one.object,
            one.field,
        ),
    )


def counted(findings: tuple[Finding, ...]) -> dict[Verdict, int]:
    """How many findings of each verdict count."""
    tally = dict.fromkeys(Verdict, 0)
    for finding in findings:
        if finding.standing is Standing.COUNTED:
            tally[finding.verdict] += 1
    return tally


def storm_start(result: Result) -> Instant:
    """When the storm of a run began; 0 if it never did."""
    return next((phase.start for phase in result.phases if phase.name == "storm"), 0)
