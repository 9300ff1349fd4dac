"""CustomResourceDefinitions through the API."""

import pickle

import pytest

from seatrial.harness.ports.kube import ApiError, Invalid

CRDS = "customresourcedefinitions.apiextensions.k8s.io"


def definition(**version):
    schema = {
        "type": "object",
        "properties": {
            "spec": {"type": "object", "properties": {"size": {"type": "integer", "default": 3}}},
            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.x.io"},
        "spec": {
            "group": "x.io",
            "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [
                {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, **version}
            ],
        },
    }


def widget(name="w", spec=None, **meta):
    return {"apiVersion": "x.io/v1", "kind": "Widget", "metadata": {"name": name, **meta}, "spec": spec or {}}


@pytest.fixture
def served(server):
    server.kube.create(CRDS, "", definition(subresources={"status": {}}))
    return server


def test_a_definition_is_established_at_once(served):
    status = served.kube.get(CRDS, "", "widgets.x.io")["status"]

    assert [(c["type"], c["status"]) for c in status["conditions"]] == [
        ("NamesAccepted", "True"),
        ("Established", "True"),
    ]
    assert status["acceptedNames"]["listKind"] == "WidgetList"
    assert status["storedVersions"] == ["v1"]


def test_objects_are_defaulted_pruned_and_counted(served):
    made = served.kube.create("widgets.x.io", "default", widget(spec={"junk": 1}))
    changed = served.kube.patch("widgets.x.io", "default", "w", {"spec": {"size": 4}})

    assert made["spec"] == {"size": 3}
    assert (made["metadata"]["generation"], changed["metadata"]["generation"]) == (1, 2)


def test_the_status_door_takes_status_alone(served):
    served.kube.create("widgets.x.io", "default", {**widget(), "status": {"a": 1}})
    patch = {"metadata": {"labels": {"l": "1"}}, "spec": {"size": 9}, "status": {"ready": True}}
    new = served.kube.patch("widgets.x.io", "default", "w", patch, subresource="status")

    assert new["status"] == {"ready": True}
    assert new["spec"] == {"size": 3}
    assert "labels" not in new["metadata"]


def test_a_put_needs_a_version(served):
    served.kube.create("widgets.x.io", "default", widget())

    with pytest.raises(Invalid, match="must be specified for an update"):
        served.kube.update("widgets.x.io", "default", widget())


def test_a_strategic_merge_of_a_custom_resource_is_no_media_type(served):
    served.kube.create("widgets.x.io", "default", widget())

    with pytest.raises(ApiError) as caught:
        served.kube.patch("widgets.x.io", "default", "w", {}, kind="strategic")
    assert caught.value.code == 415


def test_the_end_of_a_definition_is_the_end_of_its_objects(served):
    served.kube.create("widgets.x.io", "default", widget())
    served.kube.delete(CRDS, "", "widgets.x.io")

    assert not served.store.tables.count("widgets.x.io")
    assert not served.store.tables.count(CRDS)
    with pytest.raises(ApiError, match="the server could not find the requested resource"):
        served.kube.list("widgets.x.io")


def test_an_object_with_a_finalizer_holds_its_definition(served):
    served.kube.create("widgets.x.io", "default", widget(finalizers=["x.io/hold"]))
    served.kube.delete(CRDS, "", "widgets.x.io")
    held = served.kube.get(CRDS, "", "widgets.x.io")
    served.kube.patch("widgets.x.io", "default", "w", {"metadata": {"finalizers": None}})

    assert [c["type"] for c in held["status"]["conditions"]][-1] == "Terminating"
    assert not served.store.tables.count(CRDS)


def test_a_custom_kind_survives_pickling(served):
    served.kube.create("widgets.x.io", "default", widget())
    twin = pickle.loads(pickle.dumps(served))

    assert twin.kube.get("widgets.x.io", "default", "w") == served.kube.get("widgets.x.io", "default", "w")
