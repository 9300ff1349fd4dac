"""100 clusters of 100 nodes and 1,000 pods each, five virtual days, a zone lost in each, checkers on, two processes.

All clusters are alike, so each process settles one of them and forks it for each of its clusters, as the design has it
(clusters are copies of a few templates). Then they part: another zone is lost, at another moment, so no two histories
are the same. Only the digests of the histories are kept (`--history digest`); the checkers see every record.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from time import perf_counter

from seatrial.harness.faults import FAULTS
from seatrial.harness.kernel.time import DAY, MINUTE, SECOND
from seatrial.harness.runner.plan import Variant
from seatrial.harness.runner.trial import Settled, run_variant
from seatrial.harness.world.storm import Step
from tests.bench.worlds import make_plan, settled

__all__ = ["measure"]

CLUSTERS = 100
LOST = 30 * MINUTE


@cache
def template() -> Settled:
    """The settled cluster that all of a process's clusters are forks of."""
    return settled(replace(make_plan(1, 100, 10, 100, lost=LOST, total=5 * DAY), history="digest"))


def one(number: int) -> tuple[int, str]:
    """One cluster from its fork to its verdict; clusters never meet, so each is a run of its own."""
    loss = FAULTS["zone-loss"](zone="abc"[number % 3])  # type: ignore[call-arg] # its own words
    step = Step("1-zone-loss", loss, at=number * 7 * SECOND, lasts=LOST)
    result = run_variant(template(), Variant(f"cluster {number}", (), (step,)), lambda _what, _detail: None)
    return len(result.findings), result.history.digest()


def measure() -> list[tuple[str, str, str]]:
    """All of them over two processes, from the start of the first."""
    began = perf_counter()
    with ProcessPoolExecutor(2) as pool:
        done = list(pool.map(one, range(CLUSTERS), chunksize=CLUSTERS // 2))
    took = perf_counter() - began
    assert all(findings for findings, _ in done)
    assert len({digest for _, digest in done}) == CLUSTERS
    what = "100 clusters (forks of one) of 100 nodes, 1,000 pods, 5 days, a zone lost in each, 2 processes"
    return [(what, "20 s, 1 GiB", f"{took:.1f} s, {{peak}} MiB each")]
