from __future__ import annotations

from typing import Any

from seatrial.fakes.network.endpoints import Endpoint, Memory, carries, endpoints_of
from seatrial.fakes.network.proxy import choose
from seatrial.harness.kernel.time import SECOND, START

Town = Any


def one(node: str, *, ready: bool = True, fallback: bool = False, zones: str = "", nodes: str = "") -> Endpoint:
    return Endpoint(
        "10.0.0.1", node, node[0], f"uid-{node}", f"pod-{node}", ready, fallback, tuple(zones), tuple(nodes.split())
    )


def nodes(chosen: Any) -> list[str]:
    return [endpoint.node for endpoint in chosen]


def test_only_ready_endpoints_get_new_connections() -> None:
    assert nodes(choose([one("a1"), one("b1", ready=False)], "a", "a1")) == ["a1"]


def test_with_no_ready_endpoint_those_that_serve_while_terminating_are_used() -> None:
    ending = one("b1", ready=False, fallback=True)

    assert nodes(choose([one("a1", ready=False), ending], "a", "a1")) == ["b1"]
    assert nodes(choose([one("a1"), ending], "a", "a1")) == ["a1"]


def test_zone_hints_are_followed_if_every_ready_endpoint_has_one_and_one_is_for_the_zone() -> None:
    hinted = [one("a1", zones="a"), one("b1", zones="b"), one("b2", zones="b")]

    assert nodes(choose(hinted, "b", "b1")) == ["b1", "b2"]
    assert nodes(choose(hinted, "c", "c1")) == ["a1", "b1", "b2"]
    assert nodes(choose([*hinted, one("c1")], "b", "b1")) == ["a1", "b1", "b2", "c1"]


def test_hints_of_endpoints_that_are_not_ready_do_not_count() -> None:
    assert nodes(choose([one("a1", zones="a"), one("b1", zones="b", ready=False)], "b", "b1")) == ["a1"]


def test_node_hints_come_before_zone_hints() -> None:
    hinted = [one("a1", zones="a", nodes="a1"), one("a2", zones="a", nodes="a2")]

    assert nodes(choose(hinted, "a", "a2")) == ["a2"]
    assert nodes(choose(hinted, "a", "a3")) == ["a1", "a2"]
    assert nodes(choose(hinted, "b", "b1")) == ["a1", "a2"]


def test_a_local_policy_keeps_to_the_node() -> None:
    both = [one("a1"), one("b1")]

    assert nodes(choose(both, "a", "a1", local=True)) == ["a1"]
    assert nodes(choose(both, "a", "a2", local=True)) == []
    ending = [one("a1", ready=False, fallback=True), one("b1")]
    assert nodes(choose(ending, "a", "a1", local=True)) == ["a1"]


def test_conditions_that_are_not_told_mean_what_the_api_says() -> None:
    piece = {
        "addressType": "IPv4",
        "ports": [{"name": "", "port": 80}],
        "endpoints": [{"addresses": ["1"]}, {"addresses": ["2"], "conditions": {"ready": False, "terminating": True}}],
    }
    found: Memory = {}
    endpoints_of(piece, {}, found)
    silent, ending = (endpoint for _, endpoint in found.values())

    assert (silent.ready, silent.fallback) == (True, False)
    assert (ending.ready, ending.fallback) == (False, True)


def test_a_slice_counts_for_the_services_family_and_port() -> None:
    piece = {"addressType": "IPv4", "ports": [{"name": "", "port": 80}]}

    assert carries(piece, "IPv4", "")
    assert not carries(piece, "IPv6", "")
    assert not carries(piece, "IPv4", "https")


def test_changes_are_programmed_at_once_and_then_once_a_second(town: Town) -> None:
    town.service("web", "a1 b1 c1")
    town.run(5)
    town.slice("web", unready=(0,))
    town.run(0)
    assert town.flow("web", "a")["endpoints"] == 2

    town.slice("web", unready=(0, 1))
    town.run(0)
    assert town.flow("web", "a")["endpoints"] == 2

    town.run(1)
    assert town.flow("web", "a")["endpoints"] == 1
    assert town.flows()[-1].time == START + 6 * SECOND


