"""ReplicaSets: counts, slow start, deletion order, adoption, expectations."""

import pytest

from seatrial.fakes.controllers.replicaset import (
    ReplicaSetController,
    ReplicationControllerController,
    decide,
    status_of,
    tally,
)
from seatrial.fakes.controllers.words.ranking import ranked_order
from seatrial.harness.kernel.time import MINUTE, SECOND, START
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import Forbidden, Write
from seatrial.harness.testing.builders import make_pod, make_replicaset, make_template
from seatrial.harness.testing.views import DictView


def names(pods):
    return [pod["metadata"]["name"] for pod in pods]


def test_a_new_set_creates_its_pods_and_tells_their_number(yard):
    here = yard(ReplicaSetController())

    here.create(make_replicaset("web", replicas=3))
    here.run("5s")

    assert len(here.names("pods")) == 3
    status = here.get("replicasets.apps", "web")["status"]
    assert (status["replicas"], status["readyReplicas"], status["availableReplicas"]) == (3, 3, 3)
    assert status["terminatingReplicas"] == 0


def test_pods_of_one_set_share_their_spec_labels_and_owners():
    rs = make_replicaset("web", replicas=2)

    first, second = decide(rs, tally(rs, [], 0, START))

    assert first.body is second.body
    assert first is not second
    assert first.body["spec"] is rs["spec"]["template"]["spec"]
    assert first.body["metadata"]["labels"] is rs["spec"]["template"]["metadata"]["labels"]


def test_at_most_500_pods_are_created_in_one_turn():
    rs = make_replicaset("web", replicas=1200)

    assert len(decide(rs, tally(rs, [], 0, START))) == 500


def test_a_set_of_1200_comes_up_in_three_turns(yard):
    here = yard(ReplicaSetController())

    here.create(make_replicaset("web", replicas=1200))
    here.run("5s")

    assert len(here.names("pods")) == 1200


def test_a_deleted_pod_is_replaced_at_once_and_counted_as_terminating(yard):
    here = yard(ReplicaSetController())
    here.create(make_replicaset("web", replicas=2))
    here.run("5s")

    here.machines.stop = 10 * SECOND
    here.delete("pods", here.names("pods")[0])
    here.run("2s")

    status = here.get("replicasets.apps", "web")["status"]
    assert len(here.names("pods")) == 3
    assert (status["replicas"], status["terminatingReplicas"]) == (2, 1)


def test_a_failed_pod_is_replaced_and_stays(yard):
    here = yard(ReplicaSetController())
    here.machines.ends["once:1"] = (1 * SECOND, 1)
    here.create(make_replicaset("web", replicas=1, template=make_template({"app": "web"})))
    here.run("3s")

    here.machines.exit("default", *(here.list("pods")[0]["metadata"][f] for f in ("name", "uid")), 1)
    here.run("3s")

    assert sorted(pod["status"]["phase"] for pod in here.list("pods")) == ["Failed", "Running"]


def test_a_refused_creation_is_told_and_tried_again_with_back_off(yard):
    here = yard(ReplicaSetController())
    quota = {"pods": "2"}
    meta = {"name": "few", "namespace": "default"}
    here.create({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": meta, "spec": {"hard": quota}})
    key = Key("resourcequotas", "default", "few")
    full = {**here.get("resourcequotas", "few"), "status": {"hard": quota, "used": {"pods": "2"}}}
    here.submit(Write("update", key, full, "status"))

    here.create(make_replicaset("web", replicas=3))
    here.run("1s")

    assert here.names("pods") == []
    told = here.get("replicasets.apps", "web")["status"]["conditions"][0]
    assert (told["type"], told["status"], told["reason"]) == ("ReplicaFailure", "True", "FailedCreate")
    assert "exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2" in told["message"]
    assert "Error creating: " in here.events("FailedCreate")[0]

    here.delete("resourcequotas", "few")
    here.run("2s")

    assert len(here.names("pods")) == 3
    assert "conditions" not in here.get("replicasets.apps", "web")["status"]


def test_scaling_down_prefers_pods_that_do_not_serve(yard):
    here = yard(ReplicaSetController())
    here.create(make_replicaset("web", replicas=3))
    here.run("5s")
    pod = here.list("pods")[1]
    here.machines.tell(pod, "Running", False)

    here.patch("replicasets.apps", "web", {"spec": {"replicas": 2}})
    here.run("5s")

    assert pod["metadata"]["name"] not in here.names("pods")
    assert here.events("SuccessfulDelete") == [f"Deleted pod: {pod['metadata']['name']}"]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"node": ""}, {"node": "n1"}),
        ({"node": "n1", "phase": "Pending"}, {"node": "n1"}),
        ({"node": "n1", "ready": False}, {"node": "n1", "ready": True}),
        (
            {"node": "n1", "ready": True, "annotations": {"controller.kubernetes.io/pod-deletion-cost": "-5"}},
            {"node": "n1", "ready": True},
        ),
        (
            {"node": "n1", "ready": True, "ready_since": START},
            {"node": "n1", "ready": True, "ready_since": START - 9 * MINUTE},
        ),
        ({"node": "n1", "ready": True, "restarts": 3}, {"node": "n1", "ready": True, "restarts": 1}),
        (
            {"node": "n1", "ready": True, "created": START, "ready_since": START},
            {"node": "n1", "ready": True, "created": START - 9 * MINUTE, "ready_since": START},
        ),
    ],
)
def test_what_is_deleted_first(first, then):
    pods = [make_pod("then", **then), make_pod("first", **first)]

    assert names(ranked_order(pods, pods, START + MINUTE)) == ["first", "then"]


