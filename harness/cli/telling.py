"""What a run has found: on the terminal or as JSON, in the report's folder, where CI looks; and the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from seatrial.harness.cli.exits import INTERRUPTED
from seatrial.harness.cli.talk import Output, data, document, say
from seatrial.harness.ports.checker import Standing, Verdict
from seatrial.harness.runner.verdicts import EXIT_CODES, verdict_of

if TYPE_CHECKING:
    from seatrial.harness.runner.outcome import Outcome, Result
    from seatrial.harness.runner.request import RunRequest

__all__ = ["exit_code", "tell_outcomes"]


def tell_outcomes(outcomes: Sequence[Outcome], request: RunRequest, output: Output) -> int:
    """Tell everybody who wants to know; returns the exit code."""
    from seatrial.harness.report.model import outcome_facts  # noqa: PLC0415

    if output is Output.JSON:
        facts = [outcome_facts(outcome) for outcome in outcomes]
        document(facts[0] if len(facts) == 1 else facts)
    else:
        for outcome in outcomes:
            _tell_text(outcome)
    return exit_code(outcomes)


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """The worst of all; what a baseline accepts does not count, and Ctrl-C is told before everything."""
    if any(outcome.interrupted for outcome in outcomes):
        return INTERRUPTED
    return EXIT_CODES[max(_verdict(outcome) for outcome in outcomes)]


def _verdict(outcome: Outcome) -> Verdict:
    if not outcome.accepted:
        return outcome.verdict
    return max((_left(result, frozenset(outcome.accepted)) for result in outcome.results), default=Verdict.UNKNOWN)


def _left(result: Result, accepted: frozenset[str]) -> Verdict:
    """A run's verdict without the findings that are accepted; what cut the run short still counts."""
    left = [finding for finding in result.findings if finding.id not in accepted]
    if result.interrupted or result.limits or result.unready:
        return max(verdict_of(left), Verdict.UNKNOWN)
    # All that was wrong is accepted: that is what a baseline is for.
    return verdict_of(left) if left else Verdict.HELD


def _tell_text(outcome: Outcome) -> None:
    for warning in outcome.warnings:
        say(f"warning  {warning}")
    for result in outcome.results:
        data(f"{result.verdict!s:<8} {outcome.scenario} {result.name}".rstrip())
        for lack in result.unready:
            data(f"  not ready  {lack.workload}: {lack.ready} of {lack.wanted}")
            for reason in lack.reasons:
                data(f"             {reason}")
        for limit in result.limits:
            data(f"  limit      {limit}")
        for finding in result.findings:
            if finding.verdict is Verdict.HELD and finding.standing is Standing.COUNTED:
                continue
            standing = "" if finding.standing is Standing.COUNTED else f" ({finding.standing.name.lower()})"
            data(f"  {finding.verdict!s:<8} {finding.checker}: {finding.object} {finding.field}{standing}")
            data(f"             {finding.seen}")
            if finding.advice:
                data(f"             {finding.advice}")
        if result.verdict is not Verdict.HELD and result.replay:
            data(f"  replay: {result.replay}")
    data(f"{outcome.verdict!s}")
