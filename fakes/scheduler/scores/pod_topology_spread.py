"""Prefers domains with fewer pods of the same kind. Source: podtopologyspread/scoring.go.

Go weighs with float64 logarithms; here they have 18 decimals. The rounded sums can differ only where Go's own error
of some 1e-13 decides about a half, which no small count times ln(n) comes near.
"""

from __future__ import annotations

from seatrial.fakes.scheduler.double import LOG_SCALE, logarithm
from seatrial.fakes.scheduler.filters.pod_topology_spread import mask_of, selected
from seatrial.fakes.scheduler.signature import Shape
from seatrial.fakes.scheduler.tally import Tallies
from seatrial.fakes.scheduler.terms import HOSTNAME, Constraint

__all__ = ["NAME", "WEIGHT", "scores"]

NAME = "PodTopologySpread"
WEIGHT = 2
_HALF = LOG_SCALE // 2
Part = tuple["dict[str, int] | None", int, int]
Spot = tuple["int | str | None", ...]


def scores(
    shape: Shape, constraints: tuple[Constraint, ...], tallies: Tallies, slots: list[int], *, strict: bool
) -> list[int]:
    """0 to 100 for each node. strict: nodes without all labels get 0 (the pod's own constraints, not the default's)."""
    keys = tuple(sorted({constraint.key for constraint in constraints})) if strict else ()
    columns: list[list[int | str | None]] = []
    ignored: list[bool] | None = None
    for constraint in constraints:
        at = tallies.topology(constraint.key).at
        where: list[int | str | None] = [at[slot] for slot in slots]
        if strict and None in where:
            missing = [domain is None for domain in where]
            ignored = missing if ignored is None else [a or b for a, b in zip(ignored, missing, strict=True)]
        columns.append(where)
    counted = len(slots) - sum(ignored) if ignored else len(slots)
    parts: list[Part] = []
    for index, constraint in enumerate(constraints):
        tally = tallies.selected(selected(constraint, shape), alive=True)
        where = columns[index]
        if constraint.key == HOSTNAME:
            size, by_slot = counted, tally.by_slot
            # The node's own count is what matters; its name would only split nodes that are alike.
            columns[index] = [
                None if domain is None else by_slot[slot] for domain, slot in zip(where, slots, strict=True)
            ]
            parts.append((None, logarithm(size + 2), constraint.max_skew - 1))
        else:
            shown = where if not ignored else [d for d, skip in zip(where, ignored, strict=True) if not skip]
            domains = tallies.in_domains(tally, constraint.key, mask_of(constraint, keys, shape))
            parts.append((domains.counts, logarithm(len(set(shown)) + 2), constraint.max_skew - 1))
    return _normalized(list(zip(*columns, strict=True)), parts, ignored)


def _normalized(
    spots: list[Spot],
    parts: list[Part],
    ignored: list[bool] | None,
) -> list[int]:
    table = {spot: _sum(spot, parts) for spot in set(spots)}
    if ignored is None:
        raws = list(table.values())
    else:
        raws = [table[spot] for spot, skip in zip(spots, ignored, strict=True) if not skip]
    low, high = min(raws, default=0), max(raws, default=0)
    final = {spot: 100 * (high + low - raw) // high if high else 100 for spot, raw in table.items()}
    if ignored is None:
        return [final[spot] for spot in spots]
    return [0 if skip else final[spot] for spot, skip in zip(spots, ignored, strict=True)]


def _sum(spot: Spot, parts: list[Part]) -> int:
    total = 0
    for value, (counts, weight, skew) in zip(spot, parts, strict=True):
        if value is None:
            continue
        count = counts.get(str(value), 0) if counts is not None else int(value)
        total += count * weight + skew * LOG_SCALE
    return (total + _HALF) // LOG_SCALE
