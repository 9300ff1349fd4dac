"""What every verb of the API server works on: store, schema, ids, clock, and what is remembered between calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from seatrial.fakes.kube.allocators import Allocators
from seatrial.fakes.kube.series import Series
from seatrial.fakes.kube.store import Store
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.ids import Ids
from seatrial.harness.kernel.streams import Streams
from seatrial.harness.kernel.time import SECOND, Instant, rfc3339
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, Client
from seatrial.harness.ports.note import Note

if TYPE_CHECKING:
    from seatrial.fakes.kube.schema import Kind, Schema

__all__ = ["Core", "Request", "unknown_resource"]

Labels = dict[str, str]
LABEL_SETS_MAX = 16_384


class Request(NamedTuple):
    """Who asks for what. `strict`: the body comes from outside and has to be decoded; ours is well-formed."""

    client: Client
    key: Key
    subresource: str = ""
    dry_run: bool = False
    strict: bool = False
    validation: str = "Warn"  # fieldValidation: Ignore, Warn, Strict
    operation: str = "Update"  # or Apply, as managedFields has it
    manager: str = ""


class Core:
    """The API server's state; plain data, so that it is pickled with the world."""

    def __init__(
        self, cluster: str, agenda: Agenda, store: Store, schema: Schema, streams: Streams, note: Note
    ) -> None:
        self.cluster = cluster
        self.agenda = agenda
        self.store = store
        self.schema = schema
        self.streams = streams
        self.note = note
        self.ids = Ids(streams.seed, cluster)
        self.allocators = Allocators()
        self.series = Series(agenda, note, cluster)
        self.snapshots: dict[tuple[str, str, int], tuple[Instant, list[Obj]]] = {}
        self.warnings: list[str] = []  # of the last request, for the HTTP face
        self.unstored: tuple[Obj, Any] | None = None  # an answer that is not in the store, and the owners of its fields
        self._second = -1
        self._stamp = ""
        self.memo: dict[tuple[int, str], Any] = {}
        self.label_sets: dict[tuple[int, tuple[tuple[str, str], ...]], tuple[Labels, Labels]] = {}
        self.valid_labels: set[tuple[str, str]] = set()

    def __getstate__(self) -> dict[str, Any]:
        # The memo is keyed by identity, which a copy does not share.
        return {**self.__dict__, "memo": {}, "warnings": [], "unstored": None, "label_sets": {}}

    def shared_labels(self, present: Labels, more: Labels) -> Labels:
        """Both together, as one object for all pods that have the same two: 30,000 pods need not each have a dict."""
        slot = (id(present), tuple(more.items()))
        found = self.label_sets.get(slot)
        if found is None or found[0] is not present:
            if len(self.label_sets) >= LABEL_SETS_MAX:
                self.label_sets.clear()
            found = self.label_sets[slot] = (present, {**present, **more})
        return found[1]

    def kind(self, resource: str) -> Kind:
        """The kind of a resource; 404 if the API server does not serve it."""
        try:
            return self.schema.kind(resource)
        except KeyError:
            raise unknown_resource() from None

    def stamp(self) -> str:
        """The present as metav1.Time."""
        second = self.agenda.time // SECOND
        if second != self._second:
            self._second = second
            self._stamp = rfc3339(self.agenda.time)
        return self._stamp

    def uid(self, request: Request, key: Key) -> str:
        """A new object's uid; a dry run draws it beside the stream, so that it leaves no trace."""
        ids = Ids(self.streams.seed, f"{self.cluster}/dry-run") if request.dry_run else self.ids
        return ids.uid(key.resource, key.namespace, key.name)

    def suffix(self, request: Request, prefix: str) -> str:
        """Five letters for generateName."""
        ids = Ids(self.streams.seed, f"{self.cluster}/dry-run") if request.dry_run else self.ids
        return ids.suffix(request.key.resource, request.key.namespace, prefix)


def unknown_resource() -> ApiError:
    """The answer to a path that is not served."""
    return ApiError("the server could not find the requested resource", 404, "NotFound")
