"""`seatrial run` and `seatrial replay`."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from seatrial.harness.cli.options import (
    AppOption,
    FleetOption,
    OutputOption,
    PluginOption,
    SetOption,
    StrictOption,
)
from seatrial.harness.cli.patience import patience
from seatrial.harness.cli.progress import Progress
from seatrial.harness.cli.talk import Output, data, document, say
from seatrial.harness.kernel.streams import name_hash

if TYPE_CHECKING:
    from seatrial.harness.runner.outcome import Outcome
    from seatrial.harness.runner.request import RunRequest

__all__ = ["replay", "run"]


class On(StrEnum):
    """Where the fleet lives."""

    SIM = "sim"
    KIND = "kind"


class Kept(StrEnum):
    """What is kept of the history."""

    FULL = "full"
    CHANGES = "changes"
    DIGEST = "digest"


def run(  # noqa: PLR0917 - typer's options are arguments
    scenarios: Annotated[
        list[str], typer.Argument(metavar="SCENARIO...", help="A file, or a name as zonal/zone-loss (`seatrial list`).")
    ],
    on: Annotated[On, typer.Option("--on", help="sim: in this process; kind: real clusters in Docker.")] = On.SIM,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Same seed, same run, byte for byte.")] = 0,
    app: AppOption = [],  # noqa: B006 - typer's
    fleet: FleetOption = "",
    sets: SetOption = [],  # noqa: B006 - typer's
    report: Annotated[
        str, typer.Option("--report", metavar="DIR", help="Write verdict.json, junit.xml, report.html ... there.")
    ] = "",
    baseline: Annotated[
        str, typer.Option("--baseline", metavar="FILE", help="Findings that are accepted, with reason and end date.")
    ] = "",
    plugin: PluginOption = [],  # noqa: B006 - typer's
    node_image: Annotated[
        str, typer.Option("--node-image", metavar="IMAGE", help="Node image for --on kind, else KIND_NODE_IMAGE's.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be run, and run nothing.")] = False,
    strict: StrictOption = False,
    history: Annotated[Kept, typer.Option("--history", help="What is kept of the history.")] = Kept.CHANGES,
    output: OutputOption = Output.TEXT,
) -> None:
    """Take a fleet out, break it, heal it, and say which promises held."""
    from seatrial.harness.runner.request import RunRequest  # noqa: PLC0415 - the whole runner comes with it

    requests = [
        RunRequest(
            scenario=scenario,
            on=on,
            seed=seed,
            app=tuple(app),
            fleet=fleet,
            sets=tuple(sets),
            plugins=tuple(plugin),
            strict=strict,
            history=history,
            report=report,
            baseline=baseline,
            node_image=node_image,
        )
        for scenario in scenarios
    ]
    if dry_run:
        _show_plans(requests, output)
        return
    from seatrial.harness.cli.telling import prepare, tell_outcomes  # noqa: PLC0415

    prepare(requests[0])
    outcomes = _run_all(requests)
    with patience():
        code = tell_outcomes(outcomes, requests, output)
    raise typer.Exit(code)


def replay(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="What --report wrote.")],
    output: OutputOption = Output.TEXT,
) -> None:
    """The same run again; says where the first difference is. Exit code 0: the same bytes, 1: not."""
    from seatrial.harness.runner.replay import replay_folder  # noqa: PLC0415 - the fakes

    with Progress() as told:
        differences = replay_folder(folder, told)
    if output is Output.JSON:
        document({"folder": folder, "same": not differences, "differences": list(differences)})
    else:
        for difference in differences:
            data(difference)
        data("the same bytes" if not differences else f"{len(differences)} run(s) differ")
    raise typer.Exit(1 if differences else 0)


def _run_all(requests: list[RunRequest]) -> list[Outcome]:
    from seatrial.harness.runner.run import run_request  # noqa: PLC0415 - the fakes

    outcomes: list[Outcome] = []
    for request in requests:
        seed = request.seed
        if len(requests) > 1:
            # Runs of one command differ in their seeds, and each can be asked for alone.
            seed = name_hash(seed, request.scenario) % 2**32
        say(f"seed     {seed}: {request.scenario}")
        with Progress() as told:
            outcomes.append(run_request(replace(request, seed=seed), told))
        if outcomes[-1].interrupted:
            break
    return outcomes


def _show_plans(requests: list[RunRequest], output: Output) -> None:
    from seatrial.harness.cli.plans import plan_facts, show_plan  # noqa: PLC0415 - the fakes
    from seatrial.harness.runner.run import plan_of  # noqa: PLC0415

    facts = [plan_facts(plan_of(request)[0]) for request in requests]
    if output is Output.JSON:
        document(facts)
        return
    for one in facts:
        show_plan(one)
