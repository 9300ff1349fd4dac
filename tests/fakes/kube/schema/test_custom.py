"""Custom kinds: defined, served, pickled, gone."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from seatrial.fakes.kube.schema import Schema, UnknownResource
from seatrial.fakes.kube.schema.custom.patterns import pattern_error
from seatrial.harness.kernel.errors import Unsupported

RESOURCE = "trials.example.com"


def make_definition(spec_schema: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    inner = spec_schema or {"type": "object", "properties": {"size": {"type": "integer", "default": 1}}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": inner}}},
    }
    spec = {
        "group": "example.com",
        "names": {"plural": "trials", "kind": "Trial", "shortNames": ["tri"]},
        "scope": "Namespaced",
        "versions": [version],
        **more,
    }
    return {"metadata": {"name": RESOURCE}, "spec": spec}


def make_trial(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "example.com/v1",
        "kind": "Trial",
        "metadata": {"name": "a", "namespace": "b", "resourceVersion": "1"},
        "spec": spec,
    }


@pytest.fixture
def schema() -> Schema:
    schema = Schema("1.36")
    schema.define(make_definition())
    return schema


def test_a_defined_kind_is_served_under_all_its_names(schema: Schema) -> None:
    kind = schema.kind(RESOURCE)

    assert (kind.custom, kind.list_kind, kind.subresources) == (True, "TrialList", ("status",))
    assert schema.by_kind("example.com/v1", "Trial") is kind
    assert schema.by_name("tri") is kind
    assert kind in schema.kinds()


def test_a_kind_whose_definition_is_gone_is_gone(schema: Schema) -> None:
    schema.undefine(make_definition())

    with pytest.raises(UnknownResource):
        schema.kind(RESOURCE)
    assert schema.by_kind("example.com/v1", "Trial") is None


def test_custom_kinds_survive_pickling(schema: Schema) -> None:
    twin = pickle.loads(pickle.dumps(schema))
    kind = twin.kind(RESOURCE)

    assert twin.default(kind, make_trial())["spec"] == {"size": 1}


def test_a_changed_definition_replaces_the_old_one(schema: Schema) -> None:
    schema.define(make_definition({"type": "object", "properties": {"colour": {"type": "string"}}}))
    kind = schema.kind(RESOURCE)

    read, warnings = schema.decode(kind, make_trial(size=3, colour="red"))

    assert read["spec"] == {"colour": "red"}
    assert warnings == ['unknown field "spec.size"']
    assert set(schema.structure(kind).properties["spec"].properties) == {"colour"}


def test_an_object_that_needs_nothing_stays_the_same_object(schema: Schema) -> None:
    kind, trial = schema.kind(RESOURCE), make_trial(size=3)

    read, _ = schema.decode(kind, trial)

    assert read is trial
    assert schema.default(kind, read) is trial


def test_what_was_bad_before_and_has_not_changed_is_let_through(schema: Schema) -> None:
    kind, old = schema.kind(RESOURCE), make_trial(size="large")
    new = {**old, "metadata": {**old["metadata"], "labels": {"a": "b"}}, "spec": {"size": "large"}}

    assert schema.validate(kind, new, old) == []
    assert [cause.field for cause in schema.validate(kind, make_trial(size="huge"), old)] == ["spec.size"]


def test_structure_of_a_custom_kind_has_metadata_and_list_types() -> None:
    parts = {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "items": {"type": "object", "properties": {"name": {"type": "string"}}},
    }
    schema = Schema("1.36")
    schema.define(make_definition({"type": "object", "properties": {"parts": parts}}))

    node = schema.structure(schema.kind(RESOURCE))

    assert node.properties["metadata"].properties["labels"].type == "map"
    assert node.properties["spec"].properties["parts"].list_map_keys == ("name",)


def test_cel_rules_are_not_evaluated_and_said_so() -> None:
    rules = [{"rule": "self.size > 3"}]
    inner = {"type": "object", "properties": {"size": {"type": "integer"}}, "x-kubernetes-validations": rules}
    schema = Schema("1.36")

    warnings = schema.define(make_definition(inner))

    assert warnings == ["trials.example.com v1: x-kubernetes-validations not evaluated: .spec"]
    assert schema.validate(schema.kind(RESOURCE), make_trial(size=1)) == []


def test_only_objects_that_need_conversion_by_webhook_are_unsupported() -> None:
    definition = make_definition(conversion={"strategy": "Webhook"})
    newest = definition["spec"]["versions"][0]
    definition["spec"]["versions"].append({**newest, "name": "v1beta1", "storage": False})
    schema = Schema("1.36")
    schema.define(definition)

    assert schema.kept(make_trial(size=2)) == make_trial(size=2)
    with pytest.raises(Unsupported, match="conversion by webhook: it is written as v1beta1 and kept as v1"):
        schema.kept({**make_trial(), "apiVersion": "example.com/v1beta1"})


def test_every_served_version_is_known_and_the_stored_one_is_the_kind() -> None:
    definition = make_definition()
    stored = definition["spec"]["versions"][0]
    older = {**stored, "name": "v1alpha1", "storage": False}
    definition = {**definition, "spec": {**definition["spec"], "versions": [older, stored]}}
    schema = Schema("1.36")

    schema.define(definition)

    assert schema.kind(RESOURCE).version == "v1"
    assert [kind.version for kind in schema.versions(RESOURCE)] == ["v1", "v1alpha1"]
    assert schema.kept({**make_trial(), "apiVersion": "example.com/v1alpha1"})["apiVersion"] == "example.com/v1"


@pytest.mark.parametrize("text", ["(?=a)", "(?<!a)b", r"(a)\1", "(?>a)", "(", "a**"])
def test_patterns_that_re2_refuses_are_refused(text: str) -> None:
    assert pattern_error(text).startswith("error parsing regexp: ")


@pytest.mark.parametrize("text", ["^[a-z]+$", r"\d{1,3}\.", r"\(?=a", "(?i)abc", "(?P<x>a)", r"\\1"])
def test_patterns_that_re2_takes_are_taken(text: str) -> None:
    assert pattern_error(text) == ""
