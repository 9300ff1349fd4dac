"""A storm's steps: what each waits for, how long it lasts, what it may look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seatrial.harness.kernel.time import MINUTE, SECOND
from seatrial.harness.ports.words import Words
from seatrial.harness.scenario.model import Condition, Scenario

Load = Callable[..., Scenario]
Complaints = Callable[..., list[str]]


def starts(scenario: Scenario) -> list[tuple[str, int | None, tuple[str, ...]]]:
    return [(step.id, step.at, step.after) for step in scenario.storm]


def test_the_first_step_begins_at_once_and_the_next_follows_its_end(load: Load) -> None:
    scenario = load(
        "storm:\n- {inject: zone-loss, for: 5m}\n- {inject: api-errors, for: 1m}\n- {at: 9m, inject: pod-kill}\n"
    )

    assert starts(scenario) == [
        ("zone-loss", 0, ()),
        ("api-errors", None, ("zone-loss",)),
        ("pod-kill", 9 * MINUTE, ()),
    ]


def test_serial_and_parallel_groups_become_what_each_step_waits_for(load: Load) -> None:
    scenario = load(
        "storm:\n"
        "- at: 10s\n"
        "  serial:\n"
        "  - {id: one, inject: zone-loss, for: 5m}\n"
        "  - parallel:\n"
        "    - {id: two, inject: api-errors, for: 1m}\n"
        "    - serial:\n"
        "      - {id: three, inject: pod-kill}\n"
        "      - {id: four, inject: zone-loss, for: 2m}\n"
        "  - {id: five, inject: pod-kill}\n"
        "- {id: six, inject: zone-loss, for: 1m}\n"
    )

    assert starts(scenario) == [
        ("one", 10 * SECOND, ()),
        ("two", None, ("one",)),
        ("three", None, ("one",)),
        ("four", None, ("three",)),
        ("five", None, ("two", "four")),
        ("six", None, ("five",)),
    ]


def test_steps_that_are_called_alike_are_numbered(load: Load) -> None:
    scenario = load("storm: [{inject: pod-kill}, {inject: pod-kill}, {at: 3s, inject: pod-kill}]")

    assert [step.id for step in scenario.storm] == ["pod-kill", "pod-kill-2", "pod-kill-3"]


def test_a_fault_that_is_momentary_lasts_no_time(load: Load) -> None:
    assert load("storm: [{inject: pod-kill}]").storm[0].lasts == 0


def test_a_step_without_an_end_lasts_to_the_storms(load: Load) -> None:
    assert load("storm: [{inject: zone-loss}]").storm[0].lasts is None


def test_an_action_is_done_not_injected(load: Load, words: Words) -> None:
    step = load('storm: [{do: upgrade, to: "1.36"}]').storm[0]

    assert (step.kind, step.bind(words.actions["upgrade"], {}).to) == ("do", "1.36")


def test_a_field_that_is_a_word_of_python_is_written_without_its_underscore(load: Load, words: Words) -> None:
    step = load("storm: [{inject: api-errors, from: kubelet}]").storm[0]

    assert step.bind(words.faults["api-errors"], {}).from_ == "kubelet"


@pytest.mark.parametrize(
    ("written", "target"), [("a", "a"), ("2", "2"), ("30%", "30%"), ("[a, b]", "a,b"), ("worst", "worst")]
)
def test_a_target_is_handed_over_as_text(load: Load, written: str, target: str) -> None:
    assert dict(load(f"storm: [{{inject: zone-loss, zone: {written}}}]").storm[0].options)["zone"] == target


def test_each_is_left_open_for_a_run_of_its_own(load: Load, words: Words) -> None:
    scenario = load("storm: [{inject: zone-loss, zone: each, for: 1m}, {inject: link-cut, source: zone/each}]")

    bound = [step.bind(words.faults[step.word], {"zone": "b"}) for step in scenario.storm]

    assert scenario.each == ("zone",)
    assert (bound[0].zone, bound[1].source) == ("b", "zone/b")


def test_a_condition_on_a_share(load: Load) -> None:
    step = load(
        "storm: [{when: {nodegroup: apps, measure: updated, at-least: 40%, held: 30s}, inject: api-errors, for: 5m}]"
    ).storm[0]

    assert step.when == Condition(
        "updated", "nodegroup", "apps", at_least=400_000, held=30 * SECOND, place="test.yaml:3:16"
    )
    assert (step.at, step.after) == (None, ())


def test_a_step_may_last_while_another_does(load: Load) -> None:
    step = load("storm: [{inject: zone-loss, for: 5m}, {while: {step: zone-loss}, inject: api-errors}]").storm[1]

    assert step.while_ is not None
    assert (step.while_.measure, step.while_.name, step.while_.at_least) == ("in-force", "zone-loss", 1)
    assert (step.at, step.after, step.lasts) == (None, (), None)


def test_a_condition_on_the_whole_app(load: Load) -> None:
    step = load("storm: [{when: {app: true, measure: pending, at-most: 3}, inject: pod-kill}]").storm[0]

    assert step.when is not None
    assert (step.when.subject, step.when.name, step.when.at_most) == ("app", "", 3)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("3", "3:9: a step must be a mapping, not the number 3"),
        ("{}", "a step must say one of inject, do, serial, parallel; this one has none"),
        ("{inject: zone-loss, do: upgrade}", "this one has inject and do"),
        ("{inject: 7}", "inject must name a fault, not the number 7"),
        ("{inject: zone-los}", "3:18: unknown fault 'zone-los'; did you mean 'zone-loss'? (`seatrial list faults`"),
        ("{inject: upgrade}", "unknown fault 'upgrade'; it is an action: write do: upgrade"),
        ("{do: zone-loss}", "unknown action 'zone-loss'; it is a fault: write inject: zone-loss"),
        ("{inject: zone-loss, zon: a}", "3:29: zone-loss: unknown word 'zon'; did you mean 'zone'?"),
        ("{inject: zone-loss, for: 5}", "for: 5 has no unit; write 5s, 5m or 5h"),
        ("{inject: zone-loss, zone: {a: b}}", "zone: must be a word, not a mapping"),
        ("{inject: zone-loss, zone: y}", "zone: must be a word, not the truth value true (quote it"),
        ("{inject: zone-loss, zone: ''}", "zone: must not be empty"),
        ("{inject: zone-loss, cluster: -1}", "cluster: must be a whole number from 0"),
        ("{inject: zone-loss, cluster: 1.5}", "cluster: must be a whole number, not the number 1.5"),
        ("{inject: zone-loss, id: My Step}", "id: 'My Step' must be lower-case"),
        ("{inject: link-cut}", "3:9: link-cut must say 'source'"),
        ("{inject: link-cut, sorce: a}", "link-cut must say 'source' (it says 'sorce')"),
        (
            "{inject: link-cut, source: a, direction: bth}",
            "must be 'both' or 'forward', not the word 'bth'; did you mean",
        ),
        ("{inject: api-errors, code: 77}", "code: must be an HTTP status from 100 to 599, not 77"),
        ("{inject: api-errors, code: 404}", "3:9: api-errors: 404 is no fault"),
        ("{inject: api-errors, share: 30}", "share: 30 has no unit; write a share as 30%"),
        ("{inject: pod-kill, for: 5m}", "pod-kill is over as soon as it has happened; take 'for' out"),
        ("{at: 1m, when: {step: x}, inject: pod-kill}", "a step begins at a time or on a condition, not both"),
        ("{while: {step: x}, for: 1m, inject: zone-loss}", "a step lasts for a time or while a condition holds"),
        ("{while: {step: x}, at: 1m, inject: zone-loss}", "`while` tells the beginning too"),
        ("{serial: 3}", "serial: must be a list, not the number 3"),
        ("{serial: []}", "serial must be a list of steps"),
        ("{serial: [{at: 3s, inject: pod-kill}]}", "inside a group the order tells; move 'at' to the group"),
        ("{parallel: [{inject: pod-kill}], for: 5m}", "a parallel group: unknown word 'for'"),
        ("{when: 3, inject: pod-kill}", "when: must be a mapping, not the number 3"),
        ("{when: {}, inject: pod-kill}", "a condition is about one of app, cluster, nodegroup, step, zone"),
        ("{when: {zone: a, nodegroup: b, measure: ready, at-least: 1%}, inject: pod-kill}", "names nodegroup and zone"),
        ("{when: {zone: a}, inject: pod-kill}", "what is measured?; of a zone: ready, tainted"),
        ("{when: {zone: a, measure: redy, at-least: 1%}, inject: pod-kill}", "unknown measure 'redy'"),
        ("{when: {zone: a, measure: served, at-least: 1%}, inject: pod-kill}", "'served' cannot be measured of a zone"),
        ("{when: {zone: a, measure: ready}, inject: pod-kill}", "a condition needs at-least or at-most"),
        ("{when: {zone: a, measure: ready, at-least: 3}, inject: pod-kill}", "at-least: 3 has no unit"),
        ("{when: {zone: a, measure: tainted, at-least: 3%}, inject: pod-kill}", "must be a whole number"),
        ("{when: {step: nope}, inject: pod-kill}", "there is no step 'nope'; there are pod-kill"),
        ("{when: {step: pod-kill}, inject: pod-kill}", "a step cannot wait for itself"),
    ],
)
def test_what_is_wrong_with_a_step_is_told(complaints: Complaints, step: str, told: str) -> None:
    lines = complaints(f"storm: [{step}]")

    assert any(told in line for line in lines), lines


def test_nothing_can_follow_what_never_ends(complaints: Complaints) -> None:
    lines = complaints("storm:\n- {inject: zone-loss}\n- {inject: pod-kill}\n")

    assert lines == [
        "test.yaml:5:3: this step waits for zone-loss to end, which lasts to the storm's end; "
        "give zone-loss a `for:`, or this step an `at:`"
    ]


def test_two_steps_cannot_have_one_name(complaints: Complaints) -> None:
    lines = complaints("storm: [{id: x, inject: pod-kill}, {id: x, inject: pod-kill}]")

    assert "two steps are called 'x'" in lines[0]
