"""Durations and instants as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.time import (
    HOUR,
    MILLISECOND,
    MINUTE,
    SECOND,
    START,
    duration_text,
    micro_time,
    parse_duration,
    parse_instant,
    rfc3339,
)


@pytest.mark.parametrize(
    ("text", "length"),
    [("90s", 90 * SECOND), ("1h30m", HOUR + 30 * MINUTE), ("250ms", 250 * MILLISECOND), ("1.5s", 1500 * MILLISECOND)],
)
def test_a_duration_with_units_is_read(text, length):
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5s", "5x", "1h30"])
def test_a_duration_without_its_unit_is_refused(text):
    with pytest.raises(BadInput, match="unit"):
        parse_duration(text)


@given(st.integers(0, 10**18))
def test_the_text_of_a_duration_reads_back(length):
    assert parse_duration(duration_text(length)) == length


def test_times_are_written_as_kubernetes_writes_them():
    assert rfc3339(START) == "2026-01-01T00:00:00Z"
    assert micro_time(START + 1_500_000) == "2026-01-01T00:00:00.001500Z"


@given(st.integers(0, 2**32))
def test_a_time_reads_back(seconds):
    assert parse_instant(rfc3339(seconds * SECOND)) == seconds * SECOND


@pytest.mark.parametrize("text", ["yesterday", "2026-01-01T00:00:00"])
def test_a_time_without_zone_or_sense_is_refused(text):
    with pytest.raises(BadInput, match="2026-01-01T00:00:00Z"):
        parse_instant(text)
