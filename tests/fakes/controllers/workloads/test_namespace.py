"""Namespaces: what they are born with, and how they end."""

import pytest

from seatrial.fakes.controllers.deployment import DeploymentController
from seatrial.fakes.controllers.garbage_collector import GarbageCollector
from seatrial.fakes.controllers.namespace import NamespaceController
from seatrial.fakes.controllers.replicaset import ReplicaSetController
from seatrial.fakes.controllers.serviceaccount import ServiceAccountController, decide
from seatrial.harness.kernel.time import SECOND
from seatrial.harness.testing.builders import make_deployment, make_namespace, make_object


@pytest.fixture
def site(yard):
    here = yard(
        NamespaceController(),
        ServiceAccountController(),
        DeploymentController(),
        ReplicaSetController(),
        GarbageCollector(),
    )
    here.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    here.run("1s")
    return here


def exists(here):
    return here.store.get("namespaces", "", "shop") is not None


def test_a_namespace_is_born_with_an_account_and_a_certificate(site):
    assert [obj["metadata"]["name"] for obj in site.list("serviceaccounts", "shop")] == ["default"]
    bundle = site.get("configmaps", "kube-root-ca.crt", "shop")
    assert list(bundle["data"]) == ["ca.crt"]

    site.delete("configmaps", "kube-root-ca.crt", "shop")
    site.patch("serviceaccounts", "default", {"metadata": {"labels": {"x": "y"}}}, "shop")
    site.run("1s")

    assert site.get("configmaps", "kube-root-ca.crt", "shop")["data"] == bundle["data"]


def test_a_deleted_namespace_goes_after_five_seconds_if_it_holds_no_pods(site):
    site.delete("namespaces", "shop", "")

    site.run("4s")
    assert exists(site)

    site.run("2s")
    assert not exists(site)


def test_pods_go_first_and_everything_else_waits_for_them(site):
    site.machines.stop = 8 * SECOND
    site.create(make_deployment("web", replicas=2, namespace="shop"))
    site.run("3s")

    site.delete("namespaces", "shop", "")
    site.run("10s")
    assert len(site.list("pods", "shop")) == 2
    assert len(site.list("deployments.apps", "shop")) == 1

    site.run("30s")
    assert not exists(site)
    assert site.list("pods", "shop") == []
    assert site.list("deployments.apps", "shop") == []


def test_what_a_finalizer_keeps_is_told(site):
    held = make_object("v1", "ConfigMap", "held", namespace="shop", finalizers=["example.com/keep"])
    site.create(held)

    site.delete("namespaces", "shop", "")
    site.run("20s")

    told = {c["type"]: c for c in site.get("namespaces", "shop", "")["status"]["conditions"]}
    assert told["NamespaceContentRemaining"]["message"] == (
        "Some resources are remaining: configmaps. has 1 resource instances"
    )
    assert told["NamespaceFinalizersRemaining"]["message"] == (
        "Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances"
    )

    site.patch("configmaps", "held", {"metadata": {"finalizers": None}}, "shop")
    site.run("30s")
    assert not exists(site)


def test_nothing_is_given_to_a_namespace_that_ends():
    namespace = make_namespace("shop")
    ending = {**namespace, "status": {"phase": "Terminating"}}

    assert len(decide(namespace, None, None)) == 2
    assert decide(ending, None, None) == ()
