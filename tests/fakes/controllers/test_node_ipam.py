"""Node IPAM: ranges of pod addresses."""

from hypothesis import given
from hypothesis import strategies as st

from seatrial.fakes.controllers.node_ipam import NodeIpam, Ranges
from seatrial.harness.testing.builders import make_node


def ranges(stage):
    return {node["metadata"]["name"]: node["spec"].get("podCIDR") for node in stage.list("nodes")}


def test_each_node_gets_the_next_range(stage):
    s = stage(NodeIpam())
    s.put(make_node("n1"), make_node("n2"))
    s.until(1)

    assert ranges(s) == {"n1": "10.244.0.0/24", "n2": "10.244.1.0/24"}
    assert s.get("nodes", "n1", "")["spec"]["podCIDRs"] == ["10.244.0.0/24"]


def test_a_range_that_a_node_brings_is_nobody_elses(stage):
    s = stage(NodeIpam())
    own = make_node("own")
    s.put({**own, "spec": {"podCIDR": "10.244.0.0/24", "podCIDRs": ["10.244.0.0/24"]}}, make_node("n1"))
    s.until(1)

    assert ranges(s)["n1"] == "10.244.1.0/24"


def test_when_all_are_taken_the_node_is_told_and_a_later_one_gets_what_comes_back(stage):
    s = stage(NodeIpam("10.0.0.0/30", 31))
    s.put(make_node("n1"), make_node("n2"), make_node("n3"))
    s.until(1)
    assert ranges(s)["n3"] is None
    assert s.events() == [(0.0, "nodes/n3", "Node n3 status is now: CIDRNotAvailable")]
    s.remove("nodes", "n1", "")
    s.put(make_node("n4"))
    s.until(2)

    assert ranges(s)["n4"] == "10.0.0.0/31"


@given(st.lists(st.one_of(st.none(), st.integers(0, 7)), max_size=40))
def test_no_range_is_given_twice(steps):
    given_out, ours = [], Ranges("10.0.0.0/21", 24)
    for step in steps:
        if step is None:
            taken = ours.take()
            assert (taken is None) is (len(given_out) == 8)
            if taken is not None:
                assert taken not in given_out
                given_out.append(taken)
        elif step < len(given_out):
            ours.release(given_out.pop(step))
