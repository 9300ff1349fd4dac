"""DaemonSets: one pod on each node that takes it."""

import pytest

from seatrial.fakes.controllers.daemonset import DaemonSetController
from seatrial.fakes.controllers.words.daemons import Place, daemon_template, on_node, place_of, target_of
from seatrial.harness.kernel.time import SECOND
from seatrial.harness.testing.builders import make_daemonset, make_node, make_pod, make_template

DAEMONS = "daemonsets.apps"
CHANGE = {"spec": {"template": {"metadata": {"annotations": {"change": "1"}}}}}


@pytest.fixture
def site(yard):
    return yard(DaemonSetController())


def where(here):
    return sorted(pod["spec"]["nodeName"] for pod in here.list("pods") if "deletionTimestamp" not in pod["metadata"])


def test_every_node_gets_one_pod_bound_by_affinity(site):
    site.create(make_daemonset("agent"))
    site.run("3s")

    assert where(site) == ["n1", "n2", "n3"]
    status = site.get(DAEMONS, "agent")["status"]
    assert (status["desiredNumberScheduled"], status["numberReady"], status["updatedNumberScheduled"]) == (3, 3, 3)
    assert target_of({**site.list("pods")[0], "spec": {"affinity": site.list("pods")[0]["spec"]["affinity"]}})


def test_a_new_node_gets_its_pod_and_a_tainted_one_loses_it(site):
    site.create(make_daemonset("agent"))
    site.run("3s")

    site.add_node("n4")
    site.run("3s")
    assert where(site) == ["n1", "n2", "n3", "n4"]

    site.patch("nodes", "n1", {"spec": {"taints": [{"key": "x", "effect": "NoExecute"}]}}, "")
    site.run("3s")
    assert where(site) == ["n2", "n3", "n4"]


def test_an_update_takes_one_node_after_another(site):
    site.create(make_daemonset("agent"))
    site.run("3s")

    site.patch(DAEMONS, "agent", CHANGE)
    site.run("500ms")
    assert len(where(site)) == 2

    site.run("10s")
    status = site.get(DAEMONS, "agent")["status"]
    assert (status["updatedNumberScheduled"], status["numberAvailable"]) == (3, 3)


def test_with_surge_the_new_pod_comes_before_the_old_one_goes(site):
    site.create(make_daemonset("agent", max_surge=1, max_unavailable=0))
    site.run("3s")

    site.patch(DAEMONS, "agent", CHANGE)
    site.run("20s")

    assert where(site) == ["n1", "n2", "n3"]
    told = [number for number in site.history(DAEMONS, "numberAvailable") if number is not None]
    assert min(told[told.index(3) :]) == 3


def test_on_delete_leaves_the_update_to_people(site):
    site.create(make_daemonset("agent", strategy="OnDelete"))
    site.run("3s")

    site.patch(DAEMONS, "agent", CHANGE)
    site.run("5s")

    assert site.get(DAEMONS, "agent")["status"].get("updatedNumberScheduled", 0) == 0


def test_a_failed_pod_is_replaced_with_growing_pauses(site):
    site.machines.ends["app:1"] = (1 * SECOND, 1)
    site.create(
        make_daemonset("agent", template=make_template({"app": "agent"}, nodeSelector={"kubernetes.io/hostname": "n1"}))
    )

    site.run("60s")

    told = site.events("FailedDaemonPod")
    assert 4 <= len(told) <= 7
    assert told[0].startswith("Found failed daemon pod default/agent-")


@pytest.mark.parametrize(
    ("taints", "expected"),
    [
        ([], Place(True, True)),
        ([("node.kubernetes.io/unschedulable", "", "NoSchedule")], Place(True, True)),
        ([("node.kubernetes.io/not-ready", "", "NoExecute")], Place(True, True)),
        ([("mine", "", "NoSchedule")], Place(False, True)),
        ([("mine", "", "NoExecute")], Place(False, False)),
        ([("mine", "", "PreferNoSchedule")], Place(True, True)),
    ],
)
def test_what_taints_say(taints, expected):
    daemonset = make_daemonset()
    tolerations = daemon_template(daemonset, "")["spec"]["tolerations"]

    assert place_of(daemonset, tolerations, make_node("n1", taints=taints)) == expected


@pytest.mark.parametrize(
    ("spec", "starts"),
    [
        ({}, True),
        ({"nodeSelector": {"disk": "ssd"}}, True),
        ({"nodeSelector": {"disk": "hdd"}}, False),
        ({"nodeName": "n1"}, True),
        ({"nodeName": "n2"}, False),
    ],
)
def test_what_selectors_say(spec, starts):
    daemonset = make_daemonset(template=make_template({"app": "agent"}, **spec))

    assert place_of(daemonset, [], make_node("n1", labels={"disk": "ssd"})).starts is starts


def test_the_users_affinity_gives_way_to_the_node_but_stays_for_pods():
    spec = {"affinity": {"podAffinity": {"x": 1}, "nodeAffinity": {"preferred": 2}}}

    bound = on_node(spec, "n7")["affinity"]

    assert bound["podAffinity"] == {"x": 1}
    assert bound["nodeAffinity"]["preferred"] == 2
    assert target_of(make_pod(affinity=bound)) == "n7"
