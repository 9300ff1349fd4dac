"""The Kubernetes API as the parts see it: clients, requests, answers, views.

ApiError                    an answer that the caller may handle
+-- NotFound         404
+-- AlreadyExists    409
+-- Conflict         409
+-- Invalid          422
+-- BadRequest       400
+-- Forbidden        403
+-- Gone             410    (reason Expired)
+-- TooManyRequests  429
+-- MethodNotAllowed 405
+-- Unreachable      none   no answer: refused, cut off, timed out
+-- ServerError      500, 503, 504
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from seatrial.harness.kernel.errors import SeatrialError
from seatrial.harness.kernel.time import Duration
from seatrial.harness.ports.event import Key, Obj, RecordId

__all__ = [
    "AlreadyExists",
    "Api",
    "ApiError",
    "BadRequest",
    "Cause",
    "Client",
    "Conflict",
    "Forbidden",
    "Gone",
    "Invalid",
    "Kube",
    "MethodNotAllowed",
    "NoMatch",
    "NotFound",
    "Replica",
    "ServerError",
    "TooManyRequests",
    "Unreachable",
    "View",
    "WatchEvent",
    "Write",
]


@dataclass(frozen=True)
class Client:
    """Who calls. `place` is a zone, `node/NAME`, `control-plane` or `outside`: faults cut links by place."""

    name: str
    user_agent: str = "seatrial"
    user: str = "system:admin"
    groups: tuple[str, ...] = ("system:masters",)
    place: str = "control-plane"
    field_manager: str = ""

    @property
    def manager(self) -> str:
        """The name in managedFields: fieldManager, else the user agent up to the first slash."""
        return self.field_manager or self.user_agent.partition("/")[0]


class Cause(NamedTuple):
    """One StatusCause: `FieldValueInvalid`, the message, the field path."""

    reason: str
    message: str
    field: str


@dataclass
class ApiError(SeatrialError):
    """A metav1.Status of failure, as an exception."""

    message: str
    code: int = 500
    reason: str = "InternalError"
    details: Obj = field(default_factory=dict)
    retry_after: int = 0
    list_meta: Obj = field(default_factory=dict)  # an expired list's `continue`

    def __str__(self) -> str:
        return self.message

    def status(self) -> Obj:
        """The Status object that the API server would send."""
        body: Obj = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": self.list_meta,
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            body["reason"] = self.reason
        details = dict(self.details)
        if self.retry_after:
            details["retryAfterSeconds"] = self.retry_after
        if details:
            body["details"] = details
        body["code"] = self.code
        return body


class NotFound(ApiError):
    """404."""

    def __init__(self, group_resource: str, name: str) -> None:
        resource, _, group = group_resource.partition(".")
        details = {"name": name, "group": group, "kind": resource}
        super().__init__(
            f'{group_resource} "{name}" not found', 404, "NotFound", {k: v for k, v in details.items() if v}
        )


class NoMatch(ApiError):
    """The API server serves no such kind (kubectl says it after discovery)."""

    def __init__(self, api_version: str, kind: str) -> None:
        super().__init__(f'no matches for kind "{kind}" in version "{api_version}"', 404, "NotFound")


class AlreadyExists(ApiError):
    """409 on create."""

    def __init__(self, group_resource: str, name: str) -> None:
        resource, _, group = group_resource.partition(".")
        details = {"name": name, "group": group, "kind": resource}
        super().__init__(
            f'{group_resource} "{name}" already exists', 409, "AlreadyExists", {k: v for k, v in details.items() if v}
        )


class Conflict(ApiError):
    """409: a precondition (resourceVersion, uid) or another manager's field stands in the way."""

    def __init__(self, message: str, details: Obj | None = None) -> None:
        super().__init__(message, 409, "Conflict", details or {})

    @classmethod
    def modified(cls, group_resource: str, name: str) -> Conflict:
        """The optimistic lock's text."""
        resource, _, group = group_resource.partition(".")
        details = {"name": name, "group": group, "kind": resource}
        return cls(
            f'Operation cannot be fulfilled on {group_resource} "{name}": the object has been modified; '
            "please apply your changes to the latest version and try again",
            {k: v for k, v in details.items() if v},
        )


