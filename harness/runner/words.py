"""Every word that a scenario may use: built-in faults, checkers and stand-ins, and those of plug-ins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from seatrial.fakes.platform import STANDINS
from seatrial.harness.checkers import CHECKERS
from seatrial.harness.faults import FAULTS
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.ports.words import Words

__all__ = ["words"]


def words(plugins: Iterable[str] = ()) -> Words:
    """The words, with those of `--plugin MODULE` (its FAULTS, CHECKERS, STANDINS) and of installed entry points.

    Raises BadInput for a plug-in that cannot be imported or that takes a name that is taken.
    """
    faults: dict[str, type[Any]] = {}
    checkers: dict[str, type[Any]] = {}
    standins: dict[str, type[Any]] = {}
    for module in plugins:
        loaded = _load(module)
        _take(faults, FAULTS, getattr(loaded, "FAULTS", {}), module)
        _take(checkers, CHECKERS, getattr(loaded, "CHECKERS", {}), module)
        _take(standins, STANDINS, getattr(loaded, "STANDINS", {}), module)
    for group, taken, built_in in (
        ("seatrial.faults", faults, FAULTS),
        ("seatrial.checkers", checkers, CHECKERS),
        ("seatrial.standins", standins, STANDINS),
    ):
        for entry in entry_points(group=group):
            _take(taken, built_in, {entry.name: entry.load()}, entry.value)
    return Words(faults=_Both(FAULTS, faults), checkers=_Both(CHECKERS, checkers), standins=_Both(STANDINS, standins))


def _load(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise BadInput(
            f"--plugin {module}: cannot be imported ({error}); is it installed, or on PYTHONPATH?"
        ) from error


def _take(
    taken: dict[str, type[Any]], built_in: Mapping[str, type[Any]], found: Mapping[str, type[Any]], origin: str
) -> None:
    for name, cls in found.items():
        if name in built_in or name in taken:
            raise BadInput(f"plug-in {origin}: the name {name!r} is taken; give it another")
        taken[name] = cls


class _Both(Mapping[str, type[Any]]):
    """Two mappings in a row; the first keeps importing lazily."""

    def __init__(self, first: Mapping[str, type[Any]], second: Mapping[str, type[Any]]) -> None:
        self._first = first
        self._second = second

    def __getitem__(self, name: str) -> type[Any]:
        return self._second[name] if name in self._second else self._first[name]

    def __iter__(self) -> Any:
        yield from self._first
        yield from self._second

    def __len__(self) -> int:
        return len(self._first) + len(self._second)
