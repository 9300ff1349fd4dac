"""Filling what is missing, by path copy: where nothing is missing the same object comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from seatrial.fakes.kube.quantity import NANO, Quantity, parse, text
from seatrial.harness.ports.event import Obj

__all__ = ["changed", "each", "filled", "quantities", "within"]

MILLI = NANO // 1000


def filled(obj: Obj, defaults: Mapping[str, Any]) -> Obj:
    """The object with every default whose field is absent; an empty text counts as absent, as in Go."""
    missing = None
    for name, value in defaults.items():
        present = obj.get(name)
        if present is None or present == "":
            missing = {name: value} if missing is None else {**missing, name: value}
    return obj if missing is None else {**obj, **missing}


def changed(obj: Obj, field: str, value: Any) -> Obj:
    """The object with this value; the same object if it is the value already."""
    return obj if obj.get(field) is value else {**obj, field: value}


def within(obj: Obj, field: str, rule: Callable[[Obj], Obj]) -> Obj:
    """The object with a rule applied to one of its fields, if that is there."""
    value = obj.get(field)
    return obj if value is None else changed(obj, field, rule(value))


def each(obj: Obj, field: str, rule: Callable[[Obj], Obj]) -> Obj:
    """The object with a rule applied to each entry of one of its lists."""
    entries = obj.get(field)
    if not entries:
        return obj
    done = [rule(entry) for entry in entries]
    for one, other in zip(done, entries, strict=True):
        if one is not other:
            return {**obj, field: done}
    return obj


def quantities(amounts: Obj) -> Obj:
    """A list of resources as the server writes it: canonical, nothing finer than a thousandth."""
    out = None
    for name, value in amounts.items():
        written = _written(value)
        if written is not value and written != value:
            out = {**amounts} if out is None else out
            out[name] = written
    return amounts if out is None else out


def _written(value: Any) -> Any:
    try:
        amount = parse(value)
    except ValueError:
        return value  # decoding has refused it, or validation will
    rest = amount.nanos % MILLI
    if rest:
        amount = Quantity(amount.nanos - rest + (MILLI if amount.nanos > 0 else 0), amount.format)
    return text(amount)
