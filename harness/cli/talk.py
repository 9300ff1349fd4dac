"""Standard output is data, standard error is talk."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

__all__ = ["Output", "data", "document", "say", "table"]


class Output(StrEnum):
    """What `-o` takes."""

    TEXT = "text"
    JSON = "json"


def say(text: str) -> None:
    """For people: a line on standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def data(text: str) -> None:
    """A line of the answer."""
    sys.stdout.write(text + "\n")


def document(value: Any) -> None:
    """The answer as one JSON document."""
    data(json.dumps(value, indent=2, ensure_ascii=False))


def table(rows: Sequence[Sequence[str]], indent: str = "") -> None:
    """Columns, as wide as they need to be; the last one runs on."""
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(len(rows[0]) - 1)] if rows else []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)]
        data((indent + "  ".join([*cells, row[-1]])).rstrip())
