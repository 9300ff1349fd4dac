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

    __slots__ = ("_all", "_by_resource", "_by_verb", "_checkers", "_states", "touched", "trial")

    def __init__(self, checkers: tuple[Checker, ...], trial: Trial) -> None:
        self.trial = trial
        self._checkers = checkers
        self._states: list[Any] = [checker.start(trial) for checker in checkers]
        self._all = [index for index, checker in enumerate(checkers) if not any(checker.reads)]
        self._by_resource: dict[str, list[int]] = {}
        self._by_verb: dict[str, list[int]] = {}
        # Which injuries had a consequence: a fault that nothing felt proves nothing.
        self.touched: dict[int, int] = {}
        for index, checker in enumerate(checkers):
            for resource in sorted(checker.reads.resources):
                self._by_resource.setdefault(resource, []).append(index)
            for verb in sorted(checker.reads.verbs):
                self._by_verb.setdefault(verb, []).append(index)

    def take(self, record: Record) -> None:
        """Give a record to everyone who reads it."""
        states = self._states
        if record.verb == "phase":
            for index, checker in enumerate(self._checkers):
                states[index] = checker.step(states[index], record)
            return
        if record.cause and record.cluster:
            self.touched[record.cause] = self.touched.get(record.cause, 0) + 1
        told: tuple[int, ...] = ()
        # An Event and a refusal are about an object, but no version of it.
        by_resource = self._by_resource.get(record.key.resource) if record.verb not in ABOUT else None
        if by_resource is not None:
            for index in by_resource:
                states[index] = self._checkers[index].step(states[index], record)
            told = tuple(by_resource)
        for index in self._by_verb.get(record.verb, ()):
            if index not in told:
                states[index] = self._checkers[index].step(states[index], record)
        for index in self._all:
            states[index] = self._checkers[index].step(states[index], record)

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
