"""Which commands there are. Only the one that is asked for is imported: each costs its options' machinery."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Annotated, Any

import typer

from seatrial.harness.cli.exits import Interrupted
from seatrial.harness.cli.talk import data
from seatrial.harness.kernel.errors import Unsupported

__all__ = ["COMMANDS", "make_app"]

COMMANDS = {
    "run": "running:run",
    "list": "listing:list_words",
    "explain": "listing:explain",
    "schema": "schemas:schema",
    "replay": "running:replay",
    "doctor": "care:doctor",
    "clean": "care:clean",
}
NOT_BUILT = {
    "suite": "conformance: a table of cases by id and level",
    "sweep": "many seeds, the worst one, shrunk",
    "compare": "sim against kind: the divergence table",
    "serve": "kubeconfig and AWS endpoint of a fake fleet",
    "load": "the scenario's storm with Locust traffic",
    "gameday": "a rehearsal with people",
}


HELP = """Sea trials for Kubernetes fleets on Amazon EKS: break the fleet on purpose and see which promises hold.

Exit codes: 0 held, 1 broken, 2 bad input, 3 unknown, 4 not available here, 5 nothing selected, 70 a bug of ours,
130 interrupted. Standard output is data, standard error is talk.
"""


def make_app(only: str = "") -> typer.Typer:
    """The whole command line, or as much of it as one command needs."""
    app = typer.Typer(
        name="seatrial",
        help=HELP,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for name in [only] if only in COMMANDS else COMMANDS:
        module, _, function = COMMANDS[name].partition(":")
        app.command(name)(_ended(getattr(import_module(f"seatrial.harness.cli.{module}"), function)))
    for name, summary in NOT_BUILT.items() if only not in COMMANDS else ():
        app.command(
            name,
            help=f"{summary} (not built yet).",
            context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
        )(_not_built(name))
    return app


def _ended(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same command, whose interruption is told by us: the library would end the process in its own way."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except KeyboardInterrupt as error:
            raise Interrupted from error

    return run


def _not_built(name: str) -> Callable[[], Any]:
    def command() -> None:
        raise Unsupported(f"`seatrial {name}` is not built yet; there are: {', '.join(COMMANDS)}")

    return command


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 - costs 20 ms

        data(f"seatrial {version('seatrial')}")
        raise typer.Exit(0)


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """What stands above every command."""
