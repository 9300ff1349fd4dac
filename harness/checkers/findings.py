"""Findings that every checker needs: nothing to judge, no subject, no occasion."""

from __future__ import annotations

from seatrial.harness.kernel.time import Duration, Instant, duration_text
from seatrial.harness.ports.checker import Finding, Standing, Verdict

__all__ = ["clock_text", "no_occasion", "no_subject", "nothing_seen", "share_text"]


def no_subject(checker: str, claim: str, seen: str) -> Finding:
    """The promise is about something that this cluster does not have."""
    return Finding(
        checker, "cluster", "subject", Verdict.HELD, claim, seen, standing=Standing.NOT_APPLICABLE, occasions=0
    )


def no_occasion(checker: str, subject: str, claim: str, seen: str, *, counted: bool) -> Finding:
    """There was a subject, but nothing happened that could have broken the promise."""
    return Finding(
        checker,
        subject,
        "occasion",
        Verdict.UNKNOWN if counted else Verdict.HELD,
        claim,
        seen,
        standing=Standing.COUNTED if counted else Standing.NOT_EXERCISED,
        occasions=0,
    )


def nothing_seen(checker: str, claim: str, seen: str) -> Finding:
    """The run showed nothing to judge by: never HELD."""
    return Finding(checker, "cluster", "seen", Verdict.UNKNOWN, claim, seen, occasions=0)


def share_text(ppm: int) -> str:
    """`38.2%`: parts per million as a share with at most one decimal that matters."""
    tenths = (ppm + 500) // 1000
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}%"


def clock_text(since: Instant, moment: Instant) -> str:
    """A moment as the time line shows it: +47.4s from the storm's start."""
    length: Duration = moment - since
    tenth = 100_000_000
    rounded = (abs(length) + tenth // 2) // tenth * tenth
    return ("-" if length < 0 else "+") + duration_text(rounded)
