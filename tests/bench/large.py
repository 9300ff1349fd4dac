"""1,000 nodes and 30,000 pods from Deployments, a zone lost and healed, one virtual hour."""

from __future__ import annotations

from time import perf_counter

from seatrial.harness.runner.trial import run_variant
from tests.bench.worlds import make_plan, settled

__all__ = ["measure"]


def measure() -> list[tuple[str, str, str]]:
    """One run; the settling, which creates and schedules the pods, is told apart."""
    plan = make_plan(1, 1000, 300, 100)
    began = perf_counter()
    world = settled(plan)
    ready = perf_counter()
    result = run_variant(world, plan.variants[0], lambda _what, _detail: None, last=True)
    ended = perf_counter()
    assert len(result.findings) > 300
    return [
        (
            "1,000 nodes, 30,000 pods, zone lost and healed, one virtual hour",
            "60 s, 2 GiB",
            f"{ended - ready:.1f} s, {{peak}} MiB",
        ),
        ("    before it: created, scheduled, started", "", f"{ready - began:.1f} s"),
    ]
