"""Node lifecycle: silence, taints, zones; times are seconds from the controller's start."""

import pickle

import pytest

from seatrial.fakes.controllers.node_lifecycle import NodeLifecycle, decide
from seatrial.harness.kernel.streams import Streams
from seatrial.harness.kernel.time import SECOND, START
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import Conflict
from seatrial.harness.testing.builders import make_condition, make_node, make_pod

OTHERS = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")


def a_node(name, zone="a", **more):
    node = make_node(name, zone=zone, **more)
    conditions = [*(make_condition(kind, False) for kind in OTHERS), *node["status"]["conditions"]]
    for condition in conditions:
        condition["lastHeartbeatTime"] = condition["lastTransitionTime"]
    return {**node, "status": {**node["status"], "conditions": conditions}}


def a_zone(zone, count):
    return [a_node(f"{zone}{number}", zone) for number in range(count)]


def tainted_at(stage, taint="unreachable:NoExecute"):
    """When each node got a taint, in order."""
    key, effect = taint.split(":")
    times = []
    for record in stage.note.records:
        if record.key.resource == "nodes" and record.verb == "update":
            has = [_has(version, key, effect) for version in (record.old, record.new)]
            if has == [False, True]:
                times.append((stage.seconds(record.time), record.key.name))
    return times


def _has(node, key, effect):
    return any(t["key"].endswith(key) and t["effect"] == effect for t in node["spec"].get("taints") or ())


def test_a_node_is_unknown_in_the_tenth_pass_after_the_one_that_saw_its_last_lease(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 2))
    s.until(102)
    s.silence("a0")

    s.until(155)
    assert s.ready("nodes", "a0") == "True"
    s.until(155.1)  # seen at 105.021, ten passes of 5.001 s
    assert s.ready("nodes", "a0") == "Unknown"
    assert s.ready("nodes", "a1") == "True"


def test_the_kubelets_conditions_become_unknown_and_the_network_one_does_not(stage):
    s = stage(NodeLifecycle())
    s.put(a_node("a0"), a_node("a1"))
    s.until(10)
    s.silence("a0")
    s.until(70)

    conditions = {c["type"]: c for c in s.get("nodes", "a0", "")["status"]["conditions"]}
    assert {kind: c["status"] for kind, c in conditions.items()} == {
        "MemoryPressure": "Unknown",
        "DiskPressure": "Unknown",
        "PIDPressure": "Unknown",
        "NetworkUnavailable": "False",
        "Ready": "Unknown",
    }
    assert conditions["Ready"] == {
        "type": "Ready",
        "status": "Unknown",
        "reason": "NodeStatusUnknown",
        "message": "Kubelet stopped posting node status.",
        "lastHeartbeatTime": "2026-01-01T00:00:00Z",
        "lastTransitionTime": "2026-01-01T00:01:00Z",
    }


def test_a_node_that_never_posted_a_status_has_sixty_seconds_from_its_creation(stage):
    s = stage(NodeLifecycle())
    silent = {**a_node("a0"), "status": {}}
    s.put(a_node("a1"))
    s.store.renew("a0", 0, False)
    s.put(silent)
    s.until(60)
    assert s.get("nodes", "a0", "")["status"] == {}

    s.until(61)
    ready = s.get("nodes", "a0", "")["status"]["conditions"][0]
    assert (ready["type"], ready["status"], ready["reason"]) == ("Ready", "Unknown", "NodeStatusNeverUpdated")
    assert ready["message"] == "Kubelet never posted node status."


def test_a_lost_node_is_marked_in_the_real_order(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 2), make_pod("web", node="a0", ready=True), make_pod("done", node="a0", ready=False))
    s.until(102)
    s.silence("a0")
    before = len(s.note.records)
    s.until(180)

    story = [(round(s.seconds(r.time), 1), r.verb, str(r.key)) for r in s.note.records[before:]]
    assert story == [
        (155.0, "update", "nodes/a0"),  # Unknown
        (155.0, "event", "nodes/a0"),
        (155.0, "update", "nodes/a0"),  # NoSchedule
        (155.0, "update", "pods/default/web"),  # Ready=False
        (155.0, "event", "pods/default/web"),
        (155.1, "update", "nodes/a0"),  # NoExecute
    ]
    assert s.taints("a0") == ["unreachable:NoSchedule", "unreachable:NoExecute"]
    assert s.ready("pods", "web", "default") == "False"
    assert [message for _, _, message in s.events("NodeNotReady")] == [
        "Node a0 status is now: NodeNotReady",
        "Node is not ready",
    ]


