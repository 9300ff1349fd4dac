"""From the start of the process to the first line of `seatrial list`."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from time import perf_counter

__all__ = ["measure"]


def once() -> float:
    """Seconds."""
    began = perf_counter()
    command = [sys.executable, "-c", "from seatrial.harness.cli import main; main()", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        took = perf_counter() - began
        process.stdout.read()
    assert line, "nothing was listed"
    return took


def measure() -> list[tuple[str, str, str]]:
    """The median of seven, after one to warm the caches."""
    once()
    return [
        ("process start to the first line of `seatrial list`", "0.3 s", f"{median(once() for _ in range(7)):.2f} s")
    ]
