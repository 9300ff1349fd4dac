from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path
from typing import Any

import pytest

import seatrial.harness.faults as package
from seatrial.harness.faults import FAULTS
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import SECOND
from seatrial.harness.ports.fault import Fault, Injury
from seatrial.harness.ports.levers import Call

Yard = Any

GIVEN: dict[str, dict[str, Any]] = {"link-cut": {"source": "zone/a", "target": "api"}}
HEALS_ITSELF = {"node-reboot", "pod-kill"}


def make(name: str, **words: Any) -> Fault:
    fault: Any = FAULTS[name]
    return fault(**{**GIVEN.get(name, {}), **words})  # type: ignore[no-any-return]


def inject(yard: Yard, name: str, seed: int = 1, **words: Any) -> Injury:
    return make(name, **words).inject(yard, Stream(seed))


def arguments(call: Call) -> dict[str, Any]:
    return dict(call.args)


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_fault_is_a_frozen_dataclass_under_its_own_name(name: str) -> None:
    fault = make(name)

    assert fault.name == name
    assert fault.needs
    assert (type(fault).__doc__ or "").strip()
    assert set(type(fault).HELP) == {field.name for field in dataclasses.fields(fault)}  # type: ignore[arg-type, attr-defined]
    with pytest.raises(dataclasses.FrozenInstanceError):
        fault.cluster = 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_fault_pulls_nothing_itself_and_says_what_it_touches(yard: Yard, name: str) -> None:
    injury = inject(yard, name)

    assert yard.pulled == []
    assert injury.what
    assert injury.touched
    assert injury.harm
    assert pickle.loads(pickle.dumps(injury)) == injury


@pytest.mark.parametrize("name", sorted(set(FAULTS) - HEALS_ITSELF))
def test_every_harm_has_a_heal_of_the_same_token(yard: Yard, name: str) -> None:
    injury = inject(yard, name)

    assert len(injury.heal) == len(injury.harm)
    for harm, heal in zip(injury.harm, injury.heal, strict=True):
        assert harm.cluster == heal.cluster
        assert arguments(harm)["token"] == arguments(heal)["token"]
        assert arguments(heal).items() <= arguments(harm).items()


@pytest.mark.parametrize("name", sorted(HEALS_ITSELF))
def test_what_comes_back_by_itself_has_no_heal(yard: Yard, name: str) -> None:
    assert inject(yard, name).heal == ()


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_the_same_draws_make_the_same_injury_and_others_another_token(yard: Yard, name: str) -> None:
    assert inject(yard, name, 5) == inject(yard, name, 5)
    assert arguments(inject(yard, name, 5).harm[0])["token"] != arguments(inject(yard, name, 6).harm[0])["token"]


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_of_one_cluster_leaves_the_others_alone(yard: Yard, name: str) -> None:
    if name != "pod-kill":
        assert {call.cluster for call in inject(yard, name).harm} == {1, 2}
    assert {call.cluster for call in inject(yard, name, cluster=1).harm} == {1}


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_the_readme_lists_every_verb_with_its_arguments(yard: Yard, name: str) -> None:
    table = (Path(package.__file__).parent / "README.md").read_text()
    rows = {row.split("`")[1]: row.split("|")[2] for row in table.splitlines() if row.startswith("| `")}

    for call in inject(yard, name).harm:
        listed = {word.strip() for word in rows[call.verb].split(",")}
        assert listed == set(arguments(call))


def test_a_zone_is_lost_in_every_cluster_at_once(yard: Yard) -> None:
    injury = inject(yard, "zone-loss", zone="worst")

    assert [str(call).split(", token")[0] for call in injury.harm] == [
        "stop_zone(token=" + token(injury) + ", zone=b)"
    ] * 2
    assert injury.touched == ("zone/b",)
    assert injury.what == "zone b lost"


def token(injury: Injury) -> str:
    return str(arguments(injury.harm[0])["token"])


def test_a_gray_zone_is_bad_within_and_across_its_border(yard: Yard) -> None:
    injury = inject(yard, "zone-gray", zone="a", loss=50_000, delay=SECOND, cluster=1)

    assert [(arguments(call)["source"], arguments(call)["target"]) for call in injury.harm] == [
        ("zone/a", "*"),
        ("zone/a", "zone/a"),
    ]
    assert arguments(injury.harm[0])["loss_ppm"] == 50_000


def test_a_link_is_cut_in_the_direction_that_is_asked(yard: Yard) -> None:
    injury = inject(yard, "link-cut", source="node/b1", target="api", direction="forward", cluster=1)

    (call,) = injury.harm
    assert arguments(call)["direction"] == "forward"
    assert injury.what == "node/b1 -> api cut"
    assert injury.touched == ("node/b1", "api")


def test_ends_of_a_link_may_be_chosen(yard: Yard) -> None:
    injury = inject(yard, "link-cut", source="node/all", target="zone/a", cluster=2)

    assert {arguments(call)["source"] for call in injury.harm} == {"node/a1", "node/b1", "node/c1"}


@pytest.mark.parametrize(
    ("name", "words", "says"),
    [
        ("link-cut", {"source": "moon"}, "'moon' is no place; write zone/NAME, node/NAME or one of control-plane"),
        ("link-cut", {"source": "api", "target": "api"}, "are one place"),
        ("zone-gray", {"loss": 0}, "nothing would happen"),
        ("dns-slow", {"delay": 0}, "nothing would happen"),
        ("api-slow", {"latency": 0}, "would do nothing"),
        ("api-errors", {"share": 0}, "would do nothing"),
        ("api-errors", {"code": 404}, "404 is none of 429, 500, 502, 503, 504"),
        ("node-stop", {"node": "n9"}, "there is no node 'n9'"),
        ("pod-kill", {"app": "nope"}, "no bound pod matches app nope"),
    ],
)
def test_a_fault_that_could_do_nothing_is_bad_input(yard: Yard, name: str, words: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        inject(yard, name, **words)
