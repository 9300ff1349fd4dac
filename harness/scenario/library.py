"""The scenarios and apps that Seatrial brings along, by name; and files of the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.limits import SCENARIO_BYTES_MAX
from seatrial.harness.scenario.problems import nearest
from seatrial.harness.scenario.yaml import STDIN, read_text

__all__ = ["BUILTIN", "Source", "builtin_app", "builtin_apps", "find_scenario", "scenario_names"]

BUILTIN = "builtin/"
_PACKAGE = "seatrial.scenarios"
_APPS = "apps"
_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Source:
    """A scenario's text and where it is from. folder: what paths in it are relative to, "" for the built-in ones."""

    name: str
    file: str
    text: str
    folder: str = ""


def scenario_names() -> tuple[str, ...]:
    """`zonal/zone-loss`, ...: every built-in scenario, sorted."""
    found = []
    for family in files(_PACKAGE).iterdir():
        if family.is_dir() and family.name != _APPS and not family.name.startswith(("_", ".")):
            found += [
                f"{family.name}/{file.name.removesuffix('.yaml')}"
                for file in family.iterdir()
                if file.name.endswith(".yaml")
            ]
    return tuple(sorted(found))


def find_scenario(word: str) -> Source:
    """A scenario by name (`zonal/zone-loss`, or `zone-loss` if only one is called so) or by path.

    Raises BadInput with the nearest names.
    """
    if word == STDIN:
        return Source("<stdin>", "<stdin>", read_text(STDIN, SCENARIO_BYTES_MAX), ".")
    names = scenario_names()
    full = [name for name in names if word in (name, name.partition("/")[2])]
    path = Path(word)
    if len(full) != 1 and path.is_file():
        return Source(path.stem, word, read_text(word, SCENARIO_BYTES_MAX), str(path.parent))
    if len(full) == 1:
        family, _, name = full[0].partition("/")
        file = files(_PACKAGE) / family / f"{name}.yaml"
        return Source(full[0], f"scenarios/{full[0]}.yaml", file.read_text("utf-8"))
    if len(full) > 1:
        raise BadInput(f"the scenario {word!r} may be {' or '.join(full)}; write the whole name")
    if path.is_dir():
        raise BadInput(f"{word} is a folder; name a scenario file in it")
    if word.endswith(_SUFFIXES):
        raise BadInput(f"{word}: there is no such file")
    hint = nearest(word, [*names, *(name.partition("/")[2] for name in names)])
    raise BadInput(f"unknown scenario {word!r}{hint} (`seatrial list` shows all; a file's name ends in .yaml)")


def builtin_apps() -> tuple[str, ...]:
    """`builtin/storefront`, ...: every app that is brought along."""
    folder = files(_PACKAGE) / _APPS
    return tuple(
        sorted(f"{BUILTIN}{app.name}" for app in folder.iterdir() if app.is_dir() and not app.name.startswith("_"))
    )


def builtin_app(name: str) -> tuple[Source, ...]:
    """The manifests of a built-in app, in the order of their names. Raises BadInput with the nearest."""
    known = builtin_apps()
    if name not in known:
        raise BadInput(f"unknown app {name!r}{nearest(name, known)} (there are: {', '.join(known)})")
    folder: Traversable = files(_PACKAGE) / _APPS / name.removeprefix(BUILTIN)
    return tuple(
        Source(name, f"{name}/{file.name}", file.read_text("utf-8"))
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(_SUFFIXES)
    )
