"""Objects that are written in another served version than the one they are kept in."""

import pytest

from seatrial.harness.ports.kube import ApiError, BadRequest

CRDS = "customresourcedefinitions.apiextensions.k8s.io"
AUTOSCALERS = "horizontalpodautoscalers.autoscaling"
WIDGETS = "widgets.x.io"
SCHEMA = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
SCALE = {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size", "labelSelectorPath": ".status.labels"}


@pytest.fixture
def served(server):
    """Widgets in two versions, of which the second is kept."""
    version = {"served": True, "schema": SCHEMA, "subresources": {"scale": SCALE}}
    server.kube.create(
        CRDS,
        "",
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": WIDGETS},
            "spec": {
                "group": "x.io",
                "scope": "Namespaced",
                "names": {"plural": "widgets", "kind": "Widget"},
                "versions": [
                    {**version, "name": "v1beta1", "storage": False},
                    {**version, "name": "v1", "storage": True},
                ],
            },
        },
    )
    return server


def autoscaler(**spec):
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    return {
        "apiVersion": "autoscaling/v1",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": {"scaleTargetRef": target, "maxReplicas": 5, "targetCPUUtilizationPercentage": 70, **spec},
    }


def share(obj):
    return obj["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"]


def test_an_old_autoscaler_is_kept_as_the_new_one(server):
    made = server.kube.create(AUTOSCALERS, "default", autoscaler())

    assert made["apiVersion"] == "autoscaling/v2"
    assert share(made) == 70


def test_an_old_autoscaler_can_replace_the_new_one(server):
    server.kube.create(AUTOSCALERS, "default", autoscaler())
    changed = server.kube.update(AUTOSCALERS, "default", autoscaler(targetCPUUtilizationPercentage=40))

    assert share(changed) == 40


def test_an_old_autoscaler_can_be_applied(server):
    for percentage in (70, 30):
        config = autoscaler(targetCPUUtilizationPercentage=percentage)
        applied = server.kube.patch(AUTOSCALERS, "default", "web", config, kind="apply", force=True)

        assert share(applied) == percentage


@pytest.mark.parametrize("kind", ["merge", "strategic"])
def test_a_patch_may_name_the_old_version(server, kind):
    server.kube.create(AUTOSCALERS, "default", autoscaler())
    patch = {"apiVersion": "autoscaling/v1", "spec": {"maxReplicas": 9}}
    changed = server.kube.patch(AUTOSCALERS, "default", "web", patch, kind=kind)

    assert changed["spec"]["maxReplicas"] == 9
    assert share(changed) == 70


def test_a_custom_resource_in_another_version_is_kept_in_the_storage_version(served):
    body = {"apiVersion": "x.io/v1beta1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 2}}
    made = served.kube.create(WIDGETS, "default", body)
    version = made["metadata"]["resourceVersion"]
    changed = served.kube.update(
        WIDGETS,
        "default",
        {**body, "metadata": {"name": "w", "resourceVersion": version}, "spec": {"size": 3}},
    )
    applied = served.kube.patch(WIDGETS, "default", "w", {**body, "spec": {"size": 4}}, kind="apply", force=True)

    assert [obj["apiVersion"] for obj in (made, changed, applied)] == ["x.io/v1"] * 3
    assert [obj["spec"]["size"] for obj in (made, changed, applied)] == [2, 3, 4]


def test_a_version_of_another_resource_is_refused(server):
    with pytest.raises(BadRequest, match="cannot be handled as a ConfigMap"):
        server.kube.create("configmaps", "default", autoscaler())


def test_the_scale_of_a_custom_resource_is_where_its_definition_says(served):
    body = {"apiVersion": "x.io/v1beta1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"size": 2}}
    served.kube.create(WIDGETS, "default", {**body, "status": {"size": 1, "labels": "a=b"}})
    scaled = served.kube.patch(WIDGETS, "default", "w", {"spec": {"replicas": 6}}, subresource="scale")

    assert (scaled["spec"], scaled["status"]) == ({"replicas": 6}, {"replicas": 1, "selector": "a=b"})
    assert served.kube.get(WIDGETS, "default", "w")["spec"] == {"size": 6}


def test_a_custom_resource_without_a_scale_has_no_such_door(served):
    crd = served.kube.get(CRDS, "", WIDGETS)
    versions = [{key: value for key, value in one.items() if key != "subresources"} for one in crd["spec"]["versions"]]
    served.kube.update(CRDS, "", {**crd, "spec": {**crd["spec"], "versions": versions}})
    served.kube.create(WIDGETS, "default", {"apiVersion": "x.io/v1", "kind": "Widget", "metadata": {"name": "w"}})

    with pytest.raises(ApiError, match="could not find the requested resource"):
        served.kube.get(WIDGETS, "default", "w", subresource="scale")


def test_rules_that_are_not_evaluated_are_told_when_a_kind_is_defined(served):
    rules = [{"rule": "self.size > 0", "message": "too small"}]
    spec = {"type": "object", "properties": {"size": {"type": "integer"}}, "x-kubernetes-validations": rules}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    crd = served.kube.get(CRDS, "", WIDGETS)
    versions = [{**one, "schema": schema} for one in crd["spec"]["versions"]]
    served.kube.update(CRDS, "", {**crd, "spec": {**crd["spec"], "versions": versions}})

    assert [text for text in served.api.core.warnings if "x-kubernetes-validations not evaluated" in text]
