"""Scalars mean what kubectl v1.36.3 made of them: the table was recorded from its own answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.scenario.scalars import key_text, resolve

RECORDED = json.loads((Path(__file__).parent / "recorded" / "kubectl-scalars.json").read_text("utf-8"))


@pytest.mark.parametrize(("text", "meaning"), RECORDED.items())
def test_a_scalar_means_what_kubectl_makes_of_it(text: str, meaning: Any) -> None:
    if meaning == "error":
        with pytest.raises(BadInput, match="quote it"):
            resolve(text)
        return

    value = resolve(text)

    if isinstance(meaning, int) and not isinstance(meaning, bool) and not -(2**63) <= meaning < 2**63:
        meaning = float(meaning)  # beyond 64 bits JSON readers have a float
    assert (type(value), value) == (type(meaning), meaning)


def test_a_number_of_a_million_digits_is_a_word_and_costs_nothing() -> None:
    assert resolve("9" * 1_000_000) == "9" * 1_000_000


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (1.5, "1.5"),
        (1.23456789, "1.2345679"),
        (1e21, "1e+21"),
        (1.5e-7, "1.5e-07"),
        (1e300, "1e+300"),
        ("a", "a"),
    ],
)
def test_a_key_is_always_text(key: Any, text: str) -> None:
    assert key_text(key) == text


def test_null_is_no_key() -> None:
    with pytest.raises(BadInput, match="key"):
        key_text(None)
