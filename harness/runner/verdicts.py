"""The verdict lattice: HELD < UNKNOWN < BROKEN; a run in which nothing counted is UNKNOWN."""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.harness.ports.checker import Finding, Standing, Verdict

__all__ = ["EXIT_CODES", "verdict_of"]

EXIT_CODES = {Verdict.HELD: 0, Verdict.BROKEN: 1, Verdict.UNKNOWN: 3}


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """The worst of the findings that count."""
    counted = [finding.verdict for finding in findings if finding.standing is Standing.COUNTED]
    return max(counted, default=Verdict.UNKNOWN)
