"""Values of custom resources on their way in: unknown fields out, nulls out, defaults in.

Source: k8s.io/apiextensions-apiserver/pkg/apiserver/schema/{pruning,defaulting} (v0.36.3). By path copy: where nothing
changes the same object comes back.
"""

from __future__ import annotations

from typing import Any

from seatrial.harness.ports.event import Obj

__all__ = ["defaulted", "embedded", "preserves", "pruned"]

PRESERVE = "x-kubernetes-preserve-unknown-fields"
EMBEDDED = "x-kubernetes-embedded-resource"
META = ("apiVersion", "kind", "metadata")


def preserves(schema: Obj) -> bool:
    """Whether fields that the schema does not name stay."""
    return bool(schema.get(PRESERVE))


def embedded(schema: Obj) -> bool:
    """Whether an object of any kind lies here."""
    return bool(schema.get(EMBEDDED))


def pruned(schema: Obj, value: Any, path: str, unknown: list[str], *, resource: bool) -> Any:
    """The value without fields that the schema does not know; their paths go into `unknown`."""
    if isinstance(value, dict):
        return _pruned_object(schema, value, path, unknown, resource=resource)
    if isinstance(value, list):
        items = schema.get("items")
        if not isinstance(items, dict):
            return value
        done = [
            pruned(items, item, f"{path}[{index}]", unknown, resource=embedded(items))
            for index, item in enumerate(value)
        ]
        return done if any(one is not other for one, other in zip(done, value, strict=True)) else value
    return value


def _pruned_object(schema: Obj, value: Obj, path: str, unknown: list[str], *, resource: bool) -> Obj:
    fields, rest = schema.get("properties") or {}, schema.get("additionalProperties")
    keep = preserves(schema)
    changed: Obj = {}
    gone: list[str] = []
    for name, item in value.items():
        place = f"{path}.{name}" if path else name
        if resource and name in META:
            continue
        inner = fields.get(name)
        if inner is None:
            if rest is None or rest is False:
                if not keep:
                    gone.append(name)
                    unknown.append(place)
                continue
            if rest is True:
                continue
            inner = rest
        if item is None and not inner.get("nullable") and name in fields:
            gone.append(name)
            continue
        done = pruned(inner, item, place, unknown, resource=embedded(inner))
        if done is not item:
            changed[name] = done
    if not gone and not changed:
        return value
    return {name: changed.get(name, item) for name, item in value.items() if name not in gone}


def defaulted(schema: Obj, value: Any) -> Any:
    """The value with the schema's defaults, outside in."""
    if isinstance(value, dict):
        return _defaulted_object(schema, value)
    if isinstance(value, list):
        items = schema.get("items")
        if not isinstance(items, dict):
            return value
        done = [defaulted(items, item) for item in value]
        return done if any(one is not other for one, other in zip(done, value, strict=True)) else value
    return value


def _defaulted_object(schema: Obj, value: Obj) -> Obj:
    out = value
    fields = schema.get("properties") or {}
    for name, inner in fields.items():
        if name not in out:
            if inner.get("default") is None:
                continue
            out = {**out, name: inner["default"]}
        done = defaulted(inner, out[name])
        if done is not out[name]:
            out = {**out, name: done}
    rest = schema.get("additionalProperties")
    if isinstance(rest, dict):
        for name, item in out.items():
            if name not in fields:
                done = defaulted(rest, item)
                if done is not item:
                    out = {**out, name: done}
    return out
