"""Forks of a settled world: everything that changes is copied, every committed object is shared.

A world is plain data with actors found by name, so pickle can copy it; API objects, records and watch events are never
changed, so the copy refers to the same ones. Works within one process; needs no os.fork, so it works everywhere.
"""

from __future__ import annotations

import io
import pickle
from typing import Any, Generic, TypeVar

from seatrial.harness.ports.event import Record
from seatrial.harness.ports.kube import WatchEvent, Write

__all__ = ["Snapshot"]

W = TypeVar("W")
_SHARED_TYPES = frozenset({Record, WatchEvent, Write})


class _Freezer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, shared: list[Any]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._shared = shared
        self._places: dict[int, int] = {}

    def persistent_id(self, value: Any) -> int | None:
        kind = type(value)
        # An API object is a dict with metadata; nothing else of ours is.
        if kind in _SHARED_TYPES or (isinstance(value, dict) and "metadata" in value):
            place = self._places.get(id(value))
            if place is None:
                place = self._places[id(value)] = len(self._shared)
                self._shared.append(value)
            return place
        return None


class _Thawer(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, shared: list[Any]) -> None:
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, place: int) -> Any:
        return self._shared[place]


class Snapshot(Generic[W]):
    """One world at one instant; each `fork` is an independent world that goes on from there."""

    __slots__ = ("_bytes", "_shared")

    def __init__(self, world: W) -> None:
        buffer = io.BytesIO()
        self._shared: list[Any] = []
        _Freezer(buffer, self._shared).dump(world)
        self._bytes = buffer.getvalue()

    @property
    def size_bytes(self) -> int:
        """What one fork has to copy."""
        return len(self._bytes)

    def fork(self) -> W:
        """A world of its own."""
        world: W = _Thawer(io.BytesIO(self._bytes), self._shared).load()
        return world
