"""PUT and PATCH: locks, generation, what each door keeps, who owns what."""

import pytest

from seatrial.harness.kernel.time import SECOND
from seatrial.harness.ports.kube import BadRequest, Conflict, Invalid, NotFound


def ingress(**spec):
    backend = {"service": {"name": "s", "port": {"number": 80}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "i"},
        "spec": {"defaultBackend": backend, **spec},
    }


INGRESSES = "ingresses.networking.k8s.io"


def test_an_old_version_cannot_overwrite_a_newer_one(server):
    old = server.kube.create("configmaps", "default", server.config())
    server.kube.update("configmaps", "default", {**old, "data": {"a": "2"}})

    with pytest.raises(
        Conflict, match=r"the object has been modified; please apply your changes to the latest version"
    ):
        server.kube.update("configmaps", "default", {**old, "data": {"a": "3"}})


def test_an_update_without_version_is_for_kinds_that_allow_it(server):
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "b"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}},
    }
    server.kube.create("poddisruptionbudgets.policy", "default", budget)
    server.kube.create("configmaps", "default", server.config())

    assert server.kube.update("configmaps", "default", server.config(data={"a": "2"}))["data"] == {"a": "2"}
    with pytest.raises(Invalid, match=r"metadata.resourceVersion: Invalid value: 0: must be specified for an update"):
        server.kube.update("poddisruptionbudgets.policy", "default", budget)


def test_writing_what_is_there_is_no_write(server):
    made = server.kube.create("configmaps", "default", server.config())

    assert server.kube.update("configmaps", "default", server.config()) == made
    assert server.store.revision == int(made["metadata"]["resourceVersion"])


def test_generation_counts_specs_and_nothing_else(server):
    server.kube.create(INGRESSES, "default", ingress())

    def generation(body, subresource=""):
        return server.kube.patch(INGRESSES, "default", "i", body, subresource=subresource)["metadata"]["generation"]

    assert generation({"metadata": {"labels": {"a": "b"}}}) == 1
    assert generation({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}, "status") == 1
    assert generation({"spec": {"ingressClassName": "x"}}) == 2
    assert generation({"spec": {"ingressClassName": "x"}}) == 2


def test_each_door_changes_its_own_side_alone(server):
    made = server.kube.create(INGRESSES, "default", ingress())
    both = {"spec": {"ingressClassName": "x"}, "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}

    through_main = server.kube.patch(INGRESSES, "default", "i", both)
    through_status = server.kube.patch(INGRESSES, "default", "i", {**both, "spec": None}, subresource="status")

    assert through_main["status"] == made["status"]
    assert through_status["spec"] == through_main["spec"]
    assert through_status["status"]["loadBalancer"]["ingress"][0]["ip"] == "192.0.2.1"


def test_a_status_update_shares_the_spec_with_the_version_before(server):
    pod = server.running_pod()
    new = server.submit(
        "update", "pods", "p", {**pod, "status": {**pod["status"], "podIP": "10.0.0.1"}}, subresource="status"
    )

    assert new["spec"] is pod["spec"]
    assert new["metadata"]["generation"] == pod["metadata"]["generation"]


def test_an_update_cannot_touch_what_the_server_writes(server):
    made = server.kube.create("configmaps", "default", server.config())
    server.pass_time(60 * SECOND)
    body = {**made, "metadata": {**made["metadata"], "creationTimestamp": "1999-01-01T00:00:00Z", "generation": 5}}

    meta = server.kube.update("configmaps", "default", {**body, "data": {"a": "9"}})["metadata"]

    assert meta["creationTimestamp"] == made["metadata"]["creationTimestamp"]
    assert meta["uid"] == made["metadata"]["uid"]
    assert "generation" not in meta


def test_names_in_path_and_body_agree(server):
    server.kube.create("configmaps", "default", server.config())

    with pytest.raises(BadRequest, match=r"the name of the object \(d\) does not match the name on the URL \(c\)"):
        server.kube.update("configmaps", "default", server.config("d"), name="c")


def test_only_some_kinds_are_made_by_put(server):
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "l"},
        "spec": {"holderIdentity": "a"},
    }

    assert server.kube.update("leases.coordination.k8s.io", "default", lease)["spec"]["holderIdentity"] == "a"
    with pytest.raises(NotFound):
        server.kube.update("configmaps", "default", server.config())


def test_preconditions_of_a_write_are_checked_when_it_commits(server):
    made = server.kube.create("configmaps", "default", server.config())
    server.kube.patch("configmaps", "default", "c", {"data": {"a": "2"}})

    with pytest.raises(Conflict):
        server.submit(
            "patch", "configmaps", "c", {"data": {"a": "3"}}, resource_version=made["metadata"]["resourceVersion"]
        )
    with pytest.raises(Conflict):
        server.submit("patch", "configmaps", "c", {"data": {"a": "3"}}, uid="somebody-else")


def test_the_last_finalizer_takes_a_dying_object_with_it(server):
    server.kube.create("configmaps", "default", server.config(finalizers=["x.io/a"]))
    dying = server.kube.delete("configmaps", "default", "c")
    server.kube.patch("configmaps", "default", "c", {"metadata": {"finalizers": None}})

    assert dying["metadata"]["deletionGracePeriodSeconds"] == 0
    assert server.store.get("configmaps", "default", "c") is None


def test_scale_is_a_door_to_replicas(server):
    template = {"metadata": {"labels": {"a": "b"}}, "spec": server.pod()["spec"]}
    server.kube.create(
        "deployments.apps",
        "default",
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"a": "b"}}, "template": template},
        },
    )

    scale = server.kube.patch("deployments.apps", "default", "web", {"spec": {"replicas": 4}}, subresource="scale")

    assert scale["status"]["selector"] == "a=b"
    live = server.kube.get("deployments.apps", "default", "web")
    assert (live["spec"]["replicas"], live["metadata"]["generation"]) == (4, 2)
