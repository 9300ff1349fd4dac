"""Our kube-proxy's choices against those that real ones have programmed (choices.json, by record.py)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from seatrial.fakes.network.proxy import choose
from seatrial.fakes.network.services import Measured

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from network_cases import CASES, NODES, slice_object  # noqa: E402 - a module beside this one, shared with the script

RECORDED: dict[str, Any] = json.loads((HERE / "choices.json").read_text())


def test_every_case_is_recorded() -> None:
    assert set(RECORDED["choices"]) == set(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_node_chooses_as_its_real_kube_proxy_does(name: str) -> None:
    case = CASES[name]
    service = Measured(("x", name))
    service.pieces = {f"{name}-{number}": slice_object(name, number, ends) for number, ends in enumerate(case.slices)}
    service.gather()
    local = case.spec.get("internalTrafficPolicy") == "Local"

    for node, zone in NODES.items():
        ours = sorted(one.address for one in choose(service.endpoints, zone, node, local=local))
        assert ours == RECORDED["choices"][name][node], node
