"""Exit codes, and what an error is called in one.

0 held, 1 broken, 2 bad input or usage, 3 unknown, 4 not available here, 5 nothing selected, 70 a bug of ours,
130 interrupted.
"""

from __future__ import annotations

import os
import shlex
import sys
import traceback
from collections.abc import Sequence

from seatrial.harness.cli.talk import Output, document, say
from seatrial.harness.kernel.errors import BadInput, LimitHit, Unavailable, Unsupported

__all__ = [
    "BAD_INPUT",
    "BUG",
    "INTERRUPTED",
    "NOTHING",
    "UNAVAILABLE",
    "UNKNOWN",
    "Interrupted",
    "NothingSelected",
    "code_of",
    "tell",
]

BAD_INPUT = 2
UNKNOWN = 3
UNAVAILABLE = 4
NOTHING = 5
BUG = 70
INTERRUPTED = 130


class NothingSelected(Exception):
    """A filter left nothing to do."""


class Interrupted(Exception):
    """Ctrl-C, pressed where nobody could stop in good order."""


def code_of(error: BaseException) -> int:
    """The exit code for an error."""
    if isinstance(error, BadInput):
        return BAD_INPUT
    if isinstance(error, LimitHit):
        return UNKNOWN
    if isinstance(error, (Unavailable, Unsupported)):
        return UNAVAILABLE
    if isinstance(error, NothingSelected):
        return NOTHING
    if isinstance(error, (Interrupted, KeyboardInterrupt)):
        return INTERRUPTED
    return BUG


def tell(error: BaseException, output: Output, arguments: Sequence[str]) -> int:
    """Say what went wrong, without a traceback; returns the exit code."""
    code = code_of(error)
    text = _text(error, code, arguments)
    for line in text.splitlines():
        say(line)
    if os.environ.get("SEATRIAL_DEBUG"):
        say("".join(traceback.format_exception(error)).rstrip())
    if output is Output.JSON:
        document(
            {
                "apiVersion": "seatrial.dev/v1alpha1",
                "kind": "Error",
                "exitCode": code,
                "error": type(error).__name__,
                "problems": text.splitlines(),
            }
        )
    return code


def _text(error: BaseException, code: int, arguments: Sequence[str]) -> str:
    if code == INTERRUPTED:
        return "interrupted"
    if code != BUG:
        prefix = {UNAVAILABLE: "not available: ", UNKNOWN: "a limit was hit: "}.get(code, "")
        return f"{prefix}{error}"
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].name} ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
    command = shlex.join(["seatrial", *arguments])
    return (
        f"a bug of Seatrial: {type(error).__name__}: {error}{where}\n"
        f"the same command shows it again (it names its seed or takes 0): {command}\n"
        f"SEATRIAL_DEBUG=1 shows the way to it; please report both to the maintainers "
        f"(Python {sys.version_info.major}.{sys.version_info.minor}, {sys.platform})"
    )
