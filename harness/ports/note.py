"""How anything gets into the history."""

from __future__ import annotations

from typing import Protocol

from seatrial.harness.ports.event import Key, Obj, RecordId

__all__ = ["Note"]


class Note(Protocol):
    """One cluster's pen: time, cluster, seq and cause are filled in by the recorder."""

    def write(self, actor: str, verb: str, key: Key, old: Obj | None, new: Obj | None) -> RecordId:
        """Append one record; returns its id, to be the cause of what follows."""
        ...
