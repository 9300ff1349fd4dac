"""Values of custom resources against their schema.

Source: k8s.io/kube-openapi/pkg/validation/validate and the turning of its errors into causes in
k8s.io/apiextensions-apiserver/pkg/apiserver/validation/validation.go (v0.36.3). Differs from the real one: fields are
looked at in the schema's order, where the real server's is that of a Go map; of the alternatives that all fail, the one
with the fewest faults is told.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from seatrial.fakes.kube.schema.custom.formats import fits
from seatrial.fakes.kube.schema.custom.patterns import compiled
from seatrial.fakes.kube.schema.validation.causes import Causes, invalid, not_supported, required, shown, too_long
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import Cause

__all__ = ["check", "kind_of"]

INT_OR_STRING = "x-kubernetes-int-or-string"
_BITS = {"int32": 31, "int64": 63}


def kind_of(value: Any) -> str:
    """A value's JSON type as the validator names it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def check(out: Causes, schema: Obj, path: str, value: Any) -> None:
    """Everything that is wrong with a value. Missing fields are named by their own path."""
    if value is None and schema.get("nullable"):
        return
    if not _type(out, schema, path, value):
        return
    if schema.get("enum") is not None and value not in schema["enum"]:
        names = [item if isinstance(item, str) else shown(item) for item in schema["enum"]]
        not_supported(out, path, value, names)
    if isinstance(value, str):
        _text(out, schema, path, value)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        _number(out, schema, path, value)
    elif isinstance(value, list):
        _array(out, schema, path, value)
    elif isinstance(value, dict):
        _object(out, schema, path, value)
    _logic(out, schema, path, value)


def _type(out: Causes, schema: Obj, path: str, value: Any) -> bool:
    wanted, kind = schema.get("type"), kind_of(value)
    if schema.get(INT_OR_STRING):
        wanted = "integer,string"
        good = kind in ("integer", "string")
    elif not wanted:
        return True
    else:
        good = kind == wanted or (wanted == "number" and kind == "integer")
    if good:
        return True
    text = f'{path} in body must be of type {wanted}: "{kind}"'
    out.append(Cause("FieldValueTypeInvalid", f'Invalid value: "{kind}": {text}', path))
    if kind == "number" and wanted == "integer":
        _unplaced(out, f"Checked value must be of type integer (default format) in {path}")
    return False


def _unplaced(out: Causes, text: str) -> None:
    out.append(Cause("FieldValueInvalid", f'Invalid value: "": {text}', "<nil>"))


def _text(out: Causes, schema: Obj, path: str, value: str) -> None:
    most, least, pattern = schema.get("maxLength"), schema.get("minLength"), schema.get("pattern")
    # The first of these that fails is all that is told.
    if most is not None and len(value) > most:
        too_long(out, path, most)
    elif least is not None and len(value) < least:
        invalid(out, path, value, f"{path} in body should be at least {least} chars long")
    elif pattern and not compiled(pattern).search(value):
        invalid(out, path, value, f"{path} in body should match '{pattern}'")
    name = schema.get("format")
    if name and not fits(name, value):
        text = f"{path} in body must be of type {name}: {shown(value)}"
        out.append(Cause("FieldValueTypeInvalid", f"Invalid value: {shown(value)}: {text}", path))


def _number(out: Causes, schema: Obj, path: str, value: float) -> None:
    bits = _BITS.get(schema.get("format", ""))
    if bits is not None and schema.get("type") == "integer" and not -(1 << bits) <= value < 1 << bits:
        _unplaced(out, f"Checked value must be of type integer with format {schema['format']} in {path}")
        return
    factor = schema.get("multipleOf")
    if factor is not None:
        _multiple(out, path, value, factor)
    most, least = schema.get("maximum"), schema.get("minimum")
    if most is not None:
        if schema.get("exclusiveMaximum"):
            if value >= most:
                invalid(out, path, value, f"{path} in body should be less than {most}")
        elif value > most:
            invalid(out, path, value, f"{path} in body should be less than or equal to {most}")
    if least is not None:
        if schema.get("exclusiveMinimum"):
            if value <= least:
                invalid(out, path, value, f"{path} in body should be greater than {least}")
        elif value < least:
            invalid(out, path, value, f"{path} in body should be greater than or equal to {least}")


def _multiple(out: Causes, path: str, value: float, factor: float) -> None:
    if isinstance(value, int) and int(factor) <= 0:
        # The validator cuts the factor for whole numbers, and then has none left.
        invalid(out, path, int(factor), f"factor MultipleOf declared for {path} must be positive: {int(factor)}")
    elif Decimal(str(value)) % Decimal(str(factor)):
        invalid(out, path, value, f"{path} in body should be a multiple of {factor}")


def _too_many(out: Causes, path: str, count: int, most: int) -> None:
    out.append(Cause("FieldValueTooMany", f"Too many: {count}: must have at most {most} items", path))


def _array(out: Causes, schema: Obj, path: str, value: list[Any]) -> None:
    items = schema.get("items")
    if isinstance(items, dict):
        for index, item in enumerate(value):
            check(out, items, f"{path}[{index}]", item)
    least, most = schema.get("minItems"), schema.get("maxItems")
    if least is not None and len(value) < least:
        invalid(out, path, len(value), f"{path} in body should have at least {least} items")
    if most is not None and len(value) > most:
        _too_many(out, path, len(value), most)


def _object(out: Causes, schema: Obj, path: str, value: Obj) -> None:
    least, most = schema.get("minProperties"), schema.get("maxProperties")
    if least is not None and len(value) < least:
        invalid(out, path, len(value), f"{path} in body should have at least {least} properties")
    if most is not None and len(value) > most:
        _too_many(out, path, len(value), most)
    fields, rest = schema.get("properties") or {}, schema.get("additionalProperties")
    for name, inner in fields.items():
        if name in value:
            check(out, inner, f"{path}.{name}" if path else name, value[name])
    if isinstance(rest, dict):
        for name, item in value.items():
            if name not in fields:
                check(out, rest, f"{path}.{name}" if path else name, item)
    for name in schema.get("required") or ():
        if name not in value:
            required(out, f"{path}.{name}" if path else name)


def _found(schema: Obj, path: str, value: Any) -> Causes:
    found: Causes = []
    check(found, schema, path, value)
    return found


def _shortest(results: list[Causes]) -> Causes:
    return sorted(results, key=len)[0]


def _logic(out: Causes, schema: Obj, path: str, value: Any) -> None:
    alternatives = schema.get("anyOf")
    if alternatives and not schema.get(INT_OR_STRING):
        results = [_found(option, path, value) for option in alternatives]
        if all(results):
            _unplaced(out, f'"{path}" must validate at least one schema (anyOf)')
            out.extend(_shortest(results))
    alternatives = schema.get("oneOf")
    if alternatives:
        results = [_found(option, path, value) for option in alternatives]
        valid = sum(not result for result in results)
        if valid != 1:
            text = "Found none valid" if not valid else f"Found {valid} valid alternatives"
            _unplaced(out, f'"{path}" must validate one and only one schema (oneOf). {text}')
            if not valid:
                out.extend(_shortest(results))
    broken = False
    for option in schema.get("allOf") or ():
        found = _found(option, path, value)
        broken = broken or bool(found)
        out.extend(found)
    if broken:
        _unplaced(out, f'"{path}" must validate all the schemas (allOf)')
    denied = schema.get("not")
    if denied is not None and not _found(denied, path, value):
        _unplaced(out, f'"{path}" must not validate the schema (not)')
