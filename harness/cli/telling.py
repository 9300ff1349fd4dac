"""What a run has found: on the terminal or as JSON, in the report's folder, where CI looks; and the exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.harness.cli.exits import INTERRUPTED
from seatrial.harness.cli.talk import Output, document, say
from seatrial.harness.ports.checker import Standing, Verdict
from seatrial.harness.runner.verdicts import EXIT_CODES, verdict_of

if TYPE_CHECKING:
    from seatrial.harness.report.baseline import Baseline
    from seatrial.harness.runner.outcome import Outcome, Result
    from seatrial.harness.runner.request import RunRequest

__all__ = ["exit_code", "prepare", "tell_outcomes"]


def prepare(request: RunRequest) -> None:
    """What must not fail after an hour's work fails before it: the baseline is read, the folder is made."""
    if request.baseline:
        from seatrial.harness.report.baseline import read_baseline  # noqa: PLC0415

        read_baseline(request.baseline)
    if request.report:
        from seatrial.harness.report.files import prepare as make  # noqa: PLC0415

        make(request.report)


def tell_outcomes(outcomes: Sequence[Outcome], requests: Sequence[RunRequest], output: Output) -> int:
    """Tell everybody who wants to know; returns the exit code."""
    from seatrial.harness.report.model import outcome_facts  # noqa: PLC0415

    request = requests[0]
    if request.baseline:
        from seatrial.harness.report.baseline import read_baseline  # noqa: PLC0415

        baseline = read_baseline(request.baseline)
        outcomes = [_with_baseline(outcome, baseline) for outcome in outcomes]
    if request.report:
        _write_reports(outcomes, requests)
    _tell_github(outcomes)
    if output is Output.JSON:
        facts = [outcome_facts(outcome) for outcome in outcomes]
        document(facts[0] if len(facts) == 1 else facts)
    else:
        _show(outcomes)
    return exit_code(outcomes)


def _with_baseline(outcome: Outcome, baseline: Baseline) -> Outcome:
    # The only day that a verdict may depend on: an exception ends by the calendar of whoever granted it.
    today = date.today()
    for remark in baseline.remarks(outcome, today):
        say(f"baseline {remark}")
    return replace(outcome, accepted=baseline.accepted(today))


def _write_reports(outcomes: Sequence[Outcome], requests: Sequence[RunRequest]) -> None:
    from seatrial.harness.report.files import prepare as make  # noqa: PLC0415
    from seatrial.harness.report.files import write_report  # noqa: PLC0415

    for outcome, request in zip(outcomes, requests, strict=False):
        folder = Path(request.report)
        if len(requests) > 1:
            folder = make(str(folder / outcome.scenario.replace("/", "-")))
        write_report(outcome, replace(request, seed=outcome.seed), folder)
        say(f"report   {folder}/report.html")


def _tell_github(outcomes: Sequence[Outcome]) -> None:
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    from seatrial.harness.report.annotations import commands, write_summary  # noqa: PLC0415

    for outcome in outcomes:
        # On standard error: standard output may be a document that somebody parses.
        for line in commands(outcome):
            say(line)
        write_summary(outcome, os.environ)


def _show(outcomes: Sequence[Outcome]) -> None:
    from rich.console import Console  # noqa: PLC0415

    from seatrial.harness.report.terminal import show  # noqa: PLC0415

    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 160)
    try:
        for outcome in outcomes:
            show(outcome, console)
    except SystemExit:
        # `| head` has had enough, which rich calls 1, as if a promise had broken: the verdict decides.
        return


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
    counted = any(finding.standing is Standing.COUNTED for finding in left)
    # Where all that counted is accepted nothing is left to complain of: that is what a baseline is for.
    verdict = verdict_of(left) if counted or len(left) == len(result.findings) else Verdict.HELD
    return max(verdict, Verdict.UNKNOWN) if result.interrupted or result.limits or result.unready else verdict
