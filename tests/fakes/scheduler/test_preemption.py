"""Room for a pod at the cost of others."""

from __future__ import annotations

from typing import Any

from seatrial.fakes.scheduler.filters import pod_topology_spread
from seatrial.harness.kernel.time import START, rfc3339
from seatrial.harness.ports.kube import ServerError
from seatrial.harness.testing.builders import make_node, make_pdb, make_pod

HIGH = {"priority": 1000}


def _victims(cluster: Any) -> list[str]:
    return sorted(write.key.name for write in cluster.writes if write.verb == "delete")


def _low(name: str, node: str, cpu: str, **more: Any) -> Any:
    return make_pod(name, node=node, requests={"cpu": cpu}, **more)


def test_the_victim_is_marked_deleted_with_its_own_grace_and_told_of(cluster: Any) -> None:
    cluster.put(make_node("n1", cpu="1"), _low("x", "n1", "1"), make_pod("web", requests={"cpu": "1"}, **HIGH))

    cluster.turn()

    about_x = [write for write in cluster.writes if write.key.name == "x"]
    assert [write.verb for write in about_x] == ["patch", "delete", "event"]
    condition = cluster.condition("x", "DisruptionTarget")
    assert (condition["status"], condition["reason"]) == ("True", "PreemptionByScheduler")
    assert condition["message"] == "default-scheduler: preempting to accommodate a higher priority pod"
    assert about_x[1].grace == -1
    uid = cluster.pod("web")["metadata"]["uid"]
    assert cluster.told("Preempted") == [f"Preempted by pod {uid} on node n1"]
    assert cluster.pod("web")["status"]["nominatedNodeName"] == "n1"
    assert cluster.told("FailedScheduling") == ["0/1 nodes are available: 1 Insufficient cpu."]


def test_the_pod_runs_once_its_victim_has_gone(cluster: Any) -> None:
    cluster.put(make_node("n1", cpu="1"), _low("x", "n1", "1"), make_pod("web", requests={"cpu": "1"}, **HIGH))
    cluster.run(seconds=20)
    assert cluster.where("web") == ""

    cluster.remove("Pod", "x")
    cluster.run()

    assert cluster.where("web") == "n1"


def test_nobody_else_is_preempted_while_a_victim_terminates(cluster: Any) -> None:
    cluster.put(make_node("n1", cpu="1"), make_node("n2", cpu="1"), _low("x", "n1", "1"), _low("y", "n2", "1"))
    cluster.put(make_pod("web", requests={"cpu": "1"}, **HIGH), _low("z", "n3", "1"))
    cluster.run()

    cluster.remove("Pod", "z")
    cluster.put(make_node("n3", taints=[("a", "", "NoSchedule")]))
    cluster.run()
    cluster.put(_low("q", "n3", "100m"))
    cluster.remove("Pod", "q")
    cluster.run(seconds=3)

    assert len(_victims(cluster)) == 1
    assert cluster.told("FailedScheduling")[-1].endswith(
        "preemption: not eligible due to a terminating pod on the nominated node."
    )


def test_as_few_as_possible_and_the_least_important_go(cluster: Any) -> None:
    cluster.put(make_node("n1", cpu="3"))
    cluster.put(_low("a", "n1", "1", priority=5), _low("b", "n1", "1", priority=1), _low("c", "n1", "1", priority=3))
    cluster.put(make_pod("web", requests={"cpu": "1500m"}, **HIGH))

    cluster.run()

    assert _victims(cluster) == ["b", "c"]


def test_of_equals_the_one_that_runs_the_longest_stays(cluster: Any) -> None:
    cluster.put(make_node("n1", cpu="2"))
    for name, age in (("old", 100), ("young", 10)):
        pod = _low(name, "n1", "1")
        cluster.put({**pod, "status": {**pod["status"], "startTime": rfc3339(START - age * 10**9)}})
    cluster.put(make_pod("web", requests={"cpu": "1"}, **HIGH))

    cluster.run()

    assert _victims(cluster) == ["young"]


