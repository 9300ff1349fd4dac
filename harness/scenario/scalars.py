"""What a plain YAML scalar means, as kubectl has it (sigs.k8s.io/yaml over its fork of go-yaml v2, then JSON).

`on`, `no` and `y` are booleans, `0o17` and `017` are 15, `1:30` and dates are strings, an integral float is an
integer, and an integer beyond 64 bits is a float, because the value travels as JSON.
"""

from __future__ import annotations

import re
import struct
from decimal import Decimal
from typing import Any

from seatrial.harness.kernel.errors import BadInput

__all__ = ["HINTS", "MERGE", "key_text", "resolve"]

MERGE = "<<"

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_NOT_JSON = frozenset(sign + word for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")) | frozenset(
    (".nan", ".NaN", ".NAN")
)
# A scalar that begins with none of these is a string and needs no further look.
HINTS = frozenset("+-.0123456789yYnNtTfFoO~")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INT = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_INT64_MIN, _INT64_MAX = -(1 << 63), (1 << 63) - 1
_FLOAT_PLAIN_MAX = 1e21  # Go writes larger floats with an exponent, so they stay floats
_DIGITS_MAX = 400  # Python refuses to convert longer ones, and no float holds them


def resolve(text: str) -> Any:
    """The value of an unquoted scalar. Raises BadInput for what JSON cannot carry."""
    if not text:
        return None
    if text[0] not in HINTS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text in _NOT_JSON:
        raise BadInput(f"{text} is no JSON number; quote it if it is a word")
    if text[0] in "yYnNtTfFoO~":
        return text
    plain = text if text.startswith("._") else text.replace("_", "")
    if len(plain) > _DIGITS_MAX:
        return text
    whole = _INT.fullmatch(plain)
    if whole is not None:
        return _integer(whole)
    if _FLOAT.fullmatch(plain):
        return _float(plain)
    return text


def _integer(found: re.Match[str]) -> int | float:
    sign, sixteen, two, eight, ten = found.groups()
    if sixteen is not None:
        value = int(sixteen, 16)
    elif two is not None:
        value = int(two, 2)
    elif eight is not None:
        value = int(eight, 8)
    else:
        value = int(ten)
    value = -value if sign == "-" else value
    return value if _INT64_MIN <= value <= _INT64_MAX else _json_number(float(value))


def _float(text: str) -> int | float | str:
    value = float(text)
    return text if value in (float("inf"), float("-inf")) else _json_number(value)


def _json_number(value: float) -> int | float:
    if value.is_integer() and abs(value) < _FLOAT_PLAIN_MAX:
        # The digits that JSON carries are the shortest ones, with zeros after them.
        whole = int(Decimal(repr(value)))
        return whole if _INT64_MIN <= whole <= _INT64_MAX else value
    return value


def key_text(value: Any) -> str:
    """A mapping's key as JSON needs it. Raises BadInput for null, lists and mappings."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _short(value)
    raise BadInput("a key must be a word or a number")


def _short(value: float) -> str:
    """The fewest digits that still name the same 32-bit float: kubectl's text for keys that are floats."""
    try:
        wanted = struct.pack("f", value)
    except OverflowError:
        return f"{value:g}"
    texts = (f"{value:.{digits}g}" for digits in range(1, 10))
    return next((text for text in texts if struct.pack("f", float(text)) == wanted), f"{value:g}")