def test_of_equal_pods_those_that_are_doubled_up_on_a_node_go_first():
    pods = [
        make_pod("alone", node="n1", ready=True),
        make_pod("pair-1", node="n2", ready=True),
        make_pod("pair-2", node="n2", ready=True),
    ]

    assert names(ranked_order(pods, pods, START + MINUTE))[-1] == "alone"


def test_ages_of_one_power_of_two_count_as_equal_and_the_uid_decides():
    older = make_pod("a", node="n1", ready=True, ready_since=START - 40 * SECOND)
    younger = make_pod("b", node="n1", ready=True, ready_since=START - 36 * SECOND)
    by_uid = sorted([older, younger], key=lambda pod: pod["metadata"]["uid"])

    assert ranked_order([older, younger], [], START) == by_uid


def test_an_orphan_that_matches_is_adopted_and_one_that_matches_no_more_is_released(yard):
    here = yard(ReplicaSetController())
    here.create(make_pod("stray", labels={"app": "web"}, image="x"))
    here.create(make_replicaset("web", replicas=1))
    here.run("3s")

    assert here.names("pods") == ["stray"]
    assert here.list("pods")[0]["metadata"]["ownerReferences"][0]["name"] == "web"

    here.patch("pods", "stray", {"metadata": {"labels": {"app": "other"}}})
    here.run("3s")

    stray = here.get("pods", "stray")
    assert not stray["metadata"].get("ownerReferences")
    assert len(here.names("pods")) == 2


def test_availability_comes_min_ready_seconds_after_readiness(yard):
    here = yard(ReplicaSetController())
    here.create(make_replicaset("web", replicas=2, min_ready=10))

    here.run("9s")
    assert here.get("replicasets.apps", "web")["status"].get("availableReplicas", 0) == 0

    here.run("3s")
    assert here.get("replicasets.apps", "web")["status"]["availableReplicas"] == 2


def test_nothing_is_created_twice_while_the_view_is_old(yard):
    here = yard(ReplicaSetController())
    here.create(make_replicaset("web", replicas=2))
    here.run("3s")

    here.host.informers.cut()
    here.host.enqueue("replicaset-controller", Key("replicasets.apps", "default", "web"))
    here.run("1s")
    gone = here.names("pods")[0]
    here.delete("pods", gone, grace=0)
    here.run("1s")
    here.host.informers.join()
    here.run("3s")

    assert len(here.names("pods")) == 2


def test_expected_creations_hold_the_next_ones_back():
    controller = ReplicaSetController()
    rs = make_replicaset("web", replicas=3)
    view = DictView(rs)
    key = Key("replicasets.apps", "default", "web")

    writes = controller.reconcile(key, view, START).writes
    creates = [w for w in writes if w.verb == "create"]
    told = next(w.body for w in writes if w.subresource == "status")
    view.put({**told, "metadata": {**told["metadata"], "resourceVersion": "2"}})
    again = [w for w in controller.reconcile(key, view, START + SECOND).writes if w.verb == "create"]
    late = [w for w in controller.reconcile(key, view, START + 5 * MINUTE).writes if w.verb == "create"]

    assert (len(creates), len(again), len(late)) == (3, 0, 3)


def test_nothing_is_decided_before_the_view_has_the_own_last_status():
    controller = ReplicaSetController()
    rs = make_replicaset("web", replicas=3)
    view = DictView(rs)
    key = Key("replicasets.apps", "default", "web")
    told = next(w.body for w in controller.reconcile(key, view, START).writes if w.subresource == "status")

    assert controller.reconcile(key, view, START + SECOND).writes == ()

    newer = {**told, "metadata": {**told["metadata"], "resourceVersion": "2"}}
    assert list(controller.sets(*view.put(newer), view)) == [key]


def test_the_echo_of_an_own_status_wakes_nobody():
    controller = ReplicaSetController()
    rs = make_replicaset("web", replicas=3)
    view = DictView(rs)
    key = Key("replicasets.apps", "default", "web")
    told = next(w.body for w in controller.reconcile(key, view, START).writes if w.subresource == "status")

    newer = {**told, "metadata": {**told["metadata"], "resourceVersion": "2"}}

    assert list(controller.sets(*view.put(newer), view)) == []


def test_what_a_refusal_drops_is_not_waited_for():
    controller = ReplicaSetController()
    rs = make_replicaset("web", replicas=3)
    view = DictView(rs)
    key = Key("replicasets.apps", "default", "web")
    creates = [w for w in controller.reconcile(key, view, START).writes if w.verb == "create"]
    made = make_pod("web-1", labels={"app": "web"}, owner=rs)
    controller.pods(*view.put(made), view)

    controller.failed(creates[1], Forbidden("pods", "", "no"), START)
    again = [w for w in controller.reconcile(key, view, START + SECOND).writes if w.verb == "create"]

    assert len(again) == 2


def test_the_status_that_says_the_same_is_the_same_object():
    rs = make_replicaset("web", replicas=0, status={"replicas": 0, "terminatingReplicas": 0, "observedGeneration": 1})

    assert status_of(rs, tally(rs, [], 0, START), "", START) is rs["status"]


def test_a_replication_controller_does_the_same_with_its_plain_selector(yard):
    here = yard(ReplicationControllerController())
    meta = {"name": "old", "namespace": "default"}
    spec = {"replicas": 2, "selector": {"app": "old"}, "template": make_template({"app": "old"})}

    here.create({"apiVersion": "v1", "kind": "ReplicationController", "metadata": meta, "spec": spec})
    here.run("3s")

    status = here.get("replicationcontrollers", "old")["status"]
    assert status["readyReplicas"] == 2
    assert "terminatingReplicas" not in status
