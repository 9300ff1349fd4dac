"""The schema of a CustomResourceDefinition itself: structural or refused.

Source: k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go and
pkg/apiserver/schema/validation.go (v0.36.3). Not modelled: the syntax and cost of x-kubernetes-validations (CEL).
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.schema.custom.checking import INT_OR_STRING, check
from seatrial.fakes.kube.schema.custom.patterns import pattern_error
from seatrial.fakes.kube.schema.custom.values import EMBEDDED, PRESERVE, embedded, pruned
from seatrial.fakes.kube.schema.validation.causes import Causes, forbidden, invalid, not_supported, required
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import Cause

__all__ = ["check_schema"]

TYPES = ("array", "boolean", "integer", "number", "object", "string")
_LIST_TYPES = ("atomic", "set", "map")
_LOGIC = ("allOf", "anyOf", "oneOf")
_NOT_IN_LOGIC = ("type", "title", "description", PRESERVE, EMBEDDED, INT_OR_STRING)
_EITHER = ({"type": "integer"}, {"type": "string"})


def check_schema(out: Causes, path: str, schema: Obj) -> None:
    """The whole schema of one version."""
    count = len(out)
    _node(out, path, schema, root=True)
    kind = schema.get("type")
    if not kind:
        required(out, f"{path}.type", "must not be empty at the root")
    elif kind in TYPES and kind != "object":
        invalid(out, f"{path}.type", kind, "must be object at the root")
    meta = (schema.get("properties") or {}).get("metadata")
    if meta:
        _metadata(out, f"{path}.properties[metadata]", meta)
    if len(out) == count:
        _defaults(out, path, schema)


def _metadata(out: Causes, path: str, meta: Obj) -> None:
    free = {"type", "description", "title"}
    named = set(meta.get("properties") or {}) <= {"name", "generateName"} and set(meta) <= {*free, "properties"}
    if not named:
        text = "must not specify anything other than name and generateName, but metadata is implicitly specified"
        forbidden(out, path, text)


def _node(out: Causes, path: str, schema: Any, *, root: bool = False, place: str = "object fields") -> None:
    # Below `items` and `additionalProperties`, which may be several things, nothing has been read by type.
    schema = schema if isinstance(schema, dict) else {}
    kind = schema.get("type")
    if kind and kind not in TYPES:
        not_supported(out, f"{path}.type", kind, TYPES)
    elif not kind and not root and not schema.get(INT_OR_STRING) and not schema.get(PRESERVE):
        required(out, f"{path}.type", f"must not be empty for specified {place}")
    _forbidden_parts(out, path, schema)
    if schema.get("pattern"):
        error = pattern_error(schema["pattern"])
        if error:
            text = f"must be a valid regular expression, but isn't: {error}"
            invalid(out, f"{path}.pattern", schema["pattern"], text)
    if schema.get(EMBEDDED) and kind != "object":
        invalid(out, f"{path}.type", kind or "", f"must be object if {EMBEDDED} is true")
    _list(out, path, schema)
    for name, inner in sorted((schema.get("properties") or {}).items()):
        _node(out, f"{path}.properties[{name}]", inner)
    rest = schema.get("additionalProperties")
    if isinstance(rest, dict):
        _node(out, f"{path}.additionalProperties", rest, place="additionalProperties")
    if isinstance(schema.get("items"), dict):
        _node(out, f"{path}.items", schema["items"], place="array items")
    _alternatives(out, path, schema)


def _forbidden_parts(out: Causes, path: str, schema: Obj) -> None:
    if "$ref" in schema:
        forbidden(out, f"{path}.$ref", "$ref is not supported")
    if schema.get("uniqueItems"):
        text = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        forbidden(out, f"{path}.uniqueItems", text)
    rest = schema.get("additionalProperties")
    if rest is False:
        forbidden(out, f"{path}.additionalProperties", "additionalProperties cannot be set to false")
    elif rest is not None and schema.get("properties"):
        text = "additionalProperties and properties are mutual exclusive"
        forbidden(out, f"{path}.additionalProperties", text)


def _list(out: Causes, path: str, schema: Obj) -> None:
    items, kind = schema.get("items"), schema.get("x-kubernetes-list-type")
    if schema.get("type") == "array" and items is None:
        required(out, f"{path}.items", "must be specified")
    elif isinstance(items, list):
        forbidden(out, f"{path}.items", "items must be a schema object and not an array")
    if kind is None:
        return
    place = f"{path}.x-kubernetes-list-type"
    if schema.get("type") != "array":
        invalid(out, f"{path}.type", schema.get("type", ""), "must be array if x-kubernetes-list-type is specified")
    if kind not in _LIST_TYPES:
        not_supported(out, place, kind, _LIST_TYPES)
    keys = schema.get("x-kubernetes-list-map-keys") or []
    place = f"{path}.x-kubernetes-list-map-keys"
    if kind == "map":
        if not keys:
            required(out, place, "must not be empty if x-kubernetes-list-type is map")
        elif isinstance(items, dict) and any(key not in (items.get("properties") or {}) for key in keys):
            invalid(out, place, keys, "entries must all be names of item properties")
    elif keys:
        forbidden(out, place, "must be empty if x-kubernetes-list-type is not map")


def _alternatives(out: Causes, path: str, schema: Obj) -> None:
    if schema.get(INT_OR_STRING) and tuple(schema.get("anyOf") or ()) == _EITHER:
        schema = {name: value for name, value in schema.items() if name != "anyOf"}
    for name in _LOGIC:
        for index, option in enumerate(schema.get(name) or ()):
            _option(out, f"{path}.{name}[{index}]", option)
    if schema.get("not") is not None:
        _option(out, f"{path}.not", schema["not"])


def _option(out: Causes, path: str, option: Any) -> None:
    option = option if isinstance(option, dict) else {}
    for name in _NOT_IN_LOGIC:
        if option.get(name):
            forbidden(out, f"{path}.{name}", "must be empty to be structural")
    if "default" in option:
        forbidden(out, f"{path}.default", "must be undefined to be structural")
    if option.get("additionalProperties") is not None:
        forbidden(out, f"{path}.additionalProperties", "must be undefined to be structural")
    if option.get("nullable"):
        forbidden(out, f"{path}.nullable", "must be false to be structural")
    for name, inner in sorted((option.get("properties") or {}).items()):
        _option(out, f"{path}.properties[{name}]", inner)
    if isinstance(option.get("items"), dict):
        _option(out, f"{path}.items", option["items"])
    _alternatives(out, path, option)


def _defaults(out: Causes, path: str, schema: Any) -> None:
    if not isinstance(schema, dict):
        return
    if schema.get("default") is not None:
        _default(out, f"{path}.default", schema, schema["default"])
    for name, inner in sorted((schema.get("properties") or {}).items()):
        _defaults(out, f"{path}.properties[{name}]", inner)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            _defaults(out, f"{path}.{name}", schema[name])


def _default(out: Causes, path: str, schema: Obj, value: Any) -> None:
    unknown: list[str] = []
    pruned(schema, value, "", unknown, resource=embedded(schema))
    if unknown:
        invalid(out, path, value, "must not have unknown fields")
    found: Causes = []
    check(found, schema, "", value)
    out.extend(Cause(cause.reason, cause.message, f"{path}.{cause.field}" if cause.field else path) for cause in found)
