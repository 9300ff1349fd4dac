"""A client of the API server: ports.kube.Kube over the verbs, with decoding of what comes from outside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from seatrial.fakes.kube.core import Core, Request
from seatrial.fakes.kube.door import Door
from seatrial.fakes.kube.fields.managed import managed
from seatrial.fakes.kube.verbs import read, watching
from seatrial.fakes.kube.verbs.binding import bind
from seatrial.fakes.kube.verbs.collection import delete_collection
from seatrial.fakes.kube.verbs.create import create
from seatrial.fakes.kube.verbs.delete import Options, delete
from seatrial.fakes.kube.verbs.eviction import evict
from seatrial.fakes.kube.verbs.patching import patch
from seatrial.fakes.kube.verbs.scale import get_scale, patch_scale, update_scale
from seatrial.fakes.kube.verbs.update import update
from seatrial.fakes.kube.verbs.versions import asked_version
from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Client, NoMatch, WatchEvent

__all__ = ["ApiClient"]

SUCCESS: Obj = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
DONE: Obj = {**SUCCESS, "code": 201}
# ReturnDeletedObject in pkg/registry/*/*/storage (v1.36.3): the others answer a deletion with a Status.
RETURNED = frozenset(
    (
        "pods",
        "services",
        "namespaces",
        "serviceaccounts",
        "persistentvolumes",
        "persistentvolumeclaims",
        "podtemplates",
        "resourcequotas",
        "csidrivers.storage.k8s.io",
        "csinodes.storage.k8s.io",
        "storageclasses.storage.k8s.io",
        "volumeattachments.storage.k8s.io",
        "volumeattributesclasses.storage.k8s.io",
        "deviceclasses.resource.k8s.io",
        "resourceclaims.resource.k8s.io",
        "resourceclaimtemplates.resource.k8s.io",
        "resourceslices.resource.k8s.io",
    )
)


class ApiClient:
    """Implements ports.kube.Kube."""

    def __init__(self, core: Core, door: Door, client: Client, *, managed_fields: bool) -> None:
        self.client = client
        self._core = core
        self._door = door
        self._managed = managed_fields

    @property
    def warnings(self) -> tuple[str, ...]:
        """The Warning headers of the last request."""
        return tuple(self._core.warnings)

    def _enter(self, verb: str, resource: str, *, cached: bool = False) -> None:
        self._door.cost(self.client, verb, resource)
        self._core.warnings = []
        self._core.unstored = None
        if not cached:
            self._door.pass_write()

    def _request(
        self, resource: str, namespace: str, name: str, subresource: str, dry_run: bool, validation: str = "Warn"
    ) -> Request:
        key = Key(resource, namespace, name)
        return Request(self.client, key, subresource, dry_run, True, validation)

    def _shown(self, resource: str, obj: Obj) -> Obj:
        return managed(self._core, resource, obj) if self._managed else obj

    def resource(self, api_version: str, kind: str) -> str:
        """The resource of a kind. Raises NotFound: no matches for kind."""
        found = self._core.schema.by_kind(api_version, kind)
        if found is None:
            raise NoMatch(api_version, kind)
        return found.resource

    def get(self, resource: str, namespace: str, name: str, *, subresource: str = "", version: str = "") -> Obj:
        """A live, quorum read; with a `version` (resourceVersion) from the cache, which needs no quorum."""
        self._enter("get", resource, cached=bool(version))
        asked_version(self._core, version)
        if subresource == "scale":
            return get_scale(self._core, Key(resource, namespace, name))
        if subresource not in ("", "status"):
            raise Unsupported(f"get of {resource}/{subresource}")
        return self._shown(resource, read.get(self._core, Key(resource, namespace, name)))

    def list(
        self,
        resource: str,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        limit: int = 0,
        token: str = "",
        version: str = "",
        match: str = "",
    ) -> Obj:
        """A List object; with a `version` (resourceVersion) from the cache, `match` is resourceVersionMatch."""
        self._enter("list", resource, cached=bool(version))
        asked = asked_version(self._core, version, match)
        exact = asked if match == "Exact" or (limit and asked > 0) else None
        found = read.list_objects(self._core, resource, namespace, labels, fields, limit, token, exact)
        if self._managed and exact is None:
            found["items"] = [self._shown(resource, obj) for obj in found["items"]]
        return found

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
        self._enter("create", resource)
        name = (body.get("metadata") or {}).get("name", "") if isinstance(body, dict) else ""
        if subresource == "eviction":
            evict(self._core, self._request(resource, namespace, name, "", dry_run), body)
            return DONE
        if subresource == "binding":
            bind(self._core, self._request(resource, namespace, name, "", dry_run), body)
            return DONE
        if subresource:
            raise Unsupported(f"create of {resource}/{subresource}")
        request = self._request(resource, namespace, "", "", dry_run, validation)
        return self._shown(resource, create(self._core, request, body))

    def update(
        self,
        resource: str,
        namespace: str,
        body: Obj,
        *,
        name: str = "",
        subresource: str = "",
        dry_run: bool = False,
        validation: str = "Warn",
    ) -> Obj:
        """PUT."""
        self._enter("update", resource)
        name = name or (body.get("metadata") or {}).get("name", "")
        request = self._request(resource, namespace, name, subresource, dry_run, validation)
        if subresource == "scale":
            return update_scale(self._core, request, body)
        return self._shown(resource, update(self._core, request, body))

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
        validation: str = "Warn",
    ) -> Obj:
        """PATCH; kind: json, merge, strategic, apply."""
        self._enter("patch", resource)
        request = self._request(resource, namespace, name, subresource, dry_run, validation)
        if subresource == "scale":
            return patch_scale(self._core, request, kind, body)
        return self._shown(resource, patch(self._core, request, kind, body, force=force))

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
        self._enter("delete", resource)
        request = self._request(resource, namespace, name, "", dry_run)
        last, gone = delete(self._core, request, Options(grace, propagation, uid, resource_version))
        if not gone or resource in RETURNED:
            return self._shown(resource, last)
        kind = self._core.kind(resource)
        details = {"name": name, "group": kind.group, "kind": kind.plural, "uid": last["metadata"]["uid"]}
        return {**SUCCESS, "details": {key: value for key, value in details.items() if value}}

    def delete_collection(
        self,
        resource: str,
        namespace: str,
        *,
        labels: str = "",
        fields: str = "",
        grace: int = -1,
        propagation: str = "",
        dry_run: bool = False,
    ) -> Obj:
        """DELETE of all that match."""
        self._enter("deletecollection", resource)
        request = self._request(resource, namespace, "", "", dry_run)
        kind = self._core.kind(resource)
        shown: list[Obj] = []
        if self._managed:
            found = read.select(self._core, kind, namespace or None, labels, fields)
            shown = [self._shown(resource, obj) for obj in found]
        gone = delete_collection(self._core, request, Options(grace, propagation), labels, fields)
        return {**gone, "items": shown} if self._managed else gone

    def evict(self, namespace: str, name: str, *, grace: int = -1, dry_run: bool = False) -> Obj:
        """POST pods/NAME/eviction. Raises TooManyRequests where a budget forbids it."""
        self._enter("evict", "pods")
        evict(self._core, self._request("pods", namespace, name, "", dry_run), None, Options(grace))
        return DONE

    def watch(self, resource: str, namespace: str | None = None, *, since: str = "") -> Iterable[WatchEvent]:
        """What has happened since a resourceVersion, up to now; raises Gone below the window."""
        self._door.cost(self.client, "watch", resource)
        return watching.watch(self._core, resource, namespace, since)
