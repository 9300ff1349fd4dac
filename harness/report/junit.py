"""JUnit: a test suite for each run, a case for each finding, in the form that CI systems read."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from seatrial.harness.kernel.time import SECOND
from seatrial.harness.ports.checker import Finding, Standing, Verdict
from seatrial.harness.report.model import ordered
from seatrial.harness.runner.outcome import Outcome, Result

__all__ = ["junit_xml"]

# XML 1.0 cannot hold other control characters, and a message may have come from anywhere.
_ALLOWED = {0x9, 0xA, 0xD}


def junit_xml(outcome: Outcome) -> bytes:
    """The whole document."""
    root = Element("testsuites", name=_clean(outcome.scenario))
    for result in outcome.results:
        root.append(_suite(outcome, result))
    indent(root)
    body: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body + b"\n"


def _suite(outcome: Outcome, result: Result) -> Element:
    findings = ordered(result.findings)
    name = f"{outcome.scenario} {result.name}".strip()
    length = sum(phase.end - phase.start for phase in result.phases)
    suite = Element("testsuite", name=_clean(name), time=f"{length // SECOND}.{length % SECOND // 1_000_000:03d}")
    properties = SubElement(suite, "properties")
    for key, value in (("seed", str(result.seed)), ("digest", result.history.digest()), ("replay", result.replay)):
        SubElement(properties, "property", name=key, value=_clean(value))
    tally = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for lack in result.unready:
        case = SubElement(suite, "testcase", classname=_clean(name), name=_clean(f"settle/{lack.workload}"))
        text = f"{lack.ready} of {lack.wanted} ready: " + "; ".join(lack.reasons)
        SubElement(case, "error", message=_clean(text), type="UNKNOWN")
        tally["errors"] += 1
        tally["tests"] += 1
    for finding in findings:
        outcome_word = _case(suite, name, finding, result, finding.id in outcome.accepted)
        tally["tests"] += 1
        if outcome_word:
            tally[outcome_word] += 1
    for key, count in tally.items():
        suite.set(key, str(count))
    return suite


def _case(suite: Element, name: str, finding: Finding, result: Result, accepted: bool) -> str:
    case = SubElement(suite, "testcase", classname=_clean(name), name=_clean(finding.id))
    if finding.standing is not Standing.COUNTED or accepted:
        why = "accepted by the baseline" if accepted else finding.standing.name.lower().replace("_", " ")
        SubElement(case, "skipped", message=_clean(f"{why}: {finding.seen}"))
        return "skipped"
    if finding.verdict is Verdict.HELD:
        return ""
    lines = [f"promised: {finding.claim}", f"seen: {finding.seen}"]
    lines += [f"evidence: {evidence.what}" for evidence in finding.evidence]
    if finding.advice:
        lines.append(f"advice: {finding.advice}")
    if result.replay:
        lines.append(f"again: {result.replay}")
    kind = "failure" if finding.verdict is Verdict.BROKEN else "error"
    child = SubElement(case, kind, message=_clean(finding.seen), type=str(finding.verdict))
    child.text = _clean("\n".join(lines))
    return kind + "s"


def _clean(text: str) -> str:
    return "".join(
        letter if ord(letter) >= 0x20 or ord(letter) in _ALLOWED else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
