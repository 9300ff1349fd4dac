"""Pod garbage collection: orphans, pods that end without a kubelet, finished ones above a threshold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.fakes.controllers.pod_gc import PodGC, surplus
from seatrial.fakes.controllers.words.passes import Passes
from seatrial.harness.kernel.time import SECOND, START
from seatrial.harness.testing.builders import make_node, make_pod

OUT = ("node.kubernetes.io/out-of-service", "nodeshutdown", "NoExecute")


def test_the_pods_of_a_node_that_is_gone_end_after_forty_seconds_of_quarantine(stage):
    s = stage(PodGC())
    s.put(make_node("n1"), make_node("n2"), make_pod("lost", node="n1"), make_pod("well", node="n2"))
    s.until(30)
    s.remove("nodes", "n1", "")
    s.until(80)
    assert s.get("pods", "lost") is not None
    s.until(81)  # the pass at 40 saw it first, that at 80 ends it

    assert s.get("pods", "lost") is None
    assert s.get("pods", "well") is not None
    assert [(verb, key.name) for _, verb, key in s.writes("pods")] == [("update", "lost"), ("delete", "lost")]
    last = s.note.records[-2].new["status"]
    assert last["phase"] == "Failed"
    assert last["conditions"][-1]["reason"] == "DeletionByPodGC"
    assert last["conditions"][-1]["message"] == "PodGC: node no longer exists"


def test_a_node_that_comes_back_in_quarantine_keeps_its_pods(stage):
    s = stage(PodGC())
    s.put(make_node("n1"), make_pod("web", node="n1"))
    s.until(30)
    s.remove("nodes", "n1", "")
    s.until(70)
    s.put(make_node("n1"))
    s.until(500)

    assert s.get("pods", "web") is not None


def test_a_pod_without_a_node_that_is_to_end_is_ended_in_the_next_pass(stage):
    s = stage(PodGC())
    s.put(make_pod("web", finalizers=["a/b"]), make_node("n1"))
    s.until(30)
    s.put(make_pod("web", deleted=START + 30 * SECOND))
    s.until(39)
    assert s.get("pods", "web") is not None
    s.until(41)

    assert s.get("pods", "web") is None


def test_terminating_pods_of_a_node_out_of_service_are_ended(stage):
    s = stage(PodGC())
    s.put(make_node("n1", ready="Unknown", taints=[OUT]), make_node("n2", taints=[OUT]))
    s.put(*(make_pod(f"{node}-{state}", node=node) for node in ("n1", "n2") for state in ("stays", "ends")))
    s.until(1)
    for node in ("n1", "n2"):
        s.delete("pods", f"{node}-ends")
    s.until(100)

    assert [pod["metadata"]["name"] for pod in s.list("pods")] == ["n1-stays", "n2-stays", "n2-ends"]


def test_finished_pods_above_the_threshold_go_evicted_and_oldest_first(stage):
    s = stage(PodGC(terminated_max=2))
    evicted = make_pod("evicted", phase="Failed", created=START + 9 * SECOND)
    s.put(
        make_pod("new", phase="Succeeded", created=START + 2 * SECOND),
        make_pod("old", phase="Failed", created=START),
        {**evicted, "status": {**evicted["status"], "reason": "Evicted"}},
        make_pod("newer", phase="Succeeded", created=START + 3 * SECOND),
        make_pod("runs", node="", phase="Running"),
    )
    s.until(1)

    assert [pod["metadata"]["name"] for pod in s.list("pods")] == ["new", "newer", "runs"]


@pytest.mark.parametrize(("count", "threshold", "gone"), [(5, 5, 0), (6, 5, 1), (0, 5, 0)])
def test_only_the_surplus_goes(count, threshold, gone):
    assert len(surplus([make_pod(f"p{n}", phase="Failed") for n in range(count)], threshold)) == gone


def test_a_cluster_in_which_nothing_is_lost_plans_no_pass(stage):
    s = stage(PodGC())
    s.put(make_node("n1"), *(make_pod(f"p{n}", node="n1") for n in range(10)))
    s.until(50)

    assert s.agenda.next_due() is None


@given(st.integers(1, 50), st.lists(st.integers(0, 30), max_size=30))
def test_every_pass_is_on_the_grid_and_made_once(period, gaps):
    passes, now, made = Passes(period), 0, []
    passes.begin(0)
    for gap in gaps:
        now += gap
        if passes.due(now):
            made.append(now)
        assert passes.next(now) >= now
        assert passes.next(now) % period == 0

    assert made == sorted(set(made))
    assert all(moment % period == 0 for moment in made)
