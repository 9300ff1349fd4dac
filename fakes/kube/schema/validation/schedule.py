"""Cron schedules and time zones.

Source: github.com/robfig/cron/v3 parser.go, pkg/apis/batch/validation/validation.go (v1.36.3). Differs from the real
one: where a machine has no time zone database, every zone's name is taken.
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

__all__ = ["schedule_error", "zone_error"]

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_DAYS = {name: number for number, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
_FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, _MONTHS),
    (0, 6, _DAYS),
)
_DESCRIPTORS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")


def schedule_error(text: str) -> str:
    """What is wrong with a schedule, or nothing."""
    if text.startswith("@"):
        if text in _DESCRIPTORS:
            return ""
        if text.startswith("@every "):
            length = text.removeprefix("@every ")
            if re.fullmatch(r"[-+]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+|0", length):
                return ""
            return f'failed to parse duration {text}: time: invalid duration "{length}"'
        return f"unrecognized descriptor: {text}"
    fields = text.split()
    if len(fields) != len(_FIELDS):
        return f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]"
    for field, (low, high, names) in zip(fields, _FIELDS, strict=True):
        for part in field.split(","):
            error = _part_error(part, low, high, names) if part else ""
            if error:
                return error
    return ""


def _part_error(part: str, low: int, high: int, names: dict[str, int]) -> str:
    ends, *steps = part.split("/")
    bounds = ends.split("-")
    try:
        if bounds[0] in ("*", "?"):
            start, end = low, high
        else:
            start = _number(bounds[0], names)
            end = start if len(bounds) == 1 else _number(bounds[1], names)
            if len(bounds) > 2:
                return f"too many hyphens: {part}"
        step = 1
        if steps:
            if len(steps) > 1:
                return f"too many slashes: {part}"
            step = _number(steps[0], {})
            if len(bounds) == 1:
                end = high
    except ValueError as error:
        return str(error)
    if start < low:
        return f"beginning of range ({start}) below minimum ({low}): {part}"
    if end > high:
        return f"end of range ({end}) above maximum ({high}): {part}"
    if start > end:
        return f"beginning of range ({start}) beyond end of range ({end}): {part}"
    return f"step of range should be a positive number: {part}" if step == 0 else ""


def _number(text: str, names: dict[str, int]) -> int:
    known = names.get(text.lower())
    if known is not None:
        return known
    if not re.fullmatch(r"[-+]?[0-9]+", text):
        raise ValueError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    number = int(text)
    if number < 0:
        raise ValueError(f"negative number ({number}) not allowed: {text}")
    return number


def zone_error(name: str) -> str:
    """What is wrong with a time zone, or nothing."""
    if not name:
        return "timeZone must be nil or non-empty string"
    if name.lower() == "local":
        return "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
    return "" if _exists(name) or not _exists("Europe/Berlin") else f"unknown time zone {name}"


def _exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True
