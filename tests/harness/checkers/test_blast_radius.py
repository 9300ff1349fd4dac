from __future__ import annotations

from typing import Any

from seatrial.harness.checkers.blast_radius import BlastRadius
from seatrial.harness.ports.checker import Standing, Verdict
from seatrial.harness.testing.histories import Entry, at_second, fault_healed, flow, inject, judge, storm

LOSS = inject("zone-loss", touched=("zone/a",))
EVEN = {"us-east-1a": "33.3334", "us-east-1b": "33.3333", "us-east-1c": "33.3333"}


def web(zone: str, at: float = -30, failed: str = "0", cause: str = "dead-node", **more: Any) -> Entry:
    lost = {} if failed == "0" else {cause: failed}
    return flow("web", zone=f"us-east-1{zone}", at=at, to=EVEN, failed=lost, **more)


def test_failures_as_large_as_the_lost_zones_share_hold() -> None:
    (found,) = judge(BlastRadius(), web("a"), web("b"), web("c"), storm(), LOSS, web("b", 1, "33.3334"))

    assert found.verdict is Verdict.HELD
    assert "33.3% went to zone a" in found.seen


def test_failures_beyond_the_lost_zones_share_are_broken_with_moment_and_numbers() -> None:
    (found,) = judge(
        BlastRadius(), web("b"), storm(), LOSS, web("b", 1, "33.3334"), web("b", 9, "60", "overloaded"), web("b", 40)
    )

    assert found.verdict is Verdict.BROKEN
    assert found.moment == at_second(9)
    assert found.seen == ("60% of requests from zone b failed (overloaded) from +9s to +40s; only 33.3% went to zone a")
    assert "cannot carry the load" in found.advice


def test_clients_of_the_lost_zone_do_not_count() -> None:
    (found,) = judge(BlastRadius(), web("a"), web("b"), storm(), LOSS, web("a", 1, "100"), web("b", 1, "33.3"))

    assert found.verdict is Verdict.HELD


def test_where_traffic_stays_in_its_zone_living_zones_must_not_fail_at_all() -> None:
    home = {"us-east-1b": 100}
    (found,) = judge(
        BlastRadius(),
        flow("web", zone="us-east-1b", to=home),
        storm(),
        LOSS,
        flow("web", zone="us-east-1b", at=1, to=home, failed={"refused": 1}),
    )

    assert found.verdict is Verdict.BROKEN
    assert "only 0% went to zone a" in found.seen


def test_a_call_that_goes_to_the_lost_zone_counts_as_the_request_that_makes_it() -> None:
    half = {"us-east-1a": 50, "us-east-1b": 50}
    history = (
        flow("web", zone="us-east-1b", to=half, calls=("default/db",)),
        flow("db", zone="us-east-1b", to=half),
        storm(),
        LOSS,
    )

    found = judge(BlastRadius(), *history, flow("web", zone="us-east-1b", at=1, to=half, failed={"dead-node": 75}))
    assert [one.verdict for one in found] == [Verdict.HELD, Verdict.HELD]
    found = judge(BlastRadius(), *history, flow("web", zone="us-east-1b", at=1, to=half, failed={"dead-node": 76}))
    assert [one.verdict for one in found] == [Verdict.HELD, Verdict.BROKEN]


def test_what_fails_after_the_window_is_not_judged_here() -> None:
    (found,) = judge(BlastRadius(), web("b"), storm(), LOSS, web("b", 1, "33"), web("b", 120, "100"))

    assert found.verdict is Verdict.HELD


def test_a_second_zone_adds_its_share() -> None:
    history = (web("c"), storm(), LOSS, web("c", 1, "33.3"), inject("zone-loss", at=20, touched=("zone/b",), name="2"))

    assert judge(BlastRadius(), *history, web("c", 21, "66.6"))[0].verdict is Verdict.HELD
    assert judge(BlastRadius(), *history, web("c", 21, "66.8"))[0].verdict is Verdict.BROKEN


def test_a_zone_that_has_healed_is_not_lost_any_more() -> None:
    history = (
        web("c"),
        storm(),
        LOSS,
        fault_healed("zone-loss", at=300),
        inject("zone-loss", at=400, touched=("zone/b",), name="2"),
    )
    only_b = {"us-east-1a": 50, "us-east-1c": 50}

    (found,) = judge(
        BlastRadius(), *history, flow("web", zone="us-east-1c", at=401, to=only_b, failed={"dead-node": 40})
    )

    assert found.verdict is Verdict.BROKEN


def test_a_run_without_a_zone_loss_has_nothing_to_promise() -> None:
    (found,) = judge(BlastRadius(), web("b"), storm(), inject("api-down", touched=("api",)))

    assert found.standing is Standing.NOT_APPLICABLE


def test_a_zone_loss_without_any_flow_is_unknown() -> None:
    (found,) = judge(BlastRadius(), storm(), LOSS)

    assert found.verdict is Verdict.UNKNOWN


def test_what_failed_before_for_other_reasons_does_not_count() -> None:
    history = (web("b", -20, "5", "link-loss"), storm(), LOSS)

    assert judge(BlastRadius(), *history, web("b", 1, "38.3"))[0].verdict is Verdict.HELD
    assert judge(BlastRadius(), *history, web("b", 1, "38.4"))[0].verdict is Verdict.BROKEN


def test_where_everything_went_to_the_lost_zone_there_was_nothing_to_keep() -> None:
    all_there = {"us-east-1a": 100}
    (found,) = judge(
        BlastRadius(),
        flow("web", zone="us-east-1b", to=all_there),
        storm(),
        LOSS,
        flow("web", zone="us-east-1b", at=1, to=all_there, failed={"dead-node": 100}),
    )

    assert (found.verdict, found.standing) == (Verdict.HELD, Standing.NOT_EXERCISED)
    assert found.seen == "at most 100% of requests failed; 100% went to zone a"


def test_what_begins_in_the_window_is_judged_to_its_end() -> None:
    (found,) = judge(BlastRadius(), web("b"), storm(), LOSS, web("b", 100, "60", "overloaded"), web("b", 500))

    assert "failed (overloaded) from +1m40s to +2m" in found.seen
