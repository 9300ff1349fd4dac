"""The operators against a checker that looks at every single moment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.harness.checkers.temporal import Always, AtMost, Never, Until, Within
from seatrial.harness.ports.checker import Evidence, Verdict

END = 20
SIGNALS = st.lists(st.tuples(st.integers(0, END), st.integers(0, 4)), max_size=12).map(
    lambda steps: sorted(steps, key=lambda step: step[0])
)


def at(time: int) -> Evidence:
    return Evidence(time, 0, f"seen at {time}")


def by_moment(steps: list[tuple[int, int]]) -> list[int | None]:
    """The value in each unit of time [t, t + 1): the last one seen at or before t."""
    values: list[int | None] = [None] * END
    for time, value in steps:
        for moment in range(time, END):
            values[moment] = value
    return values


def stretches(bad: list[bool]) -> list[tuple[int, int]]:
    found, start = [], None
    for moment, wrong in enumerate([*bad, False]):
        if wrong and start is None:
            start = moment
        if not wrong and start is not None:
            found.append((start, moment))
            start = None
    return found


@given(SIGNALS, st.integers(0, 4), st.integers(0, 5))
def test_at_most_finds_exactly_the_stretches_that_last_longer_than_the_grace(
    steps: list[tuple[int, int]], bound: int, grace: int
) -> None:
    kept = AtMost(bound, grace=grace)
    for time, value in steps:
        kept.see(at(time), value)
    answer = kept.close(END)

    values = by_moment(steps)
    expected = [
        (start, end)
        for start, end in stretches([value is not None and value > bound for value in values])
        if end - start > grace
    ]
    assert [(breach.start, breach.end) for breach in answer.breaches] == expected
    for breach in answer.breaches:
        lasting = [value for value in values[breach.start : breach.end] if value is not None]
        assert breach.value == max(lasting)
        assert values[breach.worst.time] == breach.value
        assert breach.first.time == breach.start
    assert (answer.seen > 0) is any(value is not None for value in values)


@given(SIGNALS, st.integers(0, 5))
def test_always_and_never_are_each_others_mirror(steps: list[tuple[int, int]], grace: int) -> None:
    always, never = Always(grace=grace), Never(grace=grace)
    for time, value in steps:
        always.see(at(time), value > 2)
        never.see(at(time), value <= 2)

    answer = always.close(END)

    assert answer == never.close(END)
    values = by_moment(steps)
    bad = stretches([value is not None and value <= 2 for value in values])
    assert [(one.start, one.end) for one in answer.breaches] == [
        (start, end) for start, end in bad if end - start > grace
    ]


@given(st.lists(st.tuples(st.integers(0, END), st.booleans()), max_size=14), st.integers(0, 6))
def test_within_judges_every_question_whose_time_is_up(events: list[tuple[int, bool]], limit: int) -> None:
    rule = Within(limit)
    for time, asks in sorted(events, key=lambda event: event[0]):
        if asks:
            rule.ask(at(time))
        else:
            rule.answer(time)
    answer = rule.close(END)

    answers = [time for time, asks in events if not asks]
    late, judged = [], 0
    for time in sorted(time for time, asks in events if asks):
        first = min((other for other in answers if other >= time), default=None)
        if first is None and time + limit > END:
            continue
        judged += 1
        if first is None or first - time > limit:
            late.append(time)
    assert sorted(breach.start for breach in answer.breaches) == late
    assert answer.seen == judged


@given(SIGNALS, st.integers(0, END) | st.none(), st.booleans())
def test_until_holds_the_fact_to_the_release_and_asks_for_the_release(
    steps: list[tuple[int, int]], release: int | None, weak: bool
) -> None:
    rule = Until(weak=weak)
    released = False
    for time, value in steps:
        if release is not None and not released and time > release:
            rule.release(release)
            released = True
        rule.see(at(time), value > 1)
    if release is not None and not released:
        rule.release(release)
    answer = rule.close(END)

    begun = bool(steps) and (release is None or steps[0][0] <= release)
    values = by_moment(steps)
    stop = END if release is None else release
    bad = stretches([value is not None and value <= 1 and moment < stop for moment, value in enumerate(values)])
    if bad:
        assert [(one.start, one.end) for one in answer.breaches] == bad
    elif release is None and not weak and steps:
        assert [(one.start, one.end) for one in answer.breaches] == [(steps[0][0], END)]
    else:
        assert answer.breaches == ()
    if not steps:
        assert answer.verdict is Verdict.UNKNOWN
    elif begun and release is not None and not bad:
        assert answer.verdict is Verdict.HELD


@pytest.mark.parametrize("rule", [AtMost(1), Always(), Never(), Within(1), Until()])
def test_an_operator_that_saw_nothing_does_not_know(rule: AtMost | Always | Within | Until) -> None:
    assert rule.close(END).verdict is Verdict.UNKNOWN


def test_what_is_left_at_the_instant_in_which_it_was_entered_was_never_there() -> None:
    kept = AtMost(0)
    kept.see(at(3), 0)
    kept.see(at(5), 9)
    kept.see(at(5), 0)

    assert kept.close(END).verdict is Verdict.HELD


def test_a_pause_is_not_judged() -> None:
    kept = AtMost(0)
    kept.see(at(1), 1)
    kept.pause(4)
    kept.see(at(9), 0)

    assert [(one.start, one.end) for one in kept.close(END).breaches] == [(1, 4)]
