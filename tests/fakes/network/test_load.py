"""Capacity, queues, warm-up, retries and calls between Services, as flows show them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.fakes.network.calls import Calls
from seatrial.fakes.network.capacity import MICRO, Fill, take, warmth
from seatrial.fakes.network.demands import Demand, demand_of
from seatrial.fakes.network.retries import attempts, lasting
from seatrial.fakes.network.shares import UNIT, in_ppm, split
from seatrial.harness.kernel.time import SECOND, START

Town = Any


def test_pods_that_are_asked_for_more_than_they_can_take_turn_the_rest_away(town: Town) -> None:
    town.service("web", "a1 b1 c1", pods={"capacity": "80"})
    town.run()

    # 300 requests a second over three pods of 80.
    assert town.flow("web", "a")["failed"] == {"overloaded": 200_000}


def test_losing_a_zone_may_overload_the_others(town: Town) -> None:
    town.service("web", "a1 b1 c1", pods={"capacity": "90"}, annotations={"rate": "90"})
    town.run()
    assert town.flow("web", "b")["failed"] == {}

    town.service("api", "a1 b1 c1", pods={"capacity": "50"}, annotations={"rate": "40"})
    town.run()
    town.slice("api", unready=(0, 1))
    town.run()

    # 120 requests a second for one pod of 50.
    assert town.flow("api", "b")["failed"] == {"overloaded": 583_333}


def test_a_queue_puts_the_overload_off_and_makes_requests_wait(town: Town) -> None:
    town.service("web", "a1", pods={"capacity": "200", "queue": "300"})
    town.run(2)
    assert town.flow("web", "a")["failed"] == {}

    town.run(1)
    # 100 requests too many each second have filled the 300 after three seconds.
    assert town.flow("web", "a")["failed"] == {"overloaded": 333_333}
    assert town.flow("web", "a")["latency"] == "very-slow"


def test_a_queue_that_outlasts_the_clients_patience_serves_nobody(town: Town) -> None:
    town.service("web", "a1", pods={"capacity": "100", "queue": "1000"}, annotations={"timeout": "2s"})
    town.run(20)

    # 200 waiting are two seconds of work: who is served has gone; who does not fit is turned away.
    assert set(town.flow("web", "a")["failed"]) == {"timeout", "overloaded"}
    assert town.flow("web", "a")["served_ppm"] == 0


def test_a_queue_drains_when_the_load_goes_and_then_all_is_well(town: Town) -> None:
    town.service("web", "a1", pods={"capacity": "250", "queue": "1000"})
    town.run(60)
    assert town.flow("web", "a")["failed"]

    town.kill("c1")
    town.run(3)
    # 1000 waiting drain at 50 a second: under four seconds of work is soon normal, under five nobody gives up.
    assert town.flow("web", "a")["failed"] == {}
    assert town.flow("web", "a")["latency"] == "very-slow"
    town.run(30)
    assert town.flow("web", "a")["latency"] == "normal"
    assert town.agenda.next_due() is None


def test_a_pod_that_has_just_started_takes_less(town: Town) -> None:
    town.service("web", "a1", pods={"capacity": "300", "warm-up": "40s"})
    town.run(1)

    def served() -> list[tuple[int, int]]:
        return [
            ((record.time - START) // SECOND, record.new["served_ppm"])
            for record in town.flows()
            if record.key.name == "web@a" and record.new
        ]

    town.run(60)
    assert served() == [(0, 200_000), (10, 400_000), (20, 600_000), (30, 800_000), (40, 1_000_000)]


def test_retries_hide_failures_while_others_are_alive(town: Town) -> None:
    town.service("web", "a1 b1", annotations={"retries": "2"})
    town.run()
    town.kill("a1")
    town.run(0)

    # Half of the connections fail; only requests whose three tries all met the dead node do.
    assert town.flow("web", "b")["failed"] == {"dead-node": 125_000}
    town.run(1)
    assert town.flow("web", "b")["attempts_ppm"] == 1_750_000


def test_a_retry_storm_keeps_a_service_down_that_could_serve_the_plain_load(town: Town) -> None:
    town.service("web", "a1 b1 c1", pods={"capacity": "110"}, annotations={"retries": "3", "back-off": "1s"})
    town.run(5)
    assert town.flow("web", "a")["failed"] == {}

    town.slice("web", unready=(0,))
    town.run(30)
    stormy = town.flow("web", "a")
    assert stormy["attempts_ppm"] > 1_300_000
    # The plain load alone would have lost 27 % of its connections.
    assert stormy["failed"]["overloaded"] > 20_000

    town.slice("web")
    town.run(30)
    assert town.flow("web", "a")["failed"] == {}


def test_with_a_queue_the_storm_outlives_its_cause(town: Town) -> None:
    """Metastable: all pods are back, yet the retries of clients that gave up waiting keep every queue too long."""
    town.service(
        "web",
        "a1 b1 c1",
        pods={"capacity": "120", "queue": "2000"},
        annotations={"retries": "3", "back-off": "1s", "timeout": "2s"},
    )
    town.run(60)
    assert town.flow("web", "a")["failed"] == {}

    town.slice("web", unready=(0, 1))
    town.run(60)
    town.slice("web")
    town.run(600)

    assert town.flow("web", "a")["served_ppm"] == 0


def test_a_request_that_needs_another_service_fails_with_it(town: Town) -> None:
    town.service("db", "a1 b1", annotations={"rate": "0"})
    town.service("web", "a1 b1 c1", annotations={"depends-on": "svc/db"})
    town.run()
    assert town.flow("web", "c")["failed"] == {}
    assert town.flow("web", "c")["calls"] == ["default/db"]

    town.kill("a1")
    town.slice("web", unready=(0,))
    town.run()
    assert town.flow("web", "c")["failed"] == {"dependency": 500_000}


def test_a_service_that_only_others_call_is_asked_from_their_pods_zones(town: Town) -> None:
    town.service("db", "b1", annotations={"rate": "0"})
    town.service("web", "a1", annotations={"depends-on": "svc/db"})
    town.run()

    assert town.flow("db", "a")["rate"] == 300
    assert town.flow("db", "b") is None


def test_the_load_of_callers_can_overload_what_they_call(town: Town) -> None:
    town.service("db", "b1", annotations={"rate": "0"}, pods={"capacity": "150"})
    town.service("web", "a1 b1 c1", annotations={"depends-on": "svc/db"})
    town.run()

    assert town.flow("db", "a")["failed"] == {"overloaded": 500_000}
    assert town.flow("web", "a")["failed"] == {"dependency": 500_000}


def test_chains_and_diamonds_fail_once_for_each_way(town: Town) -> None:
    town.service("db", "a1 b1")
    town.service("one", "c1", annotations={"depends-on": "svc/db"})
    town.service("two", "c1", annotations={"depends-on": "svc/db"})
    town.service("web", "c1", annotations={"depends-on": "svc/one, svc/two"})
    town.run()
    town.kill("a1")
    town.run()

    assert town.flow("one", "c")["failed"] == {"dependency": 500_000}
    assert town.flow("web", "c")["failed"] == {"dependency": 750_000}


def test_calls_in_a_circle_are_refused_with_a_note(town: Town) -> None:
    town.service("web", "a1", annotations={"depends-on": "svc/db"})
    town.service("db", "a1", annotations={"depends-on": "svc/web"})
    town.run()

    assert [text for text in town.notes() if "cycle" in text] == [
        "seatrial.dev/depends-on: default/db calls back: a cycle is not followed"
    ]
    assert town.flow("web", "a")["served_ppm"] == 1_000_000


def test_which_call_of_a_circle_is_left_out_does_not_depend_on_who_came_first() -> None:
    one, other = Calls(), Calls()
    web, db = ("x", "web"), ("x", "db")
    one.set(web, ["x/db"])
    one.set(db, ["x/web"])
    other.set(db, ["x/web"])
    other.set(web, ["x/db"])

    assert one.below(db) == other.below(db) == (web,)
    assert one.refused(web) == other.refused(web) == (db,)
    assert one.set(db, []) == (db, web)
    assert one.below(web) == (db,)


def test_a_call_to_a_service_without_flows_is_taken_as_answered(town: Town) -> None:
    town.service("web", "a1", annotations={"depends-on": "svc/db"})
    town.run()
    assert town.flow("web", "a")["served_ppm"] == 0

    town.service("db", "a1", cluster_ip="None")
    town.run()
    assert town.flow("web", "a")["served_ppm"] == 1_000_000


def test_a_call_to_a_service_that_does_not_exist_fails(town: Town) -> None:
    town.service("web", "a1", annotations={"depends-on": "svc/nope"})
    town.run()

    assert town.flow("web", "a")["failed"] == {"dependency": 1_000_000}


def test_slow_names_slow_every_request_and_lost_ones_fail_it(town: Town) -> None:
    town.service("web", "a1")
    town.run()
    town.links.degrade("*", "dns", "t", delay=2 * SECOND, loss=100_000)
    town.run()

    assert town.flow("web", "a")["failed"] == {"dns": 100_000}
    assert town.flow("web", "a")["latency"] == "very-slow"

    town.links.degrade("*", "dns", "t", delay=5 * SECOND)
    town.run()
    assert town.flow("web", "a")["failed"] == {"dns": 1_000_000}


def test_what_cannot_be_read_is_told_once_and_counts_as_unsaid(town: Town) -> None:
    town.service("web", "a1", annotations={"rate": "lots", "depends-on": "db", "timeout": "3"})
    town.run()
    town.tell("a1")
    town.run()

    assert len(town.notes()) == 3
    assert "seatrial.dev/rate: 'lots' is not a whole number" in town.notes()
    assert town.flow("web", "a")["rate"] == 100


def test_a_changed_annotation_counts_from_then_on(town: Town) -> None:
    town.service("web", "a1")
    town.run()
    pod = town.pods["default", "web"][0]
    town.put({**pod, "metadata": {**pod["metadata"], "annotations": {"seatrial.dev/capacity": "30"}}})
    town.run()

    assert town.flow("web", "a")["failed"] == {"overloaded": 900_000}


def test_the_services_own_annotation_wins_over_its_pods() -> None:
    demand, complaints = demand_of(
        "x", {"seatrial.dev/rate": "5"}, {"seatrial.dev/rate": "9", "seatrial.dev/queue": "2"}
    )

    assert (demand.rate, demand.queue, complaints) == (5, 2, ())


def test_services_of_other_namespaces_can_be_called() -> None:
    demand, _ = demand_of("shop", {"seatrial.dev/depends-on": "svc/db, service/cache.infra"}, {})

    assert demand.depends_on == ("shop/db", "infra/cache")


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**6), min_size=1, max_size=9).filter(any))
def test_a_split_adds_up_and_is_fair_to_one(total: int, weights: list[int]) -> None:
    parts = split(total, weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


@given(
    st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, UNIT), min_size=1).filter(lambda d: any(d.values()))
)
def test_parts_per_million_add_up_to_a_million(parts: dict[str, int]) -> None:
    assert sum(in_ppm(parts).values()) == 1_000_000


@given(st.integers(0, UNIT), st.integers(0, 6))
def test_retries_never_make_more_requests_fail_nor_fewer_connections(failing: int, retries: int) -> None:
    assert lasting(failing, retries) <= failing
    assert UNIT <= attempts(failing, retries) <= (retries + 1) * UNIT


@given(st.integers(1, 500), st.integers(0, 500), st.integers(0, 2000), st.integers(0, 2000), st.integers(1, 20))
def test_a_pod_answers_for_every_request_that_reaches_it(
    capacity: int, load: int, queue: int, level: int, patience: int
) -> None:
    demand = Demand(capacity=capacity, queue=queue, timeout=patience * SECOND)
    fill = Fill(min(level, queue) * MICRO, START, 0)
    taken = take(demand, capacity * MICRO, load * MICRO, fill, START)

    assert taken.served + taken.overloaded + taken.late == UNIT
    assert min(taken.served, taken.overloaded, taken.late) >= 0
    assert taken.next is None or taken.next > 0
    if load <= capacity:
        assert taken.overloaded == 0


@given(st.integers(1, 300), st.integers(0, 600), st.integers(0, 900), st.integers(1, 9))
def test_a_queue_comes_to_rest_after_a_few_looks(capacity: int, load: int, queue: int, patience: int) -> None:
    demand = Demand(capacity=capacity, queue=queue, timeout=patience * SECOND)
    now, fill = START, None
    for _ in range(6):
        taken = take(demand, capacity * MICRO, load * MICRO, fill, now)
        fill = taken.fill
        if taken.next is None:
            break
        now += taken.next
    else:
        pytest.fail("the queue never comes to rest")


def test_a_warm_up_ends_exactly_when_it_should() -> None:
    demand = Demand(capacity=100, warm_up=7)
    now, steps = 0, []
    while True:
        capacity, after = warmth(demand, 0, now)
        steps.append((now, capacity // MICRO))
        if after is None:
            break
        now += after

    assert steps == [(0, 20), (2, 40), (4, 60), (6, 80), (7, 100)]


def test_an_app_may_never_come_up_under_the_load_that_it_can_bear(make_town: Any) -> None:
    def grown(town: Town) -> Town:
        town.service(
            "web",
            "a1 b1 c1",
            pods={"capacity": "120", "queue": "1000"},
            annotations={"retries": "3", "timeout": "2s"},
        )
        town.slice("web", unready=(1, 2))
        town.run(30)
        town.slice("web")
        town.run(60)
        return town

    assert grown(make_town()).flow("web", "a")["served_ppm"] == 0

    late = make_town(open=False)
    grown(late)
    assert late.flows() == []
    late.traffic.begin()
    late.run(60)
    assert late.flow("web", "a")["served_ppm"] == 1_000_000
