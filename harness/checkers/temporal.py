"""Always, never, within, at most, until: small folds over what is seen, moment by moment.

What is seen holds until the next thing is seen. Only what lasts counts: a state that is left at the instant in which it
was entered was never there (several records of one instant are one change). A breach tells when it began and ended,
and what was seen then; an operator that saw nothing answers UNKNOWN.

    kept = AtMost(10_000)                      # parts per million that may fail
    kept.see(Evidence(t1, record, "38.2% failed"), 382_000)
    answer = kept.close(end)                   # answer.verdict, answer.breaches[0].start
"""

from __future__ import annotations

from typing import NamedTuple

from seatrial.harness.kernel.time import Duration, Instant
from seatrial.harness.ports.checker import Evidence, Verdict

__all__ = ["Always", "Answer", "AtMost", "Breach", "Never", "Until", "Within"]


class Breach(NamedTuple):
    """A stretch of time in which it did not hold. `worst` is the state that was furthest off."""

    start: Instant
    end: Instant
    first: Evidence
    worst: Evidence
    value: int


class Answer(NamedTuple):
    """What an operator has to say in the end. seen: how much there was to judge."""

    seen: int
    breaches: tuple[Breach, ...]

    @property
    def verdict(self) -> Verdict:
        """Nothing seen is not success."""
        if self.breaches:
            return Verdict.BROKEN
        return Verdict.HELD if self.seen else Verdict.UNKNOWN


class AtMost:
    """A number is at most `bound`, save for stretches no longer than `grace`."""

    __slots__ = ("_breaches", "_first", "_since", "_worst", "bound", "grace", "seen")

    def __init__(self, bound: int, *, grace: Duration = 0) -> None:
        self.bound = bound
        self.grace = grace
        self.seen = 0
        self._since: Instant | None = None  # of the stretch in which it is too much
        self._first: tuple[Evidence, int] | None = None
        self._worst: tuple[Evidence, int] | None = None
        self._breaches: list[Breach] = []

    def see(self, at: Evidence, value: int) -> None:
        """The number is `value` from now on."""
        self.seen += 1
        if self._first is not None and self._first[0].time == at.time and self._since == at.time:
            # Left at the instant in which it was entered: it was never there.
            self._since = self._first = self._worst = None
        if value <= self.bound:
            self._over(at.time)
            return
        if self._since is None:
            self._since = at.time
            self._first = (at, value)
            self._worst = (at, value)
        elif self._worst is not None and value > self._worst[1]:
            self._worst = (at, value)

    def pause(self, when: Instant) -> None:
        """From now on there is nothing to judge, until something is seen again."""
        self._over(when)

    def close(self, end: Instant) -> Answer:
        """Judge all that was seen before `end`."""
        self._over(end)
        return Answer(self.seen, tuple(self._breaches))

    def _over(self, when: Instant) -> None:
        since, first, worst = self._since, self._first, self._worst
        self._since = self._first = self._worst = None
        if since is not None and first is not None and worst is not None and when - since > self.grace:
            self._breaches.append(Breach(since, when, first[0], worst[0], worst[1]))
