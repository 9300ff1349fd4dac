"""Kinds, their names, and the structure that patches walk."""

from __future__ import annotations

import pickle

import pytest

from seatrial.fakes.kube.schema import Schema, UnknownResource
from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.ports.kube import ApiError

META = {"name": "a", "namespace": "b"}


@pytest.fixture(scope="module")
def schema() -> Schema:
    return Schema("1.36")


def test_a_kind_knows_how_kubectl_names_its_resource(schema: Schema) -> None:
    deployment, pod = schema.kind("deployments.apps"), schema.kind("pods")

    assert (deployment.api_version, deployment.resource, deployment.list_kind) == (
        "apps/v1",
        "deployments.apps",
        "DeploymentList",
    )
    assert (pod.api_version, pod.resource, pod.namespaced) == ("v1", "pods", True)
    assert "scale" in deployment.subresources
    assert not deployment.custom


def test_a_kind_is_found_by_what_an_object_says_of_itself(schema: Schema) -> None:
    assert schema.by_kind("apps/v1", "Deployment") is schema.kind("deployments.apps")
    assert schema.by_kind("apps/v1beta1", "Deployment") is None


@pytest.mark.parametrize(
    "name", ["deploy", "deployment", "deployments", "Deployment", "deployments.apps", "deploy.apps"]
)
def test_a_kind_is_found_by_every_name_that_people_use(schema: Schema, name: str) -> None:
    found = schema.by_name(name)

    assert found is not None
    assert found.resource == "deployments.apps"


def test_a_resource_that_is_not_served_is_a_404_and_a_key_error(schema: Schema) -> None:
    with pytest.raises(KeyError) as missing:
        schema.kind("wheels.example.com")

    assert isinstance(missing.value, UnknownResource)
    assert isinstance(missing.value, ApiError)
    assert missing.value.code == 404


def test_a_minor_without_a_table_is_refused_by_name() -> None:
    with pytest.raises(Unsupported, match=r"1\.20.*1\.36"):
        Schema("1.20")


def test_each_minor_serves_its_own_kinds(schema: Schema) -> None:
    older = Schema("1.35")
    resource = "mutatingadmissionpolicies.admissionregistration.k8s.io"

    assert schema.kind(resource).version == "v1"
    with pytest.raises(UnknownResource):
        older.kind(resource)
    assert older.kind("pods") == schema.kind("pods")


def test_the_preferred_version_is_the_one_that_objects_are_kept_in(schema: Schema) -> None:
    versions = [kind.api_version for kind in schema.versions("horizontalpodautoscalers.autoscaling")]

    assert schema.kind("horizontalpodautoscalers.autoscaling").api_version == "autoscaling/v2"
    assert "autoscaling/v1" in versions


def test_another_version_than_the_kept_one_is_unsupported_rather_than_guessed(schema: Schema) -> None:
    older = schema.by_kind("autoscaling/v1", "HorizontalPodAutoscaler")
    assert older is not None

    with pytest.raises(Unsupported):
        schema.decode(older, {"metadata": {"name": "a"}})


def test_an_old_autoscaler_becomes_what_is_kept(schema: Schema) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"maxReplicas": 5, "scaleTargetRef": target, "targetCPUUtilizationPercentage": 60}
    old = {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}, "spec": spec}

    new = schema.kept(old)

    assert new["apiVersion"] == "autoscaling/v2"
    assert new["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 60
    assert schema.kept(new) is new
    assert schema.validate(schema.kind("horizontalpodautoscalers.autoscaling"), {**new, "metadata": META}) == []


def test_structure_tells_how_lists_merge(schema: Schema) -> None:
    pod = schema.structure(schema.kind("deployments.apps")).properties["spec"].properties["template"]
    containers = pod.properties["spec"].properties["containers"]
    items = containers.items
    assert items is not None

    assert (containers.type, containers.list_type, containers.list_map_keys) == ("array", "map", ("name",))
    assert (containers.merge_key, containers.patch_strategy) == ("name", "merge")
    assert items.properties["ports"].list_map_keys == ("containerPort", "protocol")
    assert items.properties["command"].list_type == "atomic"


def test_structure_tells_maps_from_objects(schema: Schema) -> None:
    meta = schema.structure(schema.kind("pods")).properties["metadata"]

    assert meta.type == "object"
    assert meta.properties["labels"].type == "map"
    assert meta.properties["finalizers"].list_type == "set"


def test_structure_is_shared_between_kinds(schema: Schema) -> None:
    pod, service = (schema.structure(schema.kind(name)) for name in ("pods", "services"))

    assert pod.properties["metadata"].properties is service.properties["metadata"].properties


def test_every_served_kind_that_can_be_created_has_a_structure(schema: Schema) -> None:
    for kind in schema.kinds():
        if "create" in kind.verbs and "get" in kind.verbs:
            assert schema.structure(kind).properties["metadata"].type == "object", kind.resource


def test_a_schema_survives_pickling(schema: Schema) -> None:
    twin = pickle.loads(pickle.dumps(schema))

    assert twin.kind("pods") == schema.kind("pods")
