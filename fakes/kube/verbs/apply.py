"""PATCH of kind apply: server-side apply.

Source: k8s.io/apiserver/pkg/endpoints/handlers/patch.go (applyPatcher),
k8s.io/apimachinery/pkg/util/managedfields/internal (v0.36.3).
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.admission.chain import admit_namespace
from seatrial.fakes.kube.core import Core, Request
from seatrial.fakes.kube.fields.managed import encoded, owners_of, place_of, remember
from seatrial.fakes.kube.fields.ownership import APPLY, Manager, Owners, Place, after_update, applied
from seatrial.fakes.kube.fields.typed import undeclared
from seatrial.fakes.kube.verbs.commit import in_kept_version, server_error
from seatrial.fakes.kube.verbs.create import create_checked
from seatrial.fakes.kube.verbs.update import update_checked
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import BadRequest, Cause, Conflict, Invalid, NotFound

__all__ = ["apply"]

BEFORE = "before-first-apply"


def apply(core: Core, request: Request, body: Any, *, force: bool = False) -> Obj:
    """Make the object as the configuration says, where nobody else has a say."""
    key = request.key
    kind = core.kind(key.resource)
    name = request.manager or request.client.manager
    if not name:
        cause = Cause("FieldValueRequired", "Required value: is required for apply patch", "fieldManager")
        raise Invalid("PatchOptions", "meta.k8s.io", "", [cause])
    config = _config(core, request, body)
    place = place_of(core, key.resource, request.subresource)
    manager = Manager(name, APPLY, "", request.subresource)
    request = request._replace(operation=APPLY)
    live = core.store.get(*key)
    if live is None:
        if request.subresource:
            raise NotFound(kind.resource, key.name)
        return _create(core, request, config, manager, place)
    owners = owners_of(core, key)
    now = core.agenda.time
    if not owners:
        first = Manager(BEFORE, "Update", place.version, request.subresource)
        owners = after_update({}, None, live, first, place, now)
    wanted = (config.get("metadata") or {}).get("resourceVersion")
    if wanted and wanted != live["metadata"]["resourceVersion"]:
        raise Conflict.modified(kind.resource, key.name)
    before = owners
    new, owners = applied(owners, live, config, manager, place, now, force=force)
    if new is None:
        if encoded(owners) == encoded(before) or request.dry_run:
            return live
        new = core.store.put(kind.resource, live, actor=request.client.name, manager=name, touched=True)
        _keep(core, request, owners)
        return new
    stored = update_checked(core, request, live, new)
    _keep(core, request, owners)
    return stored


def _keep(core: Core, request: Request, owners: Owners) -> None:
    newest = core.store.lineage(request.key)
    if newest is not None and not request.dry_run:
        remember(core, request.key, owners, newest)


def _config(core: Core, request: Request, body: Any) -> Obj:
    key = request.key
    kind = core.kind(key.resource)
    if not isinstance(body, dict):
        raise BadRequest("error decoding YAML: error converting YAML to JSON: yaml: not an object")
    if not body.get("apiVersion") or not body.get("kind"):
        raise BadRequest("invalid object type: /, Kind=")
    if body["apiVersion"] != kind.api_version:
        body = in_kept_version(core, kind, body)
    if body["apiVersion"] != kind.api_version or body["kind"] != kind.kind:
        raise BadRequest(f"invalid object type: {_slashed(body['apiVersion'])}, Kind={body['kind']}")
    meta = body.get("metadata") or {}
    if meta.get("managedFields") is not None:
        raise BadRequest("metadata.managedFields must be nil")
    if meta.get("name") and meta["name"] != key.name:
        raise BadRequest(f"the name of the object ({meta['name']}) does not match the name on the URL ({key.name})")
    named = {**meta, "name": key.name}
    if kind.namespaced:
        namespace = meta.get("namespace")
        if namespace and namespace != key.namespace:
            raise BadRequest("the namespace of the provided object does not match the namespace sent on the request")
        named["namespace"] = key.namespace
    unknown = undeclared(body, core.schema.structure(kind)) if not kind.custom else []
    if unknown:
        place = f"{meta.get('namespace', '')}/{key.name}; {_slashed(kind.api_version)}, Kind={kind.kind}"
        told = unknown[0] if len(unknown) == 1 else "errors:\n" + "\n".join(f"  {line}" for line in unknown)
        raise server_error(f"failed to create typed patch object ({place}): {told}")
    config, core.warnings = core.schema.decode(kind, {**body, "metadata": named}, request.validation)
    return config


def _slashed(version: str) -> str:
    return version if "/" in version else f"/{version}"


def _create(core: Core, request: Request, config: Obj, manager: Manager, place: Place) -> Obj:
    key = request.key
    kind = core.kind(key.resource)
    if kind.namespaced:
        admit_namespace(core, key)
    if config["metadata"].get("uid"):
        raise Conflict(
            f'Operation cannot be fulfilled on {kind.resource} "{key.name}": uid mismatch: the provided object '
            f"specified uid {config['metadata']['uid']}, and no existing object was found",
            {
                key: value
                for key, value in {"name": key.name, "group": kind.group, "kind": kind.plural}.items()
                if value
            },
        )
    _, owners = applied({}, {}, config, manager, place, core.agenda.time, force=True)
    obj = core.schema.default(kind, core.schema.written(kind, config))
    stored = create_checked(core, request, kind, obj, config)
    _keep(core, request, owners)
    return stored
