"""Kinds that CustomResourceDefinitions add.

Source: k8s.io/apiextensions-apiserver/pkg/registry/customresource (v0.36.3). One version of each is the one that
objects are kept in; others that are served are listed, and differ in apiVersion alone (conversion None).
Not modelled: conversion by webhook (Unsupported where an object needs it) and x-kubernetes-validations (CEL), which
are not evaluated: the definition's warnings say so.
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.schema.custom.checking import check
from seatrial.fakes.kube.schema.custom.lists import check_embedded, check_lists
from seatrial.fakes.kube.schema.custom.values import META, PRESERVE, defaulted, embedded, pruned
from seatrial.fakes.kube.schema.decode import decode_meta, refuse_unknown
from seatrial.fakes.kube.schema.kinds import Kind
from seatrial.fakes.kube.schema.structure import Node, Structures
from seatrial.fakes.kube.schema.validation.causes import Causes, invalid
from seatrial.fakes.kube.schema.validation.meta import meta_create, meta_update
from seatrial.fakes.kube.schema.validation.names import dns_subdomain
from seatrial.harness.ports.event import Obj

__all__ = ["CustomKind", "custom_kinds", "unevaluated"]

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
META_TYPE = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


class CustomKind:
    """One served version of a custom kind, with everything that is done to its objects."""

    def __init__(self, definition: Obj, version: Obj) -> None:
        spec = definition["spec"]
        names = spec["names"]
        subresources = version.get("subresources") or {}
        self.schema: Obj = (version.get("schema") or {}).get("openAPIV3Schema") or {PRESERVE: True}
        self.scale: Obj | None = subresources.get("scale")
        self.columns: list[Obj] = version.get("additionalPrinterColumns") or []
        self.kind = Kind(
            group=spec["group"],
            version=version["name"],
            kind=names["kind"],
            plural=names["plural"],
            namespaced=spec["scope"] == "Namespaced",
            singular=names.get("singular") or names["kind"].lower(),
            short_names=tuple(names.get("shortNames") or ()),
            categories=tuple(names.get("categories") or ()),
            verbs=VERBS,
            subresources=tuple(sorted(name for name in ("scale", "status") if subresources.get(name) is not None)),
            preferred=bool(version.get("storage")),
            custom=True,
            list_kind=names.get("listKind") or names["kind"] + "List",
        )

    def structure(self, structures: Structures) -> Node:
        """The kind's nodes, with the metadata that every object has."""
        raw = _raw(self.schema)
        raw["p"] = {
            **raw.get("p", {}),
            "apiVersion": {"t": "string"},
            "kind": {"t": "string"},
            "metadata": {"r": META_TYPE},
        }
        raw["t"] = "object"
        return Node(structures, raw, self.kind.kind)

    def decode(self, obj: Obj, strictness: str, meta: Node) -> tuple[Obj, list[str]]:
        """The object without what its schema does not know."""
        unknown: list[str] = []
        obj = decode_meta(self.kind, meta, obj, unknown)
        read = pruned(self.schema, obj, "", unknown, resource=True)
        read = _embedded_meta(self.schema, read, meta, self.kind, unknown)
        return read, refuse_unknown(self.kind, sorted(unknown), strictness)

    def default(self, obj: Obj) -> Obj:
        """The object with its schema's defaults."""
        done: Obj = defaulted(self.schema, obj)
        return done

    def validate(self, new: Obj, old: Obj | None, subresource: str) -> Causes:
        """Everything that is wrong; what is the same as before is taken as it is."""
        out: Causes = []
        meta = new.get("metadata") or {}
        if old is None:
            meta_create(out, meta, self.kind.namespaced, dns_subdomain)
        else:
            meta_update(out, meta, old["metadata"])
        fields = {name: value for name, value in new.items() if name not in META}
        if old is not None:
            same = [name for name, value in fields.items() if name in old and value is old[name]]
            if len(same) == len(fields) and not any(name not in new for name in old):
                return out
        check(out, self.schema, "", new)
        if self.scale is not None and subresource == "":
            _replicas(out, self.scale["specReplicasPath"], new)
        check_embedded(out, {**self.schema, "x-kubernetes-embedded-resource": False}, "", fields)
        check_lists(out, self.schema, "", fields)
        if old is None:
            return out
        # A value that was bad before and has not changed is let through (CRDValidationRatcheting).
        kept = [name for name in fields if name in old and fields[name] == old[name]]
        return [cause for cause in out if cause.field.partition(".")[0].partition("[")[0] not in kept]


