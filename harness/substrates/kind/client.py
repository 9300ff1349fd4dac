"""A client of a real API server: ports.kube.Kube over HTTPS with a client certificate, standard library only.

Differs from client-go: a connection a request, no rate limit of its own, JSON only. A request that got no answer is
`Unreachable` and is not sent again: nobody can know whether it was done.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from http.client import HTTPException, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import (
    AlreadyExists,
    ApiError,
    BadRequest,
    Cause,
    Client,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    MethodNotAllowed,
    NoMatch,
    NotFound,
    ServerError,
    TooManyRequests,
    Unreachable,
    WatchEvent,
)
from seatrial.harness.substrates.kind.access import Access

__all__ = ["Discovery", "KindKube", "Served", "error_of", "path_of"]

TIMEOUT = 30.0
ADMINISTRATOR = "system:admin"
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
PATCHES = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
_CLASSES: dict[str, type[ApiError]] = {
    "NotFound": NotFound,
    "AlreadyExists": AlreadyExists,
    "Conflict": Conflict,
    "Invalid": Invalid,
    "BadRequest": BadRequest,
    "Forbidden": Forbidden,
    "Expired": Gone,
    "Gone": Gone,
    "TooManyRequests": TooManyRequests,
    "MethodNotAllowed": MethodNotAllowed,
}
_BY_CODE = {400: "BadRequest", 403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed", 409: "Conflict"}
_BY_CODE |= {410: "Expired", 422: "Invalid", 429: "TooManyRequests"}


class Served(NamedTuple):
    """A resource that the API server serves."""

    resource: str  # as kubectl writes it
    version: str  # `v1`, `apps/v1`
    kind: str
    namespaced: bool
    verbs: frozenset[str]


class Discovery:
    """What one API server serves, asked once."""

    def __init__(self, served: Iterable[Served]) -> None:
        self.by_resource: dict[str, Served] = {}
        self.by_kind: dict[tuple[str, str], Served] = {}
        for one in served:
            self.by_resource.setdefault(one.resource, one)  # the preferred version comes first
            self.by_kind[one.version, one.kind] = one

    @classmethod
    def decode(cls, *lists: Obj) -> Discovery:
        """From aggregated discovery's answers."""
        served = []
        for item in (item for answer in lists for item in answer.get("items", ())):
            group = item.get("metadata", {}).get("name", "")
            for version in item["versions"]:
                name = f"{group}/{version['version']}" if group else version["version"]
                for one in version.get("resources", ()):
                    plural = f"{one['resource']}.{group}" if group else one["resource"]
                    verbs = frozenset(one.get("verbs", ()))
                    kind = one.get("responseKind", {}).get("kind", "")
                    served.append(Served(plural, name, kind, one.get("scope") == "Namespaced", verbs))
        return cls(served)


def path_of(served: Served, namespace: str, name: str = "", subresource: str = "") -> str:
    """The URL's path."""
    parts = ["apis" if "/" in served.version else "api", served.version]
    if namespace and served.namespaced:
        parts += ["namespaces", quote(namespace, safe="")]
    parts.append(served.resource.partition(".")[0])
    if name:
        parts.append(quote(name, safe=""))
    if subresource:
        parts.append(subresource)
    return "/" + "/".join(parts)


def error_of(code: int, body: bytes, retry_after: str = "") -> ApiError:
    """An answer that is no success, as the port's exception."""
    try:
        status = json.loads(body)
    except ValueError:
        status = None
    if not isinstance(status, dict) or status.get("kind") != "Status":
        status = {"message": body[:500].decode("utf-8", "replace").strip() or f"HTTP {code}"}
    reason = status.get("reason") or _BY_CODE.get(code, "InternalError")
    message, details = status.get("message", ""), status.get("details") or {}
    kind = _CLASSES.get(reason, ServerError if code >= 500 else ApiError)
    # The constructors of the port write texts of their own; here the server's words count.
    error = kind.__new__(kind)
    ApiError.__init__(error, message, code, reason, details, 0, status.get("metadata") or {})
    error.retry_after = details.get("retryAfterSeconds") or (int(retry_after) if retry_after.isdecimal() else 0)
    if isinstance(error, Invalid):
        error.causes = tuple(
            Cause(cause.get("reason", ""), cause.get("message", ""), cause.get("field", ""))
            for cause in details.get("causes", ())
        )
    return error


