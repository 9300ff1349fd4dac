"""Ctrl-C once: the run ends and is reported. Twice: the process ends."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from seatrial.harness.cli.talk import say
from seatrial.harness.runner.brake import Brake

__all__ = ["interruptible"]


@contextmanager
def interruptible() -> Iterator[Brake]:
    """A brake that Ctrl-C (and SIGTERM) pulls while the context lasts."""
    brake = Brake()

    def pull(_number: int, _frame: FrameType | None) -> None:
        if brake.pulled:
            raise KeyboardInterrupt
        brake.pull()
        say("interrupted: the report tells what was seen so far (again to give up)")

    before = {number: signal.signal(number, pull) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield brake
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
