"""Writes what the watches of one cluster tell into the history, in the simulator's shape, with inferred causes.

Nothing in a watch says why something happened. A change of a thing that an injury has touched (a node, a pod on it, an
endpoint there) is put down to the latest such injury, a change of an owner to the latest change of what it owns, and a
new pod to the latest change of its owner. That is a guess, and the history's first record here says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.time import SECOND, Duration, Instant
from seatrial.harness.ports.event import Key, Obj, RecordId
from seatrial.harness.ports.note import Note
from seatrial.harness.substrates.kind.client import Discovery, Served
from seatrial.harness.substrates.kind.shapes import actor_of, event_record, merely_beats, shared, trimmed

__all__ = ["Chronicle"]

NEAR: Duration = 30 * SECOND  # how long a change of one object may explain that of its kin
Place = tuple[str, str]  # namespace, name


class Chronicle:
    """The newest version of every object of a cluster, and the pen."""

    def __init__(self, agenda: Agenda, note: Note, discovery: Discovery) -> None:
        self._agenda = agenda
        self._note = note
        self._kinds = {place: served.resource for place, served in discovery.by_kind.items()}
        self._raw: dict[str, dict[Place, Obj]] = {}
        self.objects: dict[str, dict[Place, Obj]] = {}
        self.latest: RecordId = 0  # the latest injury or heal
        self._injuries: dict[str, RecordId] = {}  # node -> the latest injury that touched it
        self._recent: dict[str, tuple[Instant, RecordId]] = {}  # uid -> the latest explained change, of it or its kin
        note.write("kind", "note", Key("note", "", "causes"), None, {"what": "causes on kind are inferred"})

    def hurt(self, nodes: Iterable[str], record: RecordId) -> None:
        """An injury, or its heal, touches these nodes."""
        self.latest = record
        for node in nodes:
            self._injuries[node] = record

    def list(self, resource: str) -> list[Obj]:
        """The newest version of every object of a resource, by name."""
        return [obj for _, obj in sorted(self.objects.get(resource, {}).items())]

    def take(self, when: Instant, served: Served, kind: str, objects: tuple[Obj, ...]) -> None:
        """Something has arrived."""
        self._agenda.time = max(self._agenda.time, when)
        if kind == "LIST":
            told = {_place(obj): obj for obj in objects}
            gone = [obj for place, obj in self.objects.get(served.resource, {}).items() if place not in told]
            for obj in gone:
                self._remove(served, obj)
            for obj in told.values():
                self._put(served, obj)
        elif kind == "DELETED":
            self._remove(served, objects[0])
        else:
            self._put(served, objects[0])

    def _put(self, served: Served, obj: Obj) -> None:
        place, resource = _place(obj), served.resource
        if resource == "events":
            self._tell(obj)
            return
        known = self.objects.setdefault(resource, {})
        raw = self._raw.setdefault(resource, {})
        old = known.get(place)
        actor = actor_of(obj, raw.get(place))
        raw[place] = obj
        new = trimmed(obj)
        if old is None:
            known[place] = new
            self._write(actor, "create", resource, None, new)
            return
        if old["metadata"]["resourceVersion"] == new["metadata"]["resourceVersion"]:
            return
        new = known[place] = shared(old, new)
        if not merely_beats(old, new):
            self._write(actor, "update", resource, old, new)

    def _remove(self, served: Served, obj: Obj) -> None:
        resource = served.resource
        if resource == "events":
            return
        self._raw.get(resource, {}).pop(_place(obj), None)
        old = self.objects.get(resource, {}).pop(_place(obj), None)
        if old is not None:
            self._write(actor_of(obj, None), "delete", resource, old, None)

    def _write(self, actor: str, verb: str, resource: str, old: Obj | None, new: Obj | None) -> None:
        obj = new if new is not None else old
        assert obj is not None
        meta = obj["metadata"]
        cause = self._cause(resource, old, new, obj)
        self._agenda.cause = cause
        key = Key(resource, meta.get("namespace", ""), meta["name"])
        record = self._note.write(actor, verb, key, old, new)
        self._agenda.cause = 0
        if cause:
            now = self._agenda.time
            self._recent[meta["uid"]] = (now, record)
            for owner in meta.get("ownerReferences") or ():
                self._recent[owner["uid"]] = (now, record)

    def _tell(self, event: Obj) -> None:
        actor, key, facts = event_record(event, self._kinds)
        about = self.objects.get(key.resource, {}).get((key.namespace, key.name))
        self._agenda.cause = self._cause(key.resource, about, about, about) if about is not None else 0
        self._note.write(actor, "event", key, None, facts)
        self._agenda.cause = 0

    def _cause(self, resource: str, old: Obj | None, new: Obj | None, obj: Obj) -> RecordId:
        if not self._injuries:
            return 0
        for node in _nodes(resource, old, new):
            if node in self._injuries:
                return self._injuries[node]
        meta = obj["metadata"]
        earliest = self._agenda.time - NEAR
        for uid in (meta.get("uid", ""), *(owner["uid"] for owner in meta.get("ownerReferences") or ())):
            when, record = self._recent.get(uid, (-1, 0))
            if record and when >= earliest:
                return record
        return 0


def _place(obj: Obj) -> Place:
    meta = obj["metadata"]
    return meta.get("namespace", ""), meta["name"]


def _nodes(resource: str, old: Obj | None, new: Obj | None) -> Iterator[str]:
    """The nodes that a change is about."""
    present = new if new is not None else old
    assert present is not None
    if resource == "nodes":
        yield present["metadata"]["name"]
    elif resource == "pods":
        yield (present.get("spec") or {}).get("nodeName", "")
    elif resource == "endpointslices.discovery.k8s.io":
        before = {_endpoint(one) for one in (old or {}).get("endpoints") or ()}
        after = {_endpoint(one) for one in (new or {}).get("endpoints") or ()}
        yield from sorted({node for node, *_ in before ^ after})


def _endpoint(one: Obj) -> tuple[str, str, str]:
    return one.get("nodeName") or "", str(one.get("addresses")), str(one.get("conditions"))
