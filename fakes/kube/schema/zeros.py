"""What Go leaves out when it writes an object: empty texts, lists and maps, zeros and false of optional fields.

Source: the json tags of k8s.io/api (v0.36.3): `omitempty` on what is no pointer; `data/zeros.json` has the list, made
by `generate_zeros.py`. Differs from the real one: an empty list of a field that is always written stays `[]`, where
the real server says null.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from seatrial.harness.ports.event import Obj

if TYPE_CHECKING:
    from seatrial.fakes.kube.schema.structure import Node

__all__ = ["omitted_fields", "without_zeros", "without_zeros_in_meta"]

NONE: frozenset[str] = frozenset()


@cache
def _table() -> dict[str, frozenset[str]]:
    data = msgspec.json.decode(files(f"{__package__}.data").joinpath("zeros.json").read_bytes())
    return {name: frozenset(fields.split()) for name, fields in data.items()}


def omitted_fields(type_name: str) -> frozenset[str]:
    """The fields of a type that are not written while they are empty."""
    return _table().get(type_name, NONE)


def without_zeros(node: Node, obj: Obj) -> Obj:
    """The object as Go would write it; the same object, and the same parts, where nothing has to go."""
    fields, omitted = node.properties, node.omitted
    gone: list[str] = []
    changed: dict[str, Any] = {}
    for name, item in obj.items():
        if not item:
            if name in omitted:
                gone.append(name)
        elif type(item) not in _LEAVES:
            field = fields.get(name)
            lean = item if field is None else _value(field, item)
            if lean is not item:
                changed[name] = lean
    if not gone and not changed:
        return obj
    return {name: changed.get(name, item) for name, item in obj.items() if name not in gone}


_LEAVES = frozenset((str, int, bool, float))


def _value(node: Node, value: Any) -> Any:
    kind = node.type
    if kind == "object":
        return without_zeros(node, value) if node.properties and isinstance(value, dict) else value
    items = node.items
    if items is None or items.type in _SCALARS:
        return value
    if kind == "array" and isinstance(value, list):
        lean = [_value(items, item) for item in value]
        return value if all(one is other for one, other in zip(lean, value, strict=True)) else lean
    if kind == "map" and isinstance(value, dict):
        held = {name: _value(items, item) for name, item in value.items()}
        return value if all(held[name] is item for name, item in value.items()) else held
    return value


_SCALARS = frozenset(("string", "integer", "number", "boolean", "quantity", "int-or-string", "any"))


def without_zeros_in_meta(meta: Node, obj: Obj) -> Obj:
    """The same for an object whose metadata alone has a Go type: a custom resource."""
    given = obj.get("metadata")
    if not given:
        return obj
    lean = without_zeros(meta, given)
    return obj if lean is given else {**obj, "metadata": lean}
