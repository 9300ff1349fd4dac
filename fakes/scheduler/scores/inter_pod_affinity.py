"""Prefers domains by the preferred terms of the pod and of those that run. Source: interpodaffinity/scoring.go.

Required affinity terms of running pods count with weight 1 (hardPodAffinityWeight). Go scales in float64; `double`
rounds the same way.
"""

from __future__ import annotations

from seatrial.fakes.scheduler.double import percent
from seatrial.fakes.scheduler.signature import Shape
from seatrial.fakes.scheduler.tally import PREFERRED, Tallies

__all__ = ["NAME", "WEIGHT", "raw", "scores"]

NAME = "InterPodAffinity"
WEIGHT = 2


def raw(shape: Shape, tallies: Tallies, slots: list[int]) -> list[int] | None:
    """The sum of weights for each node; None where nothing is preferred at all."""
    parts = [(hit.key, hit.weight, hit.tally) for hit in tallies.meant(shape).get(PREFERRED, ())]
    for wished in shape.preferred:
        parts.append((wished.term.key, wished.weight, tallies.selected((wished.term,))))
    for wished in shape.preferred_anti:
        parts.append((wished.term.key, -wished.weight, tallies.selected((wished.term,))))
    sums: list[int] | None = None
    for key, weight, tally in parts:
        if not tally.total:
            continue
        domains = tallies.in_domains(tally, key)
        at = domains.topology.at
        get = domains.counts.get
        more = [weight * get(at[slot], 0) for slot in slots]  # type: ignore[arg-type]  # None is in no domain
        sums = more if sums is None else [one + other for one, other in zip(sums, more, strict=True)]
    return sums


def scores(sums: list[int]) -> list[int]:
    """0 for the least, 100 for the most."""
    low, high = min(sums), max(sums)
    if low == high:
        return [0] * len(sums)
    table = {value: percent(value - low, high - low) for value in set(sums)}
    return [table[value] for value in sums]
