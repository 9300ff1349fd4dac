"""The controller: from a pod that is created to its binding, and back where that fails."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seatrial.fakes.scheduler.queue import CROWD_SPARE
from seatrial.fakes.scheduler.scheduler import BATCH_MAX, CYCLE, Scheduler
from seatrial.fakes.scheduler.tally import QUESTIONS_MIN
from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import MINUTE, SECOND
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import Conflict, NotFound
from seatrial.harness.testing.builders import make_node, make_pod, make_replicaset, make_service

TAINT = ("dedicated", "", "NoSchedule")


def test_a_pod_is_bound_and_the_event_follows_the_binding(cluster: Any) -> None:
    cluster.put(make_node("n1"))
    cluster.put(make_pod("web"))

    first = cluster.turn()

    assert [(write.verb, write.key, write.body["target"]["name"]) for write in first] == [
        ("bind", Key("pods", "default", "web"), "n1")
    ]
    assert cluster.told("Scheduled") == []
    cluster.run()
    assert cluster.told("Scheduled") == ["Successfully assigned default/web to n1"]


def test_a_pod_of_another_scheduler_and_a_placed_one_are_left_alone(cluster: Any) -> None:
    cluster.put(make_node("n1"), make_pod("other", schedulerName="mine"), make_pod("placed", node="n1"))

    cluster.run()

    assert cluster.writes == []


def test_without_nodes_the_scheduler_says_so_and_tries_again_with_back_off(cluster: Any) -> None:
    cluster.put(make_pod("web"))

    cluster.run(seconds=30)

    assert set(cluster.told("FailedScheduling")) == {"no nodes available to schedule pods"}
    # Back-off of 1, 2, 4, 8, 10 s ends with the whole second after: tries at 0, 2, 5, 10, 19 and 30 s.
    assert len(cluster.told("FailedScheduling")) == 6
    cluster.put(make_node("n1"))
    cluster.run(seconds=12)
    assert cluster.where("web") == "n1"


def test_a_refused_pod_gets_the_event_and_the_condition_with_the_real_words(cluster: Any) -> None:
    cluster.put(make_node("n1", taints=[TAINT]), make_node("n2", cpu="1"), make_pod("web", requests={"cpu": "2"}))

    cluster.run()

    said = (
        "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). "
        "no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
    )
    assert cluster.told("FailedScheduling") == [said]
    condition = cluster.condition("web")
    assert (condition["status"], condition["reason"], condition["message"]) == ("False", "Unschedulable", said)


def test_an_older_minor_does_not_speak_of_claims(make_cluster: Any) -> None:
    cluster = make_cluster(minor="1.33")
    cluster.put(make_node("n1", taints=[TAINT]), make_pod("web"))

    cluster.run()

    assert "claims" not in cluster.told("FailedScheduling")[0]


def test_an_unknown_minor_is_refused() -> None:
    with pytest.raises(Unsupported, match=r"1\.2"):
        Scheduler(Stream(1), minor="1.2")


def test_a_change_that_does_not_help_wakes_nobody(cluster: Any) -> None:
    cluster.put(make_node("n1", taints=[TAINT]), make_pod("web"))
    cluster.run()
    before = len(cluster.writes)

    cluster.put(make_node("n1", taints=[TAINT], labels={"disk": "ssd"}))
    cluster.put(make_node("n1", taints=[TAINT], labels={"disk": "ssd"}, ready=False))
    cluster.run(seconds=20)

    assert len(cluster.writes) == before


def test_a_taint_that_goes_lets_the_pod_in_at_once(cluster: Any) -> None:
    cluster.put(make_node("n1", taints=[TAINT]), make_pod("web"))
    cluster.run()

    cluster.put(make_node("n1"))
    cluster.run()

    assert cluster.where("web") == "n1"


def test_a_pod_nobody_wakes_is_tried_again_after_five_minutes(cluster: Any) -> None:
    cluster.put(make_node("n1", taints=[TAINT]), make_pod("web"))
    cluster.run()

    assert 5 * MINUTE < cluster.after <= 5 * MINUTE + 30 * SECOND
    cluster.run(seconds=5 * 60)
    assert len(cluster.told("FailedScheduling")) == 1
    cluster.run(seconds=30)
    assert len(cluster.told("FailedScheduling")) == 2


def test_higher_priorities_go_first_then_the_older(cluster: Any) -> None:
    cluster.put(make_node("n1", pods="2"))
    cluster.put(make_pod("old"), make_pod("new"), make_pod("urgent", priority=10))

    cluster.run()

    assert [cluster.where(name) for name in ("urgent", "old", "new")] == ["n1", "n1", ""]


def test_a_gated_pod_waits_without_a_word_until_its_gates_are_gone(cluster: Any) -> None:
    gated = make_pod("web", schedulingGates=[{"name": "example.com/wait"}])
    cluster.put(make_node("n1"), gated)
    cluster.run(seconds=400)
    assert cluster.writes == []

    cluster.put({**gated, "spec": {**gated["spec"], "schedulingGates": []}})
    cluster.run()

    assert cluster.where("web") == "n1"


def test_a_refused_binding_frees_the_node_and_comes_back_after_its_back_off(cluster: Any) -> None:
    cluster.put(make_node("n1", pods="1"), make_pod("web"))
    cluster.refuse["bind"] = Conflict("no")

    cluster.turn()
    cluster.turn()

    assert cluster.condition("web")["reason"] == "SchedulerError"
    assert cluster.told("FailedScheduling") == ["no"]
    assert cluster.scheduler.cycle.cache.by_name["n1"].pods == {}
    assert cluster.after is not None
    del cluster.refuse["bind"]
    cluster.run()
    assert cluster.where("web") == ""
    cluster.run(seconds=3)
    assert cluster.where("web") == "n1"


def test_a_binding_refused_because_the_pod_is_gone_is_forgotten(cluster: Any) -> None:
    cluster.put(make_node("n1", pods="1"), make_pod("web"))
    cluster.refuse["bind"] = NotFound("pods", "web")

    cluster.turn()
    cluster.remove("Pod", "web")
    del cluster.refuse["bind"]
    cluster.put(make_pod("next"))
    cluster.run()

    assert cluster.where("next") == "n1"
    assert cluster.told("FailedScheduling") == []


def test_a_pod_deleted_before_its_binding_is_seen_leaves_nothing_behind(cluster: Any) -> None:
    cluster.put(make_node("n1", pods="1"))
    cluster.put(make_pod("web"))
    cluster.scheduler.reconcile(CYCLE, None, cluster.now)

    cluster.remove("Pod", "web")
    cluster.put(make_pod("next"))
    cluster.run()

    assert cluster.where("next") == "n1"


def test_a_finished_pod_takes_no_room(cluster: Any) -> None:
    cluster.put(make_node("n1", pods="1"), make_pod("job", node="n1"), make_pod("web"))
    cluster.run()
    assert cluster.where("web") == ""

    done = cluster.pod("job")
    cluster.put({**done, "status": {**done["status"], "phase": "Succeeded"}})
    cluster.run()

    assert cluster.where("web") == "n1"


def test_pods_of_a_node_that_goes_and_comes_back_count_again(cluster: Any) -> None:
    cluster.put(make_node("n1", pods="1"), make_pod("there", node="n1"))
    cluster.remove("Node", "n1")
    cluster.put(make_node("n1", pods="1"), make_pod("web"))

    cluster.run()

    assert "Too many pods" in cluster.told("FailedScheduling")[0]


def test_pods_that_are_told_of_before_their_node_count_when_it_comes(cluster: Any) -> None:
    cluster.put(make_pod("there", node="n1"), make_node("n1", pods="1"), make_pod("web"))

    cluster.run()

    assert cluster.where("web") == ""


def test_a_batch_is_bounded_and_the_rest_follows_at_once(cluster: Any) -> None:
    cluster.put(make_node("n1", pods="2000"))
    cluster.put(*[make_pod(f"p{number}") for number in range(BATCH_MAX + 1)])

    first = cluster.turn()

    assert len(first) == BATCH_MAX
    assert cluster.after == 0
    cluster.run()
    assert cluster.where(f"p{BATCH_MAX}") == "n1"


def test_replicas_are_spread_over_zones_by_default(cluster: Any) -> None:
    replica_set = make_replicaset("web")
    cluster.put(*[make_node(f"n{number}", zone="abc"[number % 3]) for number in range(6)], replica_set)
    labels = replica_set["spec"]["selector"]["matchLabels"]
    cluster.put(*[make_pod(f"web-{number}", labels=labels, owner=replica_set) for number in range(6)])

    cluster.run()

    assert sorted(cluster.where(f"web-{number}") for number in range(6)) == [f"n{number}" for number in range(6)]


def test_a_service_makes_a_group_too(cluster: Any) -> None:
    big = make_node("big", zone="a", cpu="64", memory="512Gi")
    cluster.put(big, make_node("small", zone="b"), make_service("web", selector={"app": "web"}))
    cluster.put(*[make_pod(f"web-{number}", labels={"app": "web"}) for number in range(4)])

    cluster.run()

    assert {cluster.where(f"web-{number}") for number in range(4)} == {"big", "small"}


@pytest.mark.parametrize(
    ("nodes", "percentage", "wanted"),
    [(99, 0, 99), (100, 0, 100), (1000, 0, 420), (5000, 0, 500), (6000, 0, 300), (1000, 20, 200)],
)
def test_as_many_feasible_nodes_as_the_real_one_looks_for(
    make_cluster: Any, nodes: int, percentage: int, wanted: int
) -> None:
    cluster = make_cluster(percentage_of_nodes_to_score=percentage)

    assert cluster.scheduler.cycle._wanted(nodes) == wanted


def test_searches_start_where_the_last_one_ended_over_nodes_of_zones_in_turn(make_cluster: Any) -> None:
    cluster = make_cluster(percentage_of_nodes_to_score=1)
    cluster.put(*[make_node(f"{zone}{number}", zone=zone) for zone in "abc" for number in range(100)])
    order = [cluster.scheduler.cycle.cache.nodes[slot].name for slot in cluster.scheduler.cycle.cache.order()]
    assert order[:6] == ["a0", "b0", "c0", "a1", "b1", "c1"]

    cluster.put(make_pod("p0"), make_pod("p1"), make_pod("p2"))
    cluster.run()

    windows = [order.index(cluster.where(f"p{number}")) // 100 for number in range(3)]
    assert windows == [0, 1, 2]


def _story(make_cluster: Any, seed: int) -> list[Any]:
    cluster = make_cluster(seed)
    cluster.put(*[make_node(f"n{number}", zone="abc"[number % 3]) for number in range(9)])
    cluster.put(*[make_pod(f"p{number}", labels={"app": "web"}, requests={"cpu": "1"}) for number in range(40)])
    cluster.run(seconds=2)
    cluster.remove("Node", "n0")
    cluster.run(seconds=2)
    return list(cluster.writes)


def test_the_same_seed_gives_the_same_writes_and_another_seed_others(make_cluster: Any) -> None:
    assert _story(make_cluster, 5) == _story(make_cluster, 5)
    assert _story(make_cluster, 5) != _story(make_cluster, 6)


def test_a_scheduler_that_was_pickled_goes_on_as_if_nothing_had_been(make_cluster: Any) -> None:
    one = make_cluster(3)
    one.put(*[make_node(f"n{number}", zone="abc"[number % 3]) for number in range(6)])
    one.put(*[make_pod(f"p{number}", requests={"cpu": "1"}) for number in range(12)])
    one.turn()
    other = pickle.loads(pickle.dumps(one))

    for cluster in (one, other):
        cluster.put(*[make_pod(f"q{number}", requests={"cpu": "1"}) for number in range(20)])
        cluster.run(seconds=3)

    assert one.writes == other.writes
    assert sum(write.verb == "bind" for write in one.writes) == 24


def _daemon(node: str) -> Any:
    field = {"key": "metadata.name", "operator": "In", "values": [node]}
    required = {"nodeSelectorTerms": [{"matchFields": [field]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    return make_pod(f"agent-{node}", affinity=affinity)


def test_a_pod_that_names_its_node_goes_there_or_says_why_not(cluster: Any) -> None:
    cluster.put(make_node("n1"), make_node("n2", taints=[TAINT]), _daemon("n1"), _daemon("n2"), _daemon("n3"))

    cluster.run()

    assert cluster.where("agent-n1") == "n1"
    first, second = (message.partition(" no new")[0] for message in cluster.told("FailedScheduling"))
    unnamed = "node(s) didn't satisfy plugin(s) [NodeAffinity]"
    assert first == f"0/2 nodes are available: 1 {unnamed}, 1 node(s) had untolerated taint(s)."
    assert second == f"0/2 nodes are available: 2 {unnamed}."


def test_pods_that_each_name_their_node_make_no_columns(cluster: Any) -> None:
    cluster.put(*[make_node(f"n{number}") for number in range(20)])
    cluster.put(*[_daemon(f"n{number}") for number in range(20)])

    cluster.run()

    assert all(cluster.where(f"agent-n{number}") == f"n{number}" for number in range(20))
    assert len(cluster.scheduler.cycle.index) == 0


def test_rollouts_without_end_keep_no_counts_of_what_is_gone(cluster: Any) -> None:
    cluster.put(make_node("n1", zone="a"), make_node("n2", zone="b"))
    for number in range(3 * QUESTIONS_MIN):
        labels = {"app": f"v{number}"}
        cluster.put(make_service("web", selector=labels), make_pod("web", labels=labels))
        cluster.run()
        cluster.remove("Pod", "web")

    assert len(cluster.scheduler.cycle.tallies.questions) <= QUESTIONS_MIN + 1


STORY = """
import sys
sys.path.insert(0, sys.argv[1])
from conftest import Cluster
from seatrial.harness.testing.builders import make_node, make_pod, make_service
cluster = Cluster(5)
soft = [("t", "", "PreferNoSchedule")]
cluster.put(*[make_node(f"n{n}", zone="abc"[n % 3], taints=soft * (n % 2)) for n in range(9)])
apart = {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 9, "podAffinityTerm":
    {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}}]}}
