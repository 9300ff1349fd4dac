"""Each promise has its traitor: a scenario whose platform or app breaks exactly this promise, and must be BROKEN."""

import pytest

from seatrial.harness.checkers import CHECKERS
from seatrial.harness.ports.checker import Standing, Verdict
from seatrial.harness.runner import RunRequest, run_request
from seatrial.harness.scenario.library import scenario_names

NEGATIVES = [name for name in scenario_names() if name.startswith("negative/")]


def test_every_checker_has_its_traitor():
    assert {name.partition("/")[2] for name in NEGATIVES} == set(CHECKERS)


@pytest.mark.parametrize("name", NEGATIVES)
def test_the_traitor_is_caught_by_its_own_checker(name):
    outcome = run_request(RunRequest(name))

    checker = name.partition("/")[2]
    broken = [
        finding
        for result in outcome.results
        for finding in result.findings
        if finding.standing is Standing.COUNTED and finding.verdict is Verdict.BROKEN
    ]
    assert outcome.verdict is Verdict.BROKEN, [result.unready for result in outcome.results]
    assert checker in {finding.checker for finding in broken}
    assert {finding.checker for finding in broken} <= {checker, "converged"}
