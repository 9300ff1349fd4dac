"""Programs of others (docker, kind, kubectl), each call with a deadline and a clear error."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic

from seatrial.harness.kernel.errors import Unavailable

__all__ = ["CommandFailed", "run", "stream"]

SLICE_SECONDS = 0.2


class CommandFailed(Unavailable):
    """A program said no, or did not come back in time."""

    def __init__(self, words: Sequence[str], what: str) -> None:
        super().__init__(f"{' '.join(words)}: {what}")


def run(
    words: Sequence[str],
    *,
    deadline: float,
    text: str = "",
    stop: Callable[[], bool] = lambda: False,
    begun: Callable[[int], None] = lambda _process: None,
    keep: Sequence[int] = (),
) -> str:
    """Standard output of a program. Raises Unavailable where it is not installed, CommandFailed where it fails.

    It runs in a session of its own: a Ctrl-C of ours must not kill what has to tidy up. stop: asked while it runs;
    true ends it with KeyboardInterrupt. begun: told its process id. keep: file descriptors that it inherits.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - words of ours, never a shell
            list(words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            pass_fds=tuple(keep),
        )
    except FileNotFoundError as error:
        raise Unavailable(f"{words[0]} is not installed; `seatrial doctor --on kind` tells what is needed") from error
    begun(process.pid)
    end = monotonic() + deadline
    given: str | None = text
    while True:
        try:
            out, told = process.communicate(given, timeout=SLICE_SECONDS)
            break
        except subprocess.TimeoutExpired:
            given = None
            if stop():
                _end(process)
                raise KeyboardInterrupt from None
            if monotonic() > end:
                _end(process)
                raise CommandFailed(words, f"no end after {deadline:.0f} s") from None
        except BaseException:
            _end(process)
            raise
    if process.returncode:
        raise CommandFailed(words, _gist(told.strip() or out.strip()) or f"exit code {process.returncode}")
    return out


def stream(words: Sequence[str]) -> subprocess.Popen[str]:
    """A program that goes on telling; its standard output is to be read line by line, and it is to be killed."""
    return subprocess.Popen(  # noqa: S603 - words of ours, never a shell
        list(words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def _gist(told: str) -> str:
    """What a program says of its failure: its ERROR lines (kind adds pages of logs and a Go stack), else the last."""
    lines = told.splitlines()
    errors = [line for line in lines if line.startswith(("ERROR", "error:", "Error"))]
    return " | ".join(errors[:3] or lines[-3:])


def _end(process: subprocess.Popen[str]) -> None:
    # With all that it runs: kind's own docker commands would go on making what is about to be deleted.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
