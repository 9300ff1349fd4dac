"""ControllerRevisions: the templates that a StatefulSet or DaemonSet has had.

Source: pkg/controller/history, pkg/controller/statefulset, pkg/controller/daemon/update.go (v1.36.3).
Differs from the real one: the hash in the name is ours (see `templates`); orphaned revisions are not adopted.
"""

from __future__ import annotations

from seatrial.fakes.controllers.words.meta import controller_of, owner_reference
from seatrial.fakes.controllers.words.templates import canonical
from seatrial.harness.kernel.ids import safe_hash
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import View, Write

__all__ = ["REVISIONS", "by_number", "data_of", "hash_of", "new_revision", "numbered", "revisions_of", "template_of"]

REVISIONS = "controllerrevisions.apps"
PREFIX_MAX = 223


def by_number(revision: Obj) -> tuple[int, str, str]:
    """Sort key: number, then age."""
    meta = revision["metadata"]
    return revision["revision"], meta.get("creationTimestamp", ""), meta["name"]


def revisions_of(owner: Obj, view: View) -> list[Obj]:
    """The owner's revisions, oldest first."""
    uid = owner["metadata"]["uid"]
    owned = [obj for key, obj in view.owned(uid) if key.resource == REVISIONS]
    mine = []
    for revision in owned:
        reference = controller_of(revision)
        if reference is not None and reference["uid"] == uid:
            mine.append(revision)
    return sorted(mine, key=by_number)


def data_of(owner: Obj) -> Obj:
    """What a revision keeps of its owner: the template, as a patch that replaces it."""
    return {"spec": {"template": {**owner["spec"]["template"], "$patch": "replace"}}}


def template_of(revision: Obj) -> Obj:
    """The template that a revision keeps."""
    kept: Obj = revision["data"]["spec"]["template"]
    return {field: value for field, value in kept.items() if field != "$patch"}


def hash_of(data: Obj, collisions: int | None) -> str:
    """The hash in a revision's name."""
    return safe_hash(canonical(data) + ("" if collisions is None else f"\x1f{collisions}"))


def new_revision(owner: Obj, kind: str, number: int, suffix: str, label: str) -> Obj:
    """A revision of the owner's present template; `label` is the one that carries the hash."""
    meta = owner["metadata"]
    labels = (owner["spec"]["template"].get("metadata") or {}).get("labels") or {}
    head: Obj = {
        "name": f"{meta['name'][:PREFIX_MAX]}-{suffix}",
        "namespace": meta.get("namespace", ""),
        "labels": {**labels, label: suffix},
        "ownerReferences": [owner_reference(owner, "apps/v1", kind)],
    }
    if meta.get("annotations"):
        head["annotations"] = meta["annotations"]
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": head,
        "data": data_of(owner),
        "revision": number,
    }


def numbered(revision: Obj, number: int) -> Write:
    """The update that gives a revision another number: it has become the newest again."""
    meta = revision["metadata"]
    return Write("update", Key(REVISIONS, meta.get("namespace", ""), meta["name"]), {**revision, "revision": number})
