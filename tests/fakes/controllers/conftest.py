"""A stage for controllers: the real store and the real host, and an API server that knows only what controllers need.

It checks optimistic locks, merges patches, stamps deletions, and has no defaults, no validation, no admission.
"""

from __future__ import annotations

from typing import Any

import pytest

from seatrial.fakes.kube.store import Store
from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.ids import Ids
from seatrial.harness.kernel.time import START, Duration, Instant, rfc3339
from seatrial.harness.ports.controller import Controller
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Conflict, NotFound, Unreachable, Write
from seatrial.harness.testing.views import resource_of
from seatrial.harness.world.host import Host

# Lists that a strategic merge patch merges, with their key.
MERGED = {"conditions": "type", "ownerReferences": "uid"}


class Way:
    """The one link that matters here: from the controllers to the API server."""

    def __init__(self) -> None:
        self.shut = False
        self.listeners: list[Any] = []

    def exchange(self, source: str, target: str) -> bool:
        return not self.shut

    def subscribe(self, listener: Any) -> None:
        self.listeners.append(listener)


class Desk:
    """Takes writes to the store."""

    def __init__(self, store: Store, way: Way) -> None:
        self.store = store
        self.way = way
        self.ids = Ids(1, "stage")
        self.errors: list[Exception] = []

    def cost(self, client: Any, verb: str, resource: str) -> Duration:
        if self.way.shut:
            raise Unreachable("connection refused")
        return 0

    def submit(self, write: Write, client: Any) -> Obj | None:
        if self.errors:
            raise self.errors.pop(0)
        actor = client if isinstance(client, str) else client.name
        if write.verb == "event":
            self.store.note.write(actor, "event", write.key, None, write.body)
            return None
        if write.verb == "create":
            return self._create(write, actor)
        have = self.store.get(*write.key)
        if have is None:
            raise NotFound(write.key.resource, write.key.name)
        meta = have["metadata"]
        body = (write.body or {}).get("metadata", {}) if write.verb != "delete" else {}
        for given in (write.resource_version, body.get("resourceVersion")):
            if given and given != meta["resourceVersion"]:
                raise Conflict.modified(write.key.resource, write.key.name)
        for given in (write.uid, body.get("uid")):
            if given and given != meta["uid"]:
                raise Conflict.modified(write.key.resource, write.key.name)
        if write.verb == "delete":
            return self._delete(write, have, actor)
        new = write.body if write.verb == "update" else merge(have, write.body, strategic=write.patch == "strategic")
        if write.subresource == "status":
            new = {**have, "status": new.get("status", {})}
        elif write.verb == "update" and "status" in have:
            new = {**new, "status": have["status"]}
        new = {**new, "metadata": {**new["metadata"], "resourceVersion": meta["resourceVersion"]}}
        if "deletionTimestamp" in meta and not new["metadata"].get("finalizers") and write.key.resource != "pods":
            return self.store.remove(write.key, actor=actor)
        return self.store.put(write.key.resource, new, actor=actor)

    def _create(self, write: Write, actor: str) -> Obj:
        body = write.body
        meta = dict(body["metadata"])
        space = meta.get("namespace", "")
        if "name" not in meta:
            meta["name"] = meta["generateName"] + self.ids.suffix(write.key.resource, space, meta["generateName"])
        meta["uid"] = self.ids.uid(write.key.resource, space, meta["name"])
        meta["creationTimestamp"] = rfc3339(self.store.agenda.time)
        return self.store.put(write.key.resource, {**body, "metadata": meta}, actor=actor)

    def _delete(self, write: Write, have: Obj, actor: str) -> Obj | None:
        meta = have["metadata"]
        finalizers = [f for f in meta.get("finalizers") or () if f not in ("foregroundDeletion", "orphan")]
        if write.propagation in ("Foreground", "Orphan"):
            finalizers.append("foregroundDeletion" if write.propagation == "Foreground" else "orphan")
        graceful = write.key.resource == "pods" and have["spec"].get("nodeName") and write.grace != 0
        if not finalizers and not graceful:
            return self.store.remove(write.key, actor=actor)
        new = {**meta, "deletionTimestamp": meta.get("deletionTimestamp", rfc3339(self.store.agenda.time))}
        if finalizers:
            new["finalizers"] = finalizers
        return self.store.put(write.key.resource, {**have, "metadata": new}, actor=actor)


def merge(have: Any, patch: Any, *, strategic: bool = False) -> Any:
    """RFC 7386, or so much of a strategic merge as controllers use."""
    if not isinstance(patch, dict):
        return patch
    result = dict(have) if isinstance(have, dict) else {}
    for field, value in patch.items():
        if value is None:
            result.pop(field, None)
        elif strategic and field in MERGED:
            result[field] = _merge_list(result.get(field) or [], value, MERGED[field])
        else:
            result[field] = merge(result.get(field), value, strategic=strategic)
    return result


