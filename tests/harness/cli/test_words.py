"""list, explain, schema, doctor, clean, and the commands that do not exist yet."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seatrial.harness.cli.commands import COMMANDS, NOT_BUILT
from seatrial.harness.cli.listing import KINDS

Cli = Callable[..., Any]


@pytest.mark.parametrize("what", KINDS)
def test_every_list_is_text_and_json(cli: Cli, what: str) -> None:
    text, data = cli("list", what), cli("list", what, "-o", "json")

    assert (text.code, data.code) == (0, 0)
    assert [line.split()[0] for line in text.out.splitlines()] == [entry["name"] for entry in data.document]


def test_list_without_a_word_lists_scenarios(cli: Cli) -> None:
    ran = cli("list")

    assert "zonal/zone-loss" in ran.out
    assert "`seatrial explain NAME` tells more" in ran.err


def test_a_list_of_something_else_is_bad_input(cli: Cli) -> None:
    ran = cli("list", "fault", "-o", "json")

    assert ran.code == 2
    assert ran.document["problems"] == [
        "there is no list of 'fault'; did you mean 'faults'? "
        "(there are: scenarios, apps, faults, promises, actions, stand-ins, measures, instances)"
    ]


@pytest.mark.parametrize("what", ["scenarios", "apps", "faults", "promises", "measures"])
def test_everything_that_is_listed_can_be_explained(cli: Cli, what: str) -> None:
    for entry in cli("list", what, "-o", "json").document:
        ran = cli("explain", entry["name"])

        assert ran.code == 0, entry
        assert entry["name"] in ran.out


@pytest.mark.parametrize("name", ["scenario", "fleet", "step"])
def test_the_words_of_files_can_be_explained(cli: Cli, name: str) -> None:
    assert cli("explain", name).code == 0


def test_what_is_not_there_names_the_nearest(cli: Cli) -> None:
    ran = cli("explain", "zone-los")

    assert ran.code == 2
    assert "nothing is called 'zone-los'; did you mean 'zone-loss'" in ran.err


def test_a_fault_is_explained_with_its_options_and_an_example(cli: Cli) -> None:
    facts = cli("explain", "zone-loss", "-o", "json").document

    assert [option["word"] for option in facts["options"]] == ["zone", "cluster"]
    assert facts["example"] == "storm:\n  - {at: 0s, inject: zone-loss, for: 10m}"


def test_schemas_are_printed_and_written(cli: Cli, tmp_path: Path) -> None:
    printed = cli("schema", "--draft", "draft-07").document
    written = cli("schema", "--out", str(tmp_path / "schemas"))

    files = sorted(file.name for file in (tmp_path / "schemas").iterdir())
    assert files == [
        "fleet.draft-07.schema.json",
        "fleet.schema.json",
        "scenario.draft-07.schema.json",
        "scenario.schema.json",
    ]
    assert json.loads((tmp_path / "schemas" / "scenario.draft-07.schema.json").read_text()) == printed
    assert "yaml-language-server" in written.err


def test_schemas_that_cannot_be_written_are_bad_input(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert cli("schema", "--out", str(tmp_path / "file" / "x")).code == 2


def test_the_doctor_finds_what_the_simulated_fleet_needs(cli: Cli) -> None:
    ran = cli("doctor", "--on", "sim", "-o", "json")

    assert ran.code == 0
    assert {check["state"] for check in ran.document} <= {"ok", "note"}


def test_the_doctor_ends_with_4_where_clusters_cannot_be_made(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    ran = cli("doctor", "--on", "kind")

    assert ran.code == 4
    assert "docker" in ran.out
    assert "cannot run here" in ran.out


def test_there_is_nothing_to_clean(cli: Cli) -> None:
    assert cli("clean", "-o", "json").document == {"removed": []}


@pytest.mark.parametrize("name", NOT_BUILT)
def test_what_is_not_built_says_so(cli: Cli, name: str) -> None:
    ran = cli(name, "something", "--anything")

    assert ran.code == 4
    assert f"`seatrial {name}` is not built yet; there are: {', '.join(COMMANDS)}" in ran.err


@pytest.mark.parametrize("name", [*COMMANDS, *NOT_BUILT])
def test_every_command_has_help(cli: Cli, name: str) -> None:
    ran = cli(name, "--help")

    assert ran.code == 0
    assert ran.out.startswith("Usage: seatrial")


def test_help_tells_the_exit_codes(cli: Cli) -> None:
    assert "130 interrupted" in " ".join(cli("--help").out.split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("lst",), "No such command 'lst'"),
        (("run",), "Missing argument"),
        (("run", "x", "--seed", "many"), "--seed"),
        (("run", "x", "--seed", "-1"), "--seed"),
        (("run", "x", "--on", "moon"), "--on"),
        (("run", "x", "--nope"), "No such option"),
        (("list", "-o", "xml"), "-o"),
    ],
)
def test_wrong_usage_is_2_with_the_way_to_help(cli: Cli, arguments: tuple[str, ...], told: str) -> None:
    ran = cli(*arguments)

    assert ran.code == 2
    assert told in ran.err
    assert ran.out == ""


def test_wrong_usage_is_a_document_too(cli: Cli) -> None:
    ran = cli("run", "-o", "json")

    assert (ran.code, ran.document["exitCode"], ran.document["kind"]) == (2, 2, "Error")


def test_the_version_is_told(cli: Cli) -> None:
    assert cli("--version").out.startswith("seatrial ")
