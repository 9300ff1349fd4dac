from __future__ import annotations

import pickle
from typing import Any

from seatrial.harness.kernel.time import SECOND
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import WatchEvent

Town = Any


def test_requests_to_pods_that_serve_are_all_answered(town: Town) -> None:
    town.service("web", "a1 b1 c1")
    town.run()

    flow = town.flow("web", "a")

    assert flow == {
        "service": "web",
        "zone": "a",
        "kind": "tcp",
        "rate": 100,
        "served_ppm": 1_000_000,
        "failed": {},
        "endpoints": 3,
        "to": {"a": 333_334, "b": 333_333, "c": 333_333},
        "latency": "normal",
    }


def test_until_a_lost_zone_is_noticed_its_share_of_requests_times_out(town: Town) -> None:
    town.service("web", "a1 b1 c1")
    town.run()
    town.stop_zone("a")
    town.run()

    assert town.flow("web", "b")["failed"] == {"dead-node": 333_333}
    assert town.flow("web", "b")["served_ppm"] == 666_667


def test_clients_in_a_dead_zone_send_nothing(town: Town) -> None:
    town.service("web", "a1 b1")
    town.run()
    town.stop_zone("a")
    town.run()

    assert town.flow("web", "a") is None


def test_once_the_slice_leaves_dead_pods_out_all_is_well_again(town: Town) -> None:
    town.service("web", "a1 b1 c1")
    town.run()
    town.stop_zone("a")
    town.run()
    town.slice("web", unready=(0,))
    town.run()

    assert town.flow("web", "b")["served_ppm"] == 1_000_000
    assert town.flow("web", "b")["endpoints"] == 2


def test_a_service_whose_pods_are_all_gone_fails_as_without_endpoints(town: Town) -> None:
    town.service("web", "a1 a1")
    town.slice("web", unready=(0, 1))
    town.run()

    assert town.flow("web", "b")["failed"] == {"no-endpoints": 1_000_000}


def test_a_process_that_died_on_a_living_node_refuses(town: Town) -> None:
    town.service("web", "a1 b1")
    town.run()
    town.machines.gone.add(town.uid("web", 0))
    town.tell("a1")
    town.run()

    assert town.flow("web", "c")["failed"] == {"refused": 500_000}


def test_a_cut_between_two_zones_is_felt_by_these_two_alone(town: Town) -> None:
    town.service("web", "a1 b1 c1")
    town.run()
    town.links.cut("zone/a", "zone/b", "t")
    town.run()

    assert town.flow("web", "a")["failed"] == {"cut-off": 333_333}
    assert town.flow("web", "b")["failed"] == {"cut-off": 333_333}
    assert town.flow("web", "c")["failed"] == {}


def test_a_lossy_zone_loses_its_share(town: Town) -> None:
    town.service("web", "a1 b1")
    town.run()
    town.links.degrade("zone/a", "*", "t", loss=100_000)
    town.run()

    assert town.flow("web", "c")["failed"] == {"link-loss": 50_000}


def test_nothing_is_written_while_nothing_changes(town: Town) -> None:
    town.service("web", "a1 b1")
    town.run(5)
    before = len(town.flows())
    town.tell("a1", "b1")
    town.links.touch()
    town.run(600)

    assert len(town.flows()) == before
    assert town.agenda.next_due() is None


def test_changes_of_one_instant_make_one_record_for_each_zone(town: Town) -> None:
    town.service("web", "a1 b1 c1")
    town.run(5)
    before = len(town.flows())
    town.machines.gone.update((town.uid("web", 0), town.uid("web", 1)))
    town.tell("a1", "b1")
    town.run()

    assert len(town.flows()) - before == 3


def test_services_without_a_flow_are_listed_with_the_reason(town: Town) -> None:
    town.service("db", "a1", cluster_ip="None")
    town.service("dns", "a1", ports=[{"port": 53, "protocol": "UDP"}])
    town.run()

    assert [text.partition(":")[2].split(":")[0].strip() for text in town.notes()] == ["headless", "no TCP port"]
    assert town.flows() == []


