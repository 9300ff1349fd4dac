"""Parameters: `params: {zone: each}` in the file, `$zone` where it is used, `--set zone=a` on the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.scenario.problems import Problems, nearest
from seatrial.harness.scenario.scalars import resolve
from seatrial.harness.scenario.values import kind_of
from seatrial.harness.scenario.yaml import Document, PathKey

__all__ = ["declared", "filled", "settings_of"]

_NAME = "[a-z][a-z0-9-]*"
_WHOLE = re.compile(rf"\$(?:\{{({_NAME})\}}|({_NAME}))")
_USE = re.compile(rf"\$(?:\$|\{{({_NAME})\}}|({_NAME}))")
# Words in which a dollar is only a dollar.
_PLAIN_WORDS = ("why", "params")


def settings_of(sets: Sequence[str]) -> dict[str, Any]:
    """`["zone=a"]` as values; each is read as a YAML scalar. Raises BadInput."""
    found: dict[str, Any] = {}
    for text in sets:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise BadInput(f"--set {text}: write it as --set NAME=VALUE")
        if name in found:
            raise BadInput(f"--set {name} is given twice")
        found[name] = resolve(value)
    return found


def declared(document: Document, problems: Problems) -> dict[str, tuple[Any, str]]:
    """The parameters of a scenario: default and help by name."""
    found: dict[str, tuple[Any, str]] = {}
    given = document.value.get("params")
    if not isinstance(given, dict):
        return found  # of a wrong type: the shape tells
    for name, entry in given.items():
        value, text = entry, ""
        path: PathKey = ("params", name)
        if not re.fullmatch(_NAME, name):
            problems.add(
                document.place(path, key=True), f"the parameter {name!r} must be lower-case, as zone or max-lag"
            )
            continue
        if isinstance(value, dict):
            unknown = [word for word in value if word not in ("value", "help")]
            if unknown or "value" not in value:
                problems.add(
                    document.place(path), f"params.{name}: write NAME: VALUE or NAME: {{value: ..., help: ...}}"
                )
                continue
            value, text = entry["value"], str(entry.get("help", ""))
        if isinstance(value, (dict, list)):
            problems.add(document.place(path), f"params.{name}: must be one word or number, not {kind_of(value)}")
            continue
        found[name] = (value, text)
    return found


def filled(document: Document, values: Mapping[str, Any], problems: Problems) -> Any:
    """The document's value with every `$name` replaced; what is not touched is shared."""

    def fill(value: Any, path: PathKey) -> Any:
        if isinstance(value, dict):
            new = {
                key: inner if not path and key in _PLAIN_WORDS else fill(inner, (*path, key))
                for key, inner in value.items()
            }
            return value if all(new[key] is value[key] for key in value) else new
        if isinstance(value, list):
            made = [fill(inner, (*path, index)) for index, inner in enumerate(value)]
            return value if all(one is other for one, other in zip(made, value, strict=True)) else made
        if not isinstance(value, str) or "$" not in value:
            return value
        whole = _WHOLE.fullmatch(value)
        if whole is not None:
            return look_up(whole, path)
        return _USE.sub(lambda use: "$" if use.group() == "$$" else str(look_up(use, path)), value)

    def look_up(use: re.Match[str], path: PathKey) -> Any:
        name = use.group(1) or use.group(2)
        if name not in values:
            hint = nearest(name, values) or "; the scenario's `params:` lists what there is"
            problems.add(document.place(path), f"unknown parameter {name!r}{hint} ($$ stands for a dollar)")
            return name
        return values[name]

    return fill(document.value, ())
