"""Ours does with silent nodes what a real kube-controller-manager did (nodes.json, by record_nodes.py).

The one thing that is fitted is the phase of the five-second passes, from the first node that turned Unknown.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from seatrial.fakes.controllers.node_lifecycle import PERIOD, NodeLifecycle
from seatrial.harness.kernel.time import SECOND
from seatrial.harness.testing.builders import make_condition, make_node

HERE = Path(__file__).parent
REAL = json.loads((HERE / "nodes.json").read_text())
SILENT = ("seatrial.dev/silent", "", "NoSchedule")
LEAD = 30  # seconds that pass here before the record's zero
KINDS = ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"lifecycle_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


stages = _load(HERE.parents[1] / "fakes" / "controllers" / "conftest.py")


def _phase() -> int:
    first = min(when for when, _, what, _ in REAL["story"] if what == "conditions")
    return round((first + LEAD) * SECOND) % PERIOD


def _node(name: str, zone: str) -> Any:
    node = make_node(name, zone=zone, taints=[SILENT])
    conditions = [make_condition(kind, kind == "Ready") for kind in KINDS]
    return {**node, "status": {**node["status"], "conditions": conditions}}


def _replay() -> Any:
    s = stages.Stage(NodeLifecycle(phase=_phase()))
    for number in range(4):
        s.put(make_node(f"worker-{number}", zone=f"w{number}"))
    for zone, (count, _) in REAL["zones"].items():
        s.put(*(_node(f"seatrial-silent-{zone}-{number}", f"seatrial-{zone}") for number in range(count)))
    for name, when in REAL["renewed"].items():
        s.until(when + LEAD)
        s.silence(name)
    for name, (false_at, true_at) in REAL["healed"].items():
        s.until(false_at + LEAD)
        s.heal(name, "False")
        s.until(true_at + LEAD)
        s.heal(name, "True")
    s.until(true_at + LEAD + 10)
    return s


def _ours(stage: Any) -> list[Any]:
    story = []
    for record in stage.note.records:
        if record.key.resource != "nodes" or record.verb != "update" or "silent" not in record.key.name:
            continue
        when = stage.seconds(record.time) - LEAD
        for what, read in (("conditions", _conditions), ("taints", _taints)):
            if read(record.old) != read(record.new):
                story.append([when, record.key.name, what, read(record.new)])
    return story


def _conditions(node: Any) -> Any:
    return {c["type"]: c["status"] for c in node["status"]["conditions"]}


def _taints(node: Any) -> Any:
    return sorted(f"{t['key']}:{t['effect']}" for t in node["spec"].get("taints") or ())


def _halfway(what: str, state: Any) -> bool:
    """Whether the real one is between the two patches with which it swaps a taint; ours needs one."""
    if what != "taints":
        return False
    effects = [text.rpartition(":")[2] for text in state if "unreachable" in text or "not-ready" in text]
    return len(effects) != len(set(effects))


def _by_node(story: list[Any]) -> dict[str, list[Any]]:
    told: dict[str, list[Any]] = {}
    for when, name, what, state in story:
        if not _halfway(what, state):
            told.setdefault(name, []).append((when, what, state))
    return told


@pytest.fixture(scope="module")
def stage() -> Any:
    return _replay()


def test_each_node_goes_through_the_same_states(stage: Any) -> None:
    ours, real = _by_node(_ours(stage)), _by_node(REAL["story"])

    assert ours.keys() == real.keys()
    for name, told in real.items():
        assert [state for _, _, state in ours[name]] == [state for _, _, state in told], name


def test_each_change_comes_within_a_fifth_of_a_second_of_the_real_one(stage: Any) -> None:
    ours, real = _by_node(_ours(stage)), _by_node(REAL["story"])

    for name, told in real.items():
        # The real order of evictions within a zone is drawn anew in each pass: compared below.
        mine = [when for when, what, state in ours[name] if not _evicts(name, what, state)]
        assert mine == pytest.approx([w for w, what, state in told if not _evicts(name, what, state)], abs=0.2), name


def _evicts(name: str, what: str, state: Any) -> bool:
    return "-full-" in name and what == "taints" and any("NoExecute" in taint for taint in state)


def test_a_lost_zone_is_emptied_at_the_real_pace(stage: Any) -> None:
    paces = [
        [when for when, name, what, state in story if _evicts(name, what, state)]
        for story in (_ours(stage), REAL["story"])
    ]

    assert len(paces[0]) == 4
    assert paces[0] == pytest.approx(paces[1], abs=0.2)


def test_the_conditions_are_worded_alike(stage: Any) -> None:
    updates = [r for r in stage.note.records if r.verb == "update" and r.key.name == "seatrial-silent-full-0"]
    first = next(r.new for r in updates if _conditions(r.new)["Ready"] == "Unknown")
    words = {c["type"]: (c["status"], c["reason"], c["message"]) for c in first["status"]["conditions"]}

    for condition in REAL["unknown"]:
        assert words[condition["type"]] == (condition["status"], condition["reason"], condition["message"])


def test_the_same_events_are_told(stage: Any) -> None:
    ours = {
        (
            record.key.name,
            record.new["reason"],
            record.new["message"],
            record.new["type"],
            record.new["reportingComponent"],
        )
        for record in stage.note.records
        if record.verb == "event" and "silent" in record.key.name
    }

    assert ours == {tuple(event[1:]) for event in REAL["events"]}
