"""From a plan to kind's configuration, and the choice of the node image."""

import json

import pytest

from seatrial.harness.kernel.errors import BadInput, Unavailable
from seatrial.harness.ports.fleet import ClusterPlan, NodeGroup
from seatrial.harness.substrates.kind.config import config_text, members, pick_image

APPS = NodeGroup("apps", ("a", "b"), 3, labels=(("team", "red"),), taints=(("dedicated", "apps", "NoSchedule"),))
PLAN = ClusterPlan("c1", nodegroups=(APPS,))


def test_each_planned_node_is_a_worker_named_as_kind_names_it():
    workers = members(PLAN, "seatrial-1-c1")

    assert [(worker.name, worker.zone) for worker in workers] == [
        ("seatrial-1-c1-worker", "a"),
        ("seatrial-1-c1-worker2", "b"),
        ("seatrial-1-c1-worker3", "a"),
    ]


def test_a_control_plane_node_of_the_plan_is_the_one_that_kind_makes_anyway():
    plan = ClusterPlan("c1", nodegroups=(APPS,), control_plane_node=True)

    assert len(members(plan, "seatrial-1-c1")) == 3


def test_every_node_is_born_with_its_zone_and_the_mark_of_its_run():
    text = json.loads(config_text(members(PLAN, "seatrial-1-c1"), "kindest/node:v1.36.3", "/tmp/run/owner-abc"))

    assert [node["role"] for node in text["nodes"]] == ["control-plane", "worker", "worker", "worker"]
    assert [node.get("labels", {}).get("topology.kubernetes.io/zone") for node in text["nodes"]] == [
        None,
        "us-east-1a",
        "us-east-1b",
        "us-east-1a",
    ]
    assert {mount["hostPath"] for node in text["nodes"] for mount in node["extraMounts"]} == {"/tmp/run/owner-abc"}
    assert text["nodes"][1]["labels"]["eks.amazonaws.com/nodegroup"] == "apps"
    assert text["nodes"][1]["labels"]["team"] == "red"


def test_a_kubelet_is_given_no_label_that_it_may_not_set():
    worker = members(ClusterPlan("c1", nodes=({"metadata": {"labels": LABELS}},)), "seatrial-1-c1")[0]

    assert worker.labels == {"example.com/rack": "7", "topology.kubernetes.io/zone": "us-east-1c"}
    assert worker.later == {"node-role.kubernetes.io/worker": ""}


LABELS = {
    "kubernetes.io/hostname": "ip-10-0-0-1",
    "node-role.kubernetes.io/worker": "",
    "example.com/rack": "7",
    "topology.kubernetes.io/zone": "us-east-1c",
}


def test_taints_are_given_by_the_administrator():
    assert members(PLAN, "seatrial-1-c1")[0].taints == [{"key": "dedicated", "effect": "NoSchedule", "value": "apps"}]


def test_a_name_that_makes_no_host_name_is_refused():
    with pytest.raises(BadInput, match="longer than 50"):
        members(PLAN, "c" * 51)


def test_the_newest_local_image_of_the_fleets_minor_is_taken():
    local = ("kindest/node:v1.36.2", "kindest/node:v1.36.10", "kindest/node:v1.35.4", "kindest/node:latest")

    assert pick_image("", local, "1.36") == "kindest/node:v1.36.10"


def test_an_image_that_is_named_is_taken_as_it_is():
    assert pick_image("mine/node:dev", (), "1.36") == "mine/node:dev"


@pytest.mark.parametrize(
    ("wanted", "told"), [("", "no node image of Kubernetes 1.36"), ("kindest/node:v1.35.4", "wants 1.36")]
)
def test_an_image_that_is_missing_or_of_another_minor_is_not_available(wanted, told):
    with pytest.raises(Unavailable, match=told):
        pick_image(wanted, ("kindest/node:v1.35.4",), "1.36")
