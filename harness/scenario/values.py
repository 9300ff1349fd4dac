"""How people write a Duration, a share, a target: text to value and back, with errors that say how to write it."""

from __future__ import annotations

import re
from typing import Any

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.limits import SPAN_MAX
from seatrial.harness.kernel.time import Duration, duration_text, parse_duration

__all__ = ["kind_of", "read_duration", "read_ratio", "read_share", "share_text", "value_text"]

PPM = 1_000_000
_SHARE = re.compile(r"(\d{1,9})(?:\.(\d{1,4}))?%")


def kind_of(value: Any) -> str:
    """What a value is, as an error may call it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()} (quote it if it is a word)"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the word {value[:40]!r}" if value else "an empty word"
    return "a list" if isinstance(value, (list, tuple)) else "a mapping"


def read_duration(value: Any) -> Duration:
    """`1h30m` to nanoseconds. Raises BadInput."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise BadInput(f"{value} has no unit; write {value}s, {value}m or {value}h")
    if not isinstance(value, str):
        raise BadInput(f"must be a duration as 90s, 250ms or 1h30m, not {kind_of(value)}")
    if len(value) > 40:
        raise BadInput("is no duration; write a number with a unit, as 90s, 250ms or 1h30m")
    span = parse_duration(value)
    if span > SPAN_MAX:
        raise BadInput(f"{value} is longer than {duration_text(SPAN_MAX)}, the longest that is run")
    return span


def read_ratio(value: Any) -> int:
    """`150%` to parts per million. Raises BadInput."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise BadInput(f"{value} has no unit; write a share as {value}%")
    found = _SHARE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise BadInput(f"must be a share as 30% or 99.9%, not {kind_of(value)}")
    whole, part = found.groups()
    return int(whole) * 10_000 + int((part or "").ljust(4, "0"))


def read_share(value: Any) -> int:
    """`30%` to parts per million, at most 100%. Raises BadInput."""
    ppm = read_ratio(value)
    if ppm > PPM:
        raise BadInput(f"{value} is more than 100%")
    return ppm


def share_text(ppm: int) -> str:
    """Parts per million as people write them: `99.9%`."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0") + "%" if rest else f"{whole}%"


def value_text(value: Any, marker: str) -> Any:
    """A typed value as a scenario writes it."""
    if isinstance(value, tuple):
        return [value_text(part, marker) for part in value]
    if isinstance(value, int) and not isinstance(value, bool):
        if marker == "duration":
            return duration_text(value)
        if marker in ("share", "ratio"):
            return share_text(value)
    return value
