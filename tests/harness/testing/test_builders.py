"""Builders make objects as an API server returns them; the view reads them as an informer does."""

import pytest

from seatrial.harness.kernel.time import SECOND, START
from seatrial.harness.ports.event import Key
from seatrial.harness.testing import builders
from seatrial.harness.testing.builders import (
    make_deployment,
    make_job,
    make_node,
    make_owner,
    make_pod,
    make_replicaset,
    make_service,
)
from seatrial.harness.testing.views import DictView, key_of, resource_of

MAKERS = sorted(
    name for name in builders.__all__ if name not in ("make_condition", "make_object", "make_owner", "make_template")
)


@pytest.mark.parametrize("name", MAKERS)
def test_every_object_has_what_a_server_gives_and_equal_calls_make_equal_objects(name):
    make = getattr(builders, name)
    obj = make()

    assert obj == make()
    assert {"name", "uid", "resourceVersion", "creationTimestamp"} <= set(obj["metadata"])
    assert {"apiVersion", "kind", "spec", "status"} <= set(obj)


def test_objects_of_other_names_have_other_uids():
    assert make_pod("a")["metadata"]["uid"] != make_pod("b")["metadata"]["uid"]


def test_a_pod_runs_where_it_has_a_node_and_is_pending_elsewhere():
    assert make_pod(node="n1")["status"]["phase"] == "Running"
    assert make_pod()["status"]["phase"] == "Pending"


def test_a_pod_tells_its_readiness_and_deletion_if_asked_to():
    pod = make_pod(node="n1", ready=True, ready_since=START + SECOND, deleted=START)

    ready = next(c for c in pod["status"]["conditions"] if c["type"] == "Ready")
    assert (ready["status"], ready["lastTransitionTime"]) == ("True", "2026-01-01T00:00:01Z")
    assert pod["metadata"]["deletionTimestamp"] == "2026-01-01T00:00:00Z"


def test_further_keywords_are_fields_of_the_spec():
    assert make_pod(hostNetwork=True)["spec"]["hostNetwork"] is True
    assert make_job(backoffLimit=2)["spec"]["backoffLimit"] == 2
    assert make_service(trafficDistribution="PreferClose")["spec"]["trafficDistribution"] == "PreferClose"


def test_an_owner_is_a_controller_unless_told_otherwise():
    deployment = make_deployment("web")

    assert make_replicaset(owner=deployment)["metadata"]["ownerReferences"] == [make_owner(deployment)]
    assert make_owner(deployment, controller=False)["controller"] is False


def test_a_node_has_its_zone_its_taints_and_its_room():
    node = make_node("n1", zone="a", taints=[("gpu", "", "NoSchedule")], cpu="8")

    assert node["metadata"]["labels"]["topology.kubernetes.io/zone"] == "a"
    assert node["spec"]["taints"] == [{"key": "gpu", "effect": "NoSchedule"}]
    assert node["status"]["allocatable"]["cpu"] == "8"


@pytest.mark.parametrize(
    ("api_version", "kind", "resource"),
    [
        ("v1", "Pod", "pods"),
        ("apps/v1", "DaemonSet", "daemonsets.apps"),
        ("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies.networking.k8s.io"),
        ("storage.k8s.io/v1", "StorageClass", "storageclasses.storage.k8s.io"),
        ("v1", "Endpoints", "endpoints"),
        ("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets.policy"),
    ],
)
def test_a_resource_is_named_as_kubectl_names_it(api_version, kind, resource):
    assert resource_of({"apiVersion": api_version, "kind": kind}) == resource


def test_the_view_finds_objects_by_name_owner_node_and_label():
    rs = make_replicaset("web")
    mine = make_pod("mine", labels={"app": "web"}, owner=rs, node="n1")
    other = make_pod("other", namespace="shop", node="n2")
    view = DictView(rs, mine, other)

    assert view.get("pods", "shop", "other") is other
    assert view.get("pods", "default", "other") is None
    assert list(view.list("pods")) == [mine, other]
    assert list(view.list("pods", "shop")) == [other]
    assert list(view.owned(rs["metadata"]["uid"])) == [(Key("pods", "default", "mine"), mine)]
    assert list(view.pods_on("n2")) == [other]
    assert list(view.matching("pods", "default", {"matchLabels": {"app": "web"}})) == [mine]
    assert list(view.matching("pods", "default", None)) == []


def test_the_view_tells_old_and_new_as_an_informer_does():
    view = DictView()
    first, second = make_pod("a"), make_pod("a", node="n1")

    assert view.put(first) == (None, first)
    assert view.put(second) == (first, second)
    assert view.remove(key_of(second)) == (second, None)
    assert list(view.list("pods")) == []


def test_a_lease_is_renewed_as_the_test_says():
    view = DictView(renewals={"n1": (START, True)})

    assert view.renewed("n1") == (START, True)
    assert view.renewed("n2") == (0, False)
