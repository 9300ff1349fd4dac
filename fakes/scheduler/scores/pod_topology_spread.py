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
from seatrial.fakes.scheduler.topology import Topology

__all__ = ["NAME", "WEIGHT", "SpreadScore"]

NAME = "PodTopologySpread"
WEIGHT = 2
_HALF = LOG_SCALE // 2
Spot = tuple["int | str | None", ...]


class _Part:
    """One constraint. Its lists and counts are the tallies' own, so that it stays true."""

    __slots__ = ("by_slot", "counts", "skew", "topology")

    def __init__(self, topology: Topology, skew: int, by_slot: list[int], counts: dict[str, int] | None) -> None:
        self.topology = topology
        self.skew = (skew - 1) * LOG_SCALE
        self.by_slot = by_slot
        self.counts = counts  # None: the topology is the node itself

    def column(self, slots: list[int], nodes: int) -> list[int | str | None]:
        """What of each node decides its score: its domain, or its own count; None without the label."""
        at = self.topology.at
        if self.counts is not None:
            return list(map(at.__getitem__, slots))
        by_slot = self.by_slot
        if self.topology.present == nodes:
            return list(map(by_slot.__getitem__, slots))
        return [None if at[slot] is None else by_slot[slot] for slot in slots]


class SpreadScore:
    """The soft constraints of one kind of pod.

    strict: nodes without all labels get 0 (with the pod's own constraints, not with the default ones).
    """

    __slots__ = ("_parts", "_strict", "constraints")

    def __init__(self, shape: Shape, constraints: tuple[Constraint, ...], tallies: Tallies, *, strict: bool) -> None:
        keys = tuple(sorted({constraint.key for constraint in constraints})) if strict else ()
        self._strict = strict
        self._parts: list[_Part] = []
        self.constraints = constraints
        for constraint in constraints:
            tally = tallies.selected(selected(constraint, shape), alive=True)
            topology = tallies.topology(constraint.key)
            counts = None
            if constraint.key != HOSTNAME:
                counts = tallies.in_domains(tally, constraint.key, mask_of(constraint, keys, shape)).counts
            self._parts.append(_Part(topology, constraint.max_skew, tally.by_slot, counts))

    def weighted(self, slots: list[int], nodes: int) -> list[int]:
        """WEIGHT times the score from 0 to 100, for each of the feasible slots of a cluster of so many nodes."""
        columns = [part.column(slots, nodes) for part in self._parts]
        spots: list[Spot] = list(zip(*columns, strict=True))
        ignored = {spot: True for spot in dict.fromkeys(spots) if None in spot} if self._strict else {}
        if ignored:
            shown = [spot for spot in spots if spot not in ignored]
            columns = [list(column) for column in zip(*shown, strict=True)] if shown else [[] for _ in columns]
        logs = [
            logarithm((len(column) if part.counts is None else len(set(column))) + 2)
            for part, column in zip(self._parts, columns, strict=True)
        ]
        raws = {spot: self._raw(spot, logs) for spot in dict.fromkeys(spots) if spot not in ignored}
        low, high = min(raws.values(), default=0), max(raws.values(), default=0)
        table = {spot: WEIGHT * (100 * (high + low - raw) // high if high else 100) for spot, raw in raws.items()}
        for spot in ignored:
            table[spot] = 0
        return list(map(table.__getitem__, spots))

    def _raw(self, spot: Spot, logs: list[int]) -> int:
        total = 0
        for value, part, log in zip(spot, self._parts, logs, strict=True):
            if value is not None:
                count = int(value) if part.counts is None else part.counts.get(str(value), 0)
                total += count * log + part.skew
        return (total + _HALF) // LOG_SCALE
