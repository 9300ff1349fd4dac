"""Pod templates: when two are the same, their hash, and the pod that is made of one.

Source: pkg/controller/controller_utils.go, pkg/controller/deployment/util (v1.36.3).
Differs from the real one: the hash is ours over canonical JSON, not FNV-32a over a dump of Go values, so it is
stable here but never equal to a real cluster's.
"""

from __future__ import annotations

import json
from typing import Any

from seatrial.harness.kernel.ids import safe_hash
from seatrial.harness.ports.event import Obj

__all__ = ["TEMPLATE_HASH", "canonical", "pod_of", "same_template", "template_hash", "with_label"]

TEMPLATE_HASH = "pod-template-hash"
NAME_PREFIX_MAX = 253


def canonical(value: Any) -> str:
    """One text for one JSON value, whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _metadata(template: Obj) -> Obj:
    """The template's metadata but the hash label and what is empty."""
    meta = {k: v for k, v in (template.get("metadata") or {}).items() if v}
    if TEMPLATE_HASH in meta.get("labels", ()):
        labels = {k: v for k, v in meta["labels"].items() if k != TEMPLATE_HASH}
        if labels:
            meta["labels"] = labels
        else:
            del meta["labels"]
    return meta


def same_template(one: Obj, other: Obj) -> bool:
    """Whether two templates are equal but for the label pod-template-hash."""
    if one is other:
        return True
    left, right = one.get("spec"), other.get("spec")
    return (left is right or left == right) and _metadata(one) == _metadata(other)


def template_hash(template: Obj, collisions: int | None = None) -> str:
    """The value of the label pod-template-hash for a template."""
    salt = "" if collisions is None else f"\x1f{collisions}"
    return safe_hash(canonical({"metadata": _metadata(template), "spec": template.get("spec")}) + salt)


def with_label(template: Obj, key: str, value: str) -> Obj:
    """The template with one more label; its spec stays the same object."""
    meta = template.get("metadata") or {}
    return {**template, "metadata": {**meta, "labels": {**(meta.get("labels") or {}), key: value}}}


def pod_of(template: Obj, owner: Obj, reference: Obj) -> Obj:
    """The body of a pod of this template: its spec, labels and annotations are the template's own objects."""
    source = template.get("metadata") or {}
    prefix = owner["metadata"]["name"]
    meta: Obj = {"generateName": f"{prefix}-" if len(prefix) < NAME_PREFIX_MAX else prefix}
    for field in ("labels", "annotations", "finalizers"):
        if source.get(field):
            meta[field] = source[field]
    meta["ownerReferences"] = [reference]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template["spec"]}
