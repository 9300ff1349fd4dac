"""StatefulSets: order, identity, storage, updates."""

import pytest

from seatrial.fakes.controllers.garbage_collector import GarbageCollector
from seatrial.fakes.controllers.statefulset import StatefulSetController, decide, ordinal_of
from seatrial.harness.kernel.time import SECOND, START
from seatrial.harness.testing.builders import make_pod, make_statefulset

SETS = "statefulsets.apps"
CHANGE = {"spec": {"template": {"metadata": {"annotations": {"change": "1"}}}}}
BROKEN = {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "broken:1"}]}}}}


def claim():
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {"metadata": {"name": "data"}, "spec": spec}


@pytest.fixture
def site(yard):
    here = yard(StatefulSetController(), GarbageCollector())
    here.machines.broken.add("broken:1")
    return here


def revisions(here):
    return {p["metadata"]["name"]: p["metadata"]["labels"]["controller-revision-hash"] for p in here.list("pods")}


def test_pods_come_one_after_another(site):
    site.create(make_statefulset("db", replicas=3))
    site.run("1500ms")
    assert site.names("pods") == ["db-0", "db-1"]

    site.run("3s")
    assert site.names("pods") == ["db-0", "db-1", "db-2"]
    status = site.get(SETS, "db")["status"]
    assert (status["replicas"], status["readyReplicas"], status["currentReplicas"]) == (3, 3, 3)
    assert status["currentRevision"] == status["updateRevision"]


def test_parallel_pods_come_together(site):
    site.create(make_statefulset("db", replicas=3, policy="Parallel"))
    site.run("100ms")

    assert site.names("pods") == ["db-0", "db-1", "db-2"]


def test_a_pod_has_its_name_its_labels_and_its_claim(site):
    site.create(make_statefulset("db", replicas=1, claims=[claim()], start=5))
    site.run("3s")

    pod = site.get("pods", "db-5")
    labels = pod["metadata"]["labels"]
    assert labels["statefulset.kubernetes.io/pod-name"] == "db-5"
    assert labels["apps.kubernetes.io/pod-index"] == "5"
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("db-5", "db")
    assert pod["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"] == "data-db-5"
    assert site.get("persistentvolumeclaims", "data-db-5")["metadata"]["labels"] == {"app": "db"}
    assert "Create Claim data-db-5 Pod db-5 in StatefulSet db success" in site.events()


def test_an_update_goes_from_the_last_to_the_first(site):
    site.create(make_statefulset("db", replicas=3))
    site.run("5s")
    old = revisions(site)["db-0"]

    site.patch(SETS, "db", CHANGE)
    site.run("500ms")
    assert site.get("pods", "db-2")["metadata"].get("deletionTimestamp")
    assert revisions(site)["db-1"] == old

    site.run("10s")
    assert len(set(revisions(site).values())) == 1
    assert old not in revisions(site).values()


def test_the_partition_holds_the_first_pods_back(site):
    site.create(make_statefulset("db", replicas=3, partition=2))
    site.run("5s")
    old = revisions(site)["db-0"]

    site.patch(SETS, "db", CHANGE)
    site.run("10s")

    found = revisions(site)
    assert (found["db-0"], found["db-1"]) == (old, old)
    assert found["db-2"] != old
    status = site.get(SETS, "db")["status"]
    assert (status["currentReplicas"], status["updatedReplicas"]) == (2, 1)

    site.delete("pods", "db-0")
    site.run("5s")
    assert revisions(site)["db-0"] == old


def test_an_update_that_fails_stops_at_its_first_pod(site):
    site.create(make_statefulset("db", replicas=3))
    site.run("5s")

    site.patch(SETS, "db", BROKEN)
    site.run("30s")

    assert [p["status"]["phase"] for p in site.list("pods")].count("Running") == 2
    assert site.get(SETS, "db")["status"]["updatedReplicas"] == 1


def test_on_delete_leaves_the_update_to_people(site):
    site.create(make_statefulset("db", replicas=2, strategy="OnDelete"))
    site.run("5s")
    old = revisions(site)["db-0"]

    site.patch(SETS, "db", CHANGE)
    site.run("5s")
    assert set(revisions(site).values()) == {old}

    site.delete("pods", "db-0")
    site.run("5s")
    assert revisions(site)["db-0"] != old


