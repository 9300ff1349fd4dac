"""What the controllers of one process know: the store itself while the link is up, an old copy while it is not.

Differs from client-go: with an open link the informers of a process lag by nothing; staleness comes from faults.
While the way is closed, events are kept back; when it opens again, the difference is delivered after the time that a
reflector takes to come back, as one change for each object (what happened and was undone in between is never seen,
as with a real relist).
"""

from __future__ import annotations

from typing import Protocol

from seatrial.harness.kernel.clock import Agenda, Timer
from seatrial.harness.kernel.time import SECOND, Duration
from seatrial.harness.ports.kube import Replica, View, WatchEvent

__all__ = ["Informers", "Receiver"]

# client-go's reflector: back-off starts at 800 ms and doubles; after a longer outage the next try is up to 30 s away.
RELIST_DELAY: Duration = 1 * SECOND


class Receiver(Protocol):
    """Who the informers tell."""

    def deliver(self, event: WatchEvent) -> None:
        """Take one change in."""
        ...


class Informers:
    """The shared informers of one process (kube-controller-manager, kube-scheduler) in one cluster."""

    __slots__ = ("_agenda", "_held", "_live", "_name", "_receiver", "_returning", "view")

    def __init__(self, name: str, agenda: Agenda, live: Replica, receiver: Receiver) -> None:
        self._name = name
        self._agenda = agenda
        self._live = live
        self._receiver = receiver
        self._held: dict[tuple[str, str, str], WatchEvent] | None = None
        self._returning: Timer = 0
        self.view: View = live
        agenda.enlist(name, self)

    @property
    def stale(self) -> bool:
        """Whether the view lags behind the store."""
        return self._held is not None

    def on_event(self, event: WatchEvent) -> None:
        """The store has committed something: tell it, or keep it back while cut off."""
        if self._held is None:
            self._receiver.deliver(event)
            return
        meta = event.obj["metadata"]
        key = (event.resource, meta.get("namespace", ""), meta["name"])
        first = self._held.pop(key, event)
        if first.old is None and event.new is None:
            return
        kind = "ADDED" if first.old is None else "DELETED" if event.new is None else "MODIFIED"
        self._held[key] = event._replace(old=first.old if event.new is not None else event.old, type=kind)

    def cut(self) -> None:
        """The way to the API server is closed: what is seen from now on is old."""
        if self._returning:
            self._agenda.cancel(self._returning)
            self._returning = 0
        if self._held is None:
            self._held = {}
            self.view = self._live.copy()

    def join(self) -> None:
        """The way is open again: relist after the reflector's back-off."""
        if self._held is not None and not self._returning:
            self._returning = self._agenda.after(RELIST_DELAY, self._name, "relist")

    def relist(self) -> None:
        """Catch up: the view is the store again, and each object that differs is told once."""
        held, self._held, self._returning = self._held or {}, None, 0
        self.view = self._live
        for event in held.values():
            self._receiver.deliver(event)

    def renew(self) -> None:
        """The process is new: what was kept back is forgotten, since its first lists will tell all of it."""
        self._agenda.cancel(self._returning)
        self._held, self._returning = None, 0
        self.view = self._live

    def replay(self, resource: str) -> None:
        """Tell all that exists of a resource as ADDED: an informer's first list."""
        for obj in self._live.list(resource):
            self._receiver.deliver(WatchEvent(0, "ADDED", resource, None, obj, 0))
