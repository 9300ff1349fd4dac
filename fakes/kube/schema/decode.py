"""Reading an object as the API server's decoder does: types, unknown fields, nulls.

Wrong types are refused with the text of Go's decoder. Unknown fields are dropped, with a warning or an error by the
caller's fieldValidation. Null means absent. Differs from the real one: duplicate keys are gone before we see them.
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.schema.kinds import Kind
from seatrial.fakes.kube.schema.structure import Node
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import BadRequest

__all__ = ["decode"]

_INTEGERS = {"int32": 1 << 31, "int64": 1 << 63, "": 1 << 63}
_GO_JSON = {str: "string", bool: "bool", int: "number", float: "number", dict: "object", list: "array"}


class _WrongType(Exception):  # noqa: N818 - turned into BadRequest by the caller
    def __init__(self, got: str, go: str) -> None:
        super().__init__(got, go)
        self.got = got
        self.go = go
        self.path: list[str] = []
        self.struct = ""


def decode(kind: Kind, node: Node, obj: Obj) -> tuple[Obj, list[str]]:
    """The object without unknown fields and nulls, and the unknown fields' paths. Raises BadRequest for wrong types.

    Where nothing had to go, the object and each of its parts are the same as before.
    """
    unknown: list[str] = []
    try:
        read = _object(node, obj, "", unknown)
    except _WrongType as wrong:
        path = ".".join(reversed(wrong.path))
        place = f"Go struct field {wrong.struct}.{path} " if wrong.path else "Go value "
        raise BadRequest(
            f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
            f"json: cannot unmarshal {wrong.got} into {place}of type {wrong.go}"
        ) from None
    return read, unknown


def _value(node: Node, value: Any, path: str, unknown: list[str]) -> Any:
    kind = node.type
    if kind == "object":
        return _object(node, value, path, unknown)
    if kind == "array":
        return _array(node, value, path, unknown)
    if kind == "map":
        return _map(node, value, path, unknown)
    if kind == "any":
        return value
    _scalar(node, value)
    return value


def _scalar(node: Node, value: Any) -> None:
    kind, got = node.type, type(value)
    if kind == "string":
        good = got is str
    elif kind == "integer":
        good = got is int and -_INTEGERS[node.format] <= value < _INTEGERS[node.format]
        if not good and got in (int, float):
            raise _WrongType(f"number {value}", node.go)
    elif kind == "boolean":
        good = got is bool
    elif kind == "int-or-string":
        good = got is str or got is int
    elif kind == "quantity":
        good = got in (str, int, float)
    else:
        good = got in (int, float)
    if not good:
        raise _WrongType(_GO_JSON.get(got, "object"), node.go)


def _object(node: Node, value: Any, path: str, unknown: list[str]) -> Any:
    if not isinstance(value, dict):
        raise _WrongType(_GO_JSON.get(type(value), "null"), node.go)
    fields = node.properties
    if not fields:
        return value
    changed: dict[str, Any] = {}
    gone: list[str] = []
    for name, item in value.items():
        field = fields.get(name)
        if field is None:
            unknown.append(f"{path}.{name}" if path else name)
            gone.append(name)
            continue
        if item is None:
            gone.append(name)
            continue
        try:
            read = _value(field, item, f"{path}.{name}" if path else name, unknown)
        except _WrongType as wrong:
            wrong.path.append(name)
            # The innermost struct names the field, with the whole path behind it.
            wrong.struct = wrong.struct or node.go.rpartition(".")[2]
            raise
        if read is not item:
            changed[name] = read
    if not gone and not changed:
        return value
    return {name: changed.get(name, item) for name, item in value.items() if name not in gone}


def _array(node: Node, value: Any, path: str, unknown: list[str]) -> Any:
    if not isinstance(value, list):
        raise _WrongType(_GO_JSON.get(type(value), "null"), node.go)
    items = node.items
    assert items is not None
    read = [
        item if item is None else _value(items, item, f"{path}[{index}]", unknown) for index, item in enumerate(value)
    ]
    return value if all(one is other for one, other in zip(read, value, strict=True)) else read


def _map(node: Node, value: Any, path: str, unknown: list[str]) -> Any:
    if not isinstance(value, dict):
        raise _WrongType(_GO_JSON.get(type(value), "null"), node.go)
    items = node.items
    assert items is not None
    read = {
        name: "" if item is None and items.type == "string" else _value(items, item, f"{path}.{name}", unknown)
        for name, item in value.items()
    }
    return value if all(read[name] is item for name, item in value.items()) else read
