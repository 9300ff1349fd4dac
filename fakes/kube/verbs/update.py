"""PUT, and the way of a changed object back to the store that PATCH shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.fakes.kube.admission.chain import admit_update
from seatrial.fakes.kube.core import Core, Request, unknown_resource
from seatrial.fakes.kube.crds import CRDS, define
from seatrial.fakes.kube.services import allocate
from seatrial.fakes.kube.verbs.commit import check_body, commit_update, strategy_for
from seatrial.fakes.kube.verbs.create import create
from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import ApiError, BadRequest, NotFound

if TYPE_CHECKING:
    from seatrial.fakes.kube.schema import Kind

__all__ = ["check_door", "update", "update_checked"]

DOORS = ("status", "finalize", "approval")


def check_door(kind: Kind, request: Request, verb: str) -> None:
    """A subresource is modelled, or Unsupported; the kind has it, or 404."""
    door = request.subresource
    if not door:
        return
    if door not in kind.subresources:
        raise unknown_resource()
    if door not in DOORS:
        raise Unsupported(f"{verb} of {kind.resource}/{door}")


def update(core: Core, request: Request, body: Obj) -> Obj:
    """Replace an object, or what its subresource shows of it."""
    key = request.key
    kind = core.kind(key.resource)
    check_door(kind, request, "update")
    live = core.store.get(*key)
    if live is None:
        if strategy_for(kind).create_on_update and not request.subresource:
            return create(core, request, body)
        raise NotFound(kind.resource, key.name)
    if request.strict:
        body = check_body(core, request, kind, body)
        if not (body.get("metadata") or {}).get("name"):
            raise BadRequest("name must be provided")
        body, core.warnings = core.schema.decode(kind, body, request.validation)
    return update_checked(core, request, live, body)


def update_checked(core: Core, request: Request, live: Obj, body: Obj) -> Obj:
    """From a decoded object to the store."""
    kind = core.kind(request.key.resource)
    meta = body.get("metadata")
    if meta is None or "apiVersion" not in body:
        body = {**body, "apiVersion": kind.api_version, "kind": kind.kind, "metadata": meta or {}}
    if request.strict:
        body = core.schema.written(kind, body)
    wanted, allocators = None, None
    if request.subresource == "":
        body = core.schema.default(kind, body)
        wanted = body if request.strict else None
        body = admit_update(core, request, kind, body, live)
        if kind.resource == "services":
            allocators = core.allocators.copy()
            body = allocate(core, request, body, live)
    elif request.strict:
        body = wanted = core.schema.default(kind, body)
    try:
        new = commit_update(core, request, kind, live, body, wanted)
    except ApiError:
        if allocators is not None:
            core.allocators = allocators
        raise
    if kind.resource == CRDS and not request.dry_run and not request.subresource:
        define(core, new)
    return new