def test_a_returning_node_changes_its_taints_and_loses_them_when_ready(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 2))
    s.until(10)
    s.silence("a0")
    s.until(100)
    s.heal("a0", "False")
    s.until(100)
    assert s.taints("a0") == ["unreachable:NoExecute", "not-ready:NoSchedule"]  # NoSchedule follows at once
    s.until(105.1)
    assert s.taints("a0") == ["not-ready:NoSchedule", "not-ready:NoExecute"]  # NoExecute in the next pass
    s.heal("a0")
    s.until(105.1)
    assert s.taints("a0") == ["not-ready:NoExecute"]
    s.until(110.1)
    assert s.taints("a0") == []


def test_conditions_and_unschedulable_make_noschedule_taints(stage):
    s = stage(NodeLifecycle())
    node = a_node("a0", unschedulable=True)
    s.put(node, a_node("a1"))
    conditions = [{**c, "status": "True"} for c in node["status"]["conditions"]]
    s.change("nodes", "a0", "", status={"conditions": conditions})
    s.until(1)

    assert sorted(s.taints("a0")) == [
        "disk-pressure:NoSchedule",
        "memory-pressure:NoSchedule",
        "network-unavailable:NoSchedule",
        "pid-pressure:NoSchedule",
        "unschedulable:NoSchedule",
    ]


def test_a_users_taint_is_left_alone(stage):
    s = stage(NodeLifecycle())
    s.put(a_node("a0", taints=[("gpu", "yes", "NoSchedule")]), a_node("a1"))
    s.until(10)
    s.silence("a0")
    s.until(80)
    s.heal("a0")
    s.until(90)

    assert s.get("nodes", "a0", "")["spec"]["taints"] == [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]


def test_beta_labels_follow_the_stable_ones(stage):
    s = stage(NodeLifecycle())
    s.put(a_node("a0"))
    s.until(1)

    labels = s.get("nodes", "a0", "")["metadata"]["labels"]
    assert labels["beta.kubernetes.io/os"] == "linux"
    assert labels["beta.kubernetes.io/arch"] == "amd64"


def test_one_lost_zone_of_two_is_emptied_one_node_each_ten_seconds(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 4), *a_zone("b", 4))
    s.until(101)
    s.silence("a0", "a1", "a2", "a3")
    s.until(300)

    times = [time for time, _ in tainted_at(s)]
    assert times == pytest.approx([155.1, 165.1, 175.1, 185.1], abs=0.05)
    assert len(tainted_at(s, "unreachable:NoSchedule")) == 4


def test_every_zone_lost_means_that_we_are_lost_and_nothing_is_evicted(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 3), *a_zone("b", 3))
    s.until(101)
    s.silence("a0", "a1", "a2")
    s.until(131)
    s.silence("b0", "b1", "b2")
    s.until(180)
    assert len(tainted_at(s)) == 3  # zone a: at 155, 165, 175
    s.until(1000)

    assert len(tainted_at(s)) == 3
    assert all(s.taints(node) == ["unreachable:NoSchedule"] for node in ("a0", "a1", "a2", "b0"))


def test_leaving_total_loss_gives_a_fresh_grace_and_starts_with_empty_buckets(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 1), *a_zone("b", 2))
    s.until(101)
    s.silence("a0", "b0", "b1")
    s.until(300)
    assert tainted_at(s) == []
    s.heal("b0")
    s.until(400)

    # The pass at 300.06 sees b0; the zones' buckets are new and empty.
    assert tainted_at(s) == [(pytest.approx(310.1, abs=0.05), "a0"), (pytest.approx(310.1, abs=0.05), "b1")]


