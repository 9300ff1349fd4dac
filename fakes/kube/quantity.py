"""Resource quantities as exact integers of nano-units, and the text that the API server writes for them.

Source: k8s.io/apimachinery/pkg/api/resource/quantity.go (v0.36.3). Differs from the real one: values beyond int64 or
finer than nano are kept exactly resp. rounded up as there, but nothing saturates at 2^63-1.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

__all__ = [
    "NANO",
    "Quantity",
    "add",
    "canonical",
    "compare",
    "is_quantity",
    "milli",
    "nano",
    "parse",
    "subtract",
    "text",
    "units",
]

NANO = 1_000_000_000

_SYNTAX = re.compile(r"(?P<sign>[+-]?)(?P<whole>\d*)(?:\.(?P<part>\d*))?(?P<suffix>[eEinumkKMGTP]*[-+]?\d*)")
_EXPONENT = re.compile(r"[eE]([+-]?\d+)")
WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
WRONG_SUFFIX = "unable to parse quantity's suffix"
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_BINARY_NAMES = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL_NAMES = {power: name for name, power in _DECIMAL.items()}

DECIMAL_SI, BINARY_SI, EXPONENT = "DecimalSI", "BinarySI", "DecimalExponent"


class Quantity(NamedTuple):
    """A value in nano-units and the family of suffixes that it was written with."""

    nanos: int
    format: str

    def __str__(self) -> str:
        return text(self)


@lru_cache(maxsize=65536)
def _parse(source: str) -> Quantity:
    found = _SYNTAX.fullmatch(source)
    if found is None or not source:
        raise ValueError(WRONG_FORMAT)
    digits, part, suffix = found["whole"], found["part"] or "", found["suffix"]
    mantissa = int(digits + part or "0")
    style = DECIMAL_SI
    if suffix in _BINARY:
        style, number, power = BINARY_SI, mantissa << _BINARY[suffix], 0
    elif suffix in _DECIMAL:
        number, power = mantissa, _DECIMAL[suffix]
    else:
        exponent = _EXPONENT.fullmatch(suffix)
        if exponent is None:
            raise ValueError(WRONG_SUFFIX)
        style, number, power = EXPONENT, mantissa, int(exponent[1])
    power += 9 - len(part)
    # Finer than nano is rounded away from zero, as the real parser does.
    nanos = number * 10**power if power >= 0 else -(-number // 10**-power)
    return Quantity(-nanos if found["sign"] == "-" else nanos, style)


def parse(value: Any) -> Quantity:
    """Read a quantity (text, or a JSON number). Raises ValueError with the server's words."""
    if isinstance(value, str):
        return _parse(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("quantities must be strings or numbers")  # noqa: TRY004 - one error for one question
    return _parse(str(value))


def nano(value: Any) -> int:
    """The value in nano-units."""
    return parse(value).nanos


def units(value: Any) -> int:
    """Whole units, rounded up: Quantity.Value()."""
    return -(-parse(value).nanos // NANO)


def milli(value: Any) -> int:
    """Thousandths, rounded up: Quantity.MilliValue()."""
    return -(-parse(value).nanos // 1_000_000)


def is_quantity(value: Any) -> bool:
    """Whether it can be read."""
    try:
        parse(value)
    except ValueError:
        return False
    return True


def compare(one: Any, other: Any) -> int:
    """-1, 0 or 1."""
    left, right = nano(one), nano(other)
    return (left > right) - (left < right)


@lru_cache(maxsize=65536)
def text(quantity: Quantity) -> str:
    """Canonical text: no fraction, the largest suffix that leaves a whole number."""
    nanos, style = quantity
    if nanos == 0:
        return "0"
    sign, size = ("-", -nanos) if nanos < 0 else ("", nanos)
    # Below 1024 and with a fraction a binary quantity is written in decimal, so that nothing is lost.
    if style == BINARY_SI and size >= 1024 * NANO and size % NANO == 0:
        number, power = size // NANO, 0
        while power < 6 and number % 1024 == 0:
            number >>= 10
            power += 1
        return f"{sign}{number}{_BINARY_NAMES[power]}"
    number, power = size, -9
    while number % 1000 == 0 and power < 18:
        number //= 1000
        power += 3
    if style == EXPONENT:
        return f"{sign}{number}" + (f"e{power}" if power else "")
    return f"{sign}{number}{_DECIMAL_NAMES[power]}"


def canonical(value: Any) -> str:
    """The text that the server would write for what was read."""
    return text(parse(value))


def add(one: Any, other: Any) -> str:
    """The sum's text, in the first one's format (the other's if the first is zero)."""
    left, right = parse(one), parse(other)
    return text(Quantity(left.nanos + right.nanos, left.format if left.nanos else right.format))


def subtract(one: Any, other: Any) -> str:
    """The difference's text, in the first one's format (the other's if the first is zero)."""
    left, right = parse(one), parse(other)
    return text(Quantity(left.nanos - right.nanos, left.format if left.nanos else right.format))
