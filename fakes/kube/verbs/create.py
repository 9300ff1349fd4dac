"""POST.

Source: k8s.io/apiserver/pkg/registry/generic/registry/store.go (create), pkg/registry/rest/create.go (v0.36.3).
Pods that share one spec object pay for defaulting, admission and validation once; see `memo`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.fakes.kube.admission.chain import admit_create, admit_namespace, charge
from seatrial.fakes.kube.core import Core, Request
from seatrial.fakes.kube.crds import CRDS, define
from seatrial.fakes.kube.fields.managed import owners_of, place_of
from seatrial.fakes.kube.fields.ownership import UPDATE, Manager, after_update
from seatrial.fakes.kube.memo import PreparedPod, labels_known, prepared_pod, remember_pod
from seatrial.fakes.kube.services import allocate
from seatrial.fakes.kube.strategies.prepare import prepare_create
from seatrial.fakes.kube.verbs.commit import check_body, server_error, strategy_for
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import AlreadyExists, ApiError, Cause, Invalid

if TYPE_CHECKING:
    from seatrial.fakes.kube.schema import Kind

__all__ = ["create", "create_checked"]

# A name is drawn anew at most so often when it is taken (maxNameGenerationCreateAttempts).
NAME_ATTEMPTS = 8
_WIPED = frozenset(
    ("creationTimestamp", "uid", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "managedFields")
)
NAME_PREFIX_MAX = 58


def create(core: Core, request: Request, body: Obj) -> Obj:
    """Make a new object."""
    key = request.key
    kind = core.kind(key.resource)
    if kind.namespaced:
        admit_namespace(core, key)
    if not request.strict and key.resource == "pods":
        prepared = prepared_pod(core, key.namespace, body)
        if prepared is not None:
            return _create_prepared(core, request, kind, body, prepared)
    body = check_body(core, request, kind, body)
    if request.strict:
        body, core.warnings = core.schema.decode(kind, body, request.validation)
        body = core.schema.written(kind, body)
    obj = core.schema.default(kind, {**body, "apiVersion": kind.api_version, "kind": kind.kind})
    return create_checked(core, request, kind, obj, body)


def create_checked(core: Core, request: Request, kind: Kind, obj: Obj, body: Obj) -> Obj:
    """From a decoded, defaulted object to the store."""
    if kind.resource != "services":
        return _create_checked(core, request, kind, obj, body)
    before = core.allocators.copy()
    try:
        return _create_checked(core, request, kind, obj, body)
    except ApiError:
        core.allocators = before
        raise


def _create_checked(core: Core, request: Request, kind: Kind, obj: Obj, body: Obj) -> Obj:
    wanted = obj
    obj = admit_create(core, request, kind, obj)
    meta = obj.get("metadata") or {}
    if meta.get("resourceVersion"):
        raise server_error("resourceVersion should not be set on objects to be created")
    obj = {**obj, "metadata": _born(core, request, kind, meta)}
    strategy = strategy_for(kind)
    obj = prepare_create(core, kind.resource, strategy, obj)
    name = obj["metadata"].get("name", "")
    if kind.resource == "services":
        standing = core.store.get("services", request.key.namespace, name)
        if standing is not None:
            raise _taken(kind, name, standing)
        obj = allocate(core, request, obj, None)
    causes = core.schema.validate(kind, obj, None, "")
    if not name and not causes:
        causes = [Cause("FieldValueRequired", "Required value: name or generateName is required", "metadata.name")]
    if causes:
        raise Invalid(kind.kind, kind.group, name, causes)
    if kind.resource == "pods":
        remember_pod(core, request.key.namespace, body, obj, wanted["spec"])
    return _commit(core, request, kind, obj, wanted)


def _commit(core: Core, request: Request, kind: Kind, obj: Obj, wanted: Obj) -> Obj:
    key = request.key
    name = obj["metadata"]["name"]
    standing = core.store.get(key.resource, key.namespace, name)
    if standing is not None:
        raise _taken(kind, name, standing)
    charge(core, request, kind, obj)
    if request.dry_run:
        if request.strict and request.operation == UPDATE:
            place = place_of(core, key.resource, "")
            manager = Manager(request.manager or request.client.manager or "unknown", UPDATE, place.version, "")
            core.unstored = (obj, after_update({}, None, wanted, manager, place, core.agenda.time))
        return obj
    new = core.store.put(
        key.resource,
        obj,
        actor=request.client.name,
        manager=request.manager or request.client.manager,
        operation=request.operation,
        subresource=request.subresource,
    )
    # What admission and the strategy have added belongs to nobody.
    owner_key = Key(key.resource, key.namespace, name)
    lineage = core.store.lineage(owner_key)
    if lineage is not None:
        core.store.fold(owner_key, lineage._replace(new=wanted))
    if kind.resource == CRDS:
        if request.strict:
            core.unstored = (new, owners_of(core, owner_key))
        define(core, new)
    return new


def _taken(kind: Kind, name: str, standing: Obj) -> ApiError:
    error = AlreadyExists(kind.resource, name)
    if "deletionTimestamp" in standing["metadata"]:
        error.message = f"object is being deleted: {error.message}"
    return error


def _born(core: Core, request: Request, kind: Kind, meta: Obj) -> Obj:
    """System metadata of a new object."""
    out = {field: value for field, value in meta.items() if field not in _WIPED}
    key = request.key
    if kind.namespaced:
        out["namespace"] = key.namespace
    else:
        out.pop("namespace", None)
    name = out.get("name") or key.name
    prefix = out.get("generateName")
    if not name and prefix:
        name = _generated(core, request, prefix)
    if name:
        out["name"] = name
        out["uid"] = core.uid(request, Key(key.resource, key.namespace, name))
    out["creationTimestamp"] = core.stamp()
    return out


def _generated(core: Core, request: Request, prefix: str) -> str:
    resource, namespace, _ = request.key
    prefix = prefix[:NAME_PREFIX_MAX]
    name = ""
    for _ in range(NAME_ATTEMPTS):
        name = prefix + core.suffix(request, prefix)
        if core.store.get(resource, namespace, name) is None:
            break
    return name


def _create_prepared(core: Core, request: Request, kind: Kind, body: Obj, prepared: PreparedPod) -> Obj:
    meta = body["metadata"]
    key = request.key
    name = meta.get("name") or key.name or _generated(core, request, meta["generateName"])
    if not labels_known(core, meta) or not prepared.name_fits(name):
        obj = core.schema.default(kind, {**body, "apiVersion": "v1", "kind": "Pod"})
        return create_checked(core, request, kind, obj, body)
    out = {
        **meta,
        "name": name,
        "namespace": key.namespace,
        "uid": core.uid(request, Key("pods", key.namespace, name)),
        "creationTimestamp": core.stamp(),
        "generation": 1,
    }
    obj = {"apiVersion": "v1", "kind": "Pod", "metadata": out, "spec": prepared.spec, "status": prepared.status}
    return _commit(core, request, kind, obj, {"metadata": meta, "spec": prepared.wanted})
