"""Reading objects: what is dropped, what is refused, what stays the same object."""

from __future__ import annotations

from typing import Any

import pytest

from seatrial.fakes.kube.schema import Schema
from seatrial.harness.ports.kube import BadRequest

SCHEMA = Schema("1.36")
POD = SCHEMA.kind("pods")


def make_pod(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"containers": [{"name": "main", "image": "web:1"}], **spec},
    }


def test_an_object_without_faults_comes_back_as_it_is() -> None:
    pod = make_pod(nodeSelector={"zone": "a"})

    read, warnings = SCHEMA.decode(POD, pod)

    assert read is pod
    assert warnings == []


def test_unknown_fields_are_dropped_with_a_warning_and_the_rest_is_shared() -> None:
    pod = make_pod(colour="red")

    read, warnings = SCHEMA.decode(POD, pod, "Warn")

    assert warnings == ['unknown field "spec.colour"']
    assert "colour" not in read["spec"]
    assert read["spec"]["containers"] is pod["spec"]["containers"]
    assert pod["spec"]["colour"] == "red"


def test_unknown_fields_are_dropped_silently_where_the_caller_asks_so() -> None:
    read, warnings = SCHEMA.decode(POD, make_pod(colour="red"), "Ignore")

    assert warnings == []
    assert "colour" not in read["spec"]


def test_unknown_fields_are_refused_where_the_caller_is_strict() -> None:
    with pytest.raises(BadRequest, match=r'strict decoding error: unknown field "spec.colour"'):
        SCHEMA.decode(POD, make_pod(colour="red"), "Strict")


def test_null_means_absent() -> None:
    read, _ = SCHEMA.decode(POD, make_pod(nodeSelector=None))

    assert "nodeSelector" not in read["spec"]


def test_null_in_a_list_of_objects_is_an_empty_object() -> None:
    read, _ = SCHEMA.decode(POD, make_pod(volumes=[None]))

    assert read["spec"]["volumes"] == [{}]


def test_a_value_outside_of_an_enum_is_left_to_validation() -> None:
    read, _ = SCHEMA.decode(POD, make_pod(restartPolicy="Perhaps"))

    assert read["spec"]["restartPolicy"] == "Perhaps"
