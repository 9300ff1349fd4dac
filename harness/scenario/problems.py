"""All that is wrong with an input, gathered, so that whoever mends it mends it once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from seatrial.harness.kernel.errors import BadInput

__all__ = ["Problems", "nearest"]

_LISTED_MAX = 50
_PLACE = re.compile(r":(\d+):(\d+)[: ]")


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'zone'?`, or nothing where no known word is near."""
    words = sorted(known)
    near = get_close_matches(word.lower().replace("_", "-"), words, 2, 0.6)
    near = near or [other for other in words if len(word) > 2 and (word in other or other in word)][:2]
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def _position(line: str) -> tuple[int, int]:
    found = _PLACE.search(line)
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)


class Problems:
    """Collects `FILE:LINE:COLUMN: text` lines and raises them together."""

    def __init__(self) -> None:
        self._lines: dict[str, None] = {}

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, place: str, text: str) -> None:
        """One more."""
        self._lines[f"{place}: {text}"] = None

    def raise_any(self) -> None:
        """Raises BadInput with every line, in the order of the file; those without a place come first."""
        lines = sorted(self._lines, key=_position)
        if len(lines) > _LISTED_MAX:
            lines[_LISTED_MAX:] = [f"... and {len(lines) - _LISTED_MAX} more"]
        if lines:
            raise BadInput("\n".join(lines))