def test_a_small_zone_that_is_mostly_lost_evicts_nobody(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 5), *a_zone("b", 5))
    s.until(101)
    s.silence("a0", "a1", "a2")
    s.until(1000)

    assert tainted_at(s) == []


def test_a_large_zone_that_is_mostly_lost_evicts_a_node_each_hundred_seconds(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 51), *a_zone("b", 1))
    s.until(101)
    s.silence(*(f"a{number}" for number in range(40)))
    s.until(400)

    # The zone's bucket was full when it was swapped, so its first node goes at once.
    assert [time for time, _ in tainted_at(s)] == pytest.approx([155.1, 255.1, 355.1], abs=0.05)


def test_nodes_of_a_zone_that_are_lost_in_different_passes_make_it_partial_before_full(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 4), *a_zone("b", 4))
    s.until(101)
    s.silence("a0", "a1", "a2")
    s.until(106)
    s.silence("a3")
    s.until(400)

    # Partial at 155 stops the zone; Full at 160 starts it again with an empty bucket.
    assert [time for time, _ in tainted_at(s)] == pytest.approx([170.1, 180.1, 190.1, 200.1], abs=0.1)


def test_an_excluded_node_does_not_count_for_its_zone(stage):
    s = stage(NodeLifecycle())
    spared = {"node.kubernetes.io/exclude-disruption": ""}
    s.put(a_node("a0"), a_node("a1", labels=spared), a_node("b0", "b"))
    s.until(101)
    s.silence("a0", "b0")
    s.until(300)

    assert tainted_at(s) == []  # a and b are both wholly lost, a1 notwithstanding


def test_policy_eks_waits_forty_seconds_and_spares_a_lost_zone(stage):
    s = stage(NodeLifecycle("eks"))
    s.put(*a_zone("a", 4), *a_zone("b", 4))
    s.until(102)
    s.silence("a0", "a1", "a2", "a3", "b0")
    s.until(145.1)
    assert s.ready("nodes", "a0") == "Unknown"
    s.until(2000)

    assert [node for _, node in tainted_at(s)] == ["b0"]


def test_a_thousand_nodes_of_which_a_third_is_lost_are_emptied_within_an_hour(stage):
    s = stage(NodeLifecycle())
    s.store.freezing = False
    s.put(*(node for zone in "abc" for node in a_zone(zone, 333)))
    s.until(101)
    turns = s.agenda._count
    s.silence(*(f"a{number}" for number in range(333)))
    s.until(3600)

    times = tainted_at(s)
    assert len(times) == 333
    assert times[-1][0] - times[0][0] == pytest.approx(332 * 10, abs=1)
    # What merely repeats is no event: a few acts for each node, none for the hour.
    assert s.agenda._count - turns < 333 * 12


def test_a_quiet_cluster_plans_nothing(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 10))
    s.until(60)

    assert s.agenda.next_due() is None


def test_nodes_are_taken_at_random_when_a_stream_says_so(stage):
    s = stage(NodeLifecycle(order=Streams(7).stream("order")))
    s.put(*a_zone("a", 6), *a_zone("b", 1))
    s.until(101)
    s.silence(*(f"a{number}" for number in range(6)))
    s.until(400)

    names = [name for _, name in tainted_at(s)]
    assert sorted(names) == [f"a{number}" for number in range(6)]
    assert names != sorted(names)


def test_a_refused_status_is_written_in_the_next_pass(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 2), make_pod("web", node="a0", ready=True))
    s.until(102)
    s.silence("a0")
    s.until(150)
    s.desk.errors.append(Conflict.modified("nodes", "a0"))
    s.until(159)
    assert s.ready("nodes", "a0") == "True"
    s.until(161)

    assert s.ready("nodes", "a0") == "Unknown"
    assert s.ready("pods", "web", "default") == "False"


def test_a_refused_pod_is_marked_with_back_off(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 2), make_pod("one", node="a0", ready=True), make_pod("two", node="a0", ready=True))
    s.until(102)
    s.silence("a0")
    s.until(155.02)
    controller = s.host.controller("node-controller")
    broken = []
    submit = s.desk.submit

    def refuse_once(write, client):
        if write.key.name == "two" and write.verb == "update" and not broken:
            broken.append(write)
            raise Conflict.modified("pods", "two")
        return submit(write, client)

    s.desk.submit = refuse_once
    s.until(156)

    assert broken
    assert [s.ready("pods", name, "default") for name in ("one", "two")] == ["False", "False"]
    assert controller.marking == {}


