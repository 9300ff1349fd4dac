"""The words that a fault's or a checker's dataclass gives a scenario."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from typing import Any, get_args, get_origin, get_type_hints

__all__ = ["Word", "marker_of", "summary_of", "words_of"]


@dataclass(frozen=True)
class Word:
    """One field as a scenario writes it."""

    word: str  # kebab-case
    name: str  # of the dataclass's field
    hint: Any
    default: Any = MISSING
    help: str = ""

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is MISSING

    @property
    def marker(self) -> str:
        """`duration`, `share`, `target` ..., or "" for a plain type."""
        return marker_of(self.hint)


def marker_of(hint: Any) -> str:
    """The marker of an Annotated type, looked for in its parts as well (`Duration | None`)."""
    for extra in getattr(hint, "__metadata__", ()):
        if isinstance(extra, str):
            return extra
    if get_origin(hint) is not None and not getattr(hint, "__metadata__", ()):
        for part in get_args(hint):
            found = marker_of(part)
            if found:
                return found
    return ""


def words_of(cls: type[Any]) -> tuple[Word, ...]:
    """Every field of a frozen dataclass, in its order."""
    hints = get_type_hints(cls, include_extras=True)
    help_of: Mapping[str, str] = getattr(cls, "HELP", {})
    found = []
    for field in dataclasses.fields(cls):
        default = field.default
        if default is MISSING and field.default_factory is not MISSING:
            default = field.default_factory()
        word = field.name.rstrip("_").replace("_", "-")
        found.append(Word(word, field.name, hints[field.name], default, help_of.get(field.name, "")))
    return tuple(found)


def summary_of(cls: type[Any]) -> str:
    """The first line of the docstring."""
    return (cls.__doc__ or "").strip().partition("\n")[0]