class KindKube:
    """Implements ports.kube.Kube."""

    def __init__(self, access: Access, client: Client, discovery: Discovery | None = None) -> None:
        self.client = client
        self.warnings: tuple[str, ...] = ()
        self._access = access
        self._discovery = discovery

    @property
    def discovery(self) -> Discovery:
        """What is served, asked at the first need."""
        if self._discovery is None:
            self._discovery = Discovery.decode(
                *(self._send("GET", path, accept=DISCOVERY) for path in ("/api", "/apis"))
            )
        return self._discovery

    def served(self, resource: str) -> Served:
        """A resource by name. Raises NotFound."""
        found = self.discovery.by_resource.get(resource)
        if found is None:
            raise NotFound(resource, "")
        return found

    def resource(self, api_version: str, kind: str) -> str:
        """The resource of a kind, as `deployments.apps`. Raises NoMatch."""
        found = self.discovery.by_kind.get((api_version, kind))
        if found is None:
            raise NoMatch(api_version, kind)
        return found.resource

    def get(self, resource: str, namespace: str, name: str, *, subresource: str = "") -> Obj:
        """GET."""
        return self._send("GET", path_of(self.served(resource), namespace, name, subresource))

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
        """GET of a collection; items are given the kind that the server leaves out."""
        served = self.served(resource)
        answer = self._send(
            "GET",
            path_of(served, namespace or ""),
            labelSelector=labels,
            fieldSelector=fields,
            limit=str(limit) if limit else "",
            **{"continue": token},
        )
        answer["items"] = [
            {"apiVersion": served.version, "kind": served.kind, **item} for item in answer["items"] or ()
        ]
        return answer

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
        """POST."""
        name = body["metadata"].get("name", "") if subresource else ""
        path = path_of(self.served(resource), namespace, name, subresource)
        return self._send("POST", path, body, dryRun="All" if dry_run else "", fieldValidation=validation)

    def update(self, resource: str, namespace: str, body: Obj, *, subresource: str = "", dry_run: bool = False) -> Obj:
        """PUT."""
        return self._write("PUT", resource, namespace, body["metadata"]["name"], subresource, body, dry_run)

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
        """PATCH."""
        path = path_of(self.served(resource), namespace, name, subresource)
        options = {"dryRun": "All" if dry_run else "", "force": "true" if force else ""}
        if kind == "apply":
            options["fieldManager"] = self.client.manager
        return self._send("PATCH", path, body, content=PATCHES[kind], **options)

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
        """DELETE."""
        options: Obj = {"kind": "DeleteOptions", "apiVersion": "v1"}
        if grace >= 0:
            options["gracePeriodSeconds"] = grace
        if propagation:
            options["propagationPolicy"] = propagation
        wanted = {"uid": uid, "resourceVersion": resource_version}
        if uid or resource_version:
            options["preconditions"] = {key: value for key, value in wanted.items() if value}
        if dry_run:
            options["dryRun"] = ["All"]
        return self._send("DELETE", path_of(self.served(resource), namespace, name), options)

    def evict(self, namespace: str, name: str, *, grace: int = -1, dry_run: bool = False) -> Obj:
        """POST pods/NAME/eviction."""
        body: Obj = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": namespace}}
        if grace >= 0:
            body["deleteOptions"] = {"gracePeriodSeconds": grace}
        return self._write("POST", "pods", namespace, name, "eviction", body, dry_run)

    def watch(
        self,
        resource: str,
        namespace: str | None = None,  # noqa: ARG002 - the port's
        *,
        since: str = "",  # noqa: ARG002 - the port's
    ) -> Iterable[WatchEvent]:
        """Raises Unsupported: the history's own watches (watch.py) tell what happens here."""
        raise Unsupported(f"a client's watch of {resource} on kind: not built yet")

    def _write(
        self, method: str, resource: str, namespace: str, name: str, subresource: str, body: Obj, dry_run: bool
    ) -> Obj:
        path = path_of(self.served(resource), namespace, name, subresource)
        return self._send(method, path, body, dryRun="All" if dry_run else "")

    def _send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content: str = "application/json",
        accept: str = "application/json",
        **options: str,
    ) -> Obj:
        query = urlencode({key: value for key, value in sorted(options.items()) if value})
        connection = HTTPSConnection(
            self._access.host, self._access.port, timeout=TIMEOUT, context=self._access.context
        )
        headers = {"Accept": accept, "User-Agent": self.client.user_agent}
        if self.client.user != ADMINISTRATOR:
            headers["Impersonate-User"] = self.client.user
        if body is not None:
            headers["Content-Type"] = content
        try:
            connection.request(
                method, f"{path}?{query}" if query else path, None if body is None else json.dumps(body), headers
            )
            answer = connection.getresponse()
            raw = answer.read()
        except (OSError, HTTPException) as error:
            raise Unreachable(f"{method} {path}: {type(error).__name__}: {error}") from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise error_of(answer.status, raw, answer.getheader("Retry-After", ""))
        self.warnings = tuple(_said(text) for text in answer.headers.get_all("Warning") or ())
        found: Obj = json.loads(raw)
        return found


def _said(header: str) -> str:
    """The text of a Warning header: `299 - "unknown field \\"x\\""`."""
    return header.partition(' "')[2].removesuffix('"').replace('\\"', '"')
