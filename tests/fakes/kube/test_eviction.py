"""Evictions: when a budget is asked, what it answers, and what it books."""

import pytest

from seatrial.harness.ports.kube import ApiError, NotFound, TooManyRequests

BUDGETS = "poddisruptionbudgets.policy"


def give_budget(server, name="b", *, allowed, healthy=1, desired=1, seen=1, **spec):
    server.kube.create(
        BUDGETS,
        "default",
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": name},
            "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "p"}}, **spec},
        },
    )
    status = {
        "disruptionsAllowed": allowed,
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "expectedPods": healthy,
        "observedGeneration": seen,
    }
    server.kube.patch(BUDGETS, "default", name, {"status": status}, subresource="status")


def test_an_eviction_within_the_budget_is_booked_and_marks_the_pod(server):
    server.running_pod()
    give_budget(server, allowed=1, healthy=2)
    server.kube.evict("default", "p")

    pod, status = server.kube.get("pods", "default", "p"), server.kube.get(BUDGETS, "default", "b")["status"]
    assert pod["metadata"]["deletionTimestamp"]
    assert [c["reason"] for c in pod["status"]["conditions"] if c["type"] == "DisruptionTarget"] == [
        "EvictionByEvictionAPI"
    ]
    assert status["disruptionsAllowed"] == 0
    assert list(status["disruptedPods"]) == ["p"]
    assert status["conditions"][0]["reason"] == "InsufficientPods"


def test_an_exhausted_budget_refuses_with_its_numbers(server):
    server.running_pod()
    give_budget(server, allowed=0)

    with pytest.raises(
        TooManyRequests, match="Cannot evict pod as it would violate the pod's disruption budget"
    ) as caught:
        server.kube.evict("default", "p")
    assert caught.value.details["causes"] == [
        {"reason": "DisruptionBudget", "message": "The disruption budget b needs 1 healthy pods and has 1 currently"}
    ]
    assert caught.value.retry_after == 0


def test_a_budget_that_nobody_has_looked_at_yet_asks_for_ten_seconds(server):
    server.running_pod()
    give_budget(server, allowed=5, seen=0)

    with pytest.raises(TooManyRequests) as caught:
        server.kube.evict("default", "p")
    assert caught.value.retry_after == 10
    assert "still being processed" in caught.value.details["causes"][0]["message"]


def test_two_budgets_over_one_pod_are_an_error_of_the_server(server):
    server.running_pod()
    give_budget(server, "one", allowed=5)
    give_budget(server, "two", allowed=5)

    with pytest.raises(ApiError) as caught:
        server.kube.evict("default", "p")
    assert caught.value.code == 500


def test_pods_that_serve_nobody_need_no_budget(server):
    give_budget(server, allowed=0)
    server.kube.create("pods", "default", server.pod("pending"))
    server.kube.evict("default", "pending")

    assert server.store.get("pods", "default", "pending") is None


@pytest.mark.parametrize(
    ("policy", "healthy", "gone"),
    [("IfHealthyBudget", 1, True), ("IfHealthyBudget", 0, False), ("AlwaysAllow", 0, True)],
)
def test_an_unhealthy_pod_follows_the_budgets_policy(server, policy, healthy, gone):
    server.running_pod(ready=False)
    give_budget(server, allowed=0, healthy=healthy, unhealthyPodEvictionPolicy=policy)

    if gone:
        server.kube.evict("default", "p")
    else:
        with pytest.raises(TooManyRequests):
            server.kube.evict("default", "p")
    assert ("deletionTimestamp" in server.kube.get("pods", "default", "p")["metadata"]) is gone
    assert "disruptedPods" not in server.kube.get(BUDGETS, "default", "b")["status"]


def test_a_dry_run_books_nothing(server):
    server.running_pod()
    give_budget(server, allowed=1, healthy=2)
    server.kube.evict("default", "p", dry_run=True)

    assert server.kube.get(BUDGETS, "default", "b")["status"]["disruptionsAllowed"] == 1
    assert "deletionTimestamp" not in server.kube.get("pods", "default", "p")["metadata"]


def test_an_eviction_of_nothing_is_not_found(server):
    with pytest.raises(NotFound):
        server.kube.evict("default", "ghost")
