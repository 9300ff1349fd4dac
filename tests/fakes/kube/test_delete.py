"""DELETE: grace, finalizers, propagation, namespaces, collections."""

import pytest

from seatrial.harness.kernel.time import SECOND
from seatrial.harness.ports.kube import Conflict, Forbidden, NotFound


def test_a_pod_that_no_node_runs_goes_at_once(server):
    server.kube.create("pods", "default", server.pod())
    last = server.kube.delete("pods", "default", "p")

    assert last["metadata"]["deletionGracePeriodSeconds"] == 0
    with pytest.raises(NotFound):
        server.kube.get("pods", "default", "p")


def test_a_running_pod_gets_its_grace_and_a_new_generation(server):
    server.running_pod(terminationGracePeriodSeconds=45)
    meta = server.kube.delete("pods", "default", "p")["metadata"]

    assert meta["deletionGracePeriodSeconds"] == 45
    assert meta["deletionTimestamp"] == "2026-01-01T00:00:45Z"
    assert meta["generation"] == 2


def test_grace_can_only_be_shortened(server):
    server.running_pod()
    server.kube.delete("pods", "default", "p")
    longer = server.kube.delete("pods", "default", "p", grace=60)["metadata"]
    server.pass_time(5 * SECOND)
    shorter = server.kube.delete("pods", "default", "p", grace=2)["metadata"]

    assert longer["deletionGracePeriodSeconds"] == 30
    # Two seconds after the first request is already past: at least one second is left for a graceful end.
    assert shorter["deletionGracePeriodSeconds"] == 1
    assert shorter["deletionTimestamp"] == "2026-01-01T00:00:05Z"


def test_a_finished_pod_goes_at_once(server):
    pod = server.running_pod()
    server.submit("update", "pods", "p", {**pod, "status": {**pod["status"], "phase": "Failed"}}, subresource="status")
    server.kube.delete("pods", "default", "p")

    assert server.store.get("pods", "default", "p") is None


def test_the_kubelets_last_word_removes_a_terminating_pod(server):
    server.running_pod()
    server.kube.delete("pods", "default", "p")
    server.submit("delete", "pods", "p", grace=0)

    assert server.store.get("pods", "default", "p") is None


def test_preconditions_guard_a_deletion(server):
    made = server.kube.create("configmaps", "default", server.config())

    with pytest.raises(Conflict, match="the UID in the precondition"):
        server.kube.delete("configmaps", "default", "c", uid="someone")
    with pytest.raises(Conflict, match="the ResourceVersion in the precondition"):
        server.kube.delete("configmaps", "default", "c", resource_version="1")
    server.kube.delete("configmaps", "default", "c", uid=made["metadata"]["uid"])


@pytest.mark.parametrize(("policy", "finalizer"), [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")])
def test_propagation_leaves_a_mark_for_the_garbage_collector(server, policy, finalizer):
    server.kube.create("configmaps", "default", server.config())
    held = server.kube.delete("configmaps", "default", "c", propagation=policy)["metadata"]

    assert held["finalizers"] == [finalizer]
    assert "deletionTimestamp" in held


def test_jobs_orphan_their_pods_unless_told_otherwise(server):
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "m", "image": "i"}]}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"template": template}}
    server.kube.create("jobs.batch", "default", job)
    held = server.kube.delete("jobs.batch", "default", "j")
    server.submit("patch", "jobs.batch", "j", {"metadata": {"finalizers": None}})
    server.kube.create("jobs.batch", "default", job)

    assert held["metadata"]["finalizers"] == ["orphan"]
    assert server.kube.delete("jobs.batch", "default", "j", propagation="Background")["status"] == "Success"


def test_a_namespace_dies_in_two_steps(server):
    going = server.kube.delete("namespaces", "", "other")
    live = server.kube.get("namespaces", "", "other")
    server.kube.update("namespaces", "", {**live, "spec": {"finalizers": []}}, subresource="finalize")

    assert going["status"]["phase"] == "Terminating"
    assert "deletionGracePeriodSeconds" not in going["metadata"]
    assert server.store.get("namespaces", "", "other") is None


def test_three_namespaces_never_die(server):
    with pytest.raises(Forbidden, match='namespaces "default" is forbidden: this namespace may not be deleted'):
        server.kube.delete("namespaces", "", "default")


def test_a_collection_goes_by_its_labels(server):
    for name in "abc":
        server.kube.create("configmaps", "default", server.config(name, labels={"set": name}))
    server.submit("deletecollection", "configmaps", "", {"labelSelector": "set in (a,b)"})

    assert [obj["metadata"]["name"] for obj in server.kube.list("configmaps", "default")["items"]] == ["c"]


def test_a_dry_run_deletes_nothing(server):
    server.kube.create("configmaps", "default", server.config())
    server.kube.delete("configmaps", "default", "c", dry_run=True)

    assert server.kube.get("configmaps", "default", "c")


def test_a_service_gives_its_addresses_back(server):
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"type": "NodePort", "ports": [{"port": 80}]},
    }
    server.kube.create("services", "default", service)
    taken = dict(server.api.core.allocators.addresses), dict(server.api.core.allocators.ports)
    server.kube.delete("services", "default", "s")

    assert all(taken)
    assert not server.api.core.allocators.addresses
    assert not server.api.core.allocators.ports
