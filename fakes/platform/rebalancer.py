"""Spreads pods again after a node has come back: it takes them away and lets the scheduler place them anew.

The good one evicts, and budgets hold; the bad one deletes, and asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from seatrial.fakes.platform.yard import Yard, is_ready
from seatrial.harness.kernel.time import MINUTE, Instant
from seatrial.harness.ports.controller import DONE, Next, Watch, again
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import View, Write
from seatrial.harness.ports.words import Duration, Name

__all__ = ["Rebalancer"]


@dataclass(frozen=True)
class Rebalancer:
    """Takes the pods of a namespace's ReplicaSets away once a node has come back, so that they spread again."""

    name: ClassVar[str] = "rebalancer"

    namespace: Name
    after: Duration = 2 * MINUTE
    asks_budgets: bool = True

    def install(self, yard: Yard) -> None:
        """Start it."""
        yard.add_controller(Mover(self))


class Mover:
    """Keys: nodes that have come back."""

    name: ClassVar[str] = "rebalancer"
    watches: ClassVar[tuple[Watch, ...]] = (Watch("nodes", "node_changed"),)
    workers: ClassVar[int] = 1

    def __init__(self, settings: Rebalancer) -> None:
        self._settings = settings
        self._back: dict[str, Instant] = {}

    def node_changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:  # noqa: ARG002 - a handler
        """A node that was silent reports again."""
        if old is None or new is None or is_ready(old) or not is_ready(new):
            return ()
        return (Key("nodes", "", new["metadata"]["name"]),)

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Wait, then take every pod away once."""
        since = self._back.setdefault(key.name, now)
        left = since + self._settings.after - now
        if left > 0:
            return again(left)
        del self._back[key.name]
        pods = [pod for pod in view.list("pods", self._settings.namespace) if _movable(pod)]
        if not pods:
            return DONE
        tolerated = ("TooManyRequests", "NotFound")
        if self._settings.asks_budgets:
            writes = [Write("evict", _key(pod), {}, "eviction", tolerate=tolerated) for pod in pods]
        else:
            writes = [Write("delete", _key(pod), tolerate=tolerated) for pod in pods]
        return Next(tuple(writes), independent=True)


def _key(pod: Obj) -> Key:
    return Key("pods", pod["metadata"]["namespace"], pod["metadata"]["name"])


def _movable(pod: Obj) -> bool:
    owners = pod["metadata"].get("ownerReferences") or ()
    replaced = any(owner.get("controller") and owner["kind"] == "ReplicaSet" for owner in owners)
    return replaced and "deletionTimestamp" not in pod["metadata"]