def test_a_budget_without_room_steers_preemption_to_other_nodes(cluster: Any) -> None:
    budget = make_pdb("web", labels={"app": "web"})
    cluster.put({**budget, "status": {"disruptionsAllowed": 0}})
    cluster.put(*[make_node(f"n{number}", cpu="1") for number in range(3)])
    cluster.put(_low("x", "n0", "1", labels={"app": "web"}), _low("y", "n1", "1"))
    cluster.put(_low("z", "n2", "1", labels={"app": "web"}))
    cluster.put(make_pod("new", requests={"cpu": "1"}, **HIGH))

    cluster.run()

    assert _victims(cluster) == ["y"]


def test_a_budget_does_not_save_a_pod_where_there_is_no_other_way(cluster: Any) -> None:
    budget = make_pdb("web", labels={"app": "web"})
    cluster.put({**budget, "status": {"disruptionsAllowed": 0}}, make_node("n0", cpu="1"))
    cluster.put(_low("x", "n0", "1", labels={"app": "web"}), make_pod("new", requests={"cpu": "1"}, **HIGH))

    cluster.run()

    assert _victims(cluster) == ["x"]


def test_trying_leaves_no_trace_when_nobody_can_help(cluster: Any) -> None:
    selector = {"matchLabels": {"app": "web"}}
    constraint = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "labelSelector": selector}
    spec = {"topologySpreadConstraints": [constraint], **HIGH}
    cluster.put(make_node("n1", labels={"zone": "a"}), make_node("n2", labels={"zone": "b"}, cpu="1"))
    cluster.put(_low("x", "n1", "1", labels={"app": "web"}), _low("y", "n1", "1"), _low("w", "n2", "1", priority=2000))
    cluster.put(_low("z", "n1", "1", priority=2000))
    cluster.put(make_pod("new", labels={"app": "web"}, requests={"cpu": "3500m"}, **spec))
    cycle = cluster.scheduler.cycle
    cluster.run()
    moment, pods = cycle.moment, list(cycle.cache.by_name["n1"].pods)

    cluster.put(make_pod("more", labels={"app": "web"}, requests={"cpu": "3500m"}, **spec))
    cluster.run()

    assert _victims(cluster) == []
    assert cycle.moment == moment
    assert list(cycle.cache.by_name["n1"].pods) == pods == [cluster.pod(name)["metadata"]["uid"] for name in "xyz"]
    tally = cycle.tallies.selected(
        pod_topology_spread.selected(_constraint(cluster, "new"), _shape(cluster, "new")), alive=True
    )
    assert tally.total == 1


def _shape(cluster: Any, name: str) -> Any:
    return cluster.scheduler.shapes.of(cluster.pod(name))


def _constraint(cluster: Any, name: str) -> Any:
    return _shape(cluster, name).spread[0]


def test_a_nominated_pod_keeps_its_room_from_lower_priorities(cluster: Any) -> None:
    cluster.put(make_node("n1", cpu="2"), _low("x", "n1", "1"), make_pod("web", requests={"cpu": "2"}, **HIGH))
    cluster.run()
    cluster.put(make_pod("sneak", requests={"cpu": "1"}))
    cluster.run(seconds=3)

    cluster.remove("Pod", "x")
    cluster.run(seconds=3)

    assert (cluster.where("web"), cluster.where("sneak")) == ("n1", "")


def test_a_higher_pod_takes_the_nomination_of_a_lower_one(cluster: Any) -> None:
    cluster.put(make_node("n1", cpu="1"), _low("x", "n1", "1"), make_pod("mid", requests={"cpu": "1"}, priority=10))
    cluster.run()
    assert cluster.pod("mid")["status"]["nominatedNodeName"] == "n1"

    cluster.put(make_pod("web", requests={"cpu": "1"}, **HIGH))
    cluster.run()

    assert cluster.pod("mid")["status"]["nominatedNodeName"] == ""
    assert cluster.pod("web")["status"]["nominatedNodeName"] == "n1"


def test_a_deletion_that_fails_is_tried_again(cluster: Any) -> None:
    cluster.refuse["delete"] = ServerError("etcdserver: request timed out", 500)
    cluster.put(make_node("n1", cpu="1"), _low("x", "n1", "1"), make_pod("web", requests={"cpu": "1"}, **HIGH))
    cluster.turn()

    del cluster.refuse["delete"]
    cluster.run(seconds=3)

    assert "deletionTimestamp" in cluster.pod("x")["metadata"]
