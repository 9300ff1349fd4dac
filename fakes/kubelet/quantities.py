"""Sums of resource lists, and whole numbers to compare: thousandths of a CPU, bytes, pieces."""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.fakes.kube.quantity import add, milli, units
from seatrial.harness.ports.event import Obj

__all__ = ["amounts", "bytes_of", "summed"]


def amounts(resources: Obj | None) -> dict[str, int]:
    """A resource list as whole numbers."""
    return {name: milli(text) if name == "cpu" else units(text) for name, text in (resources or {}).items()}


def bytes_of(text: object) -> int:
    """A quantity of memory in whole bytes."""
    return units(text)


def summed(parts: Iterable[Obj]) -> Obj:
    """Resource lists added up; a single one stays as it was written."""
    lists = [part for part in parts if part]
    if len(lists) <= 1:
        return lists[0] if lists else {}
    total: Obj = {}
    for part in lists:
        for name, text in part.items():
            total[name] = add(total[name], text) if name in total else text
    return total
