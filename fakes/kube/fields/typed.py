"""What a value is at its place: a leaf, a map, a list with keys, a set; and the path elements of list items.

Source: sigs.k8s.io/structured-merge-diff/v6/typed (helpers.go, tofieldset.go), k8s.io/kube-openapi/pkg/schemaconv.
Objects of built-in kinds come out of Go structs, where a struct that is no pointer is always there and a required
list is at least null; `Inline` knows which (generated from OpenAPI: such fields have the default {}).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from seatrial.fakes.kube.fields.sets import MEMBER, Paths, path_text
from seatrial.harness.ports.kube import ApiError

__all__ = [
    "ABSENT",
    "FieldNode",
    "child_of",
    "element_of",
    "field_set",
    "is_atomic",
    "shape",
    "shown",
    "standing",
    "undeclared",
]

ABSENT: Any = object()
MAP, LIST, SCALAR = "map", "list", "scalar"
# associative list keys that may be left out: the API's only non-zero defaults of keys.
# Times of conditions are structs too, and null when they are not set.
_TIMES = frozenset(("lastProbeTime", "lastTransitionTime", "lastUpdateTime", "lastHeartbeatTime"))
KEY_DEFAULTS = {"protocol": "TCP"}


class FieldNode(Protocol):
    """What is asked of the schema."""

    type: str
    go: str
    list_type: str
    list_map_keys: tuple[str, ...]
    map_type: str
    required: tuple[str, ...]

    @property
    def properties(self) -> Mapping[str, Any]:
        """The fields of an object."""
        ...

    @property
    def items(self) -> Any:
        """What a list or map holds."""
        ...


@cache
def _inline() -> dict[str, frozenset[str]]:
    table = json.loads(files(__package__).joinpath("inline.json").read_text())
    return {name: frozenset(fields) for name, fields in table.items()}


def shape(node: FieldNode | None, value: Any) -> str:
    """Map, list or scalar; without a type the value decides."""
    kind = "any" if node is None else node.type
    if kind in ("object", "map"):
        return MAP
    if kind == "array":
        return LIST
    if kind != "any":
        return SCALAR
    if isinstance(value, list):
        return LIST
    return MAP if isinstance(value, dict) or value is None or value is ABSENT else SCALAR


def is_atomic(node: FieldNode | None, form: str) -> bool:
    """Whether the value is one leaf whatever is in it."""
    if form == LIST:
        return node is None or node.list_type not in ("map", "set")
    return node is not None and node.map_type == "atomic"


def child_of(node: FieldNode | None, name: str) -> FieldNode | None:
    """The type of a field."""
    if node is None or node.type == "any":
        return None
    found: FieldNode | None = node.properties.get(name)
    if found is None and node.type == "map":
        found = node.items
    return found


def declared(node: FieldNode | None, name: str) -> bool:
    """Whether the type names this field (and not only holds it)."""
    return node is not None and name in node.properties


def shown(node: FieldNode | None, value: dict[str, Any], name: str, *, structs: bool) -> Any:
    """A field's value as Go's struct shows it."""
    if name in value:
        return value[name]
    if structs and node is not None:
        if name in _inline().get(node.go, ()):
            return {}
        if name in node.required or (name in _TIMES and node.go.endswith("Condition")):
            return None
    return ABSENT


def standing(node: FieldNode | None) -> tuple[str, ...]:
    """Fields that a Go struct of this type always shows."""
    if node is None or node.type != "object":
        return ()
    out = (*_inline().get(node.go, ()), *node.required)
    if node.go.endswith("Condition"):
        out += tuple(name for name in node.properties if name in _TIMES)
    return out


def element_of(node: FieldNode, item: Any) -> str:
    """The path element of an item of a list that is a map or a set."""
    if node.list_type == "set":
        if isinstance(item, (dict, list)) or item is None:
            raise ApiError("associative list without keys has an element that's a map type", 500, "")
        return "v:" + json.dumps(item, separators=(",", ":"))
    keys = node.list_map_keys
    if not isinstance(item, dict):
        raise ApiError("associative list with keys may not have non-map elements", 500, "")
    named = {}
    for key in sorted(keys):
        value = item.get(key, ABSENT)
        if value is ABSENT:
            value = getattr(child_of(node.items, key), "default", None) or KEY_DEFAULTS.get(key, ABSENT)
        if value is not ABSENT:
            named[key] = value
    if not named:
        listed = " ".join(f'"{key}"' for key in keys)
        raise ApiError(
            f"associative list with keys has an element that omits all key fields [{listed}] "
            "(and doesn't have default values for any key fields)",
            500,
            "",
        )
    return "k:" + json.dumps(named, separators=(",", ":"))


def field_set(value: Any, node: FieldNode | None) -> Paths:
    """Every leaf and item that an applied configuration names (ToFieldSet)."""
    form = shape(node, value)
    if form == SCALAR or is_atomic(node, form):
        return {MEMBER: True}
    if value is None:
        return {}
    out: Paths = {}
    if form == LIST:
        assert node is not None
        seen: set[str] = set()
        for item in value:
            element = element_of(node, item)
            below = {} if element in seen else field_set(item, node.items)
            out[element] = {**below, MEMBER: True}
            seen.add(element)
        return out
    for name, item in value.items():
        below = field_set(item, child_of(node, name))
        if item is None or item == {} or not declared(node, name):
            below = {**below, MEMBER: True}
        if below:
            out[f"f:{name}"] = below
    return out


def undeclared(value: Any, node: FieldNode | None, path: tuple[str, ...] = ()) -> list[str]:
    """Fields that a configuration names and the type does not know, as server-side apply complains of them."""
    if node is None:
        return []
    form = shape(node, value)
    out: list[str] = []
    if form == MAP and isinstance(value, dict):
        closed = node.type == "object" and bool(node.properties)
        for name, item in value.items():
            if closed and name not in node.properties:
                out.append(f"{path_text((*path, f'f:{name}'))}: field not declared in schema")
            else:
                out += undeclared(item, child_of(node, name), (*path, f"f:{name}"))
    elif form == LIST and isinstance(value, list):
        for index, item in enumerate(value):
            element = f"i:{index}" if is_atomic(node, LIST) else element_of(node, item)
            out += undeclared(item, node.items, (*path, element))
    return out
