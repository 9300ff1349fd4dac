"""Ctrl-C while the answer is given: what was seen is written down first, a second one stops at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from seatrial.harness.cli.talk import say

__all__ = ["patience"]


@contextmanager
def patience() -> Iterator[None]:
    """Finish what is inside, then be interrupted; outside the main thread nothing is held back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []

    def hold(number: int, _frame: object) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)
        say("interrupted: the report is being written; once more stops at once")

    before = signal.signal(signal.SIGINT, hold)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt
