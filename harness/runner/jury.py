"""All checkers of one cluster, fed with the records that each of them reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.checker import Checker, Finding, Trial
from seatrial.harness.ports.event import Record

__all__ = ["Jury"]

ABOUT = frozenset({"event", "reject"})


class Jury:
    """Folds one cluster's records, and those of the fleet, into findings. A tap of both recorders."""

    __slots__ = ("_checkers", "_readers", "_states", "_steps", "touched", "trial")

    def __init__(self, checkers: tuple[Checker, ...], trial: Trial) -> None:
        self.trial = trial
        self._checkers = checkers
        self._states: list[Any] = [checker.start(trial) for checker in checkers]
        self._steps = [checker.step for checker in checkers]
        self._readers: dict[tuple[str, str], tuple[int, ...]] = {}
        # Which injuries had a consequence: a fault that nothing felt proves nothing.
        self.touched: set[int] = set()

    def take(self, record: Record) -> None:
        """Give a record to everyone who reads it."""
        if record.cause and record.cluster:
            self.touched.add(record.cause)
        # Found once for each resource and verb, since this is asked of every record.
        slot = (record.key.resource, record.verb)
        readers = self._readers.get(slot)
        if readers is None:
            readers = self._readers[slot] = self._reading(*slot)
        states, steps = self._states, self._steps
        for index in readers:
            states[index] = steps[index](states[index], record)

    def _reading(self, resource: str, verb: str) -> tuple[int, ...]:
        """The checkers that read such records."""
        # An Event and a refusal are about an object, but no version of it.
        about = verb in ABOUT
        return tuple(
            index
            for index, checker in enumerate(self._checkers)
            if verb == "phase"
            or not any(checker.reads)
            or verb in checker.reads.verbs
            or (resource in checker.reads.resources and not about)
        )

    def take_all(self, records: Iterable[Record]) -> None:
        """Give several, in order."""
        for record in records:
            self.take(record)

    def findings(self, end: Instant) -> tuple[Finding, ...]:
        """What every checker has to say."""
        return tuple(
            finding
            for checker, state in zip(self._checkers, self._states, strict=True)
            for finding in checker.finish(state, end)
        )
