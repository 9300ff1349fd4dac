"""What GitHub Actions shows beside a pull request: one annotation for each broken promise, and a step summary."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from seatrial.harness.ports.checker import Finding, Standing, Verdict
from seatrial.harness.report.model import counted, ordered
from seatrial.harness.runner.outcome import Outcome

__all__ = ["commands", "summary", "write_summary"]

ANNOTATIONS_MAX = 10  # GitHub shows ten of a kind for each step


def commands(outcome: Outcome) -> list[str]:
    """Workflow commands, one line each, the worst first; the same finding of several runs is said once."""
    worst: dict[str, tuple[Finding, str]] = {}
    for result in outcome.results:
        for finding in ordered(result.findings):
            told = finding.standing is Standing.COUNTED and finding.verdict is not Verdict.HELD
            if told and finding.id not in outcome.accepted:
                before = worst.get(finding.id)
                if before is None or finding.verdict > before[0].verdict:
                    worst[finding.id] = (finding, result.name)
    lines = []
    for finding, name in sorted(worst.values(), key=lambda entry: -int(entry[0].verdict))[:ANNOTATIONS_MAX]:
        command = "error" if finding.verdict is Verdict.BROKEN else "warning"
        title = f"{finding.verdict} {finding.checker}: {finding.object}"
        text = f"{finding.seen} ({name})" if name else finding.seen
        advice = f"; {finding.advice}" if finding.advice else ""
        lines.append(f"::{command} title={_property(title)}::{_data(text + advice)}")
    return lines


def summary(outcome: Outcome) -> str:
    """Markdown for the step summary."""
    lines = [f"### Seatrial: {outcome.scenario}: **{outcome.verdict}**", "", outcome.why, ""]
    lines += ["| run | verdict | broken | unknown | held |", "|---|---|---|---|---|"]
    for result in outcome.results:
        tally = counted(result.findings)
        name = result.name or "-"
        counts = " | ".join(str(tally[verdict]) for verdict in (Verdict.BROKEN, Verdict.UNKNOWN, Verdict.HELD))
        lines.append(f"| {name} | {result.verdict} | {counts} |")
    broken = {
        finding.id: finding
        for result in outcome.results
        for finding in ordered(result.findings)
        if finding.standing is Standing.COUNTED and finding.verdict is Verdict.BROKEN
    }
    if broken:
        lines += ["", "| broken | seen | advice |", "|---|---|---|"]
        lines += [f"| {_cell(one.object)} | {_cell(one.seen)} | {_cell(one.advice)} |" for one in broken.values()]
    lines += ["", f"`{outcome.replay}`", ""]
    return "\n".join(lines)


def write_summary(outcome: Outcome, environment: Mapping[str, str]) -> bool:
    """Append the summary where GitHub Actions asks for it; False elsewhere."""
    place = environment.get("GITHUB_STEP_SUMMARY")
    if not place:
        return False
    with Path(place).open("a", encoding="utf-8") as file:
        file.write(summary(outcome))
    return True


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
