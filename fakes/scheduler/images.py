"""Which nodes hold which images, and what that is worth to a pod."""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import NodeInfo
from seatrial.fakes.scheduler.scores import image_locality
from seatrial.fakes.scheduler.signature import Shape

__all__ = ["Images"]

Scores = dict[int, int]


class Images:
    """Images by name, with their sizes by slot."""

    __slots__ = ("_held", "_known", "_scores", "_version")

    def __init__(self) -> None:
        self._held: dict[str, dict[int, int]] = {}
        self._known: dict[int, dict[str, int]] = {}
        self._scores: dict[tuple[tuple[str, ...], int], tuple[int, int, Scores]] = {}
        self._version = 0

    def place(self, slot: int, node: NodeInfo | None) -> None:
        """A node came, changed or went."""
        new = node.images if node is not None else {}
        old = self._known.get(slot, {})
        if old == new:
            return
        for name in old:
            row = self._held[name]
            row.pop(slot, None)
            if not row:
                del self._held[name]
        for name, size in new.items():
            self._held.setdefault(name, {})[slot] = size
        if new:
            self._known[slot] = new
        else:
            self._known.pop(slot, None)
        self._version += 1

    def scores(self, shape: Shape, nodes: int) -> Scores:
        """The scores that are not 0, by slot."""
        if not self._held:
            return {}
        spot = (shape.images, shape.containers)
        found = self._scores.get(spot)
        if found is None or found[:2] != (self._version, nodes):
            found = self._scores[spot] = (self._version, nodes, self._score(shape, nodes))
        return found[2]

    def _score(self, shape: Shape, nodes: int) -> Scores:
        holders = {name: len(self._held[name]) for name in shape.images if name in self._held}
        slots = sorted({slot for name in holders for slot in self._held[name]})
        scores = {}
        for slot in slots:
            held = self._known[slot]
            score = image_locality.score(shape.images, shape.containers, held, holders, nodes)
            if score:
                scores[slot] = score
        return scores