def test_a_pod_that_is_bound_to_a_lost_node_is_not_ready(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 2))
    s.until(10)
    s.silence("a0")
    s.until(80)
    s.put(make_pod("late", node="a0", ready=True), make_pod("well", node="a1", ready=True))
    s.until(81)

    assert s.ready("pods", "late", "default") == "False"
    assert s.ready("pods", "well", "default") == "True"


def test_pods_that_their_kubelet_reports_ready_on_a_node_not_yet_ready_are_left_so(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 2), make_pod("web", node="a0", ready=True))
    s.until(10)
    s.silence("a0")
    s.until(80)
    s.heal("a0", "False")
    s.change("pods", "web", status={"conditions": [make_condition("Ready", True)]})
    s.until(200)

    assert s.ready("pods", "web", "default") == "True"


def test_nodes_are_registered_and_removed_with_an_event(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 2))
    s.until(1)
    s.remove("nodes", "a1", "")
    s.until(11)

    assert s.events() == [
        (0.0, "nodes/a0", "Node a0 event: Registered Node a0 in Controller"),
        (0.0, "nodes/a1", "Node a1 event: Registered Node a1 in Controller"),
        (pytest.approx(5.0, abs=0.01), "nodes/a1", "Node a1 event: Removing Node a1 from Controller"),
    ]


def test_a_controller_that_starts_anew_takes_the_taints_back_and_queues_the_node_again(stage):
    s = stage(NodeLifecycle())
    gone = ("node.kubernetes.io/unreachable", "", "NoExecute")
    s.put(a_node("a0", ready="Unknown", taints=[gone]), a_node("a1"))
    s.silence("a0")
    s.until(0.05)
    assert "unreachable:NoExecute" not in s.taints("a0")
    s.until(6)

    assert "unreachable:NoExecute" in s.taints("a0")


def test_the_controller_survives_pickling_in_the_middle_of_a_loss(stage):
    s = stage(NodeLifecycle(order=Streams(1).stream("x")))
    s.put(*a_zone("a", 3), *a_zone("b", 1))
    s.until(101)
    s.silence("a0", "a1", "a2")
    s.until(160)
    twin = pickle.loads(pickle.dumps(s.host.controller("node-controller")))

    assert twin.reconcile(Key("passes", "", ""), s.view, s.agenda.time).after == (
        s.host.controller("node-controller").reconcile(Key("passes", "", ""), s.view, s.agenda.time).after
    )


def test_deciding_on_a_node_that_is_as_it_should_be_writes_nothing():
    node = a_node("a0")

    assert decide(node, False, True, START) == (node, ())


def test_a_node_whose_kubelet_said_false_and_then_fell_silent_becomes_unknown_and_swaps_its_taint_at_once():
    node = a_node("a0", ready=False, taints=[("node.kubernetes.io/not-ready", "", "NoExecute")])

    _, writes = decide(node, True, True, START + 100 * SECOND)

    assert [(write.verb, write.subresource) for write in writes] == [("update", "status"), ("patch", "")]
    assert [taint["key"] for taint in writes[1].body["spec"]["taints"]] == ["node.kubernetes.io/unreachable"]


def test_leaving_total_loss_gives_a_fresh_grace_to_a_node_that_fell_silent_while_not_ready(stage):
    s = stage(NodeLifecycle())
    s.put(*a_zone("a", 1), *a_zone("b", 1))
    s.until(101)
    s.heal("a0", "False")
    s.silence("b0")
    s.until(170)  # both zones are wholly lost since 155
    s.silence("a0")
    s.until(200)
    s.heal("b0")
    s.until(250)
    # Without the fresh grace a0 would be Unknown 50 s after the pass at 170: at 220.
    assert s.ready("nodes", "a0") == "False"
    s.until(251)

    assert s.ready("nodes", "a0") == "Unknown"