def test_a_pod_on_a_node_that_does_not_answer_is_not_replaced_until_it_is_gone(site):
    site.create(make_statefulset("db", replicas=2))
    site.run("5s")
    node = site.get("pods", "db-1")["spec"]["nodeName"]
    site.machines.stuck.add(node)

    site.delete("pods", "db-1")
    site.run("10m")
    assert site.get("pods", "db-1")["metadata"]["deletionTimestamp"]

    site.machines.stuck.clear()
    site.delete("pods", "db-1", grace=0)
    site.run("5s")
    assert "deletionTimestamp" not in site.get("pods", "db-1")["metadata"]


def test_scaling_down_takes_the_last_ones_one_by_one(site):
    site.create(make_statefulset("db", replicas=3))
    site.run("5s")

    site.patch(SETS, "db", {"spec": {"replicas": 1}})
    site.run("500ms")
    assert [p["metadata"]["name"] for p in site.list("pods") if "deletionTimestamp" in p["metadata"]] == ["db-2"]

    site.run("5s")
    assert site.names("pods") == ["db-0"]


def test_claims_go_with_the_pods_that_are_scaled_down_if_the_policy_says_so(site):
    site.create(make_statefulset("db", replicas=2, claims=[claim()], retention=("Retain", "Delete")))
    site.run("5s")

    site.patch(SETS, "db", {"spec": {"replicas": 1}})
    site.run("10s")

    # pvc-protection keeps it, whose controller is not here.
    gone = [c["metadata"]["name"] for c in site.list("persistentvolumeclaims") if "deletionTimestamp" in c["metadata"]]
    assert gone == ["data-db-1"]


def test_claims_belong_to_the_set_if_they_go_with_it(site):
    site.create(make_statefulset("db", replicas=1, claims=[claim()], retention=("Delete", "Retain")))
    site.run("5s")

    owners = site.get("persistentvolumeclaims", "data-db-0")["metadata"]["ownerReferences"]
    assert [(owner["kind"], owner["name"]) for owner in owners] == [("StatefulSet", "db")]


def test_claims_stay_by_default(site):
    site.create(make_statefulset("db", replicas=1, claims=[claim()]))
    site.run("5s")

    site.delete(SETS, "db")
    site.run("10s")

    assert site.names("pods") == []
    assert site.names("persistentvolumeclaims") == ["data-db-0"]


def test_old_revisions_beyond_the_limit_are_deleted(site):
    site.create(make_statefulset("db", replicas=1, history=1))
    site.run("3s")
    for change in "123":
        site.patch(SETS, "db", {"spec": {"template": {"metadata": {"annotations": {"change": change}}}}})
        site.run("5s")

    assert [revision["revision"] for revision in site.list("controllerrevisions.apps")] == [3, 4]


def test_going_back_makes_the_old_revision_the_newest(site):
    site.create(make_statefulset("db", replicas=1))
    site.run("3s")
    first = site.names("controllerrevisions.apps")[0]
    site.patch(SETS, "db", CHANGE)
    site.run("5s")

    site.patch(SETS, "db", {"spec": {"template": {"metadata": {"annotations": None}}}})
    site.run("5s")

    assert site.get("controllerrevisions.apps", first)["revision"] == 3
    assert revisions(site)["db-0"] == first


def test_a_finished_pod_is_deleted_and_made_anew(site):
    site.create(make_statefulset("db", replicas=1))
    site.run("3s")
    before = site.get("pods", "db-0")

    site.machines.exit("default", "db-0", before["metadata"]["uid"], 1)
    site.run("5s")

    after = site.get("pods", "db-0")
    assert after["metadata"]["uid"] != before["metadata"]["uid"]
    assert after["status"]["phase"] == "Running"


def test_with_its_gate_max_unavailable_takes_several_at_once():
    db = make_statefulset("db", replicas=4, max_unavailable=2)
    labels = {"app": "db", "controller-revision-hash": "old"}
    pods = [make_pod(f"db-{n}", labels=labels, owner=db, node="n1", ready=True) for n in range(4)]

    with_gate = decide(db, pods, [], START + SECOND, gates=frozenset(["MaxUnavailableStatefulSet"]))
    without = decide(db, pods, [], START + SECOND)

    assert [w.key.name for w in with_gate.writes if w.verb == "delete"] == ["db-3", "db-2"]
    assert [w.key.name for w in without.writes if w.verb == "delete"] == ["db-3"]


@pytest.mark.parametrize(
    ("name", "expected"), [("db-0", ("db", 0)), ("a-b-12", ("a-b", 12)), ("db", ("", -1)), ("db-x", ("", -1))]
)
def test_the_ordinal_is_the_last_part_of_the_name(name, expected):
    assert ordinal_of(name) == expected