_GO = {
    str: "string",
    bool: "bool",
    int: "int64",
    float: "float64",
    dict: "map[string]interface {}",
    list: "[]interface {}",
}


def _replicas(out: Causes, path: str, obj: Obj) -> None:
    """The number that the scale subresource would read."""
    value: Any = obj
    steps = path.split(".")[1:]
    for step in steps:
        if not isinstance(value, dict):
            _accessor(out, path, value, "map[string]interface{}")
            return
        value = value.get(step)
        if value is None:
            return
    if isinstance(value, bool) or not isinstance(value, int):
        _accessor(out, path, value, "int64")
    elif value < 0:
        invalid(out, path, value, "should be a non-negative integer")


def _accessor(out: Causes, path: str, value: Any, wanted: str) -> None:
    shown = {True: "true", False: "false"}.get(value, "") if isinstance(value, bool) else ""
    if isinstance(value, dict) and not value:
        shown = "map[]"
    kind = _GO.get(type(value), "nil")
    invalid(out, path, 0, f"{path} accessor error: {shown or value} is of the type {kind}, expected {wanted}")


def _embedded_meta(schema: Obj, value: Any, meta: Node, kind: Kind, unknown: list[str], path: str = "") -> Any:
    """Metadata of embedded objects, read as metadata is."""
    if not isinstance(value, dict):
        return value
    out = value
    if path and embedded(schema) and isinstance(value.get("metadata"), dict):
        out = decode_meta(kind, meta, out, unknown, path)
    for name, inner in (schema.get("properties") or {}).items():
        if isinstance(out.get(name), dict):
            done = _embedded_meta(inner, out[name], meta, kind, unknown, f"{path}.{name}" if path else name)
            if done is not out[name]:
                out = {**out, name: done}
    return out


def _raw(schema: Obj) -> dict[str, Any]:
    """A schema in the table's compact form."""
    raw: dict[str, Any] = {}
    if schema.get("x-kubernetes-int-or-string"):
        raw["t"] = "int-or-string"
        return raw
    kind = schema.get("type")
    rest = schema.get("additionalProperties")
    if kind == "object" and isinstance(rest, dict):
        raw.update(t="map", i=_raw(rest))
    elif kind == "array":
        items = schema.get("items")
        raw.update(t="array", i=_raw(items) if isinstance(items, dict) else {"t": "any"})
    elif kind == "object" or schema.get("properties"):
        raw.update(t="object", p={name: _raw(inner) for name, inner in (schema.get("properties") or {}).items()})
    else:
        raw["t"] = kind or "any"
    for short, long in (
        ("l", "x-kubernetes-list-type"),
        ("k", "x-kubernetes-list-map-keys"),
        ("a", "x-kubernetes-map-type"),
        ("x", PRESERVE),
        ("n", "nullable"),
        ("f", "format"),
    ):
        if schema.get(long):
            raw[short] = schema[long]
    return raw


def custom_kinds(definition: Obj) -> list[CustomKind]:
    """Every served version of a definition, the one that is stored first."""
    spec = definition["spec"]
    chosen = [version for version in spec["versions"] if version.get("served") or version.get("storage")]
    chosen.sort(key=lambda version: not version.get("storage"))
    return [CustomKind(definition, version) for version in chosen]


def unevaluated(schema: Any, path: str = "") -> list[str]:
    """Where a schema has CEL rules, which nothing evaluates here."""
    if not isinstance(schema, dict):
        return []
    found = [path or "."] if schema.get("x-kubernetes-validations") else []
    for name, inner in (schema.get("properties") or {}).items():
        found += unevaluated(inner, f"{path}.{name}")
    for name in ("items", "additionalProperties"):
        found += unevaluated(schema.get(name), f"{path}[*]")
    return found
