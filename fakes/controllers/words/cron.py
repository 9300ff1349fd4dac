"""Cron schedules: five fields or a descriptor, in a time zone.

Source: github.com/robfig/cron/v3 (parser.go, spec.go, constantdelay.go), as Kubernetes v1.36 uses it. Differs from the
real one: no seconds field, and no TZ= inside the text, which Kubernetes does not support officially.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.time import SECOND, Instant

__all__ = ["Schedule", "parse_schedule", "zone_of"]

YEARS_MAX = 5
_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = {
    name: number + 1
    for number, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
}
_DAYS = {name: number for number, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
_DURATION = re.compile(r"(\d+)(h|m|s)")
_UNITS = {"h": 3600, "m": 60, "s": 1}


class Schedule(NamedTuple):
    """The allowed values of each field; `every` (seconds) for @every, then the rest is empty."""

    minutes: frozenset[int] = frozenset()
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    any_day: bool = True  # day of month and day of week both have to match if one of them is a star, else either
    every: int = 0
    zone: str = ""

    def after(self, when: Instant) -> Instant | None:
        """The first time strictly after `when`; None if there is none within five years."""
        second = when // SECOND
        if self.every:
            return (second + self.every) * SECOND
        found = _search(self, second + 1)
        return None if found is None else found * SECOND


def zone_of(name: str) -> tzinfo:
    """A time zone by its IANA name. Raises BadInput."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadInput(f"unknown time zone {name}") from error


@lru_cache(maxsize=1024)
def parse_schedule(text: str, zone: str = "") -> Schedule:
    """Parse a schedule. Raises BadInput with what is wrong."""
    zone_of(zone)
    if text.startswith("@every "):
        return Schedule(every=_seconds(text[7:]), zone=zone)
    if text.startswith("@"):
        if text not in _DESCRIPTORS:
            raise BadInput(f"unrecognized descriptor: {text}")
        text = _DESCRIPTORS[text]
    fields = text.split()
    if len(fields) != 5:
        raise BadInput(f"expected exactly 5 fields, found {len(fields)}: {fields}")
    days, any_dom = _field(fields[2], 1, 31, {})
    weekdays, any_dow = _field(fields[4], 0, 6, _DAYS)
    return Schedule(
        minutes=_field(fields[0], 0, 59, {})[0],
        hours=_field(fields[1], 0, 23, {})[0],
        days=days,
        months=_field(fields[3], 1, 12, _MONTHS)[0],
        weekdays=weekdays,
        any_day=any_dom or any_dow,
        zone=zone,
    )


def _seconds(text: str) -> int:
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise BadInput(f"failed to parse duration @every {text}")
    return max(1, sum(int(number) * _UNITS[unit] for number, unit in parts))


def _field(text: str, low: int, high: int, names: dict[str, int]) -> tuple[frozenset[int], bool]:
    """(allowed values, whether a star is among the parts)."""
    values: set[int] = set()
    star = False
    for part in text.split(","):
        allowed, starred = _part(part, low, high, names)
        values.update(allowed)
        star = star or starred
    return frozenset(values), star


def _part(text: str, low: int, high: int, names: dict[str, int]) -> tuple[range, bool]:
    span, slash, step_text = text.partition("/")
    first_text, dash, last_text = span.partition("-")
    star = first_text in ("*", "?")
    if star and dash:
        raise BadInput(f"too many hyphens: {text}")
    first = low if star else _number(first_text, names)
    last = high if star else _number(last_text, names) if dash else first
    step = 1
    if slash:
        step = _number(step_text, {})
        star = star and step == 1
        if not dash:
            last = high  # "5/15" means from 5 to the end
    if first < low:
        raise BadInput(f"beginning of range ({first}) below minimum ({low}): {text}")
    if last > high:
        raise BadInput(f"end of range ({last}) above maximum ({high}): {text}")
    if first > last:
        raise BadInput(f"beginning of range ({first}) beyond end of range ({last}): {text}")
    if not step:
        raise BadInput(f"step of range should be a positive number: {text}")
    return range(first, last + 1, step), star


def _number(text: str, names: dict[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    if not text.isascii() or not text.isdigit():
        raise BadInput(f"failed to parse number: {text!r}")
    return int(text)


def _day_matches(schedule: Schedule, local: datetime) -> bool:
    in_month = local.day in schedule.days
    in_week = local.isoweekday() % 7 in schedule.weekdays
    return (in_month and in_week) if schedule.any_day else (in_month or in_week)


def _search(schedule: Schedule, second: int) -> int | None:
    """Field by field, the coarsest first; wall time, so what a change of clocks skips never comes."""
    zone = zone_of(schedule.zone)
    local = datetime.fromtimestamp(second, zone)
    last_year = local.year + YEARS_MAX
    while local.year <= last_year:
        if local.month not in schedule.months:
            year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
            local = _start_of_day(datetime(year, month, 1, tzinfo=zone))
        elif not _day_matches(schedule, local):
            tomorrow = local.date() + timedelta(days=1)
            local = _start_of_day(datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone))
        elif local.hour not in schedule.hours:
            local = _later(local, 3600 - local.minute * 60 - local.second)
        elif local.minute not in schedule.minutes or local.second:
            local = _later(local, 60 - local.second)
        else:
            return int(local.timestamp())
    return None


def _start_of_day(local: datetime) -> datetime:
    """Midnight, or the first moment after it where a change of clocks skips midnight."""
    return datetime.fromtimestamp(int(local.timestamp()), local.tzinfo)


def _later(local: datetime, seconds: int) -> datetime:
    return datetime.fromtimestamp(int(local.timestamp()) + seconds, local.tzinfo)
