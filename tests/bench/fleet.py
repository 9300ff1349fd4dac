"""100 clusters of 100 nodes and 1,000 pods each, five virtual days, a zone lost in each, checkers on, two processes."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from time import perf_counter

from seatrial.harness.kernel.time import DAY, MINUTE
from seatrial.harness.runner.trial import run_variant
from tests.bench.worlds import make_plan, settled

__all__ = ["measure"]

CLUSTERS = 100


def one(seed: int) -> tuple[int, str]:
    """One cluster from birth to verdict; clusters never meet, so each is a run of its own."""
    plan = make_plan(1, 100, 10, 100, lost=30 * MINUTE, total=5 * DAY)
    result = run_variant(settled(plan), plan.variants[0], lambda _what, _detail: None, last=True)
    return len(result.findings), result.history.digest()


def measure() -> list[tuple[str, str, str]]:
    """All of them over two processes."""
    began = perf_counter()
    with ProcessPoolExecutor(2) as pool:
        done = list(pool.map(one, range(CLUSTERS), chunksize=5))
    took = perf_counter() - began
    assert all(findings for findings, _ in done)
    what = "100 clusters of 100 nodes, 1,000 pods, five days, a zone lost in each, checkers on, 2 processes"
    return [(what, "20 s, 1 GiB", f"{took:.1f} s, {{peak}} MiB each")]
