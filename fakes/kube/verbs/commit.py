"""The common end of every change: preconditions, what may not change, validation, admission, the store.

Source: k8s.io/apiserver/pkg/registry/generic/registry/store.go (Update) and pkg/registry/rest/update.go (v0.36.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatrial.fakes.kube.admission.chain import validate_update
from seatrial.fakes.kube.core import Core, Request
from seatrial.fakes.kube.crds import CRDS, drop_if_emptied, undefine
from seatrial.fakes.kube.fields.managed import decoded, encoded, is_reset, owners_of, place_of, remember, shorten
from seatrial.fakes.kube.fields.ownership import UPDATE, Manager, after_update
from seatrial.fakes.kube.strategies.prepare import prepare_status, prepare_update
from seatrial.fakes.kube.strategies.table import Strategy, strategy_of
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, BadRequest, Cause, Client, Conflict, Invalid

if TYPE_CHECKING:
    from seatrial.fakes.kube.schema import Kind

__all__ = [
    "check_body",
    "commit_update",
    "finish",
    "in_kept_version",
    "kept_meta",
    "put_unowned",
    "remove",
    "server_error",
    "strategy_for",
]


def strategy_for(kind: Kind) -> Strategy:
    """The rules of a kind."""
    return strategy_of(kind.resource, kind.custom, "status" in kind.subresources)


def commit_update(core: Core, request: Request, kind: Kind, live: Obj, new: Obj, wanted: Obj | None = None) -> Obj:
    """Turn `live` into `new` as far as the request's door allows; returns what is stored then.

    wanted: the request's object before admission and strategy had their say: it decides who owns what.
    """
    strategy = strategy_for(kind)
    subresource = request.subresource
    meta, old_meta = new["metadata"], live["metadata"]
    if meta is not old_meta:
        _check_locks(request, kind, strategy, meta, old_meta)
        kept = kept_meta(meta, old_meta)
        if kept is not meta:
            new = {**new, "metadata": kept}
    if subresource == "status":
        new = prepare_status(core, kind.resource, strategy, new, live)
    elif subresource == "finalize":
        new = {**new, "status": live.get("status", {})}
    elif subresource == "approval":
        new = {**live, "metadata": new["metadata"], "status": new.get("status", {})}
    else:
        new = prepare_update(kind.resource, strategy, new, live)
    causes = core.schema.validate(kind, new, live, "" if subresource == "scale" else subresource)
    if causes:
        # The real server checks metadata twice, for all kinds and in most kinds' own rules, and tells both.
        twice = [cause for cause in causes if cause.field.startswith("metadata.")]
        raise Invalid(kind.kind, kind.group, request.key.name, [*twice, *causes])
    validate_update(core, request, kind, new, live)
    return finish(core, request, kind, live, new, wanted)


def finish(core: Core, request: Request, kind: Kind, live: Obj, new: Obj, wanted: Obj | None) -> Obj:
    """Store a checked version, or end the object if its last finalizer went with it."""
    meta = new["metadata"]
    old_meta = live["metadata"]
    if "deletionTimestamp" in old_meta and _ends(kind, new, meta, old_meta):
        _tell_owners(core, request, kind, live, new, wanted)
        if not request.dry_run:
            remove(core, request, kind)
        return new
    if request.dry_run:
        _tell_owners(core, request, kind, live, new, wanted)
        return new
    store = core.store
    manager = request.manager or request.client.manager
    told = None if wanted is None else wanted["metadata"].get("managedFields")
    if told is not None and not request.subresource:
        return _put_told(core, request, kind, live, new, told)
    stored = store.put(
        kind.resource,
        new,
        actor=request.client.name,
        manager=manager,
        operation=request.operation,
        subresource=request.subresource,
    )
    if wanted is None:
        if stored is not live:
            shorten(core, request.key)
    elif stored is not live:
        lineage = store.lineage(request.key)
        if lineage is not None:
            store.fold(request.key, lineage._replace(new=wanted))
    return stored


def _tell_owners(core: Core, request: Request, kind: Kind, live: Obj, new: Obj, wanted: Obj | None) -> None:
    """Work out the owners of an answer that will not be stored."""
    if not request.strict or request.operation != UPDATE:
        return
    place = place_of(core, kind.resource, request.subresource)
    manager = Manager(
        request.manager or request.client.manager or "unknown", UPDATE, place.version, request.subresource
    )
    before = owners_of(core, request.key)
    owners = after_update(before, live, new if wanted is None else wanted, manager, place, core.agenda.time)
    core.unstored = (new, owners)


def _put_told(core: Core, request: Request, kind: Kind, live: Obj, new: Obj, told: Any) -> Obj:
    """A request that says itself who owns what: an empty list forgets everyone."""
    before = owners_of(core, request.key)
    given = {} if is_reset(told) else decoded(told)
    owners = before if given is None or (not given and not is_reset(told)) else given
    place = place_of(core, kind.resource, "")
    manager = Manager(request.manager or request.client.manager or "unknown", UPDATE, place.version, "")
    owners = after_update(owners, live, new, manager, place, core.agenda.time)
    stored = core.store.put(
        kind.resource, new, actor=request.client.name, manager=manager.name, touched=encoded(owners) != encoded(before)
    )
    newest = core.store.lineage(request.key)
    if newest is not None:
        remember(core, request.key, owners, newest)
    return stored


def put_unowned(core: Core, kind: Kind, new: Obj, client: Client) -> Obj:
    """Store a version that no field manager answers for: deletion marks, bindings."""
    meta = new["metadata"]
    key = Key(kind.resource, meta.get("namespace", ""), meta["name"])
    lineage = core.store.lineage(key)
    stored = core.store.put(kind.resource, new, actor=client.name)
    if lineage is not None:
        core.store.fold(key, lineage)
    return stored


def remove(core: Core, request: Request, kind: Kind) -> Obj | None:
    """Take an object out of the store, and give back what it held."""
    last = core.store.remove(request.key, actor=request.client.name)
    if kind.resource == "services":
        core.allocators.release(str(request.key))
    elif kind.resource == CRDS and last is not None:
        undefine(core, last)
    elif kind.custom:
        drop_if_emptied(core, kind, request.client)
    return last


def _ends(kind: Kind, new: Obj, meta: Obj, old_meta: Obj) -> bool:
    if meta.get("finalizers") or old_meta.get("deletionGracePeriodSeconds"):
        return False
    return kind.resource != "namespaces" or not (new.get("spec") or {}).get("finalizers")


def _check_locks(request: Request, kind: Kind, strategy: Strategy, meta: Obj, old_meta: Obj) -> None:
    uid, old_uid = meta.get("uid"), old_meta.get("uid")
    if uid and uid != old_uid:
        path = "/".join(part for part in (kind.plural, request.key.namespace, request.key.name) if part)
        raise Conflict(
            f'Operation cannot be fulfilled on {kind.resource} "{request.key.name}": StorageError: invalid object, '
            f"Code: 4, Key: /registry/{path}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: "
            f"UID in precondition: {uid}, UID in object meta: {old_uid}",
            _details(kind, request.key.name),
        )
    version = meta.get("resourceVersion")
    if version:
        if version != old_meta["resourceVersion"]:
            raise Conflict.modified(kind.resource, request.key.name)
    elif not strategy.unconditional:
        cause = Cause(
            "FieldValueInvalid", "Invalid value: 0: must be specified for an update", "metadata.resourceVersion"
        )
        raise Invalid(kind.plural, kind.group, request.key.name, [cause])


def _details(kind: Kind, name: str) -> Obj:
    details = {"name": name, "group": kind.group, "kind": kind.plural}
    return {key: value for key, value in details.items() if value}


_SYSTEM = ("uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds")
# Maps and lists that are not written while they are empty, whoever emptied them.
_OPTIONAL = ("labels", "annotations", "finalizers", "ownerReferences")


def kept_meta(meta: Obj, old: Obj) -> Obj:
    """Metadata of an update with what only the server writes taken from the stored version."""
    out = {key: value for key, value in meta.items() if key not in ("managedFields", "selfLink")}
    out["resourceVersion"] = old["resourceVersion"]
    for field in _SYSTEM:
        if field in old:
            out[field] = old[field]
        elif field == "generation":
            out.pop(field, None)
    if old.get("namespace"):
        out["namespace"] = old["namespace"]
    for field in _OPTIONAL:
        if field in out and not out[field]:
            del out[field]
    return out


def check_body(core: Core, request: Request, kind: Kind, body: object) -> Obj:
    """The object of a request, in the version that is kept; it fits its path, or 400."""
    if not isinstance(body, dict) or not isinstance(body.get("metadata", {}), dict):
        raise BadRequest(f"the body of the request was not a {kind.kind} object")
    meta = body.get("metadata") or {}
    key = request.key
    if key.name and meta.get("name") and meta["name"] != key.name:
        raise BadRequest(f"the name of the object ({meta['name']}) does not match the name on the URL ({key.name})")
    namespace = meta.get("namespace")
    if kind.namespaced and namespace and namespace != key.namespace:
        raise BadRequest("the namespace of the provided object does not match the namespace sent on the request")
    version = body.get("apiVersion")
    if version and version != kind.api_version:
        body = in_kept_version(core, kind, body)
        version = body["apiVersion"]
    if version and (version != kind.api_version or body.get("kind", kind.kind) != kind.kind):
        given = body.get("kind", "")
        raise BadRequest(
            f'{given} in version "{version.rpartition("/")[2]}" cannot be handled as a {kind.kind}: converting '
            f"({_go_version(version)}.{given}) to ({_go_group(kind.group)}.{kind.kind}): unknown conversion"
        )
    return body


def in_kept_version(core: Core, kind: Kind, body: Obj) -> Obj:
    """An object of this resource that is written in another served version; any other object as it is."""
    written = core.schema.by_kind(body["apiVersion"], body.get("kind", kind.kind))
    if written is None or written.resource != kind.resource:
        return body
    return core.schema.kept({**body, "kind": kind.kind})


def _go_version(version: str) -> str:
    return version.rpartition("/")[2]


def _go_group(group: str) -> str:
    """Go's package of the internal types."""
    return group.partition(".")[0] or "core"


def server_error(message: str) -> ApiError:
    """A 500 without a reason, as errors that are no Status become."""
    return ApiError(message, 500, "")
