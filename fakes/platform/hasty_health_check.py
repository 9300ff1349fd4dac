"""A node health service that trusts its alarm: one silent node, and it evicts the pods of all.

The kind of automation that turns a small failure into a large one; real ones have a budget for that reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from seatrial.fakes.platform.yard import Yard, is_ready
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import View, Write

__all__ = ["HastyHealthCheck"]

_SYSTEM = "kube-system"


@dataclass(frozen=True)
class HastyHealthCheck:
    """When one node falls silent, the pods of every node are evicted."""

    name: ClassVar[str] = "hasty-health-check"

    def install(self, yard: Yard) -> None:
        """Start it."""
        yard.add_controller(HealthCheck())


class HealthCheck:
    """Keys: nodes."""

    name: ClassVar[str] = "hasty-health-check"
    watches: ClassVar[tuple[Watch, ...]] = (Watch("nodes", "node_changed"),)
    workers: ClassVar[int] = 1

    def node_changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:  # noqa: ARG002 - a handler
        """Only what becomes of Ready matters."""
        if new is None or old is None or is_ready(old) == is_ready(new):
            return ()
        return (Key("nodes", "", "all"),)

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:  # noqa: ARG002 - the shape of a controller
        """Evict everything while any node is unwell."""
        nodes = list(view.list("nodes"))
        if all(is_ready(node) for node in nodes):
            return DONE
        return Next(
            tuple(
                Write("evict", Key("pods", pod["metadata"]["namespace"], pod["metadata"]["name"]), {}, "eviction")
                for node in nodes
                for pod in view.pods_on(node["metadata"]["name"])
                if pod["metadata"]["namespace"] != _SYSTEM and "deletionTimestamp" not in pod["metadata"]
            ),
            independent=True,
        )
