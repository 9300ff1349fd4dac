"""Counts of one owner's pods, kept event by event, so that a reconcile need not look at each pod again.

Has no counterpart in the real controllers, which list their pods at each sync: it is what makes 30,000 pods cheap.
"""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.fakes.controllers.words.pods import FINISHED, is_ready
from seatrial.harness.ports.event import Key, Obj

__all__ = ["ACTIVE", "ODD", "READY", "TERMINATING", "Roster", "standing"]

ACTIVE, READY, TERMINATING, ODD = 1, 2, 4, 8


def standing(pod: Obj) -> int:
    """ACTIVE, ACTIVE | READY, TERMINATING, or 0 for a finished pod."""
    status = pod.get("status")
    if status and status.get("phase") in FINISHED:
        return 0
    if "deletionTimestamp" in pod["metadata"]:
        return TERMINATING
    return ACTIVE | READY if is_ready(pod) else ACTIVE


class Roster:
    """The pods of one owner by name, each with its standing; ODD marks those that lack a label of the template."""

    __slots__ = ("active", "key", "labels", "odd", "ready", "standings", "terminating")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.standings: dict[str, int] = {}
        self.labels: dict[str, str] | None = None
        self.active = self.ready = self.terminating = self.odd = 0

    def put(self, pod: Obj) -> bool:
        """A pod is there; True if its standing is another one than before."""
        meta = pod["metadata"]
        new = standing(pod)
        if self.labels is not None and not _has(meta.get("labels"), self.labels):
            new |= ODD
        old = self.standings.get(meta["name"])
        if old == new:
            return False
        self.standings[meta["name"]] = new
        self._count(old or 0, -1)
        self._count(new, 1)
        return True

    def drop(self, name: str) -> None:
        """A pod is gone, or another's."""
        self._count(self.standings.pop(name, 0), -1)

    def compare_to(self, labels: dict[str, str], pods: Iterable[Obj]) -> None:
        """From now on these are the template's labels; `pods` are all of the owner's."""
        self.labels = labels
        for pod in pods:
            if pod["metadata"]["name"] in self.standings:
                self.put(pod)

    def _count(self, flags: int, by: int) -> None:
        if flags & ACTIVE:
            self.active += by
            if flags & READY:
                self.ready += by
        elif flags & TERMINATING:
            self.terminating += by
        if flags & ODD:
            self.odd += by


def _has(labels: dict[str, str] | None, wanted: dict[str, str]) -> bool:
    """Whether all of these labels are there; admission adds more of them when a pod is bound."""
    if labels is wanted:
        return True
    have = labels or {}
    return all(have.get(key) == value for key, value in wanted.items())
