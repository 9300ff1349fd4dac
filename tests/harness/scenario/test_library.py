"""What is brought along is found by name, and every bit of it can be read with the words that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.runner.words import words
from seatrial.harness.scenario.library import builtin_app, builtin_apps, find_scenario, scenario_names
from seatrial.harness.scenario.loader import load_scenario


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_that_is_brought_along_can_be_read(name: str) -> None:
    scenario = load_scenario(find_scenario(name), words())

    assert scenario.name == name
    assert scenario.why.endswith(".")
    assert any(promise.name == "converged" for promise in scenario.promises)
    assert all(parameter.help for parameter in scenario.parameters)


def test_there_is_a_scenario_for_every_fault() -> None:
    known = words()

    tried = {step.word for name in scenario_names() for step in load_scenario(find_scenario(name), known).storm}

    assert sorted(set(known.faults) - tried) == []


def test_zone_loss_promises_what_a_well_built_app_gets() -> None:
    scenario = load_scenario(find_scenario("zonal/zone-loss"), words())

    assert scenario.each == ("zone",)
    assert [promise.name for promise in scenario.promises] == [
        "blast-radius",
        "availability",
        "endpoints-kept",
        "replicas-kept",
        "budget-kept",
        "quorum-kept",
        "no-pod-stuck",
        "spread-kept",
        "converged",
    ]


def test_a_short_name_is_enough_where_it_is_the_only_one() -> None:
    assert find_scenario("zone-loss").name == "zonal/zone-loss"


def test_a_file_is_found_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("why: x\n")

    source = find_scenario(str(file))

    assert (source.name, source.text, source.folder) == ("mine", "why: x\n", str(tmp_path))


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("zonal/zone-lost", "unknown scenario 'zonal/zone-lost'; did you mean 'zonal/zone-loss'"),
        ("nothing-like-it", r"unknown scenario 'nothing-like-it' \(`seatrial list` shows all"),
        ("nope.yaml", "nope.yaml: there is no such file"),
        (".", "is a folder; name a scenario file in it"),
    ],
)
def test_what_is_not_there_is_told(word: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        find_scenario(word)


def test_apps_are_found_by_name() -> None:
    assert {"builtin/fragile", "builtin/storefront"} <= set(builtin_apps())
    assert [source.file for source in builtin_app("builtin/fragile")] == ["builtin/fragile/app.yaml"]
