"""The exported JSON Schemas accept what the loader accepts and refuse what it refuses."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.ports.words import Words
from seatrial.harness.runner.words import words as all_words
from seatrial.harness.scenario.library import Source, find_scenario, scenario_names
from seatrial.harness.scenario.loader import load_scenario
from seatrial.harness.scenario.schema import DRAFTS, fleet_schema, scenario_schema, shape_words
from seatrial.harness.scenario.yaml import load_text


def valid(schema: dict[str, Any], text: str) -> bool:
    validator = jsonschema.validators.validator_for(schema)
    return bool(validator(schema).is_valid(load_text(text, "f")[0].value))


@pytest.mark.parametrize("draft", DRAFTS)
def test_the_schemas_are_schemas_of_their_draft(words: Words, draft: str) -> None:
    for schema in (scenario_schema(words, draft), fleet_schema(draft)):
        assert schema["$schema"] == DRAFTS[draft]
        jsonschema.validators.validator_for(schema).check_schema(schema)


@pytest.mark.parametrize("draft", DRAFTS)
@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_that_is_brought_along_fits(name: str, draft: str) -> None:
    assert valid(scenario_schema(all_words(), draft), find_scenario(name).text)


HEAD = "apiVersion: seatrial.dev/v1alpha1\nwhy: x\npromises: [converged]\n"
GOOD = [
    "settle: 1h30m\n",
    "params: {zone: each, for: {value: 5m, help: x}}\nstorm: [{inject: zone-loss, zone: $zone, for: '${for}'}]\n",
    "storm: [{inject: zone-loss, zone: [a, b]}, {at: 5m, do: upgrade, to: '1.36'}]\n",
    "storm: [{serial: [{inject: pod-kill}, {parallel: [{inject: pod-kill}]}]}]\n",
    "storm: [{when: {app: true, measure: ready, at-least: 40%}, inject: api-errors, for: 5m}]\n",
    "fleet: {clusters: 3, nodegroups: [{name: a, nodes: 3, taints: ['a=b:NoSchedule']}]}\n",
    "fleet: {clusters: [{name: a, version: '1.36'}]}\n",
    "app: [builtin/storefront, x]\n",
    "app: builtin/storefront\n",
    "fleet: {etcd-zones: a, nodegroups: [{name: a, nodes: 3, zones: a, labels: {b: c}}]}\n",
]
BAD = [
    "settle: 30\n",
    "settle: soon\n",
    "settles: 5m\n",
    "storm: [{inject: zone-los}]\n",
    "storm: [{inject: zone-loss, zon: a}]\n",
    "storm: [{inject: link-cut}]\n",
    "storm: [{inject: link-cut, source: a, direction: up}]\n",
    "storm: [{inject: pod-kill, for: 5m}]\n",
    "storm: [{inject: api-errors, share: 30}]\n",
    "storm: [{inject: api-errors, code: 77}]\n",
    "storm: [{serial: []}]\n",
    "storm: [{}]\n",
    "storm: {}\n",
    "fleet: {clusters: 0}\n",
    "fleet: {nodegroups: [{name: a, nodes: 0}]}\n",
    "fleet: {node-lifecycle: azure}\n",
    "fleet: {nodegroups: [{name: a, nodes: 3, taints: [x]}]}\n",
    "expect: lost\n",
]


@pytest.mark.parametrize("draft", DRAFTS)
@pytest.mark.parametrize("body", GOOD)
def test_what_the_loader_reads_is_valid(words: Words, body: str, draft: str) -> None:
    load_scenario(Source("t", "t.yaml", HEAD + body), words)

    assert valid(scenario_schema(words, draft), HEAD + body)


@pytest.mark.parametrize("draft", DRAFTS)
@pytest.mark.parametrize("body", BAD)
def test_what_the_loader_refuses_is_invalid(words: Words, body: str, draft: str) -> None:
    with pytest.raises(BadInput):
        load_scenario(Source("t", "t.yaml", HEAD + body), words)

    assert not valid(scenario_schema(words, draft), HEAD + body)


@pytest.mark.parametrize("body", ["promises: [nope]\n", "promises: [converged: {within: 5}]\n", "promises: []\n"])
def test_promises_are_checked_too(words: Words, body: str) -> None:
    assert not valid(scenario_schema(words), HEAD.replace("promises: [converged]\n", body))


def test_a_fleet_file_may_carry_its_version() -> None:
    assert valid(fleet_schema(), "apiVersion: seatrial.dev/v1alpha1\nclusters: 3\n")
    assert not valid(fleet_schema(), "apiVersion: v2\nclusters: 3\n")


@pytest.mark.parametrize("name", ["scenario", "fleet", "step"])
def test_the_words_of_a_file_can_be_explained(name: str) -> None:
    summary, options = shape_words(name)

    assert summary
    assert all(option["type"] for option in options)
