"""Who can reach whom, and what really runs: the physical facts below the API.

A place is a string: `node/NAME`, `zone/us-east-1a`, `control-plane` (controllers and scheduler), `api` (the API
server's door), `etcd`, `registry`, `dns`, `outside`. A stopped API server is a closed door at `api`, a lost etcd
quorum a closed way from `api` to `etcd`; so everything that must notice a change listens here.
"""

from __future__ import annotations

from typing import Protocol

from seatrial.harness.kernel.time import Duration

__all__ = ["LinkListener", "Links", "MachineListener", "Machines"]


class LinkListener(Protocol):
    """Told after a change, in the order of subscription, at the same instant."""

    def links_changed(self) -> None:
        """Some way has opened, closed, slowed down or recovered: look again."""
        ...


class Links(Protocol):
    """The network between places. A packet needs its way open; an exchange needs both directions."""

    def open(self, source: str, target: str) -> bool:
        """Whether packets get from source to target at all."""
        ...

    def exchange(self, source: str, target: str) -> bool:
        """Whether both directions are open."""
        ...

    def delay(self, source: str, target: str) -> Duration:
        """What is added to one round trip."""
        ...

    def loss(self, source: str, target: str) -> int:
        """Share of requests that are lost, in parts per million."""
        ...

    @property
    def calm(self) -> bool:
        """Whether nothing at all is cut, shut, lost or slow: one question instead of four."""
        ...

    def subscribe(self, listener: LinkListener) -> None:
        """Be told of every change."""
        ...

    def touch(self) -> None:
        """Tell all listeners that something which decides reachability has changed elsewhere."""
        ...


class MachineListener(Protocol):
    """Told of what changes in the machines, whether or not the API server can know."""

    def machine_changed(self, node: str) -> None:
        """A node was started, stopped, or its pods began or ceased to serve."""
        ...


class Machines(Protocol):
    """What really runs on the nodes."""

    def alive(self, node: str) -> bool:
        """Whether the machine has power and its kernel runs."""
        ...

    def serving(self, node: str, uid: str) -> bool:
        """Whether the pod's process takes requests now, whatever the API server believes."""
        ...

    def started(self, node: str, uid: str) -> int:
        """When the pod began to serve (Instant), 0 if it does not: capacity warms up from there."""
        ...

    def subscribe(self, listener: MachineListener) -> None:
        """Be told of every change."""
        ...
