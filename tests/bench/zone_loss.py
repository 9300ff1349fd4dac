"""The main job: zone-loss on the built-in app, three zones in turn, both policies, one virtual hour each."""

from __future__ import annotations

from statistics import median
from time import perf_counter

from seatrial.harness.runner import RunRequest, run_request

__all__ = ["measure"]


def once() -> float:
    """Seconds, after process start."""
    began = perf_counter()
    outcome = run_request(RunRequest("zonal/zone-loss"))
    assert len(outcome.results) == 6, outcome
    return perf_counter() - began


def measure() -> list[tuple[str, str, str]]:
    """The first run in the process (imports, reading) and the median of five more."""
    first = once()
    rest = median(once() for _ in range(5))
    what = "zone-loss, built-in app, 3 zones x 2 policies, one virtual hour each"
    return [(what, "1 s", f"{first:.2f} s, then {rest:.2f} s")]
