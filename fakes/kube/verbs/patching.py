"""PATCH of four kinds: json, merge, strategic, apply.

Source: k8s.io/apiserver/pkg/endpoints/handlers/patch.go (v0.36.3).
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.core import Core, Request
from seatrial.fakes.kube.fields.managed import managed
from seatrial.fakes.kube.patch.jsonpatch import apply_json_patch
from seatrial.fakes.kube.patch.merge import merge
from seatrial.fakes.kube.patch.strategic import strategic_merge
from seatrial.fakes.kube.verbs.apply import apply
from seatrial.fakes.kube.verbs.commit import check_body
from seatrial.fakes.kube.verbs.update import check_door, update_checked
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import ApiError, BadRequest, NotFound

__all__ = ["patch"]


def patch(core: Core, request: Request, patch_kind: str, body: Any, *, force: bool = False) -> Obj:
    """Change an object by a patch."""
    key = request.key
    kind = core.kind(key.resource)
    check_door(kind, request, "patch")
    if patch_kind == "apply":
        return apply(core, request, body, force=force)
    live = core.store.get(*key)
    if live is None:
        raise NotFound(kind.resource, key.name)
    new: Obj
    if patch_kind == "merge":
        if not isinstance(body, dict):
            raise BadRequest("cannot unmarshal patch into an object")
        new = merge(live, body)
    elif patch_kind == "json":
        owners = request.strict and "managedFields" in str(body)
        new = apply_json_patch(managed(core, kind.resource, live) if owners else live, body)
    elif patch_kind == "strategic":
        if kind.custom:
            raise ApiError(
                "the body of the request was in an unknown format - accepted media types include: "
                "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
                415,
                "UnsupportedMediaType",
            )
        new = strategic_merge(live, body, core.schema.structure(kind))
    else:
        raise BadRequest(f"unknown patch type {patch_kind!r}")
    if new is live:
        return live
    if request.strict:
        new = check_body(core, request, kind, new)
        new, core.warnings = core.schema.decode(kind, new, request.validation)
    return update_checked(core, request, live, new)
