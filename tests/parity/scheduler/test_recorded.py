"""Our scheduler against what the real one answered (recorded.json, by record.py)."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "recorded.json").read_text())
CASES = {case["name"]: case for case in RECORDED["cases"]}


def _replay() -> Any:
    spec = importlib.util.spec_from_file_location("seatrial_parity_replay", HERE / "replay.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Replay


Replay = _replay()


def _expected(answer: dict[str, Any]) -> dict[str, Any]:
    bound = bool(answer["bound"])
    return {key: "" if bound and key in {"reason", "message"} else value for key, value in answer.items()}


@pytest.mark.parametrize("name", CASES)
def test_the_real_scheduler_did_the_same(name: str) -> None:
    case = CASES[name]
    replay = Replay(case)
    for number, step in enumerate(case["steps"]):
        if "delete" in step:
            for pod in step["delete"]:
                replay.remove(pod)
            continue
        if "update" in step:
            replay.put(step["update"])
            continue
        answer = _expected(step["answer"])
        selected = answer.pop("selected", None)
        for node in step.get("nodes", ()):
            replay.put(node)
        if "create" in step:
            replay.put(step["create"])
        about = step["create"]["metadata"]["name"] if "create" in step else step["look"]
        replay.run(answer["bound"], 4 if "look" in step or step["create"]["spec"].get("volumes") else 1)
        assert (number, replay.told(about)) == (number, answer)
        if selected is not None:
            assert replay.selected == selected


def test_the_record_is_of_the_version_that_is_modelled() -> None:
    assert RECORDED["version"].startswith("v1.36.")
    assert len(CASES) >= 60
