"""The scale subresource: one shape for everything that has replicas.

Source: pkg/registry/apps/*/storage, k8s.io/apiextensions-apiserver/pkg/registry/customresource/etcd.go (v1.36.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from seatrial.fakes.kube.core import Core, Request, unknown_resource
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
    return _scale(core, kind, live)


class Paths(NamedTuple):
    """Where an object keeps what its Scale shows."""

    replicas: tuple[str, ...] = ("spec", "replicas")
    present: tuple[str, ...] = ("status", "replicas")
    selector: tuple[str, ...] = ("spec", "selector")
    default: int = 1


BUILT_IN = Paths()


def _paths(core: Core, kind: Kind) -> Paths:
    if "scale" not in kind.subresources:
        raise unknown_resource()
    if not kind.custom:
        return BUILT_IN
    scale = core.schema.scale(kind)
    if scale is None:
        raise unknown_resource()
    return Paths(
        _split(scale["specReplicasPath"]),
        _split(scale["statusReplicasPath"]),
        _split(scale.get("labelSelectorPath", "")),
        0,
    )


def _split(path: str) -> tuple[str, ...]:
    return tuple(path.lstrip(".").split(".")) if path else ()


def _at(obj: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        obj = obj.get(step) if isinstance(obj, dict) else None
    return obj if path else None


def _with(obj: Obj, path: tuple[str, ...], value: Any) -> Obj:
    first, *rest = path
    below = value if not rest else _with(obj.get(first) or {}, tuple(rest), value)
    return {**obj, first: below}


def _scale(core: Core, kind: Kind, live: Obj) -> Obj:
    paths = _paths(core, kind)
    meta = live["metadata"]
    fields = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    status: Obj = {"replicas": _at(live, paths.present) or 0}
    selector = _at(live, paths.selector)
    text = selector if isinstance(selector, str) else selector_text(selector)
    if text:
        status["selector"] = text
    replicas = _at(live, paths.replicas)
    replicas = paths.default if replicas is None else replicas
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
    paths = _paths(core, kind)
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
    new = live if _at(live, paths.replicas) == replicas else _with(live, paths.replicas, replicas)
    stored = commit_update(core, request._replace(subresource="scale"), kind, live, new)
    return _scale(core, kind, stored)


def patch_scale(core: Core, request: Request, patch_kind: str, body: Any) -> Obj:
    """Change the replicas by a patch of the Scale."""
    scale = get_scale(core, request.key)
    if patch_kind == "json":
        return update_scale(core, request, apply_json_patch(scale, body))
    if patch_kind in ("merge", "strategic"):
        return update_scale(core, request, merge(scale, body))
    raise Unsupported(f"{patch_kind} patch of scale")
