"""`report.html`: one offline file, no script: time line, plots, findings with causes, how to see it again."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from seatrial.harness.kernel.time import duration_text
from seatrial.harness.ports.checker import Evidence, Finding, Standing, Verdict
from seatrial.harness.ports.event import Record, split_id
from seatrial.harness.report.drawing import step_plot
from seatrial.harness.report.model import counted, ordered, storm_start
from seatrial.harness.report.series import Plots, Series, series_of
from seatrial.harness.report.timeline import timeline
from seatrial.harness.runner.outcome import Outcome, Result

__all__ = ["page"]

PPM = 1_000_000
RUNS_IN_FULL_MAX = 12
CAUSES_MAX = 6


def page(outcome: Outcome) -> str:
    """The whole page. Everything from outside is escaped by the template."""
    environment = Environment(
        loader=PackageLoader("seatrial.harness.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    results = sorted(outcome.results, key=lambda one: (-int(one.verdict), outcome.results.index(one)))
    return environment.get_template("report.html.j2").render(
        outcome=outcome,
        verdict=str(outcome.verdict),
        rows=[_row(result) for result in outcome.results],
        runs=[_run(result, outcome) for result in results[:RUNS_IN_FULL_MAX]],
        left_out=max(0, len(results) - RUNS_IN_FULL_MAX),
    )


def _row(result: Result) -> dict[str, Any]:
    tally = counted(result.findings)
    return {
        "name": result.name or "run",
        "verdict": str(result.verdict),
        "held": tally[Verdict.HELD],
        "broken": tally[Verdict.BROKEN],
        "unknown": tally[Verdict.UNKNOWN],
        "digest": result.history.digest()[:16],
        "anchor": _anchor(result),
    }


def _run(result: Result, outcome: Outcome) -> dict[str, Any]:
    findings = ordered(result.findings)
    told = [one for one in findings if one.standing is Standing.COUNTED and one.verdict is not Verdict.HELD]
    plots = series_of(result)
    return {
        **_row(result),
        "replay": result.replay,
        "interrupted": result.interrupted,
        "limits": result.limits,
        "unready": result.unready,
        "phases": [(phase.name, duration_text(phase.end - phase.start)) for phase in result.phases],
        "moments": [(_since(moment.since), moment.what, moment.harm) for moment in timeline(result)],
        "plots": _plots(plots) if plots is not None else [],
        "told": [_finding(one, result, one.id in outcome.accepted) for one in told],
        "others": [_finding(one, result, accepted=False) for one in findings if one not in told],
    }


def _plots(plots: Plots) -> list[tuple[str, Markup]]:
    """(title, SVG). The drawing escapes what it writes, so its text is markup."""
    frame = (plots.faults, plots.start, plots.storm, plots.end)
    drawn = []
    for title, lines, top, unit in (
        ("Requests served, by Service", plots.services, PPM, "%"),
        ("Pods ready, by zone", plots.pods, _top(plots.pods), ""),
        ("Nodes ready, by zone", plots.nodes, _top(plots.nodes), ""),
    ):
        if lines:
            height = max(110, 18 + 15 * min(len(lines), 24))
            svg = step_plot(lines, *frame, top=top, height=height, unit=unit)
            drawn.append((title, Markup(svg)))  # noqa: S704 - see above
    return drawn


def _top(lines: list[Series]) -> int:
    return max((value for line in lines for _, value in line.steps), default=1)


def _finding(finding: Finding, result: Result, accepted: bool) -> dict[str, Any]:
    start = storm_start(result)
    return {
        "id": finding.id,
        "verdict": str(finding.verdict),
        "standing": finding.standing.name.lower().replace("_", " "),
        "checker": finding.checker,
        "object": finding.object,
        "field": finding.field,
        "claim": finding.claim,
        "seen": finding.seen,
        "moment": "" if finding.moment is None else _since(finding.moment - start),
        "advice": finding.advice,
        "accepted": accepted,
        "evidence": [_evidence(one, result, start) for one in finding.evidence],
    }


def _evidence(evidence: Evidence, result: Result, start: int) -> dict[str, Any]:
    record = result.history.find(*split_id(evidence.record)) if evidence.record else None
    walk = result.history.why(record)[1 : CAUSES_MAX + 1] if record is not None else []
    return {
        "at": _since(evidence.time - start) if evidence.time else "",
        "what": evidence.what,
        "causes": [f"{_since(cause.time - start)} {_told(cause)}" for cause in walk],
    }


def _told(record: Record) -> str:
    if record.verb in ("inject", "heal") and record.new is not None:
        return f"{record.verb}: {record.new['what']}"
    return f"{record.actor} {record.verb} {record.key}"


def _since(length: int) -> str:
    tenths = (abs(length) + 50_000_000) // 100_000_000 * 100_000_000
    return ("-" if length < 0 else "+") + duration_text(tenths)


def _anchor(result: Result) -> str:
    return "run-" + "".join(letter if letter.isalnum() else "-" for letter in result.name or "only")