def _merge_list(have: list[Obj], patch: list[Obj], key: str) -> list[Obj]:
    result = list(have)
    for entry in patch:
        index = next((i for i, old in enumerate(result) if old[key] == entry[key]), None)
        if entry.get("$patch") == "delete":
            if index is not None:
                del result[index]
        elif index is None:
            result.append(entry)
        else:
            result[index] = {**result[index], **entry}
    return result


class Stage:
    """One cluster with the controllers under test; `log` is what they did, in order."""

    def __init__(self, *controllers: Controller) -> None:
        self.agenda = Agenda(1, START)
        self.note = Recorder(self.agenda)
        self.store = Store(self.agenda, self.note, freezing=True)
        self.view = self.store.tables
        self.way = Way()
        self.desk = Desk(self.store, self.way)
        self.host = Host("kube-controller-manager", self.agenda, self.desk, self.view, self.way, self.note)
        for controller in controllers:
            self.host.add(controller)
        for resource in self.host.watched():
            self.store.subscribe(resource, self.host.informers)

    def put(self, *objects: Obj) -> None:
        """Objects come from outside; a lease that goes on being renewed comes with each Node."""
        for obj in objects:
            if obj["kind"] == "Node" and self.store.get("renewals", "", obj["metadata"]["name"]) is None:
                self.store.renew(obj["metadata"]["name"], self.agenda.time, True)
            self.store.put(resource_of(obj), obj, actor="test")

    def change(self, resource: str, name: str, namespace: str = "default", **parts: Any) -> None:
        """Merge parts into an object."""
        have = self.store.get(resource, namespace, name)
        assert have is not None
        self.store.put(resource, merge(have, parts), actor="test")

    def delete(
        self, resource: str, name: str, namespace: str = "default", propagation: str = "", grace: int = -1
    ) -> None:
        """A user deletes an object."""
        self.desk.submit(Write("delete", Key(resource, namespace, name), propagation=propagation, grace=grace), "user")

    def remove(self, resource: str, name: str, namespace: str = "default") -> None:
        """An object is gone at once."""
        self.store.remove(Key(resource, namespace, name), actor="test")

    def silence(self, *nodes: str) -> None:
        """Kubelets stop renewing; the last renewal was just now."""
        for node in nodes:
            self.store.renew(node, self.agenda.time, False)

    def heal(self, node: str, status: str = "True") -> None:
        """A kubelet renews its lease again and posts this Ready condition."""
        self.store.renew(node, self.agenda.time, True)
        have = self.store.get("nodes", "", node)
        assert have is not None
        conditions = [
            {
                **condition,
                "status": status if condition["type"] == "Ready" else "False",
                "lastHeartbeatTime": rfc3339(self.agenda.time),
            }
            for condition in have["status"]["conditions"]
        ]
        self.store.put("nodes", {**have, "status": {**have["status"], "conditions": conditions}}, actor=node)

    def until(self, seconds: float) -> None:
        """Let time pass to so many seconds from the start."""
        end = START + int(seconds * 1_000_000_000)
        self.agenda.run(end)
        self.agenda.time = end

    def get(self, resource: str, name: str, namespace: str = "default") -> Obj | None:
        return self.store.get(resource, namespace, name)

    def list(self, resource: str) -> list[Obj]:
        return list(self.view.list(resource))

    def seconds(self, when: Instant) -> float:
        """An instant as seconds from the start."""
        return (when - START) / 1_000_000_000

    def events(self, reason: str = "") -> list[tuple[float, str, str]]:
        """(second, object, message) of Kubernetes Events."""
        return [
            (self.seconds(r.time), str(r.key), r.new["message"])
            for r in self.note.records
            if r.verb == "event" and r.new is not None and reason in ("", r.new["reason"])
        ]

    def writes(self, resource: str = "") -> list[tuple[float, str, Key]]:
        """(second, verb, key) of what the controllers have committed."""
        return [
            (self.seconds(r.time), r.verb, r.key)
            for r in self.note.records
            if r.actor != "test" and r.verb in ("create", "update", "delete") and resource in ("", r.key.resource)
        ]

    def taints(self, node: str) -> list[str]:
        """key:effect of a node's taints, without the prefix."""
        have = self.store.get("nodes", "", node)
        assert have is not None
        return [f"{t['key'].rpartition('/')[2]}:{t['effect']}" for t in (have.get("spec") or {}).get("taints") or ()]

    def ready(self, resource: str, name: str, namespace: str = "") -> str:
        """The status of the Ready condition."""
        have = self.store.get(resource, namespace, name)
        assert have is not None
        return next(c["status"] for c in have["status"]["conditions"] if c["type"] == "Ready")


@pytest.fixture
def stage() -> type[Stage]:
    """The stage's class: `stage(NodeLifecycle())`."""
    return Stage


@pytest.fixture(scope="session")
def stage_class() -> type[Stage]:
    """The same for Hypothesis, which wants fixtures that do not change between examples."""
    return Stage
