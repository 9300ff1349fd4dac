"""Reading an object as the API server's decoder does: types, unknown fields, nulls.

Wrong types are refused with the text of Go's decoder. Unknown fields are dropped, with a warning or an error by the
caller's fieldValidation. Null means absent. Differs from the real one: duplicate keys are gone before we see them.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import Any

from seatrial.fakes.kube.quantity import is_quantity
from seatrial.fakes.kube.schema.kinds import Kind
from seatrial.fakes.kube.schema.structure import Node
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import BadRequest

__all__ = ["decode", "decode_meta", "refuse_unknown"]

_INTEGERS = {"int32": 1 << 31, "int64": 1 << 63, "": 1 << 63}
_QUANTITY = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_LAYOUT, _MICRO_LAYOUT = "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05.000000Z07:00"
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/\r\n]")
_ZEROS: dict[str, Any] = {
    "string": "",
    "integer": 0,
    "number": 0,
    "boolean": False,
    "object": {},
    "map": {},
    "array": [],
    "quantity": "0",
    "int-or-string": 0,
}
_GO_JSON = {str: "string", bool: "bool", int: "number", float: "number", dict: "object", list: "array"}


class _Unreadable(Exception):
    """A text that its type cannot read: a quantity, a time, bytes."""


class _WrongType(Exception):
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
    read: Obj = _read(kind, node, obj, "", unknown)
    return read, unknown


def decode_meta(kind: Kind, node: Node, obj: Obj, unknown: list[str], path: str = "") -> Obj:
    """An object whose metadata alone is read by its type: the way of custom resources."""
    meta = obj.get("metadata")
    if meta is None:
        return obj
    read = _read(kind, node, meta, f"{path}.metadata" if path else "metadata", unknown)
    return obj if read is meta else {**obj, "metadata": read}


def _read(kind: Kind, node: Node, value: Any, path: str, unknown: list[str]) -> Any:
    try:
        return _object(node, value, path, unknown)
    except _Unreadable as problem:
        text = str(problem)
    except _WrongType as wrong:
        steps = ".".join(reversed(wrong.path))
        place = f"Go struct field {wrong.struct}.{steps} " if wrong.path else "Go value "
        text = f"json: cannot unmarshal {wrong.got} into {place}of type {wrong.go}"
    raise BadRequest(f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {text}')


def refuse_unknown(kind: Kind, unknown: list[str], strictness: str) -> list[str]:
    """Warnings for unknown fields, or none, or BadRequest: as fieldValidation wants it."""
    if strictness == "Ignore" or not unknown:
        return []
    warnings = [f'unknown field "{path}"' for path in unknown]
    if strictness == "Strict":
        raise BadRequest(
            f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
            f"strict decoding error: {', '.join(warnings)}"
        )
    return warnings


def _value(node: Node, value: Any, path: str, unknown: list[str]) -> Any:
    kind = node.type
    if kind == "object":
        return _object(node, value, path, unknown)
    if kind == "array":
        return _array(node, value, path, unknown)
    if kind == "map":
        return _map(node, value, path, unknown)
    if kind == "any":
        known = node.as_object
        return value if known is None or not isinstance(value, dict) else _object(known, value, path, unknown)
    _scalar(node, value)
    return value


def _scalar(node: Node, value: Any) -> None:
    kind, got = node.type, type(value)
    if kind == "string":
        if got is not str:
            raise _WrongType(_GO_JSON.get(got, "object"), node.go)
        if node.format:
            _formatted(node, value)
    elif kind == "integer":
        if got is int and -_INTEGERS[node.format] <= value < _INTEGERS[node.format]:
            return
        raise _WrongType(_number(value), node.go)
    elif kind == "boolean":
        if got is not bool:
            raise _WrongType(_GO_JSON.get(got, "object"), node.go)
    elif kind == "int-or-string":
        if got is str or (got is int and -_INTEGERS["int32"] <= value < _INTEGERS["int32"]):
            return
        raise _WrongType(_number(value), "int32")
    elif kind == "quantity":
        if not is_quantity(value):
            raise _Unreadable(_QUANTITY)
    elif got not in (int, float):
        raise _WrongType(_GO_JSON.get(got, "object"), node.go)


def _number(value: Any) -> str:
    """What stands where a whole number is due; a number that does not fit is shown."""
    kind = _GO_JSON.get(type(value), "object")
    return f"number {value}" if kind == "number" else kind


def _formatted(node: Node, value: str) -> None:
    if node.format == "date-time":
        if not _TIME.fullmatch(value):
            layout = _MICRO_LAYOUT if node.go == "v1.MicroTime" else _LAYOUT
            raise _Unreadable(f'parsing time "{value}" as "{layout}": cannot parse "{value}" as "2006"')
    elif node.format == "byte":
        try:
            b64decode(value, validate=True)
        except ValueError:
            found = _NOT_BASE64.search(value)
            place = found.start() if found else len(value) // 4 * 4
            raise _Unreadable(f"illegal base64 data at input byte {place}") from None


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
        _zero(items) if item is None else _value(items, item, f"{path}[{index}]", unknown)
        for index, item in enumerate(value)
    ]
    return value if all(one is other for one, other in zip(read, value, strict=True)) else read


def _zero(node: Node) -> Any:
    """What null in a list or a map becomes; a time stays null."""
    return None if node.format == "date-time" else _ZEROS.get(node.type)


def _map(node: Node, value: Any, path: str, unknown: list[str]) -> Any:
    if not isinstance(value, dict):
        raise _WrongType(_GO_JSON.get(type(value), "null"), node.go)
    items = node.items
    assert items is not None
    read = {
        name: _zero(items) if item is None else _value(items, item, f"{path}.{name}", unknown)
        for name, item in value.items()
    }
    return value if all(read[name] is item for name, item in value.items()) else read
