"""Reports: the same facts for terminals, machines and browsers, and nothing from outside unescaped."""

import json
import os
import shutil
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from junitparser import JUnitXml
from playwright.sync_api import sync_playwright
from rich.console import Console

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.ports.checker import Finding, Verdict
from seatrial.harness.report.annotations import commands, summary, write_summary
from seatrial.harness.report.baseline import read_baseline, starting_baseline
from seatrial.harness.report.files import prepare, write_report
from seatrial.harness.report.html import page
from seatrial.harness.report.junit import junit_xml
from seatrial.harness.report.model import outcome_facts
from seatrial.harness.report.terminal import show
from seatrial.harness.report.timeline import timeline
from seatrial.harness.runner import RunRequest, run_request
from seatrial.harness.runner.replay import replay_folder

REQUEST = RunRequest("zonal/zone-loss", app=("builtin/fragile",), sets=("zone=a",))
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture(scope="module")
def outcome():
    return run_request(REQUEST)


def with_hostile_finding(outcome):
    finding = Finding("availability", f"Service/{HOSTILE}", "f\x00", Verdict.BROKEN, HOSTILE, HOSTILE, advice=HOSTILE)
    return replace(outcome, results=(replace(outcome.results[0], findings=(finding,)),))


def test_the_folder_holds_every_report_for_its_owner_alone(outcome, tmp_path):
    written = write_report(outcome, REQUEST, prepare(str(tmp_path / "out")))

    names = sorted(path.name for path in written)
    assert [name for name in names if not name.startswith("history")] == [
        "junit.xml",
        "plan.json",
        "report.html",
        "scenario.yaml",
        "verdict.json",
    ]
    assert len(names) == 5 + len(outcome.results)
    assert all(path.stat().st_mode & 0o077 == 0 for path in written)


def test_the_verdict_is_the_same_bytes_for_the_same_run(outcome):
    again = run_request(REQUEST)

    first, second = (msgspec.json.encode(outcome_facts(one), order="deterministic") for one in (outcome, again))
    assert first == second


def test_a_report_replays_to_the_same_bytes_and_tells_when_it_does_not(outcome, tmp_path):
    folder = prepare(str(tmp_path / "out"))
    write_report(outcome, REQUEST, folder)
    assert replay_folder(str(folder)) == ()

    plan = json.loads((folder / "plan.json").read_text())
    plan["request"]["seed"] = 5
    (folder / "plan.json").write_text(json.dumps(plan))
    assert all("differs first at record" in line for line in replay_folder(str(folder)))


def test_a_folder_that_is_no_report_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match="is no report"):
        replay_folder(str(tmp_path))


def test_junit_reads_back_with_its_counts(outcome):
    suites = JUnitXml.fromstring(junit_xml(outcome))

    assert len(suites) == len(outcome.results)
    for suite, result in zip(suites, outcome.results, strict=True):
        assert suite.tests == len(result.findings)
        broken = sum(finding.verdict is Verdict.BROKEN for finding in result.findings)
        assert suite.failures == broken > 0


def test_what_comes_from_outside_is_escaped_everywhere(outcome):
    hostile = with_hostile_finding(outcome)

    assert HOSTILE not in page(hostile)
    assert JUnitXml.fromstring(junit_xml(hostile)) is not None


def test_the_terminal_names_object_moment_evidence_advice_and_the_way_back(outcome):
    out = StringIO()
    show(outcome, Console(file=out, width=200))
    text = out.getvalue()

    assert "BROKEN endpoints-kept Service/fragile/search at +" in text
    assert "advice: 3 of 3 endpoints of Service search were in zone a" in text
    assert "again: seatrial run zonal/zone-loss" in text


def test_the_time_line_begins_with_the_fault_and_tells_the_heal(outcome):
    moments = timeline(outcome.results[0])

    assert moments[0].what == "fault: zone-loss: zone a lost"
    assert any(moment.what == "healed: zone a lost" for moment in moments)
    assert [moment.since for moment in moments] == sorted(moment.since for moment in moments)


def test_github_is_told_each_finding_once_and_lines_are_escaped(outcome):
    lines = commands(outcome)

    assert len(lines) == len(set(lines)) > 0
    assert all(line.startswith("::error title=") and "\n" not in line for line in lines)


def test_the_step_summary_is_written_where_github_asks_for_it(outcome, tmp_path):
    place = tmp_path / "summary.md"

    assert write_summary(outcome, {"GITHUB_STEP_SUMMARY": str(place)})
    assert not write_summary(outcome, {})
    assert place.read_text() == summary(outcome)


def test_a_baseline_accepts_until_its_day_and_tells_what_holds_again(outcome, tmp_path):
    place = tmp_path / "accepted.yaml"
    place.write_text(starting_baseline(outcome, date(2026, 3, 31)))
    baseline = read_baseline(str(place))

    bad = {f.id for result in outcome.results for f in result.findings if f.verdict is Verdict.BROKEN}
    assert set(baseline.accepted(date(2026, 3, 31))) == bad
    assert baseline.accepted(date(2026, 4, 1)) == ()
    assert all("fails again" in line for line in baseline.remarks(outcome, date(2026, 4, 1)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "expected kind Baseline"),
        ("{", "is no YAML"),
        ("apiVersion: seatrial.dev/v1alpha1\nkind: Baseline\naccept: [{id: x}]", "must say 'reason'"),
        ("apiVersion: seatrial.dev/v1alpha1\nkind: Baseline\naccept: [{id: x, reason: y, until: soon}]", "is no date"),
        ("apiVersion: seatrial.dev/v1alpha1\nkind: Baseline\nacept: []", "unknown word 'acept'"),
    ],
)
def test_a_broken_baseline_names_its_place(tmp_path, text, told):
    place = tmp_path / "accepted.yaml"
    place.write_text(text)

    with pytest.raises(BadInput, match=told):
        read_baseline(str(place))


@pytest.mark.browser
def test_a_browser_shows_the_page_without_the_network_or_an_error(outcome, tmp_path):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    write_report(outcome, REQUEST, prepare(str(tmp_path)))
    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=[*flags, "--disable-background-networking"])
        tab = browser.new_page()
        problems, asked = [], []
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(Path(tmp_path, "report.html").as_uri())
        assert tab.locator("#verdict").inner_text() == "BROKEN"
        assert tab.locator("#runs tr").count() == 1 + len(outcome.results)
        assert tab.locator(".finding").count() >= 4
        assert tab.locator("svg.plot").count() == 3 * len(outcome.results)
        assert tab.locator("svg.plot path.line").first.bounding_box()["width"] > 300
        assert "seatrial run zonal/zone-loss" in tab.locator(".replay").first.inner_text()
        browser.close()
    assert problems == []
    assert all(url.startswith("file:") for url in asked)
