"""The pen of one cluster's history."""

from __future__ import annotations

from typing import Protocol

from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.ports.event import CLUSTER_BITS, Key, Obj, Record, RecordId

__all__ = ["Recorder", "Tap"]

_new = tuple.__new__


class Tap(Protocol):
    """Given each record as it is written: a checker's fold, a `when:` condition, a digest."""

    def take(self, record: Record) -> None:
        """Take one record in; must not write records itself."""
        ...


class Recorder:
    """Implements ports.note.Note for one cluster.

    keeping: False drops records once the taps have seen them (`--history digest`): memory for long, large runs.
    """

    __slots__ = ("_agenda", "_base", "_seq", "keeping", "records", "taps")

    def __init__(self, agenda: Agenda, *, keeping: bool = True) -> None:
        self._agenda = agenda
        self._base = agenda.index << CLUSTER_BITS
        self._seq = 0
        self.keeping = keeping
        self.records: list[Record] = []
        self.taps: list[Tap] = []

    def write(self, actor: str, verb: str, key: Key, old: Obj | None, new: Obj | None) -> RecordId:
        """Append one record; its cause is what the agenda is handling."""
        agenda = self._agenda
        self._seq = seq = self._seq + 1
        # The tuple's own constructor, as everywhere on the way of a write: a NamedTuple's costs a Python call more.
        record = _new(Record, (agenda.time, agenda.index, seq, agenda.cause, actor, verb, key, old, new))
        if self.keeping:
            self.records.append(record)
        for tap in self.taps:
            tap.take(record)
        return self._base | seq
