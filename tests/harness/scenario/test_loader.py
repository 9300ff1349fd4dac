"""Scenarios become frozen values; what is wrong with one is told all at once, with places."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.time import HOUR, MINUTE, SECOND, START, parse_instant
from seatrial.harness.ports.words import Words
from seatrial.harness.scenario.library import Source
from seatrial.harness.scenario.loader import load_scenario
from seatrial.harness.scenario.model import Scenario

Load = Callable[..., Scenario]
Complaints = Callable[..., list[str]]


def test_the_least_that_a_scenario_says_has_defaults_for_the_rest(load: Load) -> None:
    scenario = load()

    assert scenario.why == "a test"
    assert (scenario.settle, scenario.calm, scenario.starts) == (5 * MINUTE, 30 * MINUTE, START)
    assert (scenario.storm, scenario.fleet, scenario.app) == ((), None, ())


def test_everything_that_is_said_arrives(load: Load) -> None:
    scenario = load(
        "settle: 1m30s\n"
        "calm: 1h\n"
        'starts: "2026-03-01T12:00:00Z"\n'
        "app: [builtin/storefront, manifests]\n"
        "expect: broken\n"
        "storm: [{at: 5s, inject: zone-loss, zone: a, for: 10m}]\n"
        "promises: [availability: {at-least: 99.9%, services: web, if-exercised: true, grace: 3s}]\n",
        folder="trials",
    )

    assert (scenario.settle, scenario.calm) == (90 * SECOND, HOUR)
    assert scenario.starts == parse_instant("2026-03-01T12:00:00Z")
    assert scenario.app == ("builtin/storefront", "trials/manifests")
    assert scenario.expect == "broken"
    assert scenario.promises[0].options == (
        ("at_least", 999_000),
        ("services", ("web",)),
        ("if_exercised", True),
        ("grace", 3 * SECOND),
    )


def test_every_scenario_demands_that_the_fleet_converges(load: Load) -> None:
    promises = load("promises: [availability]").promises

    assert [(promise.name, promise.implied) for promise in promises] == [("availability", False), ("converged", True)]


def test_a_scenario_cannot_be_changed(load: Load) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load().why = "other"  # type: ignore[misc]


def test_a_promise_is_bound_with_its_own_defaults(load: Load, words: Words) -> None:
    promise = load("promises: [availability: {at-least: 50%}]").promises[0]

    checker = promise.bind(words.checkers["availability"])

    assert (checker.at_least, checker.services, checker.grace) == (500_000, (), None)


def test_all_problems_are_told_at_once_in_the_order_of_the_file(complaints: Complaints) -> None:
    lines = complaints(
        "settle: 30\n"
        "calm: soon\n"
        "storms: []\n"
        "storm: [{inject: zone-los}]\n"
        "promises: [convergd, converged: {within: 5}]\n"
        "expect: Held\n"
    )

    assert [line.split(": ")[0] for line in lines] == [
        f"test.yaml:{place}"
        for place in (
            "3:9",
            "4:7",
            "5:1",
            "6:18",
            "7:12",
            "7:42",
            "8:9",
        )
    ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("stom: []", "test.yaml:3:1: the scenario: unknown word 'stom'; did you mean 'storm'?"),
        ("settle: 30", "3:9: settle: 30 has no unit; write 30s, 30m or 30h"),
        ("settle: -5m", "3:9: settle: '-5m' is not a duration"),
        ("settle: 5 minutes", "3:9: settle: '5 minutes' is not a duration"),
        ("settle: [5m]", "3:9: settle: must be a duration as 90s, 250ms or 1h30m, not a list"),
        ("settle: 99999999d", "3:9: settle: 99999999d is longer than 400d"),
        ("settle: " + "9" * 5000 + "s", "3:9: settle: is no duration"),
        ("calm: yes", "3:7: calm: must be a duration as 90s, 250ms or 1h30m, not the truth value true (quote it"),
        ("starts: yesterday", "3:9: starts: 'yesterday' is not a time"),
        ('starts: "2026-01-01T00:00:00"', "3:9: starts: '2026-01-01T00:00:00' has no time zone"),
        ('starts: "9999-12-31T00:00:00Z"', "outside the years 1970 to 2099"),
        ("storm: {}", "3:8: storm: must be a list, not a mapping"),
        ("promises: converged", "3:11: promises: must be a list, not the word 'converged'"),
        ("promises: []", "3:11: promises: must not be empty"),
        ("promises: [7]", "3:12: a promise must be a name, not the number 7"),
        ("promises: [{a: 1, b: 2}]", "3:12: a promise is a name or NAME: {OPTIONS}, not 2 words at once"),
        ("promises: [converg]", "3:12: unknown promise 'converg'; did you mean 'converged'? (`seatrial list promises`"),
        ("promises: [converged: {within: 5}]", "3:32: within: 5 has no unit"),
        ("promises: [converged: {witin: 5m}]", "3:24: converged: unknown word 'witin'; did you mean 'within'?"),
        ("promises: [converged: 5m]", "3:23: converged must be a mapping, not the word '5m'"),
        ("promises: [availability: {at-least: 99}]", "at-least: 99 has no unit; write a share as 99%"),
        ("promises: [availability: {at-least: 101%}]", "at-least: 101% is more than 100%"),
        ("promises: [availability: {at-least: 9.99999%}]", "at-least: must be a share"),
        ("promises: [availability: {if-exercised: 1}]", "must be true or false, not the number 1"),
        ("promises: [availability: {services: [1]}]", "services[0]: must be a word, not the number 1"),
        ("promises: [converged, converged]", "3:23: the promise converged stands there twice"),
        ("platform: [mutiny]", "unknown stand-in 'mutiny'"),
        ("app: 3", "3:6: app: must be a word, not the number 3"),
        ("expect: lost", "expect: must be 'held', 'broken' or 'unknown', not the word 'lost'"),
        ("settle: &x 5m", "test.yaml:3:9: anchors and aliases (&x) cannot stand here"),
        ("settle: 5m\nsettle: 6m", "test.yaml:4:1: the key 'settle' stands here twice"),
        ("settle: !!python/name:os.system 5m", "the tag !!python/name:os.system cannot stand here"),
        ("fleet: 3", "3:8: the fleet must be a mapping, not the number 3"),
        ("fleet: nowhere.yaml", "3:8: nowhere.yaml: cannot be read"),
    ],
)
def test_what_is_wrong_is_told_with_place_and_way_out(complaints: Complaints, body: str, told: str) -> None:
    lines = complaints(body)

    assert any(told in line for line in lines), lines


def test_a_scenario_must_say_what_it_is_and_why(complaints: Complaints) -> None:
    lines = complaints("wy: x\npromises: [converged]\n", whole=True)

    assert lines == [
        "test.yaml:1:1: the scenario must say 'apiVersion' (`seatrial explain scenario`)",
        "test.yaml:1:1: the scenario must say 'why' (it says 'wy') (`seatrial explain scenario`)",
        "test.yaml:1:1: the scenario: unknown word 'wy'; did you mean 'why'? (`seatrial explain scenario`)",
    ]


@pytest.mark.parametrize("version", ["seatrial.dev/v1", "v1", "3"])
def test_another_version_is_refused(complaints: Complaints, version: str) -> None:
    lines = complaints(f"apiVersion: {version}\nwhy: x\npromises: [converged]\n", whole=True)

    assert "cannot be read; this Seatrial reads seatrial.dev/v1alpha1" in lines[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "test.yaml: is empty"),
        ("- 1\n", "test.yaml:1:1: a scenario must be a mapping, not a list"),
        ("a: 1\n---\nb: 2\n", "test.yaml:3:1: a scenario is one document"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n", "this is a manifest (Pod), no scenario; give it to --app"),
    ],
)
def test_what_is_no_scenario_at_all_is_told(complaints: Complaints, text: str, told: str) -> None:
    assert told in complaints(text, whole=True)[0]


def test_a_scenario_of_more_than_a_megabyte_is_not_read(words: Words) -> None:
    with pytest.raises(BadInput, match="more than 1,048,576 bytes"):
        load_scenario(Source("big", "big.yaml", "#" * 1_048_577), words)


def test_a_scenario_of_too_many_values_is_not_read(complaints: Complaints) -> None:
    assert "more than 20,000 values" in complaints("storm: [" + "1, " * 30_000 + "]")[0]


def test_hundreds_of_problems_are_cut_short(complaints: Complaints) -> None:
    lines = complaints("storm: [" + "1, " * 300 + "]")

    assert len(lines) == 51
    assert lines[-1] == "... and 250 more"


def test_a_fleet_may_be_a_file_beside_the_scenario(load: Load, tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("clusters: 2\nversion: '1.35'\n")

    fleet = load("fleet: fleet.yaml", folder=str(tmp_path)).fleet

    assert fleet is not None
    assert [(cluster.name, cluster.version) for cluster in fleet.clusters] == [("c1", "1.35"), ("c2", "1.35")]


class TestParameters:
    """`params:` gives a default, `$name` uses it, `--set name=value` fills it."""

    STORM = "storm: [{at: 0s, inject: zone-loss, zone: $zone, for: $for}]\n"
    PARAMS = "params: {zone: b, for: {value: 10m, help: how long}}\n"

    def test_the_default_is_used(self, load: Load) -> None:
        step = load(self.PARAMS + self.STORM).storm[0]

        assert (dict(step.options)["zone"], step.lasts) == ("b", 10 * MINUTE)

    def test_set_wins(self, load: Load) -> None:
        scenario = load(self.PARAMS + self.STORM, sets=("zone=worst", "for=90s"))

        assert dict(scenario.storm[0].options)["zone"] == "worst"
        assert [(one.name, one.value, one.help) for one in scenario.parameters] == [
            ("zone", "worst", ""),
            ("for", "90s", "how long"),
        ]

    def test_a_parameter_may_be_a_part_of_a_word_and_a_dollar_may_be_a_dollar(self, load: Load) -> None:
        step = load("params: {zone: b}\nstorm: [{inject: link-cut, source: 'zone/${zone}', target: $$x}]").storm[0]

        assert dict(step.options)["source"] == "zone/b"
        assert dict(step.options)["target"] == "$x"

    def test_set_values_are_typed_as_in_yaml(self, load: Load) -> None:
        storm = "params: {code: 503}\nstorm: [{inject: api-errors, code: $code}]"

        assert dict(load(storm, sets=("code=429",)).storm[0].options)["code"] == 429

    def test_a_bad_value_is_told_where_it_is_used(self, complaints: Complaints) -> None:
        assert complaints(self.PARAMS + self.STORM, sets=("for=5",)) == [
            "test.yaml:4:55: for: 5 has no unit; write 5s, 5m or 5h"
        ]

    def test_each_without_a_parameter_can_be_set_too(self, load: Load) -> None:
        storm = "storm: [{inject: zone-loss, zone: each}, {at: 1m, inject: link-cut, source: zone/each}]"

        assert load(storm).each == ("zone",)
        scenario = load(storm, sets=("zone=c",))

        assert scenario.each == ()
        assert [dict(step.options).get("source", "c") for step in scenario.storm] == ["c", "zone/c"]

    @pytest.mark.parametrize(
        ("body", "sets", "told"),
        [
            ("", ("zone=a",), "--set zone: the scenario has no such parameter (it has none)"),
            (PARAMS + STORM, ("zon=a",), "has no such parameter; did you mean 'zone'? (it has for, zone)"),
            (PARAMS + STORM, ("zone",), "--set zone: write it as --set NAME=VALUE"),
            (PARAMS + STORM, ("=a",), "--set =a: write it as"),
            (PARAMS + STORM, ("zone=a", "zone=b"), "--set zone is given twice"),
            (
                "storm: [{inject: zone-loss, zone: $zon}]\nparams: {zone: a}",
                (),
                "unknown parameter 'zon'; did you mean 'zone'?",
            ),
            ("params: {Zone: a}", (), "the parameter 'Zone' must be lower-case"),
            ("params: {zone: [a]}", (), "params.zone: must be one word or number, not a list"),
            ("params: {zone: {vale: a}}", (), "write NAME: VALUE or NAME: {value: ..., help: ...}"),
            ("params: 3", (), "params: must be a mapping, not the number 3"),
        ],
    )
    def test_what_is_wrong_with_a_parameter_is_told(
        self, complaints: Complaints, body: str, sets: tuple[str, ...], told: str
    ) -> None:
        lines = complaints(body, sets=sets)

        assert any(told in line for line in lines), lines
