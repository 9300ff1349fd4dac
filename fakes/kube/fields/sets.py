"""Sets of field paths: trees of path elements, as FieldsV1 writes them.

A set is a dict from path element (`f:spec`, `k:{"name":"web"}`, `v:"x"`) to the set below it; the key `""` says that
the path that ends here is a member itself. Sets are values: every function returns a new one and changes none.
Source: sigs.k8s.io/structured-merge-diff/v6/fieldpath.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

__all__ = [
    "MEMBER",
    "Paths",
    "decode",
    "difference",
    "encode",
    "has",
    "intersection",
    "path_text",
    "paths_of",
    "recursive_difference",
    "union",
]

Paths = dict[str, Any]
MEMBER = ""


def union(one: Paths, other: Paths) -> Paths:
    """Paths in either."""
    if not one or one is other:
        return other
    if not other:
        return one
    out = dict(one)
    for element, below in other.items():
        mine = out.get(element)
        if mine is None:
            out[element] = below
        elif element != MEMBER:
            out[element] = union(mine, below)
    return out


def intersection(one: Paths, other: Paths) -> Paths:
    """Paths in both."""
    out: Paths = {}
    for element, below in one.items():
        theirs = other.get(element)
        if theirs is None:
            continue
        if element == MEMBER:
            out[MEMBER] = True
            continue
        both = intersection(below, theirs)
        if both:
            out[element] = both
    return out


def difference(one: Paths, other: Paths) -> Paths:
    """Paths in the first and not in the second."""
    if not other:
        return one
    out: Paths = {}
    for element, below in one.items():
        theirs = other.get(element)
        if theirs is None:
            out[element] = below
        elif element != MEMBER:
            rest = difference(below, theirs)
            if rest:
                out[element] = rest
    return out


def recursive_difference(one: Paths, other: Paths) -> Paths:
    """Paths in the first that are neither members of the second nor below one."""
    out: Paths = {}
    for element, below in one.items():
        theirs = other.get(element)
        if theirs is None:
            out[element] = below
        elif element != MEMBER and MEMBER not in theirs:
            rest = recursive_difference(below, theirs)
            if rest:
                out[element] = rest
    return out


def has(paths: Paths, *elements: str) -> bool:
    """Whether this path is a member."""
    for element in elements:
        below = paths.get(element)
        if below is None:
            return False
        paths = below
    return MEMBER in paths


def paths_of(paths: Paths, prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every member, fields before keys before values, each sorted."""
    if MEMBER in paths:
        yield prefix
    for element in sorted(paths):
        if element != MEMBER:
            yield from paths_of(paths[element], (*prefix, element))


def encode(paths: Paths) -> dict[str, Any]:
    """As FieldsV1."""
    out: dict[str, Any] = {}
    if MEMBER in paths and len(paths) > 1:
        out["."] = {}
    for element in sorted(paths):
        if element != MEMBER:
            out[element] = encode(paths[element])
    return out


def decode(fields: Any) -> Paths:
    """From FieldsV1; raises ValueError if it is none."""
    out = _decoded(fields)
    out.pop(MEMBER, None)
    return out


def _decoded(fields: Any) -> Paths:
    if not isinstance(fields, dict):
        raise ValueError("not a FieldsV1 object")  # noqa: TRY004 - bad input, not a bad type of ours
    out: Paths = {}
    for element, below in fields.items():
        if element == ".":
            out[MEMBER] = True
        elif element[:2] in ("f:", "k:", "v:", "i:"):
            out[element] = _decoded(below)
        else:
            raise ValueError(f"unknown path element {element!r}")
    if not fields:
        out[MEMBER] = True
    return out


def path_text(elements: tuple[str, ...]) -> str:
    """`.spec.containers[name="web"].image`, as conflicts name it."""
    return "".join(map(_element_text, elements))


def _element_text(element: str) -> str:
    kind, rest = element[:2], element[2:]
    if kind == "f:":
        return f".{rest}"
    if kind == "k:":
        keys = json.loads(rest)
        return "[" + ",".join(f"{name}={_value_text(keys[name])}" for name in sorted(keys)) + "]"
    if kind == "v:":
        return f"[={_value_text(json.loads(rest))}]"
    return f"[{rest}]"


def _value_text(value: Any) -> str:
    return json.dumps(value)
