from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.fakes.network.links import Links


class Ear:
    def __init__(self) -> None:
        self.heard = 0

    def links_changed(self) -> None:
        self.heard += 1


@pytest.fixture
def links() -> Links:
    made = Links()
    for zone in "abc":
        for number in (1, 2):
            made.locate(f"node/{zone}{number}", zone)
    made.set_etcd(("a", "b", "c"))
    return made


def isolate(links: Links, zone: str, token: str = "t") -> None:
    links.cut(f"zone/{zone}", "*", token)
    links.cut("*", f"zone/{zone}", token)


def test_with_nothing_cut_every_way_is_open(links: Links) -> None:
    assert links.exchange("node/a1", "node/b1")
    assert links.exchange("node/a1", "api")
    assert links.calm


def test_a_cut_is_directional(links: Links) -> None:
    links.cut("node/a1", "api", "t")

    assert not links.open("node/a1", "api")
    assert links.open("api", "node/a1")
    assert not links.exchange("api", "node/a1")
    assert links.open("node/a2", "api")


def test_a_zone_that_is_cut_off_is_whole_within(links: Links) -> None:
    isolate(links, "a")

    assert links.exchange("node/a1", "node/a2")
    assert links.exchange("zone/a", "node/a2")
    for other in ("node/b1", "zone/b", "api", "control-plane", "outside", "registry"):
        assert not links.open("node/a1", other)
        assert not links.open(other, "node/a1")
    assert links.exchange("node/b1", "node/c1")


def test_a_zone_that_is_cut_off_still_resolves_names_unless_dns_itself_is_cut(links: Links) -> None:
    isolate(links, "a")
    assert links.exchange("zone/a", "dns")
    assert links.exchange("node/a1", "dns")

    links.cut("zone/a", "dns", "t")
    assert not links.exchange("zone/a", "dns")
    assert links.exchange("zone/b", "dns")


def test_a_node_cut_from_everything_does_not_reach_its_neighbours_either(links: Links) -> None:
    links.cut("node/a1", "*", "t")

    assert not links.open("node/a1", "node/a2")
    assert not links.open("node/a1", "zone/a")
    assert links.open("node/a2", "node/a1")


def test_overlapping_cuts_heal_independently(links: Links) -> None:
    links.cut("zone/a", "zone/b", "one")
    links.cut("zone/a", "zone/b", "two")
    links.join("zone/a", "zone/b", "one")

    assert not links.open("node/a1", "node/b1")

    links.join("zone/a", "zone/b", "one")
    assert not links.open("node/a1", "node/b1")

    links.join("zone/a", "zone/b", "two")
    assert links.open("node/a1", "node/b1")
    assert links.calm


def test_a_shut_door_lets_nobody_in_or_out(links: Links) -> None:
    links.shut("api", "t")

    assert not links.open("control-plane", "api")
    assert not links.open("api", "etcd")

    links.reopen("api", "t")
    assert links.open("control-plane", "api")


def test_one_member_of_three_may_be_lost_and_two_may_not(links: Links) -> None:
    links.stop_etcd("one", zone="a")
    assert links.open("api", "etcd")

    links.stop_etcd("two", zone="b")
    assert not links.open("api", "etcd")
    assert links.open("control-plane", "api")

    links.start_etcd("one")
    assert links.open("api", "etcd")


def test_members_that_cannot_reach_a_majority_do_not_count(links: Links) -> None:
    isolate(links, "a", "one")
    assert links.quorum

    isolate(links, "b", "two")
    assert not links.quorum

    links.join("zone/b", "*", "two")
    assert not links.quorum
    links.join("*", "zone/b", "two")
    assert links.quorum


def test_a_cut_in_a_chain_leaves_a_leader_in_the_middle(links: Links) -> None:
    links.cut("zone/a", "zone/c", "t")

    assert links.quorum


def test_two_members_in_one_zone_go_together(links: Links) -> None:
    links.set_etcd(("a", "a", "b"))
    isolate(links, "b")
    assert links.quorum

    links.stop_etcd("two", zone="a")
    assert not links.quorum


def test_a_majority_or_all_members_can_be_taken(links: Links) -> None:
    links.stop_etcd("t")
    assert not links.quorum

    links.start_etcd("t")
    assert links.quorum


