"""The scale subresource: one shape for everything that has replicas.

Source: pkg/registry/apps/*/storage, k8s.io/apiextensions-apiserver/pkg/registry/customresource/etcd.go (v1.36.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatrial.fakes.kube.core import Core, Request
from seatrial.fakes.kube.patch.jsonpatch import apply_json_patch
from seatrial.fakes.kube.patch.merge import merge
from seatrial.fakes.kube.verbs.commit import commit_update
from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import BadRequest, Cause, Conflict, Invalid, NotFound

if TYPE_CHECKING:
    from seatrial.fakes.kube.schema import Kind

__all__ = ["get_scale", "patch_scale", "update_scale"]


def get_scale(core: Core, key: Key) -> Obj:
    """The Scale of an object."""
    kind = core.kind(key.resource)
    live = core.store.get(*key)
    if live is None:
        raise NotFound(kind.resource, key.name)
    return _scale(kind, live)


def _scale(kind: Kind, live: Obj) -> Obj:
    if "scale" not in kind.subresources:
        raise Unsupported(f"scale of {kind.resource}")
    meta = live["metadata"]
    fields = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    status: Obj = {"replicas": (live.get("status") or {}).get("replicas", 0)}
    selector = selector_text((live.get("spec") or {}).get("selector"))
    if selector:
        status["selector"] = selector
    replicas = (live.get("spec") or {}).get("replicas", 1)
    return {
        "apiVersion": "autoscaling/v1",
        "kind": "Scale",
        "metadata": {field: meta[field] for field in fields if field in meta},
        "spec": {"replicas": replicas} if replicas else {},
        "status": status,
    }


def selector_text(selector: Any) -> str:
    """A selector as metav1.FormatLabelSelector writes it."""
    if not selector:
        return ""
    if "matchLabels" not in selector and "matchExpressions" not in selector:
        return ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    parts = [(key, f"{key}={value}") for key, value in (selector.get("matchLabels") or {}).items()]
    for rule in selector.get("matchExpressions") or ():
        key, values = rule["key"], ",".join(sorted(rule.get("values") or ()))
        word = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": key}
        parts.append((key, word.get(rule["operator"], f"!{key}")))
    return ",".join(text for _, text in sorted(parts))


def update_scale(core: Core, request: Request, body: Obj) -> Obj:
    """Set the replicas."""
    key = request.key
    kind = core.kind(key.resource)
    live = core.store.get(*key)
    if live is None:
        raise NotFound(kind.resource, key.name)
    _scale(kind, live)
    meta = body.get("metadata") or {}
    if meta.get("name") and meta["name"] != key.name:
        raise BadRequest(f"the name of the object ({meta['name']}) does not match the name on the URL ({key.name})")
    if meta.get("uid") and meta["uid"] != live["metadata"]["uid"]:
        raise Conflict.modified(kind.resource, key.name)
    if meta.get("resourceVersion") and meta["resourceVersion"] != live["metadata"]["resourceVersion"]:
        raise Conflict.modified(kind.resource, key.name)
    replicas = (body.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise BadRequest(f'Scale in version "v1" cannot be handled as a Scale: spec.replicas: {replicas!r}')
    if replicas < 0:
        text = f"Invalid value: {replicas}: must be greater than or equal to 0"
        raise Invalid("Scale", "autoscaling", key.name, [Cause("FieldValueInvalid", text, "spec.replicas")])
    spec = live.get("spec") or {}
    new = live if spec.get("replicas") == replicas else {**live, "spec": {**spec, "replicas": replicas}}
    stored = commit_update(core, request._replace(subresource=""), kind, live, new)
    return _scale(kind, stored)


def patch_scale(core: Core, request: Request, patch_kind: str, body: Any) -> Obj:
    """Change the replicas by a patch of the Scale."""
    scale = get_scale(core, request.key)
    if patch_kind == "json":
        return update_scale(core, request, apply_json_patch(scale, body))
    if patch_kind in ("merge", "strategic"):
        return update_scale(core, request, merge(scale, body))
    raise Unsupported(f"{patch_kind} patch of scale")
