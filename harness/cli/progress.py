"""Long work shows where it is: one moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING

from seatrial.harness.cli.talk import say

if TYPE_CHECKING:
    from rich.status import Status

__all__ = ["Progress"]

# Phases of one run: worth a moving line, but not a line each in a log.
PASSING = frozenset({"storm", "heal", "calm"})


class Progress:
    """`with Progress() as told: told(what, detail)`."""

    def __init__(self) -> None:
        self._status: Status | None = None
        self._run = ""

    def __enter__(self) -> Progress:
        """Take the line, if there is one."""
        if sys.stderr.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb":
            from rich.console import Console  # noqa: PLC0415 - only for a terminal

            self._status = Console(stderr=True).status("")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the line back."""
        if self._status is not None:
            self._status.stop()

    def __call__(self, what: str, detail: str) -> None:
        """A phase begins."""
        line = f"{what:<8} {detail}".rstrip()
        if self._status is None:
            if what not in PASSING:
                say(line)
            return
        if what == "run":
            self._run = detail
        shown = f"{self._run}: {what} {detail}" if what in PASSING and self._run else line
        self._status.update(shown.replace("[", r"\["))