def test_loss_and_delay_add_up_over_overlapping_harms(links: Links) -> None:
    links.degrade("zone/a", "*", "one", loss=100_000, delay=5)
    links.degrade("zone/a", "zone/b", "two", loss=500_000, delay=7)

    assert links.grade("node/a1", "node/b1") == (550_000, 12)
    assert links.grade("node/b1", "node/a1") == (550_000, 12)
    assert links.grade("node/a1", "node/c1") == (100_000, 5)
    assert links.grade("node/a1", "node/a2") == (0, 0)
    assert links.loss("node/b1", "node/c1") == 0

    links.restore("zone/a", "*", "one")
    assert (links.loss("node/a1", "node/b1"), links.delay("node/a1", "node/b1")) == (500_000, 7)


def test_a_zone_may_be_bad_within(links: Links) -> None:
    links.degrade("zone/a", "zone/a", "t", loss=1)

    assert links.loss("node/a1", "node/a2") == 1
    assert links.loss("zone/a", "node/a2") == 1
    assert links.loss("node/a1", "node/b2") == 0


def test_names_slow_down_for_all(links: Links) -> None:
    links.degrade("*", "dns", "t", delay=9)

    assert links.delay("zone/b", "dns") == 9
    assert links.delay("zone/b", "api") == 0


def test_listeners_hear_each_change_once_and_none_without_one(links: Links) -> None:
    ear = Ear()
    links.subscribe(ear)
    links.cut("node/a1", "api", "t")
    links.join("node/a1", "api", "other")
    links.restore("node/a1", "api", "t")
    links.reopen("api", "t")
    links.start_etcd("t")

    assert ear.heard == 1

    links.hold()
    isolate(links, "a")
    links.stop_etcd("t", zone="a")
    assert ear.heard == 1
    links.release()
    assert ear.heard == 2

    links.touch()
    assert ear.heard == 3


def test_listeners_hear_in_the_order_of_their_subscription(links: Links) -> None:
    heard: list[str] = []

    class Named:
        def __init__(self, name: str) -> None:
            self.name = name

        def links_changed(self) -> None:
            heard.append(self.name)

    for name in ("second", "first", "third"):
        links.subscribe(Named(name))
    links.touch()

    assert heard == ["second", "first", "third"]


def test_places_that_a_harm_names_are_singled_out(links: Links) -> None:
    links.cut("node/a1", "api", "t")
    links.cut("zone/b", "api", "t")

    assert links.singled == {"node/a1"}


def test_links_survive_pickling(links: Links) -> None:
    isolate(links, "a")
    other = pickle.loads(pickle.dumps(links))
    other.join("zone/a", "*", "t")

    assert other.open("node/a1", "api")
    assert not links.open("node/a1", "api")


PLACES = ("node/a1", "node/a2", "node/b1", "zone/a", "zone/b", "api", "*")
CHANGES = st.lists(
    st.tuples(st.booleans(), st.sampled_from(PLACES), st.sampled_from(PLACES), st.sampled_from("xy")), max_size=12
)


@given(CHANGES)
def test_any_history_of_cuts_leaves_exactly_those_not_taken_back(changes: list[tuple[bool, str, str, str]]) -> None:
    links = Links()
    for name in ("a1", "a2", "b1"):
        links.locate(f"node/{name}", name[0])
    held: set[tuple[str, str, str]] = set()
    for cuts, source, target, token in changes:
        if cuts:
            links.cut(source, target, token)
            held.add((source, target, token))
        else:
            links.join(source, target, token)
            held.discard((source, target, token))
        links.open("node/a1", "node/b1")  # fills the memory that the next change must clear

    def spellings(place: str, other: str) -> set[str]:
        zone = place.removeprefix("node/")[0] if place.startswith("node/") else place.removeprefix("zone/")
        return {place, f"zone/{zone}"} if place != "api" else {place}

    def cut(source: str, target: str) -> bool:
        def zone(place: str) -> str:
            return "" if place == "api" else place.split("/")[1][0]

        for one, other, _ in held:
            if one == "*" and other == "*":
                continue
            from_here = one in spellings(source, target) or (
                one == "*" and (zone(source) != zone(target) or other.startswith("node/"))
            )
            to_there = other in spellings(target, source) or (
                other == "*" and (zone(source) != zone(target) or one.startswith("node/"))
            )
            if from_here and to_there and source != target:
                return True
        return False

    concrete = [place for place in PLACES if place != "*"]
    for source in concrete:
        for target in concrete:
            assert links.open(source, target) is not cut(source, target), (source, target, held)