def test_a_zone_cut_from_the_api_keeps_its_old_view(town: Town) -> None:
    town.service("web", "a1 b1 c1")
    town.run()
    town.links.cut("zone/c", "api", "t")
    town.run()
    town.kill("a1")
    town.slice("web", unready=(0,))
    town.run()

    assert town.flow("web", "b")["failed"] == {}
    assert town.flow("web", "c")["failed"] == {"dead-node": 333_333}

    town.links.join("zone/c", "api", "t")
    town.run(0)
    assert town.flow("web", "c")["failed"] == {"dead-node": 333_333}
    town.run(1)
    assert town.flow("web", "c")["failed"] == {}


def test_one_node_cut_from_the_api_sees_its_own_past(large_town: Town) -> None:
    town = large_town
    town.service("web", "a1 b1")
    town.run()
    town.links.cut("node/c1", "api", "t")
    town.run()
    town.kill("a1")
    town.slice("web", unready=(0,))
    town.run()

    # One of three client nodes of zone c still sends half of its requests to the dead node.
    assert town.flow("web", "c")["failed"] == {"dead-node": 166_667}


def test_a_node_that_is_cut_off_again_before_it_has_listed_stays_behind(town: Town) -> None:
    town.service("web", "a1 b1")
    town.run()
    town.links.cut("zone/c", "api", "t")
    town.slice("web", unready=(0,))
    town.run()
    town.links.join("zone/c", "api", "t")
    town.links.cut("zone/c", "api", "u")
    town.run(5)

    assert town.flow("web", "c")["endpoints"] == 2


def test_a_dead_api_server_leaves_every_proxy_with_what_it_knows(town: Town) -> None:
    town.service("web", "a1 b1 c1")
    town.run()
    town.links.shut("api", "t")
    town.run()
    town.slice("web", unready=(1,))
    town.run()

    assert [town.flow("web", zone)["endpoints"] for zone in "abc"] == [3, 3, 3]


def test_losing_the_api_server_is_felt_even_if_no_flow_changes(town: Town) -> None:
    town.service("web", "a1 b1 c1")
    town.run()
    town.agenda.cause = 4711
    town.links.shut("api", "t")
    town.agenda.cause = 0
    town.run()
    town.links.reopen("api", "t")
    town.run()

    lost, back = [record for record in town.note.records if record.verb == "felt"]
    assert lost.cause == 4711
    assert lost.new["text"] == "kube-proxy on 3 nodes keeps what it knows: no way to the API server"
    assert back.new["text"] == "kube-proxy on 3 nodes has caught up"


def test_traffic_that_prefers_its_zone_stays_there(town: Town) -> None:
    town.service("web", "a1 b1 c1")
    town.slice("web", hints=True)
    town.run()

    assert town.flow("web", "b")["to"] == {"b": 1_000_000}
    town.stop_zone("a")
    town.run()
    assert town.flow("web", "b")["failed"] == {}


def test_traffic_that_prefers_its_node_mixes_the_nodes_of_a_zone(large_town: Town) -> None:
    town = large_town
    town.service("web", "a1 b1")
    town.slice("web", node_hints=True)
    town.run()

    # a1 keeps to its own pod; a2 and a3 have none and follow the zone's.
    assert town.flow("web", "a")["to"] == {"a": 1_000_000}
    assert town.flow("web", "c")["to"] == {"a": 500_000, "b": 500_000}


def test_a_local_policy_fails_on_nodes_without_a_pod(large_town: Town) -> None:
    town = large_town
    town.service("web", "a1 b1 b2 b3", internalTrafficPolicy="Local")
    town.run()

    assert town.flow("web", "a")["failed"] == {"no-endpoints": 666_667}
    assert town.flow("web", "b")["failed"] == {}
    assert town.flow("web", "c")["failed"] == {"no-endpoints": 1_000_000}


def test_the_last_pods_go_on_serving_while_they_terminate(town: Town) -> None:
    town.service("web", "a1 b1")
    town.slice("web", terminating=(0, 1))
    town.run()

    assert town.flow("web", "c")["served_ppm"] == 1_000_000


def test_a_kube_proxy_that_boots_lists_anew_and_does_not_remember(town: Town) -> None:
    town.service("web", "a1 b1")
    town.run()
    town.links.cut("zone/c", "api", "t")
    town.run()
    town.kill("c1")
    town.slice("web", unready=(0,))
    town.run()
    town.links.join("zone/c", "api", "t")
    town.run()
    town.revive("c1")
    town.run()

    assert town.flow("web", "c")["endpoints"] == 1