class Invalid(ApiError):
    """422 with causes."""

    def __init__(self, kind: str, group: str, name: str, causes: Iterable[Cause]) -> None:
        listed = tuple(causes)
        texts = list(dict.fromkeys(f"{cause.field}: {cause.message}" for cause in listed))
        joined = texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
        title = f"{kind}.{group}" if group else kind
        details: Obj = {"name": name, "group": group, "kind": kind}
        details = {k: v for k, v in details.items() if v}
        details["causes"] = [{"reason": c.reason, "message": c.message, "field": c.field} for c in listed]
        super().__init__(f'{title} "{name}" is invalid: {joined}', 422, "Invalid", details)
        self.causes = listed


class BadRequest(ApiError):
    """400."""

    def __init__(self, message: str) -> None:
        super().__init__(message, 400, "BadRequest")


class Forbidden(ApiError):
    """403, with the reason after `is forbidden: `."""

    def __init__(self, group_resource: str, name: str, why: str) -> None:
        resource, _, group = group_resource.partition(".")
        details = {"name": name, "group": group, "kind": resource}
        super().__init__(
            f'{group_resource} "{name}" is forbidden: {why}', 403, "Forbidden", {k: v for k, v in details.items() if v}
        )


class Gone(ApiError):
    """410 Expired: the watch window or a continue token has passed."""

    def __init__(self, message: str) -> None:
        super().__init__(message, 410, "Expired")


class TooManyRequests(ApiError):
    """429; an eviction refused by a budget has its cause in `details`."""

    def __init__(self, message: str, retry_after: int = 0, details: Obj | None = None) -> None:
        super().__init__(message, 429, "TooManyRequests", details or {}, retry_after)


class MethodNotAllowed(ApiError):
    """405."""

    def __init__(self, message: str) -> None:
        super().__init__(message, 405, "MethodNotAllowed")


class ServerError(ApiError):
    """5xx."""

    def __init__(self, message: str, code: int = 500, reason: str = "InternalError") -> None:
        super().__init__(message, code, reason)


class Unreachable(ApiError):
    """No answer at all. Never a Status from the server: the client cannot know whether a write happened."""

    def __init__(self, message: str) -> None:
        super().__init__(message, 0, "")


class Write(NamedTuple):
    """One request that changes something, as data.

    verb: create, update, patch, apply, delete, deletecollection, evict, bind, event.
    key: what it is about (name may be empty for generateName).
    body: the object, patch or options.
    subresource: "", status, scale, binding, eviction, ephemeralcontainers, resize.
    patch: json, merge, strategic, apply (for verb patch).
    uid, resource_version: preconditions; "" means none.
    propagation: Background, Foreground, Orphan (delete). grace: seconds, -1 means the object's own.
    tolerate: reasons of ApiError that count as success ("AlreadyExists", "NotFound", "Conflict").
    """

    verb: str
    key: Key
    body: Any = None
    subresource: str = ""
    patch: str = "merge"
    uid: str = ""
    resource_version: str = ""
    propagation: str = ""
    grace: int = -1
    force: bool = False
    dry_run: bool = False
    tolerate: tuple[str, ...] = ()


class WatchEvent(NamedTuple):
    """One step of a watch. type: ADDED, MODIFIED, DELETED, BOOKMARK. `record` is its cause in the history."""

    resource_version: int
    type: str
    resource: str
    old: Obj | None
    new: Obj | None
    record: RecordId

    @property
    def obj(self) -> Obj:
        """The version that a watcher is sent (the last one for DELETED)."""
        present = self.new if self.new is not None else self.old
        assert present is not None
        return present


