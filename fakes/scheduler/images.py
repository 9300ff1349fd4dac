"""Which nodes hold which images, and what that is worth to a pod.

Source: backend/cache (imageStates) with its habits: the size of an image is what the first node said of it, and on how
many nodes an image is, a node learns only when it has changed itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.fakes.scheduler.cache import Cache, NodeInfo
from seatrial.fakes.scheduler.scores import image_locality
from seatrial.fakes.scheduler.signature import Shape

__all__ = ["Images"]

Scores = dict[int, int]
Held = dict[str, tuple[int, int]]  # image: size, number of holders


class _State:
    """One image."""

    __slots__ = ("holders", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.holders: dict[int, None] = {}


class _Column:
    """The scores of one set of images, by slot; those of 0 are left out."""

    __slots__ = ("moment", "nodes", "scores")

    def __init__(self) -> None:
        self.moment = -1
        self.nodes = -1
        self.scores: Scores = {}


class Images:
    """Images by name, and each node's idea of those it holds."""

    __slots__ = ("_columns", "_held", "_known", "_moment", "_states")

    def __init__(self) -> None:
        self._states: dict[str, _State] = {}
        self._known: dict[int, dict[str, int]] = {}
        self._held: dict[int, Held] = {}
        self._columns: dict[tuple[tuple[str, ...], int], _Column] = {}
        self._moment = -1

    def place(self, slot: int, node: NodeInfo | None) -> None:
        """A node came, changed or went."""
        new = node.images if node is not None else {}
        states = self._states
        for name in self._known.pop(slot, ()):
            state = states[name]
            state.holders.pop(slot, None)
            if not state.holders:
                del states[name]
        for name, size in new.items():
            found = states.get(name)
            if found is None:
                found = states[name] = _State(size)
            found.holders[slot] = None
        if new:
            self._known[slot] = new

    def look(self, cache: Cache) -> None:
        """A cycle begins: nodes that changed since the last one take the present counts in."""
        if not self._known and not self._held:
            return
        for slot in _changed(cache, self._moment):
            names = self._known.get(slot)
            if names is None:
                self._held.pop(slot, None)
            else:
                states = self._states
                self._held[slot] = {name: (states[name].size, len(states[name].holders)) for name in names}
        self._moment = cache.moment

    def scores(self, shape: Shape, cache: Cache) -> Scores:
        """The scores that are not 0, by slot."""
        if not self._held:
            return {}
        spot = (shape.images, shape.containers)
        column = self._columns.get(spot)
        if column is None:
            column = self._columns[spot] = _Column()
        nodes = len(cache)
        if column.nodes != nodes:
            column.moment, column.nodes = -1, nodes
        if column.moment != cache.moment:
            for slot in _changed(cache, column.moment):
                held = self._held.get(slot)
                score = image_locality.score(shape.images, shape.containers, held, nodes) if held else 0
                if score:
                    column.scores[slot] = score
                else:
                    column.scores.pop(slot, None)
            column.moment = cache.moment
        return column.scores


def _changed(cache: Cache, since: int) -> Iterable[int]:
    behind = since - cache.log_base
    return range(len(cache.nodes)) if behind < 0 else dict.fromkeys(cache.log[behind:])
