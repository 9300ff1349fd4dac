"""GET with watch: what happened since a resourceVersion, filtered as the watcher asked, with bookmarks.

Source: k8s.io/apiserver/pkg/storage/cacher (v0.36.3). A watch is a cursor in the resource's log: plain data that is
asked, never a thread.
"""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.fakes.kube.core import Core
from seatrial.fakes.kube.selectors import FieldSelector, LabelSelector, field_selector, label_selector
from seatrial.fakes.kube.verbs.read import select
from seatrial.harness.kernel.time import MINUTE, Instant
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import BadRequest, Gone, WatchEvent

__all__ = ["Cursor", "watch"]

BOOKMARK_PERIOD = MINUTE


class Cursor:
    """One watch that goes on."""

    __slots__ = ("_bookmarks", "_core", "_fields", "_labels", "_namespace", "_resource", "_told", "_waiting", "version")

    def __init__(
        self,
        core: Core,
        resource: str,
        namespace: str | None,
        since: str,
        labels: str = "",
        fields: str = "",
        *,
        bookmarks: bool = False,
        initial_events: bool | None = None,
    ) -> None:
        kind = core.kind(resource)
        self._core = core
        self._resource = resource
        self._namespace = namespace or None
        self._labels: LabelSelector | None = label_selector(labels) if labels else None
        self._fields: FieldSelector | None = field_selector(resource, fields) if fields else None
        self._bookmarks = bookmarks
        self._told: Instant = core.agenda.time
        self._waiting: list[WatchEvent] = []
        if initial_events or (initial_events is None and since in ("", "0")):
            self.version = core.store.revision
            for obj in select(core, kind, self._namespace, labels, fields):
                version = int(obj["metadata"]["resourceVersion"])
                self._waiting.append(WatchEvent(version, "ADDED", resource, None, obj, 0))
            if initial_events and bookmarks:
                self._waiting.append(self._bookmark(initial=True))
            return
        self.version = _parsed(since) if since not in ("", "0") else core.store.revision
        core.store.log(resource)
        self._check()

    def _check(self) -> None:
        floor = self._core.store.log(self._resource).floor
        if self.version < floor:
            raise Gone(f"too old resource version: {self.version} ({floor})")

    def poll(self) -> list[WatchEvent]:
        """What has happened since the last time; raises Gone when the window has passed over the cursor."""
        out, self._waiting = self._waiting, []
        self._check()
        store = self._core.store
        for event in reversed(_newer(store.log(self._resource).events, self.version)):
            seen = self._filtered(event)
            if seen is not None:
                out.append(seen)
        self.version = max(self.version, store.revision)
        now = self._core.agenda.time
        if out:
            self._told = now
        elif self._bookmarks and now - self._told >= BOOKMARK_PERIOD:
            self._told = now
            out.append(self._bookmark(initial=False))
        return out

    def _bookmark(self, *, initial: bool) -> WatchEvent:
        kind = self._core.kind(self._resource)
        meta: Obj = {"resourceVersion": str(self.version), "creationTimestamp": None}
        if initial:
            meta["annotations"] = {"k8s.io/initial-events-end": "true"}
        obj = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": meta}
        return WatchEvent(self.version, "BOOKMARK", self._resource, None, obj, 0)

    def _matches(self, obj: Obj | None) -> bool:
        if obj is None:
            return False
        meta = obj["metadata"]
        if self._namespace is not None and meta.get("namespace") != self._namespace:
            return False
        if self._labels is not None and not self._labels.matches(meta.get("labels") or {}):
            return False
        return self._fields is None or self._fields.matches(obj)

    def _filtered(self, event: WatchEvent) -> WatchEvent | None:
        if event.type == "DELETED":
            return event if self._matches(event.old) else None
        was, is_now = self._matches(event.old), self._matches(event.new)
        if is_now:
            return event if was == (event.old is not None) else event._replace(type="ADDED", old=None)
        if not was:
            return None
        # The last version that matched, under the revision of the change that took it out of sight.
        assert event.old is not None
        meta = {**event.old["metadata"], "resourceVersion": str(event.resource_version)}
        return event._replace(type="DELETED", old={**event.old, "metadata": meta}, new=None)


def _newer(events: Iterable[WatchEvent], version: int) -> list[WatchEvent]:
    """Those after a version, newest first: the log may be long and the news short."""
    found = []
    for event in reversed(events):  # type: ignore[call-overload]
        if event.resource_version <= version:
            break
        found.append(event)
    return found


def _parsed(since: str) -> int:
    try:
        return int(since)
    except ValueError:
        raise BadRequest(f'Invalid value: "{since}": strconv.ParseUint: parsing "{since}": invalid syntax') from None


def watch(core: Core, resource: str, namespace: str | None, since: str) -> list[WatchEvent]:
    """What has happened since a resourceVersion, up to now; "" and "0": what exists, as ADDED."""
    return Cursor(core, resource, namespace, since).poll()
