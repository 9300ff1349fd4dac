"""An example as a search runs them: 3 clusters of 30 nodes and 60 pods, forked, a zone lost, one virtual hour."""

from __future__ import annotations

from statistics import median
from time import perf_counter

from seatrial.harness.runner.trial import run_variant
from tests.bench.worlds import make_plan, settled

__all__ = ["measure"]

RUNS = 15


def measure() -> list[tuple[str, str, str]]:
    """The median of some runs, checkers on."""
    plan = make_plan(3, 30, 10, 6)
    world = settled(plan)
    took = []
    for _ in range(RUNS):
        began = perf_counter()
        result = run_variant(world, plan.variants[0], lambda _what, _detail: None)
        took.append(perf_counter() - began)
        assert len(result.findings) > 10
    what = "search example: 3 clusters of 30 nodes, 60 pods, forked, zone lost, 1 h, all checkers"
    return [(what, "50 ms median", f"{median(took) * 1000:.0f} ms")]
