"""Kubernetes Events as light series: counted when they repeat, built as objects only when somebody reads them.

Source: k8s.io/client-go/tools/record/events_cache.go (v0.36.3): one source may tell 25 times of one object, then once
every five minutes; equal events count up one series; from the tenth message of one reason within ten minutes they are
"(combined from similar events)". TTL of an hour: kube-apiserver's --event-ttl. Differs from the real one: expiry is
looked at when read; of the messages remembered for combining the oldest is forgotten, not any.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.streams import name_hash
from seatrial.harness.kernel.time import HOUR, MINUTE, SECOND, Duration, Instant, rfc3339
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.note import Note

__all__ = ["Series"]

BURST = 25
REFILL: Duration = 5 * MINUTE
TTL: Duration = HOUR
AGGREGATE_WITHIN: Duration = 10 * MINUTE
SIMILAR_MAX = 10
COMBINED = "(combined from similar events): "
SWEEP_EVERY = 4096

SeriesKey = tuple[str, Key, str, str, str, str]  # source, object, uid, type, reason, message


class Entry:
    """One series of equal events."""

    __slots__ = ("count", "first", "kind", "last", "message", "revision", "version")

    def __init__(self, now: Instant, revision: int, version: str, kind: str, message: str) -> None:
        self.message = message
        self.first = now
        self.last = now
        self.count = 1
        self.revision = revision
        self.version = version
        self.kind = kind


class Series:
    """All events of a cluster."""

    def __init__(self, agenda: Agenda, note: Note, cluster: str) -> None:
        self._agenda = agenda
        self._note = note
        self._cluster = cluster
        self._entries: dict[SeriesKey, Entry] = {}
        self._buckets: dict[tuple[str, Key], tuple[int, Instant]] = {}
        self._similar: dict[tuple[str, Key, str, str], tuple[dict[str, None], Instant]] = {}
        self._posted = 0

    def post(self, key: Key, body: Obj, subject: Obj | None, source: str, revision: int) -> None:
        """Take one event in; what the spam filter refuses is dropped silently, as really."""
        now = self._agenda.time
        source = body.get("reportingComponent") or source
        if not self._passes(source, key, now):
            return
        kind, reason, message = body.get("type", "Normal"), body["reason"], body.get("message", "")
        uid = subject["metadata"].get("uid", "") if subject is not None else ""
        common = message
        if self._is_one_of_many((source, key, kind, reason), message, now):
            common, message = COMBINED, COMBINED + message
        place = (source, key, uid, kind, reason, common)
        entry = self._entries.get(place)
        if entry is not None and now - entry.last <= TTL:
            entry.count += 1
            entry.last = now
            entry.revision = revision
            entry.message = message
            return
        version = subject.get("apiVersion", "") if subject is not None else ""
        named = subject.get("kind", "") if subject is not None else ""
        self._entries[place] = Entry(now, revision, version, named, message)
        self._note.write(source, "event", key, None, {"type": kind, "reason": reason, "message": message})
        self._posted += 1
        if self._posted % SWEEP_EVERY == 0:
            self._sweep(now)

    def read(self, namespace: str | None) -> Iterator[tuple[SeriesKey, Entry]]:
        """The series that have not expired, oldest first."""
        self._sweep(self._agenda.time)
        for place, entry in self._entries.items():
            if namespace is None or (place[1].namespace or "default") == namespace:
                yield place, entry

    def objects(self, namespace: str | None, *, modern: bool = False) -> list[Obj]:
        """The series as Event objects, of core/v1 or of events.k8s.io/v1."""
        return [self._build(place, entry, modern) for place, entry in self.read(namespace)]

    def _build(self, place: SeriesKey, entry: Entry, modern: bool) -> Obj:
        source, key, uid, kind, reason, common = place
        message = entry.message
        number = name_hash(self._cluster, source, str(key), uid, kind, reason, common, entry.first)
        meta: Obj = {
            "name": f"{key.name}.{number:016x}",
            "namespace": key.namespace or "default",
            "uid": f"{number:016x}"[:8] + "-0000-4000-8000-" + f"{number:016x}"[4:],
            "resourceVersion": str(entry.revision),
            "creationTimestamp": rfc3339(entry.first),
        }
        about: Obj = {"kind": entry.kind, "name": key.name, "apiVersion": entry.version}
        if key.namespace:
            about["namespace"] = key.namespace
        if uid:
            about["uid"] = uid
        if modern:
            return {
                "apiVersion": "events.k8s.io/v1",
                "kind": "Event",
                "metadata": meta,
                "eventTime": None,
                "reason": reason,
                "note": message,
                "type": kind,
                "regarding": about,
                "reportingController": source,
                "deprecatedSource": {"component": source},
                "deprecatedFirstTimestamp": rfc3339(entry.first),
                "deprecatedLastTimestamp": rfc3339(entry.last),
                "deprecatedCount": entry.count,
            }
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": meta,
            "involvedObject": about,
            "reason": reason,
            "message": message,
            "source": {"component": source},
            "firstTimestamp": rfc3339(entry.first),
            "lastTimestamp": rfc3339(entry.last),
            "count": entry.count,
            "type": kind,
            "eventTime": None,
            "reportingComponent": source,
            "reportingInstance": "",
        }

    def _passes(self, source: str, key: Key, now: Instant) -> bool:
        bucket = self._buckets.get((source, key))
        if bucket is None:
            self._buckets[source, key] = (BURST - 1, now)
            return True
        left, since = bucket
        gained = (now - since) // REFILL
        if gained:
            left, since = min(BURST, left + gained), since + gained * REFILL
        if not left:
            return False
        self._buckets[source, key] = (left - 1, since)
        return True

    def _is_one_of_many(self, group: tuple[str, Key, str, str], message: str, now: Instant) -> bool:
        """Whether one reason has been given with too many different messages lately."""
        messages, last = self._similar.get(group, ({}, now))
        if now - last > AGGREGATE_WITHIN:
            messages = {}
        messages[message] = None
        self._similar[group] = (messages, now)
        if len(messages) < SIMILAR_MAX:
            return False
        del messages[next(iter(messages))]
        return True

    def _sweep(self, now: Instant) -> None:
        dead = [place for place, entry in self._entries.items() if now // SECOND - entry.last // SECOND > TTL // SECOND]
        for place in dead:
            del self._entries[place]
        for group in [group for group, (_, last) in self._similar.items() if now - last > AGGREGATE_WITHIN]:
            del self._similar[group]
        full = BURST * REFILL
        for bucket in [bucket for bucket, (_, since) in self._buckets.items() if now - since > full]:
            del self._buckets[bucket]
