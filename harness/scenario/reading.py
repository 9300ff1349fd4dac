"""Fits a part of a document to its shape; every misfit becomes a problem with its place. Import it late (pydantic)."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from seatrial.harness.scenario.problems import Problems, nearest
from seatrial.harness.scenario.values import kind_of
from seatrial.harness.scenario.yaml import Document, PathKey

__all__ = ["Reader"]

M = TypeVar("M", bound=BaseModel)


class Reader:
    """Reads one document's parts."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self.document = document
        self.problems = problems

    def place(self, path: PathKey, *, key: bool = False) -> str:
        """Where a path was written."""
        return self.document.place(path, key=key)

    def wrong(self, path: PathKey, text: str, *, key: bool = False) -> None:
        """Take down a problem."""
        self.problems.add(self.place(path, key=key), text)

    def fit(self, shape: type[M], value: Any, path: PathKey, what: str, more: str = "") -> M | None:
        """The value in its shape, or None and the problems. `more` tells how to list the words."""
        if not isinstance(value, dict):
            self.wrong(path, f"{what} must be a mapping, not {kind_of(value)}")
            return None
        try:
            return shape.model_validate(value)
        except ValidationError as errors:
            listed = errors.errors(include_url=False)
            # Of a union's branches the one that we wrote says it best.
            told = {_path_in(value, error["loc"]) for error in listed if error["type"] == "seatrial"}
            for error in listed:
                if error["type"] == "seatrial" or _path_in(value, error["loc"]) not in told:
                    self._tell(shape, value, path, what, more, error)
            return None

    def _tell(self, shape: type[BaseModel], value: Any, path: PathKey, what: str, more: str, error: Any) -> None:
        inner = _path_in(value, error["loc"])
        word = inner[-1] if inner else ""
        kind = error["type"]
        if kind == "missing":
            self.wrong(path + inner[:-1], f"{what} must say {_dotted(inner)!r}{_spelled(value, inner)}{more}")
        elif kind == "extra_forbidden":
            known = _known(shape, inner[:-1])
            hint = nearest(str(word), known) or f"; known are {', '.join(known)}"
            self.wrong(path + inner, f"{what}: unknown word {_dotted(inner)!r}{hint}{more}", key=True)
        else:
            self.wrong(path + inner, f"{_dotted(inner) or what}: {_text(error)}")


def _path_in(value: Any, location: tuple[Any, ...]) -> PathKey:
    """The part of pydantic's location that names something in the file; names of unions' branches are left out."""
    path: list[str | int] = []
    for position, step in enumerate(location):
        if (isinstance(value, dict) and step in value) or (
            isinstance(value, list) and isinstance(step, int) and step < len(value)
        ):
            path.append(step)
            value = value[step]
        elif isinstance(value, dict) and position == len(location) - 1 and isinstance(step, str):
            path.append(step)  # a word that is missing
    return tuple(path)


def _dotted(path: PathKey) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _known(shape: type[BaseModel], path: PathKey) -> list[str]:
    """The words of the shape at a path, found by its schema."""
    schema: Any = shape.model_json_schema(by_alias=True)
    found = _at(schema, schema, path)
    return sorted(found.get("properties", {})) if found else []


def _at(schema: Any, root: Any, path: PathKey) -> Any:
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    for branch in schema.get("anyOf", ()):
        found = _at(branch, root, path)
        if found and found.get("properties"):
            return found
    if not path:
        return schema
    step, rest = path[0], path[1:]
    inner = schema.get("items") if isinstance(step, int) else schema.get("properties", {}).get(step)
    return _at(inner, root, rest) if inner else None


def _spelled(value: Any, inner: PathKey) -> str:
    """Whether a word that is missing stands there misspelt."""
    for step in inner[:-1]:
        value = value[step]
    near = get_close_matches(str(inner[-1]), [str(key) for key in value], 1, 0.6)
    return f" (it says {near[0]!r})" if near else ""


def _text(error: Any) -> str:
    kind, given = error["type"], error["input"]
    context = error.get("ctx", {})
    if kind == "seatrial":
        return str(context["text"])
    if kind == "literal_error":
        wanted = str(context["expected"])
        words = [word.strip("'") for word in wanted.replace(" or ", ", ").split(", ")]
        hint = nearest(given, words) if isinstance(given, str) else ""
        return f"must be {wanted}, not {kind_of(given)}{hint}"
    if kind in ("list_type", "tuple_type"):
        return f"must be a list, not {kind_of(given)}"
    if kind in ("dict_type", "model_type", "model_attributes_type"):
        return f"must be a mapping, not {kind_of(given)}"
    if kind == "too_short":
        return "must not be empty"
    if kind == "too_long":
        return f"has {context['actual_length']} entries; at most {context['max_length']} are read"
    return f"{error['msg'][:1].lower()}{error['msg'][1:]}, not {kind_of(given)}"
