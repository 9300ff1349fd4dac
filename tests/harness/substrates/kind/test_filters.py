"""Which packet filters close a way."""

import pytest

from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.substrates.kind.filters import Rule, ways

ADDRESSES = {
    name: (f"10.0.0.{number}", f"10.244.{number}.0/24") for number, name in enumerate(("cp", "a1", "b1", "b2"))
}


class Ground:
    control_plane = "cp"
    nodes = ("cp", "a1", "b1", "b2")

    def in_zone(self, zone):
        return tuple(node for node in self.nodes if node.startswith(zone) and node != "cp")


def closed(*way):
    return sorted({(rule.match[1], rule.node) for rule in ways(Ground(), ADDRESSES, *way, "t")})


def test_a_rule_is_named_by_its_injury_and_taken_away_by_the_words_that_made_it():
    rule = Rule("a1", "INPUT", ("-s", "10.0.0.2"), "link-cut-1")

    assert rule.insert == (
        *("iptables", "-w", "5", "-I", "INPUT", "-s", "10.0.0.2"),
        *("-m", "comment", "--comment", "seatrial:link-cut-1", "-j", "DROP"),
    )
    assert [word for word in rule.insert if word != "-I"] == [word for word in rule.delete if word != "-D"]
    assert "-C" in rule.check


def test_forward_drops_what_the_target_takes_in_of_the_source_and_its_pods():
    assert closed("node/a1", "node/b1", "forward") == [("10.0.0.1", "b1"), ("10.244.1.0/24", "b1")]


def test_backward_is_forward_the_other_way_round():
    assert closed("node/a1", "node/b1", "backward") == closed("node/b1", "node/a1", "forward")


def test_both_ways_between_a_zone_and_the_api_server():
    assert {(source, node) for source, node in closed("zone/b", "api", "both") if "/" not in source} == {
        ("10.0.0.2", "cp"),
        ("10.0.0.3", "cp"),
        ("10.0.0.0", "b1"),
        ("10.0.0.0", "b2"),
    }


def test_everything_means_all_but_the_other_ends_own():
    assert {node for _, node in closed("zone/b", "*", "forward")} == {"cp", "a1"}


def test_what_is_routed_on_to_pods_is_dropped_as_well():
    assert {rule.chain for rule in ways(Ground(), ADDRESSES, "node/a1", "node/b1", "forward", "t")} == {
        "INPUT",
        "FORWARD",
    }


def test_a_place_that_is_no_node_is_not_supported():
    with pytest.raises(Unsupported, match="registry"):
        ways(Ground(), ADDRESSES, "zone/a", "registry", "both", "t")


def test_a_shut_door_refuses():
    assert Rule.shut("cp", 6443, "t").insert[-3:] == ("REJECT", "--reject-with", "tcp-reset")
