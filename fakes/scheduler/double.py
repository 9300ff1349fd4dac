"""Go's float64, in whole numbers: the few places of the scheduler that divide round exactly as IEEE 754 does.

A value is an integer in units of 2**-BITS, rounded to 53 significant bits, half to even, after every operation.
So 29 of 50 is 57 percent here as it is there (0.58 * 100 = 57.99999999999999), and no float is ever made.
"""

from __future__ import annotations

from decimal import Context, Decimal
from functools import lru_cache

__all__ = ["LOG_SCALE", "logarithm", "percent", "ratio", "rounded", "scaled", "share_gap"]

BITS = 160
ONE = 1 << BITS
SIGNIFICANT = 53
LOG_SCALE = 10**18
_CONTEXT = Context(prec=40)


def rounded(value: int) -> int:
    """The nearest double, half to even."""
    extra = value.bit_length() - SIGNIFICANT
    if extra <= 0:
        return value
    low = value & ((1 << extra) - 1)
    value -= low
    half = 1 << (extra - 1)
    if low > half or (low == half and value >> extra & 1):
        value += 1 << extra
    return value


def ratio(number: int, of: int) -> int:
    """number / of, both not negative."""
    quotient, rest = divmod(number << BITS, of)
    # A rest makes the quotient larger than it looks: the lowest bit remembers that, far below what is rounded.
    return rounded(quotient | 1 if rest else quotient)


@lru_cache(maxsize=1 << 16)
def percent(number: int, of: int) -> int:
    """int64(100 * (number / of))."""
    return rounded(100 * ratio(number, of)) >> BITS


@lru_cache(maxsize=1 << 14)
def scaled(size: int, number: int, of: int) -> int:
    """int64(size * (number / of))."""
    return rounded(size * ratio(number, of)) >> BITS


@lru_cache(maxsize=1 << 16)
def share_gap(first: int, of_first: int, second: int, of_second: int) -> int:
    """int64((1 - |a - b| / 2) * 100) for the shares a and b, each at most 1."""
    one = ratio(first, of_first) if first < of_first else ONE
    two = ratio(second, of_second) if second < of_second else ONE
    deviation = rounded(abs(one - two)) >> 1
    return rounded(100 * rounded(ONE - deviation)) >> BITS


@lru_cache(maxsize=1 << 14)
def logarithm(number: int) -> int:
    """ln(number) times LOG_SCALE. Decimal's ln is correctly rounded arithmetic: the same everywhere."""
    return int(_CONTEXT.ln(Decimal(number)) * LOG_SCALE)