def test_a_removed_service_closes_its_flows(town: Town) -> None:
    town.service("web", "a1")
    town.run()
    old, _ = town.view.remove(Key("services", "default", "web"))
    town.traffic.on_event(WatchEvent(1, "DELETED", "services", old, None, 0))
    town.run()

    assert [town.flow("web", zone) for zone in "abc"] == [None, None, None]


def test_the_world_of_flows_survives_pickling(town: Town) -> None:
    town.service("web", "a1 b1 c1")
    town.run()
    other = pickle.loads(pickle.dumps(town))
    other.stop_zone("a")
    other.run()
    town.stop_zone("a")
    town.run()

    assert other.note.records == town.note.records


def test_traffic_that_has_not_begun_writes_nothing_and_then_all(town: Town) -> None:
    town.traffic._open = False
    town.service("web", "a1")
    town.run()

    assert town.flows() == []

    town.traffic.begin()
    town.run()

    assert town.flow("web", "a")["served_ppm"] == 1_000_000


def test_a_zone_without_pods_that_loses_power_sends_nothing_and_then_sends_again(town: Town) -> None:
    town.service("web", "a1")
    town.run()
    town.kill("c1")
    town.run()
    assert town.flow("web", "c") is None

    town.revive("c1")
    town.run()
    assert town.flow("web", "c")["served_ppm"] == 1_000_000


def test_a_client_node_that_dies_takes_its_own_view_along(large_town: Town) -> None:
    town = large_town
    town.service("web", "a1 b1")
    town.run()
    town.links.cut("node/c1", "node/a1", "t")
    town.run()
    assert town.flow("web", "c")["failed"] == {"cut-off": 166_667}

    town.kill("c2")
    town.run()
    assert town.flow("web", "c")["failed"] == {"cut-off": 250_000}


def test_a_pod_that_only_an_old_view_knows_is_watched_as_long_as_that_view_lasts(town: Town) -> None:
    town.service("web", "a1 b1")
    town.run()
    town.links.cut("zone/c", "api", "t")
    town.pods["default", "web"] = town.pods["default", "web"][1:]
    uid = town.view.get("pods", "default", "web-0")["metadata"]["uid"]
    town.slice("web")
    town.run()
    town.machines.gone.add(uid)
    town.tell("a1")
    town.run()
    assert town.flow("web", "c")["failed"] == {"refused": 500_000}

    town.links.join("zone/c", "api", "t")
    town.run()
    assert town.flow("web", "c")["failed"] == {}
    assert "a1" not in town.traffic._fates


def test_a_flow_has_the_record_of_the_change_as_its_cause(town: Town) -> None:
    town.service("web", "a1 b1")
    town.run()
    town.agenda.cause = 4711
    town.kill("a1")
    town.agenda.cause = 0
    town.run()

    assert {record.cause for record in town.flows()[-2:]} == {4711}


def test_a_way_slower_than_the_clients_patience_times_out(town: Town) -> None:
    town.service("web", "a1 b1")
    town.run()
    town.links.degrade("zone/a", "zone/c", "t", delay=5 * SECOND)
    town.run()

    assert town.flow("web", "c")["failed"] == {"timeout": 500_000}
    assert town.flow("web", "b")["failed"] == {}


def test_an_endpoint_that_moves_between_slices_is_watched_all_the_time(town: Town) -> None:
    town.service("web", "a1 b1")
    town.run()
    first = town.view.get("endpointslices.discovery.k8s.io", "default", "web-x")
    copies = [{**endpoint} for endpoint in first["endpoints"]]
    town.put({**first, "metadata": {**first["metadata"], "name": "web-y"}, "endpoints": copies})
    town.run()
    town.put({**first, "endpoints": []})
    town.run()
    town.machines.gone.add(town.uid("web", 0))
    town.tell("a1")
    town.run()

    assert town.flow("web", "c")["failed"] == {"refused": 500_000}
