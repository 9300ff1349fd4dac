"""Quantities as exact whole numbers of nano units, the finest that the API keeps."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["milli_value", "nanos", "value"]

NANO = 10**9
_FORM = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$")
_TENS = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_TWOS = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


@lru_cache(maxsize=1 << 12)
def _parse(text: str) -> int:
    form = _FORM.match(text)
    if form is None or not (form[2] or form[3]):
        raise ValueError(f"{text!r} is not a quantity")
    sign, whole, fraction, exponent, suffix = form.groups()
    digits = int((whole or "") + (fraction or ""))
    top, bottom = digits * NANO, 10 ** len(fraction or "")
    power = int(exponent) if exponent else _TENS.get(suffix or "", 0)
    if power >= 0:
        top *= 10**power
    else:
        bottom *= 10**-power
    top <<= _TWOS.get(suffix or "", 0)
    amount: int = -(-top // bottom)
    return -amount if sign == "-" else amount


def nanos(amount: object) -> int:
    """A quantity as written (`250m`, `1Gi`, 2) in nano units, rounded up."""
    return _parse(str(amount))


def milli_value(amount: int) -> int:
    """Nano units to milli units, rounded up."""
    return -(-amount // 10**6)


def value(amount: int) -> int:
    """Nano units to whole units, rounded up."""
    return -(-amount // NANO)
