"""Which commands there are."""

from __future__ import annotations

from typing import Annotated

import typer

from seatrial.harness.cli.care import clean, doctor
from seatrial.harness.cli.listing import explain, list_words
from seatrial.harness.cli.running import replay, run
from seatrial.harness.cli.schemas import schema
from seatrial.harness.cli.talk import data
from seatrial.harness.kernel.errors import Unsupported

__all__ = ["app"]

app = typer.Typer(
    name="seatrial",
    help="Sea trials for Kubernetes fleets on Amazon EKS: break the fleet on purpose and see which promises hold.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_NOT_BUILT = {
    "suite": "conformance: a table of cases by id and level",
    "sweep": "many seeds, the worst one, shrunk",
    "compare": "sim against kind: the divergence table",
    "serve": "kubeconfig and AWS endpoint of a fake fleet",
    "load": "the scenario's storm with Locust traffic",
    "gameday": "a rehearsal with people",
}
_BUILT = "run, list, explain, schema, replay, doctor, clean"


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 - costs 20 ms

        data(f"seatrial {version('seatrial')}")
        raise typer.Exit(0)


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Exit codes: 0 held, 1 broken, 2 bad input, 3 unknown, 4 not available here, 5 nothing selected, 70 a bug of ours,
    130 interrupted. Standard output is data, standard error is talk.
    """


app.command("run")(run)
app.command("list")(list_words)
app.command("explain")(explain)
app.command("schema")(schema)
app.command("replay")(replay)
app.command("doctor")(doctor)
app.command("clean")(clean)


def _not_built(name: str, summary: str) -> None:
    def command(context: typer.Context) -> None:
        raise Unsupported(f"`seatrial {context.info_name}` is not built yet; there are: {_BUILT}")

    app.command(
        name,
        help=f"{summary} (not built yet).",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(command)


for _name, _summary in _NOT_BUILT.items():
    _not_built(_name, _summary)
