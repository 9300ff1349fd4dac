"""Taint eviction: tolerations run out, plans are kept and taken back."""

import pytest

from seatrial.fakes.controllers.taint_eviction import FOREVER, TaintEviction, Work, decide, tolerated_for
from seatrial.harness.kernel.time import SECOND
from seatrial.harness.ports.kube import Unreachable
from seatrial.harness.testing.builders import make_node, make_pod

UNREACHABLE = {"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}
NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}


def tolerating(taint, seconds=None):
    toleration = {"key": taint["key"], "operator": "Exists", "effect": "NoExecute"}
    return toleration if seconds is None else {**toleration, "tolerationSeconds": seconds}


BOTH = [tolerating(NOT_READY, 300), tolerating(UNREACHABLE, 300)]
ALL = {"operator": "Exists"}


@pytest.mark.parametrize(
    ("taints", "tolerations", "length"),
    [
        ([UNREACHABLE], [], None),
        ([UNREACHABLE], [tolerating(NOT_READY)], None),
        ([UNREACHABLE], BOTH, 300 * SECOND),
        ([UNREACHABLE], [tolerating(UNREACHABLE)], FOREVER),
        ([UNREACHABLE], [ALL], FOREVER),
        ([UNREACHABLE], [ALL, tolerating(UNREACHABLE, 5)], FOREVER),  # the first that matches counts
        ([UNREACHABLE], [tolerating(UNREACHABLE, -3)], 0),
        ([UNREACHABLE, NOT_READY], [tolerating(UNREACHABLE, 60), tolerating(NOT_READY)], 60 * SECOND),
        ([UNREACHABLE, NOT_READY], [tolerating(UNREACHABLE, 60), tolerating(NOT_READY, 30)], 30 * SECOND),
    ],
)
def test_a_pod_stays_as_long_as_its_shortest_used_toleration(taints, tolerations, length):
    assert tolerated_for(taints, tolerations) == length


def test_a_plan_that_stands_is_kept_when_the_taint_changes():
    planned = Work(0, 300 * SECOND)

    assert decide([NOT_READY], [tolerating(NOT_READY, 10)], planned, 100 * SECOND) is planned


def test_a_plan_gives_way_to_a_taint_that_is_not_tolerated():
    assert decide([NOT_READY], [], Work(0, 300 * SECOND), 100 * SECOND) == Work(100 * SECOND, 100 * SECOND)


def test_a_plan_is_dropped_when_the_taints_are_tolerated_for_ever():
    assert decide([NOT_READY], [ALL], Work(0, 300 * SECOND), 100 * SECOND) is None


def cluster(stage, **pods):
    s = stage(TaintEviction())
    s.put(make_node("n1"), make_node("n2"))
    for name, tolerations in pods.items():
        s.put(make_pod(name, node="n1", tolerations=tolerations, ready=True))
    return s


def taint(stage, *taints, node="n1"):
    stage.change("nodes", node, "", spec={"taints": list(taints)})


def gone(stage, name):
    return "deletionTimestamp" in stage.get("pods", name)["metadata"]


def test_a_pod_is_deleted_when_its_toleration_has_run_out(stage):
    s = cluster(stage, web=BOTH)
    s.until(10)
    taint(s, UNREACHABLE)
    s.until(309.9)
    assert not gone(s, "web")
    s.until(310)

    assert gone(s, "web")
    assert s.events() == [(310.0, "pods/default/web", "Marking for deletion Pod default/web")]
    assert s.get("pods", "web")["status"]["conditions"][-1] == {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "DeletionByTaintManager",
        "message": "Taint manager: deleting due to NoExecute taint",
        "lastTransitionTime": "2026-01-01T00:05:10Z",
    }


def test_a_pod_without_a_toleration_is_deleted_at_once_and_a_daemons_never(stage):
    s = cluster(stage, web=[], daemon=[ALL])
    s.until(10)
    taint(s, UNREACHABLE)
    s.until(5000)

    assert (gone(s, "web"), gone(s, "daemon")) == (True, False)
    assert s.events()[0][0] == 10.0


def test_noschedule_taints_move_nobody(stage):
    s = cluster(stage, web=[])
    taint(s, {**UNREACHABLE, "effect": "NoSchedule"})
    s.until(5000)

    assert not gone(s, "web")


def test_a_taint_that_goes_in_time_takes_the_deletion_back(stage):
    s = cluster(stage, web=BOTH)
    s.until(10)
    taint(s, UNREACHABLE)
    s.until(200)
    taint(s)
    s.until(5000)

    assert not gone(s, "web")
    assert s.events() == [(200.0, "pods/default/web", "Cancelling deletion of Pod default/web")]


def test_a_taint_that_turns_into_the_other_does_not_start_the_clock_anew(stage):
    s = cluster(stage, web=BOTH)
    s.until(10)
    taint(s, UNREACHABLE)
    s.until(200)
    taint(s, NOT_READY)
    s.until(310)

    assert gone(s, "web")


def test_a_pod_that_is_bound_to_a_tainted_node_has_its_own_clock(stage):
    s = cluster(stage)
    taint(s, UNREACHABLE)
    s.until(100)
    s.put(make_pod("late", node="n1", tolerations=BOTH))
    s.until(399)
    assert not gone(s, "late")
    s.until(400)

    assert gone(s, "late")


def test_a_pod_that_goes_by_itself_is_forgotten_with_an_event(stage):
    s = cluster(stage, web=BOTH)
    taint(s, UNREACHABLE)
    s.until(100)
    s.remove("pods", "web")
    s.until(101)

    assert s.events() == [(100.0, "pods/default/web", "Cancelling deletion of Pod default/web")]
    assert s.host.controller("taint-eviction-controller").works == {}


def test_the_pods_of_a_deleted_node_are_still_evicted(stage):
    s = cluster(stage, web=BOTH)
    taint(s, UNREACHABLE)
    s.until(100)
    s.remove("nodes", "n1", "")
    s.until(300)

    assert gone(s, "web")


def test_an_eviction_that_the_api_refuses_stays_due(stage):
    s = cluster(stage, web=BOTH)
    taint(s, UNREACHABLE)
    s.until(299)
    s.desk.errors += [Unreachable("timeout")] * 6
    s.until(310)

    assert gone(s, "web")
