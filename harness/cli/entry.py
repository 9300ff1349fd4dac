"""Runs one command: parses, calls, and turns every end into an exit code. Nothing leaves as a traceback."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

import typer

from seatrial.harness.cli.commands import make_app
from seatrial.harness.cli.exits import tell
from seatrial.harness.cli.talk import Output, say
from seatrial.harness.kernel.errors import BadInput

__all__ = ["run"]


def run(arguments: Sequence[str]) -> int:
    """The exit code of a command line."""
    output = _output(arguments)
    if sys.stdout is None:
        return tell(BadInput("standard output is closed; send it to a file, or to /dev/null"), Output.TEXT, arguments)
    try:
        command = typer.main.get_command(make_app(arguments[0] if arguments else ""))
        ended = command.main(args=list(arguments), prog_name="seatrial", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # `seatrial list | head`: whoever read has had enough. What is left in the buffer must not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except typer.Abort as error:
        return tell(KeyboardInterrupt(str(error)), output, arguments)
    except KeyboardInterrupt as error:
        return tell(error, output, arguments)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO):
            return tell(error, output, arguments)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return tell(BadInput(f"the answer cannot be written: {error.strerror}"), Output.TEXT, arguments)
    except Exception as error:
        if hasattr(error, "format_message"):
            return _usage(error, output)
        return tell(error, output, arguments)
    return ended if isinstance(ended, int) else 0


def _usage(error: Exception, output: Output) -> int:
    """An option or argument that is wrong: how the command is written, then what is wrong."""
    context = getattr(error, "ctx", None)
    if context is not None:
        say(context.get_usage())
        say(f"`{context.command_path} --help` shows all options")
    return tell(BadInput(getattr(error, "format_message")()), output, ())  # noqa: B009 - whoever calls has looked


def _output(arguments: Sequence[str]) -> Output:
    """What `-o` says, before anything is parsed: errors of parsing are told in it, too."""
    words = list(arguments)
    for index, word in enumerate(words):
        if word in ("-ojson", "--output=json") or (
            word in ("-o", "--output") and words[index + 1 : index + 2] == ["json"]
        ):
            return Output.JSON
    return Output.TEXT
