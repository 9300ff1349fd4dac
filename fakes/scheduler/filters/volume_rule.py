"""The four volume filters for one pod, in the real order."""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.filters import node_volume_limits, volume_binding, volume_restrictions, volume_zone
from seatrial.fakes.scheduler.refusal import Refusal
from seatrial.fakes.scheduler.volumes import VolumeBook

__all__ = ["VolumeRule"]


class VolumeRule:
    """A pod's volumes, ready to be held against nodes."""

    __slots__ = ("_book", "_pod", "_wants")

    def __init__(self, pod: PodInfo, book: VolumeBook) -> None:
        self._pod = pod
        self._book = book
        self._wants = volume_zone.wants(pod, book) if pod.shape.claims else ()

    def refuse(self, node: NodeInfo) -> Refusal | None:
        """The first refusal."""
        pod, book = self._pod, self._book
        refusal = volume_restrictions.refuse(pod, node, book)
        if refusal is None and pod.shape.claims:
            refusal = (
                node_volume_limits.refuse(pod, node, book)
                or volume_binding.refuse(pod, node, book)
                or volume_zone.refuse(self._wants, node)
            )
        return refusal
