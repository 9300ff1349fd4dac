"""A change of an object, written as JSON pointers."""

from __future__ import annotations

from typing import Any

__all__ = ["GONE", "mutated"]

GONE = "\0gone"


def mutated(obj: Any, changes: dict[str, Any]) -> Any:
    """A copy with each pointer set to its value, or taken out where the value is GONE; `-` appends to a list."""
    for pointer, value in changes.items():
        steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
        obj = _set(obj, steps, value)
    return obj


def _set(obj: Any, steps: list[str], value: Any) -> Any:
    step, rest = steps[0], steps[1:]
    if isinstance(obj, list):
        if step == "-":
            return [*obj, value]
        index = int(step)
        if not rest and value == GONE:
            return [*obj[:index], *obj[index + 1 :]]
        return [*obj[:index], _set(obj[index], rest, value) if rest else value, *obj[index + 1 :]]
    obj = obj or {}
    if not rest and value == GONE:
        return {name: item for name, item in obj.items() if name != step}
    return {**obj, step: _set(obj.get(step), rest, value) if rest else value}
