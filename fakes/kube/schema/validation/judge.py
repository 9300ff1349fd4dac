"""What the API server refuses, in its own words, paths and order: pure functions over dicts.

Source: pkg/apis/*/validation (v1.36.3). Checked against answers of a real server (`tests/parity/schema`).
"""

from __future__ import annotations

from seatrial.fakes.kube.schema.kinds import Kind
from seatrial.fakes.kube.schema.validation.causes import Causes
from seatrial.fakes.kube.schema.validation.meta import meta_create, meta_update
from seatrial.fakes.kube.schema.validation.rules import PLAIN, RULES
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import Cause

__all__ = ["validate"]


def validate(kind: Kind, new: Obj, old: Obj | None = None, subresource: str = "") -> list[Cause]:
    """Everything that is wrong with a new object, or with a new version of `old`, whose own parts are skipped."""
    out: Causes = []
    rules = RULES.get(kind.resource, PLAIN)
    if old is None:
        meta_create(out, new.get("metadata") or {}, kind.namespaced, rules.name)
        if rules.new is not None:
            rules.new(out, new, None)
        return out
    if new["metadata"] is not old["metadata"]:
        meta_update(out, new["metadata"], old["metadata"])
    if subresource == "status":
        if rules.status is not None:
            rules.status(out, new, old)
    elif rules.change is not None:
        rules.change(out, new, old)
    elif rules.new is not None:
        rules.new(out, new, old)
    return out
