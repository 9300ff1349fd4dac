"""`seatrial schema`: JSON Schemas for editors."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from seatrial.harness.cli.options import OutputOption, PluginOption
from seatrial.harness.cli.talk import Output, document, say
from seatrial.harness.kernel.errors import BadInput

__all__ = ["schema"]


class Draft(StrEnum):
    """Which JSON Schema; yaml-language-server reads draft-07."""

    NEW = "2020-12"
    OLD = "draft-07"


class What(StrEnum):
    """Of which file."""

    SCENARIO = "scenario"
    FLEET = "fleet"


def schema(
    what: Annotated[What, typer.Argument(help="Of which file.")] = What.SCENARIO,
    draft: Annotated[Draft, typer.Option("--draft", help="yaml-language-server reads draft-07.")] = Draft.NEW,
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="Write all schemas of both drafts there.")] = "",
    plugin: PluginOption = [],  # noqa: B006 - typer's
    output: OutputOption = Output.JSON,
) -> None:
    """The JSON Schema of scenario or fleet files, with all faults and promises that are known here."""
    from seatrial.harness.runner.words import words  # noqa: PLC0415
    from seatrial.harness.scenario.schema import fleet_schema, scenario_schema  # noqa: PLC0415 - pydantic

    known = words(plugin)
    if not out:
        document(scenario_schema(known, draft) if what is What.SCENARIO else fleet_schema(draft))
        return
    folder = Path(out)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in Draft:
            suffix = "" if one is Draft.NEW else f".{one}"
            for name, found in ((What.SCENARIO, scenario_schema(known, one)), (What.FLEET, fleet_schema(one))):
                file = folder / f"{name}{suffix}.schema.json"
                file.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
                written.append(str(file))
    except OSError as error:
        raise BadInput(f"--out {out}: cannot be written: {error.strerror or error}") from error
    if output is Output.JSON:
        document(written)
    say(f"first line of a scenario, for editors: # yaml-language-server: $schema={written[2]}")
