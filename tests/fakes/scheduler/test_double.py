"""Whole numbers that round as Go's float64."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from seatrial.fakes.scheduler.double import LOG_SCALE, logarithm, percent, scaled, share_gap

amounts = st.integers(1, 2**45)


@given(amounts, amounts)
def test_percent_is_what_a_float_gives(one: int, other: int) -> None:
    number, of = min(one, other), max(one, other)
    assert percent(number, of) == int(100.0 * (float(number) / float(of)))


def test_percent_keeps_the_floats_small_errors() -> None:
    assert percent(29, 50) == 57  # 0.58 * 100 = 57.99999999999999


@given(amounts, st.integers(1, 5000), st.integers(1, 5000))
def test_a_scaled_size_is_what_floats_give(size: int, one: int, other: int) -> None:
    assert scaled(size, one, other) == int(float(size) * (float(one) / float(other)))


@given(amounts, amounts, amounts, amounts)
def test_the_gap_of_two_shares_is_what_floats_give(a: int, b: int, c: int, d: int) -> None:
    one, other = min(float(a) / float(b), 1.0), min(float(c) / float(d), 1.0)
    assert share_gap(a, b, c, d) == int((1 - abs((one - other) / 2)) * 100.0)


@given(st.integers(0, 5000), st.integers(2, 10_000), st.integers(0, 5000), st.integers(2, 10_000))
def test_rounded_sums_of_logarithms_are_what_floats_give(one: int, size: int, other: int, of: int) -> None:
    exact = (one * logarithm(size) + other * logarithm(of) + LOG_SCALE // 2) // LOG_SCALE
    assert exact == math.floor(one * math.log(size) + other * math.log(of) + 0.5)
