"""etcd and the watch cache in one: the committed objects of a cluster, their versions, and who is told.

Objects are plain JSON dicts, shared by everyone and never changed: a write is a new dict along the changed path.
Differs from the real one: one logical revision counter as in etcd, but no leases, no compaction by size, and a
watcher in this process is told at the same instant; what lags is modelled where the link is (the informer's view).
`managedFields` are not in the objects: the store keeps who wrote which version, and `fields/` builds them when read.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple, Protocol

from seatrial.fakes.kube.frozen import freeze
from seatrial.fakes.kube.tables import Tables
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.limits import WATCH_EVENTS_MAX, WATCH_EVENTS_MIN, WATCH_WINDOW_MIN
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import WatchEvent
from seatrial.harness.ports.note import Note

__all__ = ["Lineage", "Store", "Watcher"]

_new = tuple.__new__  # a NamedTuple's own constructor costs a Python call more, four times a write


class Watcher(Protocol):
    """Told of each commit at once. It may plan acts, but must not write: the commit is still under way."""

    def on_event(self, event: WatchEvent) -> None:
        """Take note of a change."""
        ...


class Lineage(NamedTuple):
    """Who wrote what, newest first: a chain that `fields/` folds into managedFields when somebody asks.

    operation: Update or Apply. fields: None while unfolded (the change is old to new); else the folded sets of this
    and all earlier writes, in whatever form `fields/` keeps them, and `before` is None.
    """

    manager: str
    operation: str
    subresource: str
    time: Instant
    old: Obj | None
    new: Obj | None
    fields: object
    before: Lineage | None


class WatchLog:
    """The newest events of one resource, as the watch cache keeps them: at least 75 s, 100 to 102,400 events."""

    __slots__ = ("events", "floor", "times")

    def __init__(self) -> None:
        self.events: deque[WatchEvent] = deque()
        self.times: deque[Instant] = deque()
        self.floor = 0  # revision of the newest event that was dropped: a watch from below is Expired

    def append(self, event: WatchEvent, now: Instant) -> None:
        """Take one in, drop what is beyond the window."""
        events, times = self.events, self.times
        events.append(event)
        times.append(now)
        while len(events) > WATCH_EVENTS_MIN and (now - times[0] > WATCH_WINDOW_MIN or len(events) > WATCH_EVENTS_MAX):
            self.floor = events.popleft().resource_version
            times.popleft()


class Store:
    """All objects of one cluster."""

    def __init__(self, agenda: Agenda, note: Note, *, freezing: bool = False) -> None:
        self.agenda = agenda
        self.note = note
        self.tables = Tables()
        self.revision = 1
        self.freezing = freezing  # a test mode: every object refuses to be changed
        self._lineages: dict[Key, Lineage] = {}
        self._logs: dict[str, WatchLog] = {}
        self._watchers: dict[str, list[Watcher]] = {}
        self._taps: list[Watcher] = []

    def subscribe(self, resource: str, watcher: Watcher) -> None:
        """Tell `watcher` of every change of a resource, in the order of subscription; "*" means all."""
        if resource == "*":
            self._taps.append(watcher)
        else:
            self._watchers.setdefault(resource, []).append(watcher)

    def unsubscribe(self, watcher: Watcher) -> None:
        """Tell it nothing any more."""
        for watchers in (*self._watchers.values(), self._taps):
            if watcher in watchers:
                watchers.remove(watcher)

    def get(self, resource: str, namespace: str, name: str) -> Obj | None:
        """The committed version, or None."""
        return self.tables.get(resource, namespace, name)

    def lineage(self, key: Key) -> Lineage | None:
        """Who wrote this object, newest first."""
        return self._lineages.get(key)

    def fold(self, key: Key, folded: Lineage) -> None:
        """Replace the chain by its folded form (same facts, less memory)."""
        if key in self._lineages:
            self._lineages[key] = folded

    def log(self, resource: str) -> WatchLog:
        """The watch window of a resource."""
        log = self._logs.get(resource)
        if log is None:
            log = self._logs[resource] = WatchLog()
            log.floor = self.revision
        return log

    def put(
        self,
        resource: str,
        obj: Obj,
        *,
        actor: str,
        manager: str = "",
        operation: str = "Update",
        subresource: str = "",
        touched: bool = False,
    ) -> Obj:
        """Commit a new object or a new version; returns it with its resourceVersion.

        touched: commit even if nothing is different (only the owners of fields are, and those are not in the object).

        Checks nothing: preconditions, defaults and validation are the API's. An update that changes nothing is
        none: no new revision, no event, as in the real API server.
        """
        meta = obj["metadata"]
        key = _new(Key, (resource, meta.get("namespace", ""), meta["name"]))
        old = self.tables.get(*key)
        if old is not None and not touched and (obj is old or obj == old):
            return old
        self.revision = revision = self.revision + 1
        new: Obj = {**obj, "metadata": {**meta, "resourceVersion": str(revision)}}
        if self.freezing:
            new = freeze(new)
        self.tables.put(resource, old, new)
        agenda = self.agenda
        before = self._lineages.get(key)
        self._lineages[key] = _new(
            Lineage, (manager or actor, operation, subresource, agenda.time, old, new, None, before)
        )
        record = self.note.write(actor, "create" if old is None else "update", key, old, new)
        kind = "ADDED" if old is None else "MODIFIED"
        self._tell(_new(WatchEvent, (revision, kind, resource, old, new, record)))
        return new

    def remove(self, key: Key, *, actor: str) -> Obj | None:
        """Commit the end of an object; returns its last version, with the revision of the deletion."""
        old = self.tables.get(*key)
        if old is None:
            return None
        self.revision = revision = self.revision + 1
        self.tables.remove(key.resource, old)
        self._lineages.pop(key, None)
        last: Obj = {**old, "metadata": {**old["metadata"], "resourceVersion": str(revision)}}
        record = self.note.write(actor, "delete", key, old, None)
        self._tell(WatchEvent(revision, "DELETED", key.resource, last, None, record))
        return last

    def post(self, resource: str, obj: Obj) -> None:
        """Publish a fact that is no API object (`renewals`, `machines`): no revision, no record, only watchers."""
        old = self.tables.get(resource, "", obj["metadata"]["name"])
        if old == obj:
            return
        self.tables.put(resource, old, obj)
        event = WatchEvent(self.revision, "ADDED" if old is None else "MODIFIED", resource, old, obj, self.agenda.cause)
        for watcher in self._watchers.get(resource, ()):
            watcher.on_event(event)

    def renew(self, node: str, last: Instant, renewing: bool) -> None:
        """A node's lease was last renewed at `last`, and goes on being renewed or not."""
        self.post("renewals", {"metadata": {"name": node}, "renewed": last, "renewing": renewing})

    def _tell(self, event: WatchEvent) -> None:
        agenda = self.agenda
        self.log(event.resource).append(event, agenda.time)
        # What follows from this commit has it as its cause; what the writer does next keeps its own.
        cause, agenda.cause = agenda.cause, event.record
        for watcher in self._watchers.get(event.resource, ()):
            watcher.on_event(event)
        for watcher in self._taps:
            watcher.on_event(event)
        agenda.cause = cause
