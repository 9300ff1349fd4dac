"""Always, never, within, at most, until: small folds over what is seen, moment by moment.

A state that is seen lasts until the next one is seen. Only what lasts counts: a state that is left at the instant in
which it was entered was never there (the records of one instant are one change). A breach tells when it began and
ended and what was seen then; an operator that saw nothing answers UNKNOWN.

    kept = AtMost(10_000)                      # parts per million that may fail
    kept.see(Evidence(t1, record, "38.2% failed"), 382_000)
    answer = kept.close(end)                   # answer.verdict, answer.breaches[0].start
"""

from __future__ import annotations

from typing import NamedTuple

from seatrial.harness.kernel.time import Duration, Instant
from seatrial.harness.ports.checker import Evidence, Verdict

__all__ = ["Always", "Answer", "AtMost", "Breach", "Mean", "Never", "Until", "Within"]


class Breach(NamedTuple):
    """A stretch of time that broke the rule. worst: the moment that was furthest off, and by its value how far."""

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

    __slots__ = ("_breaches", "_now", "_stretch", "bound", "grace", "seen")

    def __init__(self, bound: int, *, grace: Duration = 0) -> None:
        self.bound = bound
        self.grace = grace
        self.seen = 0
        self._now: tuple[Evidence, int] | None = None
        self._stretch: Breach | None = None
        self._breaches: list[Breach] = []

    def see(self, at: Evidence, value: int) -> None:
        """The number is `value` from now on."""
        self._last(at.time)
        self._now = (at, value)

    def pause(self, when: Instant) -> None:
        """From now on there is nothing to judge, until something is seen again."""
        self._last(when)
        self._end(when)
        self._now = None

    def close(self, end: Instant) -> Answer:
        """Judge all that was seen before `end`."""
        self.pause(end)
        return Answer(self.seen, tuple(self._breaches))

    def _last(self, until: Instant) -> None:
        """What was seen last has lasted until now."""
        if self._now is None or self._now[0].time >= until:
            return
        at, value = self._now
        self.seen += 1
        stretch = self._stretch
        if value <= self.bound:
            self._end(at.time)
        elif stretch is None:
            self._stretch = Breach(at.time, until, at, at, value)
        elif value > stretch.value:
            self._stretch = stretch._replace(worst=at, value=value)

    def _end(self, when: Instant) -> None:
        stretch, self._stretch = self._stretch, None
        if stretch is not None and when - stretch.start > self.grace:
            self._breaches.append(stretch._replace(end=when))


class Mean:
    """The mean of a number over all that it weighs and lasts; whole numbers, rounded down."""

    __slots__ = ("_now", "_sum", "_weight")

    def __init__(self) -> None:
        self._sum = 0
        self._weight = 0
        self._now: tuple[Instant, int, int] | None = None

    def see(self, when: Instant, value: int, weight: int) -> None:
        """The number is `value` and weighs `weight` from now on."""
        self.pause(when)
        self._now = (when, value, weight)

    def pause(self, when: Instant) -> None:
        """From now on nothing counts, until something is seen again."""
        if self._now is not None:
            since, value, weight = self._now
            self._now = None
            if when > since:
                self._sum += value * weight * (when - since)
                self._weight += weight * (when - since)

    def close(self, end: Instant) -> int | None:
        """The mean; None if nothing lasted."""
        self.pause(end)
        return self._sum // self._weight if self._weight else None


class Always:
    """A fact holds, save for stretches no longer than `grace`."""

    __slots__ = ("_kept",)

    def __init__(self, *, grace: Duration = 0) -> None:
        self._kept = AtMost(0, grace=grace)

    def see(self, at: Evidence, holds: bool) -> None:
        """Whether it holds from now on."""
        self._kept.see(at, 0 if holds else 1)

    def pause(self, when: Instant) -> None:
        """From now on there is nothing to judge, until something is seen again."""
        self._kept.pause(when)

    def close(self, end: Instant) -> Answer:
        """Judge all that was seen before `end`."""
        return self._kept.close(end)


class Never(Always):
    """A fact does not hold, save for stretches no longer than `grace`."""

    __slots__ = ()

    def see(self, at: Evidence, holds: bool) -> None:
        """Whether it holds from now on."""
        super().see(at, not holds)


class Within:
    """Each question is answered no later than `limit` after it was asked; an answer serves all that are open."""

    __slots__ = ("_answered", "_breaches", "_open", "limit", "seen")

    def __init__(self, limit: Duration) -> None:
        self.limit = limit
        self.seen = 0
        self._open: list[Evidence] = []
        self._answered: Instant = -1
        self._breaches: list[Breach] = []

    def ask(self, at: Evidence) -> None:
        """Something happened that calls for an answer."""
        if self._answered == at.time:
            self.seen += 1  # records of one instant have no order that matters
        else:
            self._open.append(at)

    def answer(self, when: Instant) -> None:
        """The answer came."""
        self._answered = when
        asked, self._open = self._open, []
        for at in asked:
            self._judge(at, when)

    def close(self, end: Instant) -> Answer:
        """Judge all questions whose time is up; those that could still be answered are not judged."""
        for at in self._open:
            if at.time + self.limit <= end:
                self.seen += 1
                self._breaches.append(Breach(at.time, end, at, at, end - at.time))
        self._open = []
        return Answer(self.seen, tuple(self._breaches))

    def _judge(self, at: Evidence, when: Instant) -> None:
        self.seen += 1
        if when - at.time > self.limit:
            self._breaches.append(Breach(at.time, when, at, at, when - at.time))


class Until:
    """A fact holds until the release; the release must come, unless `weak`."""

    __slots__ = ("_answer", "_kept", "_start", "weak")

    def __init__(self, *, weak: bool = False) -> None:
        self.weak = weak
        self._kept = AtMost(0)
        self._start: Evidence | None = None
        self._answer: Answer | None = None

    def see(self, at: Evidence, holds: bool) -> None:
        """Whether it holds from now on; nothing counts after the release."""
        if self._answer is None:
            self._start = self._start or at
            self._kept.see(at, 0 if holds else 1)

    def release(self, when: Instant) -> None:
        """It need not hold any longer."""
        if self._answer is None:
            answer = self._kept.close(when)
            # A release at the very start leaves nothing to break, and still was one.
            self._answer = Answer(max(answer.seen, 0 if self._start is None else 1), answer.breaches)

    def close(self, end: Instant) -> Answer:
        """Judge."""
        if self._answer is not None:
            return self._answer
        answer = self._kept.close(end)
        if self.weak or self._start is None or answer.breaches:
            return answer
        start = self._start
        return Answer(max(answer.seen, 1), (Breach(start.time, end, start, start, end - start.time),))
