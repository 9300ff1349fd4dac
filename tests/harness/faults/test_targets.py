from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrial.harness.faults.targets import choose_clusters, choose_nodes, choose_pods, choose_zones
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.streams import Stream

Yard = Any


def zones(yard: Yard, wanted: str, seed: int = 7) -> tuple[str, ...]:
    return choose_zones(yard, (1, 2), wanted, Stream(seed))


def nodes(yard: Yard, wanted: str, **where: str) -> list[str]:
    return [node.name for node in choose_nodes(yard, 1, wanted, Stream(7), **where)]


def pods(yard: Yard, wanted: str, **where: str) -> list[str]:
    return [pod.name for pod in choose_pods(yard, 1, wanted, Stream(7), **where)]


def test_a_zone_is_chosen_by_its_letter(yard: Yard) -> None:
    assert zones(yard, "b") == ("b",)
    assert zones(yard, "c, a") == ("c", "a")


def test_the_worst_zone_holds_most_pods_the_clusters_own_aside(yard: Yard) -> None:
    assert zones(yard, "worst") == ("b",)


def test_one_zone_depends_on_the_seed_alone(yard: Yard) -> None:
    drawn = {zones(yard, "one", seed) for seed in range(40)}

    assert drawn == {("a",), ("b",), ("c",)}
    assert zones(yard, "one", 3) == zones(yard, "one", 3)


def test_a_minority_is_the_most_that_is_less_than_half(yard: Yard) -> None:
    assert len(zones(yard, "minority")) == 1
    assert len(nodes(yard, "minority")) == 2


def test_shares_are_rounded_down_to_one_at_least(yard: Yard) -> None:
    assert len(nodes(yard, "50%")) == 3
    assert len(nodes(yard, "49.9999%")) == 2
    assert len(nodes(yard, "1%")) == 1
    assert len(nodes(yard, "100%")) == 6


def test_a_count_is_a_count(yard: Yard) -> None:
    assert len(nodes(yard, "4")) == 4


def test_nodes_are_chosen_within_zone_and_nodegroup(yard: Yard) -> None:
    assert nodes(yard, "all", zone="c") == ["c1", "c2"]
    assert nodes(yard, "all", zone="c", nodegroup="gpu") == ["c2"]


def test_a_control_plane_node_is_hit_only_by_its_name(yard: Yard) -> None:
    assert "cp" not in nodes(yard, "all")
    assert nodes(yard, "cp") == ["cp"]


def test_the_worst_node_holds_most_pods(yard: Yard) -> None:
    assert nodes(yard, "worst") == ["b1"]


def test_pods_are_chosen_by_workload_label_namespace_or_name(yard: Yard) -> None:
    assert pods(yard, "all", app="web") == ["db-0", "web-1", "web-2", "web-3"]
    assert pods(yard, "all", app="db") == ["db-0"]
    assert pods(yard, "all", app="app=web", zone="c") == ["web-3"]
    assert pods(yard, "web-2") == ["web-2"]
    assert pods(yard, "default/web-1,web-3") == ["web-1", "web-3"]
    assert len(pods(yard, "all", namespace="kube-system")) == 9


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("d", "there is no zone 'd'; the fleet has a, b, c"),
        ("a,x", "there is no zone 'x'"),
        ("0%", "a share lies above 0% and at most at 100%"),
        ("120%", "a share lies above 0%"),
        ("7", "there are 3: a, b, c"),
        ("0", "there are 3: a, b, c"),
        ("", "there is no zone"),
    ],
)
def test_a_zone_that_is_not_there_is_bad_input_that_names_what_is(yard: Yard, wanted: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        zones(yard, wanted)


def test_other_things_that_are_not_there_are_named_too(yard: Yard) -> None:
    with pytest.raises(BadInput, match="no nodegroup 'big'; the fleet has apps, gpu"):
        nodes(yard, "one", nodegroup="big")
    with pytest.raises(BadInput, match="no zone 'z'; the fleet has a, b, c"):
        nodes(yard, "one", zone="z")
    with pytest.raises(BadInput, match="there is no node 'n9'; the fleet has a1, a2, b1"):
        nodes(yard, "n9")
    with pytest.raises(BadInput, match="no bound pod matches app api; there are pods of default/db, default/web"):
        pods(yard, "one", app="api")
    with pytest.raises(BadInput, match="there is no cluster 3; the fleet has 1, 2"):
        choose_clusters(yard, 3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=st.text(alphabet="ab1,2%. ²allone", max_size=8) | st.text(max_size=5))
def test_any_text_is_a_choice_or_bad_input(yard: Yard, wanted: str) -> None:
    try:
        found = choose_nodes(yard, 1, wanted, Stream(1))
    except BadInput:
        return
    assert 0 < len(found) <= 7
