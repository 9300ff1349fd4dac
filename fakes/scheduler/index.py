"""Columns: for pods that ask the same of a node, each node's verdict and base score, by slot, kept up to date.

Placing a pod changes one node, so the next pod of the kind pays for one cell, not for all nodes.
"""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import Cache, NodeInfo
from seatrial.fakes.scheduler.filters import (
    node_affinity,
    node_ports,
    node_resources_fit,
    node_unschedulable,
    taint_toleration,
)
from seatrial.fakes.scheduler.refusal import Refusal
from seatrial.fakes.scheduler.scores import balanced_allocation, least_allocated
from seatrial.fakes.scheduler.scores import node_affinity as affinity_score
from seatrial.fakes.scheduler.scores import taint_toleration as taint_score
from seatrial.fakes.scheduler.signature import Fixed, Shape

__all__ = ["Column", "Index", "local_refusal"]

# Cells kept over all columns: some 100 MB at worst.
_CELLS_MAX = 4_000_000
_NO_TAINT = 100 * taint_score.WEIGHT


def local_refusal(shape: Shape, node: NodeInfo) -> Refusal | None:
    """The filters that look at one node alone, in the real order; the first refusal counts."""
    return (
        node_unschedulable.refuse(shape, node)
        or taint_toleration.refuse(shape, node)
        or node_affinity.refuse(shape, node)
        or node_ports.refuse(shape, node)
        or node_resources_fit.refuse(shape, node)
    )


class _Fixed:
    """What a node's labels and taints mean for one Fixed; changes with Node objects only."""

    __slots__ = ("affinity", "refusals", "seen", "shape", "soft", "taints")

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.seen: list[object] = []
        self.refusals: list[Refusal | None] = []
        self.taints: list[int] = []
        self.affinity: list[int] = []
        self.soft = False  # whether any node has ever had a soft taint in the way

    def look(self, slot: int, node: NodeInfo) -> Refusal | None:
        """The refusal of the filters that pods do not change."""
        while len(self.seen) <= slot:
            self.seen.append(None)
            self.refusals.append(None)
            self.taints.append(0)
            self.affinity.append(0)
        if self.seen[slot] is not node.obj:
            shape = self.shape
            self.seen[slot] = node.obj
            self.refusals[slot] = (
                node_unschedulable.refuse(shape, node)
                or taint_toleration.refuse(shape, node)
                or node_affinity.refuse(shape, node)
            )
            taints = self.taints[slot] = taint_score.raw(shape.fixed, node) if node.taints else 0
            self.soft = self.soft or taints > 0
            self.affinity[slot] = affinity_score.raw(shape.fixed, node) if shape.fixed.preferred else 0
        return self.refusals[slot]


class Column:
    """Verdict and base score of every node for one kind of pod.

    The base is LeastAllocated + BalancedAllocation + a full mark for taints; -1: refused.
    """

    __slots__ = ("_fixed", "_moment", "_shape", "affinity", "refusals", "taints", "values")

    def __init__(self, shape: Shape, fixed: _Fixed) -> None:
        self._shape = shape
        self._fixed = fixed
        self._moment = -1
        self.values: list[int] = []
        self.refusals: list[Refusal | None] = []
        self.taints = fixed.taints
        self.affinity = fixed.affinity

    @property
    def soft_taints(self) -> bool:
        """Whether taints make any difference to scores."""
        return self._fixed.soft

    def refresh(self, cache: Cache) -> None:
        """Catch up with the cache's log."""
        moment = cache.moment
        if moment == self._moment:
            return
        nodes, look = cache.nodes, self._look
        grown = len(nodes) - len(self.values)
        if grown:
            self.values.extend([-1] * grown)
            self.refusals.extend([None] * grown)
        behind = self._moment - cache.log_base
        if behind < 0:
            for slot, node in enumerate(nodes):
                look(slot, node)
        else:
            news = cache.log[behind:]
            for slot in news if len(news) == 1 else dict.fromkeys(news):
                look(slot, nodes[slot])
        self._moment = moment

    def _look(self, slot: int, node: NodeInfo | None) -> None:
        if node is None:
            self.values[slot] = -1
            self.refusals[slot] = None
            return
        shape = self._shape
        refusal = (
            self._fixed.look(slot, node) or node_ports.refuse(shape, node) or node_resources_fit.refuse(shape, node)
        )
        self.refusals[slot] = refusal
        if refusal is None:
            request = shape.request
            own = least_allocated.score(request, node) + balanced_allocation.score(request, node)
            self.values[slot] = own + _NO_TAINT
        else:
            self.values[slot] = -1


class Index:
    """The columns in use, the ones longest unused dropped first."""

    __slots__ = ("_columns", "_fixed")

    def __init__(self) -> None:
        self._columns: dict[object, Column] = {}
        self._fixed: dict[Fixed, _Fixed] = {}

    def __len__(self) -> int:
        return len(self._columns)

    def column(self, shape: Shape, cache: Cache) -> Column:
        """The column for a pod, up to date."""
        columns = self._columns
        column = columns.pop(shape.local, None)
        if column is None:
            fixed = self._fixed.get(shape.fixed)
            if fixed is None:
                fixed = self._fixed[shape.fixed] = _Fixed(shape)
            column = Column(shape, fixed)
            self._trim(len(cache.nodes))
        columns[shape.local] = column  # at the end: the order is that of the last use
        column.refresh(cache)
        return column

    def _trim(self, slots: int) -> None:
        columns = self._columns
        while columns and (len(columns) + 1) * 3 * slots > _CELLS_MAX:
            del columns[next(iter(columns))]
        if len(self._fixed) > 2 * len(columns) + 16:
            used = {shape_local[0] for shape_local in columns}  # type: ignore[index]
            self._fixed = {key: fixed for key, fixed in self._fixed.items() if key in used}
