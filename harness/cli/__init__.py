"""The command line: thin commands. What they need is imported when they run: `seatrial list` answers at once."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script. Ends the process with the exit code."""
    import sys  # noqa: PLC0415

    from seatrial.harness.cli.entry import run  # noqa: PLC0415

    sys.exit(run(sys.argv[1:] if arguments is None else list(arguments)))
