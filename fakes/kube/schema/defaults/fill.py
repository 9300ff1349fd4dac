"""Filling in what is absent, along a copied path: what needs nothing stays the same object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["each", "fill", "within"]

_ABSENT = object()


def fill(obj: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    """`obj` with the defaults of absent fields; the same object if none is absent."""
    missing = {name: value for name, value in defaults.items() if name not in obj}
    return {**obj, **missing} if missing else obj


def within(obj: dict[str, Any], name: str, default: Callable[[Any], Any]) -> dict[str, Any]:
    """`obj` with one present field defaulted."""
    value = obj.get(name, _ABSENT)
    if value is _ABSENT or value is None:
        return obj
    new = default(value)
    return obj if new is value else {**obj, name: new}


def each(obj: dict[str, Any], name: str, default: Callable[[Any], Any]) -> dict[str, Any]:
    """`obj` with every item of a list field defaulted."""
    items = obj.get(name)
    if not items:
        return obj
    new = [default(item) for item in items]
    return obj if all(one is other for one, other in zip(new, items, strict=True)) else {**obj, name: new}
