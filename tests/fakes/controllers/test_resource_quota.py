"""Resource quotas: counting anew."""

import pytest

from seatrial.fakes.controllers.resource_quota import ResourceQuotaController, decide, kinds_of
from seatrial.harness.kernel.time import SECOND, START
from seatrial.harness.testing.builders import make_object, make_pod, make_service


def a_quota(hard, name="quota", **spec):
    return {**make_object("v1", "ResourceQuota", name), "spec": {"hard": hard, **spec}, "status": {}}


def used(stage, name="quota"):
    return stage.get("resourcequotas", name)["status"]["used"]


@pytest.fixture
def s(stage):
    return stage(ResourceQuotaController())


def test_a_new_quota_learns_what_is_used(s):
    s.put(make_pod("a", requests={"cpu": "250m", "memory": "1Gi"}), make_pod("b", requests={"cpu": "1"}))
    s.put(a_quota({"pods": "10", "requests.cpu": "4", "memory": "8Gi", "services": "5", "count/configmaps": "9"}))
    s.until(1)

    quota = s.get("resourcequotas", "quota")
    assert quota["status"]["hard"] == quota["spec"]["hard"]
    assert quota["status"]["used"] == {
        "pods": "2",
        "requests.cpu": "1250m",
        "memory": "1Gi",
        "services": "0",
        "count/configmaps": "0",
    }


def test_pods_that_finish_or_go_are_no_longer_counted(s):
    s.put(make_pod("a", node="n"), make_pod("b", node="n"), make_pod("c"), a_quota({"pods": "10", "count/pods": "10"}))
    s.until(1)
    s.change("pods", "a", status={"phase": "Succeeded"})
    s.until(2)
    assert used(s) == {"pods": "2", "count/pods": "3"}
    s.remove("pods", "b")
    s.until(3)

    assert used(s) == {"pods": "1", "count/pods": "2"}


def test_a_pod_stuck_in_termination_is_counted_until_the_pass_after_its_grace(s):
    s.put(make_pod("a", node="n"), a_quota({"pods": "10"}))
    s.until(100)
    s.put(make_pod("a", node="n", deleted=START + 100 * SECOND))
    s.until(299)
    assert used(s) == {"pods": "1"}
    s.until(301)

    assert used(s) == {"pods": "0"}


def test_scopes_choose_the_pods(s):
    s.put(
        make_pod("best"),
        make_pod("burst", requests={"cpu": "1"}),
        make_pod("short", activeDeadlineSeconds=5),
        make_pod("vip", priorityClassName="high"),
    )
    s.put(
        a_quota({"pods": "9"}, "best-effort", scopes=["BestEffort"]),
        a_quota({"pods": "9"}, "terminating", scopes=["Terminating"]),
        a_quota(
            {"pods": "9"},
            "high",
            scopeSelector={
                "matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}],
            },
        ),
    )
    s.until(1)

    assert [used(s, name)["pods"] for name in ("best-effort", "terminating", "high")] == ["3", "1", "1"]


def test_a_service_that_goes_gives_its_node_ports_back(s):
    s.put(make_service("web", type="NodePort"), a_quota({"services": "5", "services.nodeports": "3"}))
    s.until(1)
    assert used(s) == {"services": "1", "services.nodeports": "1"}
    s.change("services", "web", spec={"type": "ClusterIP"})
    s.until(2)
    assert used(s) == {"services": "1", "services.nodeports": "0"}
    s.remove("services", "web")
    s.until(3)

    assert used(s) == {"services": "0", "services.nodeports": "0"}


def test_limits_that_change_are_taken_over_and_nothing_else_is_written(s):
    s.put(a_quota({"pods": "10"}))
    s.until(1)
    s.change("resourcequotas", "quota", spec={"hard": {"secrets": "3"}})
    s.until(2)
    assert used(s) == {"pods": "0", "secrets": "0"}
    count = len(s.writes("resourcequotas"))
    s.change("resourcequotas", "quota", metadata={"labels": {"a": "b"}})
    s.put(make_pod("elsewhere", namespace="n2"))
    s.remove("pods", "elsewhere", "n2")
    s.until(3)

    assert len(s.writes("resourcequotas")) == count


def test_quotas_count_against_quotas(s):
    s.put(a_quota({"resourcequotas": "3"}, "one"), a_quota({"resourcequotas": "3"}, "two"))
    s.until(1)
    assert used(s, "one") == {"resourcequotas": "2"}
    s.remove("resourcequotas", "two")
    s.until(2)

    assert used(s, "one") == {"resourcequotas": "1"}


def test_only_what_is_limited_is_counted():
    assert kinds_of(["requests.cpu", "count/deployments.apps", "count/widgets.example.com"]) == {
        "pods": ["requests.cpu"],
        "deployments.apps": ["count/deployments.apps"],
        "widgets.example.com": ["count/widgets.example.com"],
    }


def test_a_status_that_is_right_is_not_written():
    quota = a_quota({"pods": "10"})
    quota["status"] = {"hard": {"pods": "10"}, "used": {"pods": "1"}}

    assert decide(quota, {"pods": [make_pod()]}, START) == ()
