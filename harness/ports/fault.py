"""One harm: what it needs, what it does, and its own cure."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Protocol

from seatrial.harness.kernel.streams import Stream
from seatrial.harness.ports.levers import Ability, Call, Levers

__all__ = ["Fault", "Injury"]


class Injury(NamedTuple):
    """What a fault is going to do. The runner journals it, then pulls `harm`, and `heal` at the end.

    touched: names of what is hit (`node/n3`, `zone/a`, `api`), for the report and for targets that come and go.
    """

    what: str
    touched: tuple[str, ...]
    harm: tuple[Call, ...]
    heal: tuple[Call, ...]


class Fault(Protocol):
    """A frozen dataclass in `harness/faults/`, one a file; its fields are the words of the scenario."""

    name: ClassVar[str]
    needs: ClassVar[frozenset[Ability]]

    def inject(self, levers: Levers, draw: Stream) -> Injury:
        """Choose the targets and say what is to be pulled; pulls nothing itself."""
        ...
