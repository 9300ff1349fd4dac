"""The Kubernetes API server: one synchronous call per request, which never lets time pass.

Implements ports.kube.Api for controllers in this process (`cost`, `submit`) and hands out ports.kube.Kube clients.
Source of the behaviour: k8s.io/apiserver (v0.36.3) and pkg/registry (v1.36.3); each verb's file names its own.
Differs from the real one: no authentication and no authorisation (every client may do everything), no webhooks, one
version of each kind (no conversion), and what each part says of itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatrial.fakes.kube.client import ApiClient
from seatrial.fakes.kube.core import Core, Request
from seatrial.fakes.kube.door import Door, trouble
from seatrial.fakes.kube.memo import LOOKED_AT
from seatrial.fakes.kube.store import Store
from seatrial.fakes.kube.troubles import Troubles
from seatrial.fakes.kube.verbs.binding import bind
from seatrial.fakes.kube.verbs.collection import delete_collection
from seatrial.fakes.kube.verbs.create import create
from seatrial.fakes.kube.verbs.delete import Options, delete
from seatrial.fakes.kube.verbs.eviction import evict
from seatrial.fakes.kube.verbs.patching import patch
from seatrial.fakes.kube.verbs.scale import patch_scale, update_scale
from seatrial.fakes.kube.verbs.update import update
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.kernel.streams import Streams
from seatrial.harness.kernel.time import Duration
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import Client, Conflict, Kube, NotFound, WatchEvent, Write
from seatrial.harness.ports.note import Note
from seatrial.harness.ports.places import Links

if TYPE_CHECKING:
    from seatrial.fakes.kube.schema import Schema

__all__ = ["ApiServer"]

UNSUPPORTED = frozenset(("ephemeralcontainers", "resize", "exec", "attach", "portforward", "proxy", "log", "token"))


class ApiServer:
    """One cluster's API server."""

    def __init__(
        self, cluster: str, agenda: Agenda, store: Store, schema: Schema, links: Links, streams: Streams, note: Note
    ) -> None:
        self.core = Core(cluster, agenda, store, schema, streams, note)
        self.door = Door(links, streams.stream(cluster, "api", "troubles"), agenda, note)
        for resource in LOOKED_AT:
            store.subscribe(resource, self)

    # What happens to the door.

    @property
    def troubles(self) -> Troubles:
        """What is wrong at present, by token."""
        return self.door.troubles

    def slow(self, token: str, delay: Duration, *, verb: str = "", resource: str = "", client: str = "") -> None:
        """Matching requests take that much longer, until `restore(token)`."""
        cause = self.core.agenda.cause
        self.troubles[token] = trouble(delay=delay, verb=verb, resource=resource, client=client, record=cause)

    def fail(
        self,
        token: str,
        code: int,
        share_ppm: int,
        *,
        retry_after: int = 0,
        verb: str = "",
        resource: str = "",
        client: str = "",
    ) -> None:
        """That share of matching requests is answered with `code`, until `restore(token)`."""
        self.troubles[token] = trouble(
            code=code,
            share_ppm=share_ppm,
            retry_after=retry_after,
            verb=verb,
            resource=resource,
            client=client,
            record=self.core.agenda.cause,
        )

    def restore(self, token: str) -> None:
        """Take a trouble back; safe twice."""
        self.troubles.pop(token, None)

    # The port of in-process callers.

    def cost(self, client: Client, verb: str, resource: str) -> Duration:
        """How long the call would take. Raises the ApiError that the client would meet instead."""
        return self.door.cost(client, verb, resource)

    def kube(self, client: Client, *, managed_fields: bool = False) -> Kube:
        """A client; with `managed_fields` its answers carry metadata.managedFields, which costs time."""
        return ApiClient(self.core, self.door, client, managed_fields=managed_fields)

    def submit(self, write: Write, client: Client) -> Obj | None:
        """Do it now; returns the new object. Raises ApiError."""
        self.door.pass_write()
        verb = write.verb
        if verb == "event":
            self._event(write, client)
            return None
        request = Request(client, write.key, write.subresource, write.dry_run)
        if write.subresource in UNSUPPORTED:
            raise Unsupported(f"{verb} of {write.key.resource}/{write.subresource}")
        if write.subresource == "eviction" or verb == "evict":
            return evict(self.core, request._replace(subresource=""), write.body, _evict_options(write))
        if write.subresource == "binding" or verb == "bind":
            return bind(self.core, request._replace(subresource=""), write.body)
        if verb == "create":
            return create(self.core, request, write.body)
        if verb == "deletecollection":
            labels, fields = _selectors(write.body)
            return delete_collection(self.core, request, _options(write), labels, fields)
        if write.uid or write.resource_version:
            self._check(write)
        if verb == "update":
            if write.subresource == "scale":
                return update_scale(self.core, request, write.body)
            return update(self.core, request, write.body)
        if verb in ("patch", "apply"):
            kind = "apply" if verb == "apply" else write.patch
            if write.subresource == "scale":
                return patch_scale(self.core, request, kind, write.body)
            return patch(self.core, request, kind, write.body, force=write.force)
        if verb == "delete":
            last, _ = delete(self.core, request, _options(write))
            return last
        raise Unsupported(f"verb {verb!r}")

    def _check(self, write: Write) -> None:
        """A Write's own preconditions, for verbs that carry them in no options."""
        if write.verb == "delete":
            return
        live = self.core.store.get(*write.key)
        if live is None:
            raise NotFound(write.key.resource, write.key.name)
        meta = live["metadata"]
        if (write.uid and write.uid != meta["uid"]) or (
            write.resource_version and write.resource_version != meta["resourceVersion"]
        ):
            raise Conflict.modified(write.key.resource, write.key.name)

    def _event(self, write: Write, client: Client) -> None:
        core = self.core
        subject = core.store.get(*write.key)
        core.series.post(write.key, write.body, subject, client.name, core.store.revision)

    # A watcher of the store: what admission has looked at has changed.

    def on_event(self, _event: WatchEvent) -> None:
        """Forget what was worked out for pods of one spec."""
        self.core.memo.clear()


def _options(write: Write) -> Options:
    if isinstance(write.body, dict) and write.verb == "delete" and write.body:
        given = Options.of(write.body)
    else:
        given = Options()
    return Options(
        write.grace if write.grace >= 0 else given.grace,
        write.propagation or given.propagation,
        write.uid or given.uid,
        write.resource_version or given.resource_version,
    )


def _evict_options(write: Write) -> Options:
    given = Options.of(write.body.get("deleteOptions")) if isinstance(write.body, dict) else Options()
    return Options(
        write.grace if write.grace >= 0 else given.grace,
        write.propagation or given.propagation,
        write.uid or given.uid,
        write.resource_version or given.resource_version,
    )


def _selectors(body: Any) -> tuple[str, str]:
    if not isinstance(body, dict):
        return "", ""
    return body.get("labelSelector", ""), body.get("fieldSelector", "")
