"""What a terminal shows: a time line of what happened, a table of promises, and each broken one with its evidence."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from seatrial.harness.kernel.time import SECOND, duration_text
from seatrial.harness.ports.checker import Finding, Standing, Verdict
from seatrial.harness.report.model import counted, ordered, storm_start
from seatrial.harness.report.timeline import Moment, timeline
from seatrial.harness.runner.outcome import Outcome, Result

__all__ = ["STYLES", "show"]

STYLES = {Verdict.HELD: "bold green", Verdict.UNKNOWN: "bold yellow", Verdict.BROKEN: "bold red"}
MOMENTS_MAX = 14
FINDINGS_MAX = 12


def show(outcome: Outcome, console: Console) -> None:
    """Print it. Several runs: a table of them, then the details of the worst alone."""
    console.print(Text(outcome.why, style="dim"))
    if outcome.fleet:
        console.print(Text(f"{', '.join(outcome.app)} on {outcome.fleet}, seed {outcome.seed}", style="dim"))
    for warning in outcome.warnings:
        console.print(Text(f"warning: {warning}", style="yellow"))
    console.print()
    if len(outcome.results) > 1:
        console.print(_runs(outcome))
    worst = max(outcome.results, key=lambda result: (result.verdict, counted(result.findings)[Verdict.BROKEN]))
    if outcome.results:
        console.print(_details(worst, outcome))
    line = Text(f"{outcome.verdict}", style=STYLES[outcome.verdict])
    line.append(f" {outcome.scenario}", style="bold")
    line.append(f" in {_wall(outcome.elapsed)}", style="dim")
    console.print(line)
    if outcome.verdict is not Verdict.HELD:
        console.print(Text(f"again: {worst.replay or outcome.replay}"), soft_wrap=True)


def _wall(elapsed: int) -> str:
    return f"{elapsed // SECOND}.{elapsed % SECOND // 10_000_000:02d} s"


def _runs(outcome: Outcome) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name, side in (
        ("run", "left"),
        ("verdict", "left"),
        ("held", "right"),
        ("broken", "right"),
        ("unknown", "right"),
    ):
        table.add_column(name, justify=side)  # type: ignore[arg-type] # rich's Literal
    table.add_column("digest", style="dim")
    for result in outcome.results:
        tally = counted(result.findings)
        table.add_row(
            result.name or "-",
            Text(str(result.verdict), style=STYLES[result.verdict]),
            str(tally[Verdict.HELD]),
            str(tally[Verdict.BROKEN] or ""),
            str(tally[Verdict.UNKNOWN] or ""),
            result.history.digest()[:12],
        )
    return table


def _details(result: Result, outcome: Outcome) -> RenderableType:
    parts: list[RenderableType] = []
    if result.name:
        parts.append(Text(f"\n{result.name}", style="bold"))
    for lack in result.unready:
        parts.append(
            Text(f"never became ready: {lack.workload}, {lack.ready} of {lack.wanted} replicas", style="bold yellow")
        )
        parts += [Padding(Text(reason), (0, 0, 0, 2)) for reason in lack.reasons]
    if result.interrupted:
        parts.append(Text("interrupted: what follows is what was seen until then", style="yellow"))
    parts += [Text(f"limit: {limit}", style="yellow") for limit in result.limits]
    moments = timeline(result)
    if moments:
        parts.append(_moments(moments))
    if result.findings:
        parts.append(_promises(result))
    told = [
        one for one in ordered(result.findings) if one.standing is Standing.COUNTED and one.verdict is not Verdict.HELD
    ]
    for finding in told[:FINDINGS_MAX]:
        parts.append(_finding(finding, result, finding.id in outcome.accepted))
    if len(told) > FINDINGS_MAX:
        parts.append(Text(f"... and {len(told) - FINDINGS_MAX} more; --report DIR has them all", style="dim"))
    parts += [_advice(one) for one in _advices(result)]
    return Group(*parts, Text())


def _moments(moments: list[Moment]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="dim")
    table.add_column()
    for moment in moments[:MOMENTS_MAX]:
        table.add_row(_since(moment.since), Text(moment.what, style="red" if moment.harm else ""))
    if len(moments) > MOMENTS_MAX:
        table.add_row("", Text(f"... {len(moments) - MOMENTS_MAX} more", style="dim"))
    return table


def _since(length: int) -> str:
    tenths = (abs(length) + 50_000_000) // 100_000_000 * 100_000_000
    return ("-" if length < 0 else "+") + duration_text(tenths)


def _promises(result: Result) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("promise", "verdict", "seen"):
        table.add_column(name)
    by_checker: dict[str, list[Finding]] = {}
    for finding in result.findings:
        by_checker.setdefault(finding.checker, []).append(finding)
    for checker, findings in by_checker.items():
        table.add_row(checker, *_row(findings))
    return table


def _row(findings: list[Finding]) -> tuple[Text, Text]:
    judged = [one for one in findings if one.standing is Standing.COUNTED]
    if not judged:
        return Text(findings[0].standing.name.lower().replace("_", " "), style="dim"), Text(
            findings[0].seen, style="dim"
        )
    verdict = max(one.verdict for one in judged)
    bad = [one for one in judged if one.verdict is verdict]
    if verdict is Verdict.HELD:
        seen = judged[0].seen if len(judged) == 1 else f"{len(judged)} of {len(judged)} hold; {judged[0].claim}"
    else:
        seen = f"{len(bad)} of {len(judged)}: {', '.join(one.object for one in bad[:3])}"
    return Text(str(verdict), style=STYLES[verdict]), Text(seen)


def _finding(finding: Finding, result: Result, accepted: bool) -> RenderableType:
    head = Text("\n")
    head.append(f"{finding.verdict} {finding.checker}", style=STYLES[finding.verdict])
    head.append(f" {finding.object}", style="bold")
    if finding.moment is not None:
        head.append(f" at {_since(finding.moment - storm_start(result))}")
    if accepted:
        head.append(" (accepted by the baseline)", style="dim")
    lines = [Text(f"promised: {finding.claim}"), Text(f"seen: {finding.seen}")]
    lines += [Text(f"evidence: {one.what}", style="dim") for one in finding.evidence[:3]]
    if finding.advice:
        lines.append(Text(f"advice: {finding.advice}", style="cyan"))
    return Group(head, *(Padding(line, (0, 0, 0, 2)) for line in lines))


def _advices(result: Result) -> list[Finding]:
    return [one for one in result.findings if one.standing is Standing.ADVICE and one.advice]


def _advice(finding: Finding) -> Text:
    return Text(f"advice: {finding.object}: {finding.seen}; {finding.advice}", style="cyan")
