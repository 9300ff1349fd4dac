"""What a validation finds: causes with the API server's own words, gathered in order.

Source: k8s.io/apimachinery/pkg/util/validation/field/errors.go (v0.36.3).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from seatrial.fakes.kube.schema.validation.sameness import alike
from seatrial.harness.ports.kube import Cause

__all__ = [
    "Causes",
    "chosen",
    "duplicate",
    "forbidden",
    "immutable",
    "in_range",
    "invalid",
    "missing",
    "not_negative",
    "not_supported",
    "one_of",
    "positive",
    "required",
    "shown",
    "too_long",
]

Causes = list[Cause]
_NOT_NEGATIVE = "must be greater than or equal to 0"
_IMMUTABLE = "field is immutable"


def shown(value: Any) -> str:
    """A value as the server prints it: JSON without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def required(out: Causes, path: str, detail: str = "") -> None:
    """A field is missing."""
    out.append(Cause("FieldValueRequired", f"Required value: {detail}" if detail else "Required value", path))


def invalid(out: Causes, path: str, value: Any, detail: str) -> None:
    """A value is not allowed, for the reason given."""
    out.append(Cause("FieldValueInvalid", f"Invalid value: {shown(value)}: {detail}", path))


def not_supported(out: Causes, path: str, value: Any, supported: Iterable[str]) -> None:
    """A value is none of those that there are."""
    names = ", ".join(f'"{name}"' for name in supported)
    out.append(Cause("FieldValueNotSupported", f"Unsupported value: {shown(value)}: supported values: {names}", path))


def forbidden(out: Causes, path: str, detail: str) -> None:
    """A field may not be set here."""
    out.append(Cause("FieldValueForbidden", f"Forbidden: {detail}", path))


def duplicate(out: Causes, path: str, value: Any, detail: str = "") -> None:
    """A value that has to be unique comes twice."""
    text = f"Duplicate value: {shown(value)}"
    out.append(Cause("FieldValueDuplicate", f"{text}: {detail}" if detail else text, path))


def missing(out: Causes, path: str, value: Any) -> None:
    """A value names something that is not there."""
    out.append(Cause("FieldValueNotFound", f"Not found: {shown(value)}", path))


def too_long(out: Causes, path: str, limit: int) -> None:
    """More bytes than there may be."""
    out.append(Cause("FieldValueTooLong", f"Too long: may not be more than {limit} bytes", path))


def not_negative(out: Causes, path: str, value: Any) -> None:
    """A number is at least zero; absent is fine."""
    if value is not None and value < 0:
        invalid(out, path, value, _NOT_NEGATIVE)


def positive(out: Causes, path: str, value: Any) -> None:
    """A number is above zero; absent is fine."""
    if value is not None and value <= 0:
        invalid(out, path, value, "must be greater than zero")


def in_range(out: Causes, path: str, value: Any, low: int, high: int) -> None:
    """A number lies in a range, both ends included; absent is fine."""
    if value is not None and not low <= value <= high:
        invalid(out, path, value, f"must be between {low} and {high}, inclusive")


def one_of(out: Causes, path: str, value: Any, supported: tuple[str, ...]) -> None:
    """A value is one of a closed list; absent is fine."""
    if value is not None and value not in supported:
        not_supported(out, path, value, supported)


def chosen(out: Causes, path: str, value: Any, supported: tuple[str, ...]) -> None:
    """A value is one of a closed list, and is there."""
    if value not in supported:
        if value:
            not_supported(out, path, value, supported)
        else:
            required(out, path)


def immutable(out: Causes, path: str, new: Any, old: Any) -> None:
    """A field is what it was; absent equals empty."""
    if not alike(new, old):
        invalid(out, path, new, _IMMUTABLE)
