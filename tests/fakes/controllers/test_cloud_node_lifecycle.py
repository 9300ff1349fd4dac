"""Cloud node lifecycle: terminated and stopped machines."""

import pytest

from seatrial.fakes.controllers.cloud_node_lifecycle import CloudNodeLifecycle, decide
from seatrial.harness.testing.builders import make_node

SHUTDOWN = {"key": "node.cloudprovider.kubernetes.io/shutdown", "effect": "NoSchedule"}


def machine(stage, node, state):
    stage.store.post("machines", {"metadata": {"name": node}, "state": state})


def test_the_node_of_a_terminated_machine_goes_in_the_next_pass_once_it_is_not_ready(stage):
    s = stage(CloudNodeLifecycle())
    s.put(make_node("n1"), make_node("n2"))
    machine(s, "n1", "terminated")
    s.until(42)
    assert s.get("nodes", "n1", "") is not None
    s.put(make_node("n1", ready="Unknown"))
    s.until(46)

    assert s.get("nodes", "n1", "") is None
    assert s.events() == [
        (45.009, "nodes/n1", "Deleting node n1 because it does not exist in the cloud provider"),
    ]


def test_the_node_of_a_stopped_machine_is_tainted_until_it_is_ready_again(stage):
    s = stage(CloudNodeLifecycle())
    s.put(make_node("n1"))
    machine(s, "n1", "stopped")
    s.put(make_node("n1", ready="Unknown"))
    s.until(6)
    assert s.get("nodes", "n1", "")["spec"]["taints"] == [SHUTDOWN]
    machine(s, "n1", "running")
    s.until(12)
    assert s.get("nodes", "n1", "")["spec"]["taints"] == [SHUTDOWN]
    s.change("nodes", "n1", "", status={"conditions": [{"type": "Ready", "status": "True"}]})
    s.until(20)

    assert "taints" not in s.get("nodes", "n1", "")["spec"]


@pytest.mark.parametrize("state", ["running", "stopped", "terminated"])
def test_a_ready_node_is_left_alone_whatever_its_machine(state):
    assert decide(make_node("n1"), state) == ()


def test_a_node_of_no_machine_is_left_alone(stage):
    s = stage(CloudNodeLifecycle())
    s.put(make_node("n1", ready="Unknown"))
    s.until(100)

    assert s.writes() == []