class View(Protocol):
    """What a client's informers hold: reads are free, answers may be old. Objects must not be changed."""

    def get(self, resource: str, namespace: str, name: str) -> Obj | None:
        """The object, or None."""
        ...

    def list(self, resource: str, namespace: str | None = None) -> Iterable[Obj]:
        """All objects of a resource (of a namespace), in order of creation."""
        ...

    def owned(self, uid: str) -> Iterable[tuple[Key, Obj]]:
        """Objects that have an ownerReference with this uid."""
        ...

    def pods_on(self, node: str) -> Iterable[Obj]:
        """Pods whose spec.nodeName is this node."""
        ...

    def matching(self, resource: str, namespace: str, selector: Mapping[str, Any] | None) -> Iterable[Obj]:
        """Objects of a namespace whose labels match a LabelSelector ({} matches all, None nothing)."""
        ...

    def renewed(self, node: str) -> tuple[int, bool]:
        """(when the node's lease was last renewed as far as this view knows, whether it goes on being renewed)."""
        ...


class Replica(View, Protocol):
    """A view that can be kept up to date by hand: what an informer holds while its link is down."""

    def copy(self) -> Replica:
        """An independent state that shares every object."""
        ...

    def put(self, resource: str, old: Obj | None, new: Obj) -> None:
        """Take in a version."""
        ...

    def remove(self, resource: str, old: Obj) -> None:
        """Forget an object."""
        ...


class Api(Protocol):
    """The API server's door for in-process callers: one synchronous call, which never lets time pass."""

    def cost(self, client: Client, verb: str, resource: str) -> Duration:
        """How long the call would take. Raises the ApiError that the client would meet instead."""
        ...

    def submit(self, write: Write, client: Client) -> Obj | None:
        """Do it now; returns the new object. Raises ApiError."""
        ...


class Kube(Protocol):
    """One client of one cluster: small, synchronous, the same on both substrates. All calls raise ApiError."""

    client: Client

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the server said beside its last answer: unknown fields, what is not evaluated."""
        ...

    def resource(self, api_version: str, kind: str) -> str:
        """The resource of a kind, as `deployments.apps`. Raises NotFound: no matches for kind."""
        ...

    def get(self, resource: str, namespace: str, name: str, *, subresource: str = "") -> Obj:
        """A live, quorum read."""
        ...

    def list(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        limit: int = 0,
        token: str = "",
    ) -> Obj:
        """A List object with metadata.resourceVersion and, when cut by `limit`, metadata.continue."""
        ...

    def create(
        self,
        resource: str,
        namespace: str,
        body: Obj,
        *,
        subresource: str = "",
        dry_run: bool = False,
        validation: str = "Warn",
    ) -> Obj:
        """POST. validation: what becomes of unknown fields, Ignore, Warn or Strict."""
        ...

    def update(self, resource: str, namespace: str, body: Obj, *, subresource: str = "", dry_run: bool = False) -> Obj:
        """PUT."""
        ...

    def patch(
        self,
        resource: str,
        namespace: str,
        name: str,
        body: Any,
        *,
        kind: str = "merge",
        subresource: str = "",
        force: bool = False,
        dry_run: bool = False,
    ) -> Obj:
        """PATCH; kind: json, merge, strategic, apply."""
        ...

    def delete(
        self,
        resource: str,
        namespace: str,
        name: str,
        *,
        grace: int = -1,
        propagation: str = "",
        uid: str = "",
        resource_version: str = "",
        dry_run: bool = False,
    ) -> Obj:
        """DELETE; returns the object while finalizers or grace keep it, else a Status."""
        ...

    def evict(self, namespace: str, name: str, *, grace: int = -1, dry_run: bool = False) -> Obj:
        """POST pods/NAME/eviction. Raises TooManyRequests where a budget forbids it."""
        ...

    def watch(self, resource: str, namespace: str | None = None, *, since: str = "") -> Iterable[WatchEvent]:
        """What has happened since a resourceVersion, up to now; raises Gone below the window."""
        ...