cluster.put(make_service("web", selector={"app": "web"}))
cluster.put(*[make_pod(f"p{n}", labels={"app": "web"}, requests={"cpu": "1"}, affinity=apart) for n in range(60)])
cluster.run()
cluster.put(*[make_pod(f"q{n}", labels={"app": "db"}, requests={"cpu": "2"}, priority=9) for n in range(9)])
cluster.run(seconds=3)
print(cluster.writes)
"""


def test_the_hash_seed_of_strings_decides_nothing() -> None:
    folder = str(Path(__file__).parent)
    told = {
        subprocess.run(
            [sys.executable, "-c", STORY, folder],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(told) == 1
    assert "Preempted" in told.pop()


def test_of_a_crowd_only_those_that_can_be_helped_wake_and_some_more(cluster: Any) -> None:
    cluster.put(make_node("n1", pods="0"), *[make_pod(f"p{number}") for number in range(300)])
    cluster.run()
    tries = len(cluster.told("FailedScheduling"))

    cluster.put(make_node("n1", pods="7"))
    cluster.run()

    assert sum(cluster.where(f"p{number}") == "n1" for number in range(300)) == 7
    assert len(cluster.told("FailedScheduling")) == tries + CROWD_SPARE
    cluster.put(make_node("n1", pods="500"))
    cluster.run()
    assert all(cluster.where(f"p{number}") == "n1" for number in range(300))
