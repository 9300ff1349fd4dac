"""Lists of custom resources that are sets or maps, and objects of any kind inside them.

Source: k8s.io/apiextensions-apiserver/pkg/apiserver/schema/{listtype,objectmeta} (v0.36.3).
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.schema.custom.values import embedded
from seatrial.fakes.kube.schema.validation.causes import Causes, duplicate, invalid, required, shown
from seatrial.fakes.kube.schema.validation.labels import annotation_map, labels
from seatrial.fakes.kube.schema.validation.names import path_segment
from seatrial.harness.ports.event import Obj

__all__ = ["check_embedded", "check_lists"]


def check_lists(out: Causes, schema: Obj, path: str, value: Any) -> None:
    """No entry of a set, and no key of a map, comes twice."""
    if isinstance(value, dict):
        fields, rest = schema.get("properties") or {}, schema.get("additionalProperties")
        for name, item in value.items():
            inner = fields.get(name, rest if isinstance(rest, dict) else None)
            if inner is not None:
                check_lists(out, inner, f"{path}.{name}" if path else name, item)
    elif isinstance(value, list):
        items = schema.get("items")
        kind = schema.get("x-kubernetes-list-type")
        if kind == "set":
            _set(out, path, value)
        elif kind == "map":
            _map(out, path, value, schema.get("x-kubernetes-list-map-keys") or [])
        if isinstance(items, dict):
            for index, item in enumerate(value):
                check_lists(out, items, f"{path}[{index}]", item)


def _set(out: Causes, path: str, value: list[Any]) -> None:
    seen: set[str] = set()
    for index, item in enumerate(value):
        text = shown(item)
        if text in seen:
            duplicate(out, f"{path}[{index}]", item)
        seen.add(text)


def _map(out: Causes, path: str, value: list[Any], keys: list[str]) -> None:
    seen: set[str] = set()
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            invalid(out, f"{path}[{index}]", item, "must be an object for an array of list-type map")
            continue
        key = {name: item[name] for name in sorted(keys) if name in item}
        text = shown(key)
        if text in seen:
            duplicate(out, f"{path}[{index}]", key)
        seen.add(text)


def check_embedded(out: Causes, schema: Obj, path: str, value: Any) -> None:
    """An embedded object says what it is, and its metadata is sound."""
    if isinstance(value, dict):
        if embedded(schema):
            _resource(out, path, value)
        fields, rest = schema.get("properties") or {}, schema.get("additionalProperties")
        for name, item in value.items():
            inner = fields.get(name, rest if isinstance(rest, dict) else None)
            if inner is not None:
                check_embedded(out, inner, f"{path}.{name}" if path else name, item)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, item in enumerate(value):
            check_embedded(out, schema["items"], f"{path}[{index}]", item)


def _resource(out: Causes, path: str, value: Obj) -> None:
    for name in ("apiVersion", "kind"):
        if not value.get(name):
            required(out, f"{path}.{name}")
    meta = value.get("metadata") or {}
    own_name = meta.get("name")
    if own_name:
        for message in path_segment(own_name):
            invalid(out, f"{path}.metadata.name", own_name, message)
    labels(out, f"{path}.metadata.labels", meta.get("labels"))
    annotation_map(out, f"{path}.metadata.annotations", meta.get("annotations"))
