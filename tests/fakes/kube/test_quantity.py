"""Quantities: exact, canonical, ordered."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.fakes.kube.quantity import NANO, add, canonical, compare, is_quantity, milli, nano, subtract, units


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0.5", "500m"),
        ("1500m", "1500m"),
        ("1000m", "1"),
        ("1024Mi", "1Gi"),
        ("1536Mi", "1536Mi"),
        ("0.5Gi", "512Mi"),
        ("1024", "1024"),
        ("1000k", "1M"),
        ("1e3", "1e3"),
        ("1500e3", "1500e3"),
        ("12e6", "12e6"),
        ("0", "0"),
        ("0.1Gi", "107374182400m"),
        ("1.1Ki", "1126400m"),
        ("0.5Ki", "512"),
        ("1023", "1023"),
        ("1E-2", "10e-3"),
        ("1000000Ki", "1000000Ki"),
        ("-1500m", "-1500m"),
        ("100n", "100n"),
        ("1000u", "1m"),
        ("0.0001", "100u"),
        (".5", "500m"),
        ("5.", "5"),
        ("+3", "3"),
        (2, "2"),
        (0.25, "250m"),
    ],
)
def test_a_quantity_is_written_as_the_server_writes_it(written, read):
    assert canonical(written) == read


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "quantities must match the regular expression"),
        ("1x", "quantities must match the regular expression"),
        ("1 Gi", "quantities must match the regular expression"),
        ("1..2", "quantities must match the regular expression"),
        ("1Gb", "quantities must match the regular expression"),
        ("--1", "unable to parse quantity's suffix"),
        ("1e", "unable to parse quantity's suffix"),
        ("1Ki2", "unable to parse quantity's suffix"),
    ],
)
def test_what_is_no_quantity_is_refused_with_the_servers_words(text, told):
    assert not is_quantity(text)
    with pytest.raises(ValueError, match=told):
        nano(text)


def test_values_round_up_to_whole_and_milli_units():
    assert (units("1500m"), units("1m"), milli("1u"), units("1Ki")) == (2, 1, 1, 1024)


def test_sums_keep_the_first_ones_format():
    assert add("1Gi", "512Mi") == "1536Mi"
    assert add("0", "1Gi") == "1Gi"
    assert subtract("2", "500m") == "1500m"


def test_order_looks_at_values_and_not_at_texts():
    assert compare("1Gi", "1024Mi") == 0
    assert compare("0.1", "100m") == 0
    assert compare("1G", "1Gi") == -1
    assert compare("2", "1999m") == 1


_SUFFIXES = {"": 1, "k": 1000, "M": 10**6, "Ki": 1024, "Mi": 1024**2, "m": Fraction(1, 1000), "u": Fraction(1, 10**6)}


@given(st.integers(-(10**9), 10**9), st.sampled_from(sorted(_SUFFIXES)))
def test_reading_agrees_with_exact_arithmetic_and_writing_loses_nothing(number, suffix):
    text = f"{number}{suffix}"

    assert nano(text) == Fraction(number) * _SUFFIXES[suffix] * NANO
    assert nano(canonical(text)) == nano(text)
    assert canonical(canonical(text)) == canonical(text)
