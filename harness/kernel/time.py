"""Instants and durations as integers of nanoseconds, and how people write them.

An instant counts from the Unix epoch; virtual time starts at `START` unless a scenario says otherwise.
No float ever enters: a float that reaches the history would differ between machines.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from seatrial.harness.kernel.errors import BadInput

__all__ = [
    "DAY",
    "HOUR",
    "MILLISECOND",
    "MINUTE",
    "SECOND",
    "START",
    "Duration",
    "Instant",
    "duration_text",
    "micro_time",
    "parse_duration",
    "parse_instant",
    "rfc3339",
]

Instant = int
Duration = int

MILLISECOND: Duration = 1_000_000
SECOND: Duration = 1_000_000_000
MINUTE: Duration = 60 * SECOND
HOUR: Duration = 60 * MINUTE
DAY: Duration = 24 * HOUR

START: Instant = 1_767_225_600 * SECOND  # 2026-01-01T00:00:00Z

_UNITS: dict[str, Duration] = {
    "ns": 1,
    "us": 1_000,
    "ms": MILLISECOND,
    "s": SECOND,
    "m": MINUTE,
    "h": HOUR,
    "d": DAY,
}
_PART = re.compile(r"(\d+)(?:\.(\d+))?(ns|us|ms|s|m|h|d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_duration(text: str) -> Duration:
    """`1h30m`, `250ms`, `1.5s` to nanoseconds; every part needs its unit. Raises BadInput."""
    total, at = 0, 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            break
        whole, fraction, unit = part.groups()
        total += int(whole) * _UNITS[unit]
        if fraction:
            total += int(fraction) * _UNITS[unit] // 10 ** len(fraction)
        at = part.end()
    if not text or at < len(text):
        raise BadInput(f"{text!r} is not a duration; write a number with a unit, as 90s, 250ms or 1h30m")
    return total


def duration_text(length: Duration) -> str:
    """The shortest exact spelling: `1h30m`, `47.4s`, `250ms`, `0s`."""
    if length < 0:
        return "-" + duration_text(-length)
    if length == 0:
        return "0s"
    if length < SECOND:
        for unit in ("ms", "us", "ns"):
            if length % _UNITS[unit] == 0:
                return f"{length // _UNITS[unit]}{unit}"
    words = []
    for unit in ("d", "h", "m"):
        count, length = divmod(length, _UNITS[unit])
        if count:
            words.append(f"{count}{unit}")
    if length:
        whole, rest = divmod(length, SECOND)
        words.append(f"{whole}.{rest:09d}".rstrip("0") + "s" if rest else f"{whole}s")
    return "".join(words)


def rfc3339(when: Instant) -> str:
    """Kubernetes' metav1.Time: whole seconds, UTC, `2026-01-01T00:00:00Z`."""
    return _second_text(when // SECOND)


@lru_cache(maxsize=4096)  # a run stamps the same few seconds again and again
def _second_text(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_time(when: Instant) -> str:
    """Kubernetes' metav1.MicroTime: six decimals, `2026-01-01T00:00:00.000000Z`."""
    return (_EPOCH + timedelta(microseconds=when // 1000)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_instant(text: str) -> Instant:
    """An RFC 3339 text with zone to an instant. Raises BadInput."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise BadInput(f"{text!r} is not a time; write it as 2026-01-01T00:00:00Z") from error
    if moment.tzinfo is None:
        raise BadInput(f"{text!r} has no time zone; write it as 2026-01-01T00:00:00Z")
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds * 1000
