"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from seatrial.harness.cli.talk import Output

__all__ = ["AppOption", "FleetOption", "OutputOption", "PluginOption", "SetOption", "StrictOption"]

OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How the answer is written.")]
AppOption = Annotated[
    list[str],
    typer.Option("--app", metavar="PATH", help="Manifests: a file, a folder, - or builtin/NAME; may be repeated."),
]
FleetOption = Annotated[
    str, typer.Option("--fleet", metavar="FILE", help="A fleet, or the output of `kubectl get nodes -o yaml`.")
]
SetOption = Annotated[
    list[str], typer.Option("--set", metavar="KEY=VALUE", help="Fills a parameter of the scenario; may be repeated.")
]
PluginOption = Annotated[
    list[str], typer.Option("--plugin", metavar="MODULE", help="A Python module with more faults or checkers.")
]
StrictOption = Annotated[
    bool,
    typer.Option("--strict", help="Refuse manifests that refer to what they do not bring, instead of assuming it."),
]
