"""A home-made scheduler that puts each pod onto any Ready node and has never heard of constraints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from seatrial.fakes.platform.yard import Yard, is_ready
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import SECOND, Instant
from seatrial.harness.ports.controller import DONE, Next, Watch, again
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import View, Write

__all__ = ["RandomScheduler"]


@dataclass(frozen=True)
class RandomScheduler:
    """Pods are bound to any Ready node, whatever they ask for."""

    name: ClassVar[str] = "random-scheduler"

    def install(self, yard: Yard) -> None:
        """Take the scheduler's place."""
        yard.replace_scheduler(Dice(yard.stream(self.name)))


class Dice:
    """Keys: pods without a node."""

    name: ClassVar[str] = "default-scheduler"
    watches: ClassVar[tuple[Watch, ...]] = (Watch("pods", "pod_changed"),)
    workers: ClassVar[int] = 1

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def pod_changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:  # noqa: ARG002 - a handler
        """Pods that no node has taken."""
        if new is None or new["spec"].get("nodeName") or "deletionTimestamp" in new["metadata"]:
            return ()
        return (Key("pods", new["metadata"]["namespace"], new["metadata"]["name"]),)

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:  # noqa: ARG002 - the shape of a controller
        """Throw the dice."""
        pod = view.get(*key)
        if pod is None or pod["spec"].get("nodeName"):
            return DONE
        nodes = sorted(node["metadata"]["name"] for node in view.list("nodes") if is_ready(node))
        if not nodes:
            return again(SECOND)
        return Next((Write("bind", key, {"target": {"kind": "Node", "name": self._stream.pick(nodes)}}),))
