"""DELETE: grace, finalizers, propagation, preconditions; and DELETE of a collection.

Source: k8s.io/apiserver/pkg/registry/generic/registry/store.go (Delete, DeleteCollection), pkg/registry/rest/delete.go
(v0.36.3), pkg/registry/core/{pod/strategy.go,namespace/storage/storage.go} (v1.36.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.fakes.kube.admission.chain import admit_delete
from seatrial.fakes.kube.core import Core, Request
from seatrial.fakes.kube.crds import CRDS, drop_if_emptied, resource_of, terminating
from seatrial.fakes.kube.fields.managed import owners_of
from seatrial.fakes.kube.verbs.commit import put_unowned, remove
from seatrial.harness.kernel.time import SECOND, parse_instant, rfc3339
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Cause, Conflict, Invalid, NotFound

if TYPE_CHECKING:
    from seatrial.fakes.kube.schema import Kind

__all__ = ["Options", "delete", "end"]

ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"
# Two registries check preconditions themselves, and say it differently.
OWN_WORDS = frozenset(("namespaces", CRDS))
# DefaultGarbageCollectionPolicy: v1 of these two orphans, for compatibility.
_ORPHANING = frozenset(("jobs.batch", "replicationcontrollers"))


class Options(NamedTuple):
    """DeleteOptions. grace -1: not given."""

    grace: int = -1
    propagation: str = ""
    uid: str = ""
    resource_version: str = ""

    @classmethod
    def of(cls, body: Obj | None) -> Options:
        """From a request's DeleteOptions."""
        body = body or {}
        wanted = body.get("preconditions") or {}
        grace = body.get("gracePeriodSeconds")
        policy = body.get("propagationPolicy") or ""
        if body.get("orphanDependents") is not None:
            policy = "Orphan" if body["orphanDependents"] else "Background"
        return cls(
            -1 if grace is None else max(grace, 1) if grace < 0 else grace,
            policy,
            wanted.get("uid") or "",
            wanted.get("resourceVersion") or "",
        )


def delete(core: Core, request: Request, options: Options) -> tuple[Obj, bool]:
    """Delete or mark as being deleted; (the last version known, whether it is gone)."""
    key = request.key
    kind = core.kind(key.resource)
    live = core.store.get(*key)
    if live is None:
        raise NotFound(kind.resource, key.name)
    admit_delete(kind, live)
    if options.propagation not in ("", "Background", "Foreground", "Orphan"):
        supported = 'supported values: "Foreground", "Background", "Orphan", "nil"'
        cause = Cause(
            "FieldValueNotSupported", f'Unsupported value: "{options.propagation}": {supported}', "propagationPolicy"
        )
        raise Invalid("DeleteOptions", "meta.k8s.io", "", [cause])
    _check_preconditions(kind, live, options)
    if kind.resource == "namespaces":
        return _delete_namespace(core, request, kind, live, options)
    if kind.resource == CRDS and "deletionTimestamp" not in live["metadata"]:
        return _delete_definition(core, request, kind, live)
    return _delete(core, request, kind, live, options)


def _delete_definition(core: Core, request: Request, kind: Kind, live: Obj) -> tuple[Obj, bool]:
    """The definition is marked, its objects are deleted, and the last of them takes it along."""
    new = terminating(core, live)
    if request.strict:
        core.unstored = (new, owners_of(core, request.key))
    if request.dry_run:
        return new, False
    marked = put_unowned(core, kind, new, request.client)
    if core.unstored is not None:
        core.unstored = (marked, core.unstored[1])
    resource = resource_of(live)
    custom = core.kind(resource)
    for obj in list(core.store.tables.list(resource)):
        meta = obj["metadata"]
        key = Key(resource, meta.get("namespace", ""), meta["name"])
        _delete(core, request._replace(key=key, strict=False), custom, obj, Options())
    drop_if_emptied(core, custom, request.client)
    return marked, False


def _check_preconditions(kind: Kind, live: Obj, options: Options) -> None:
    meta = live["metadata"]
    if options.uid and options.uid != meta["uid"]:
        field, wanted, have, what = "UID", options.uid, meta["uid"], "deleted and then recreated"
    elif options.resource_version and options.resource_version != meta["resourceVersion"]:
        field, wanted, have, what = "ResourceVersion", options.resource_version, meta["resourceVersion"], "modified"
    else:
        return
    if kind.resource in OWN_WORDS:
        title, named = kind.resource, kind.plural
        why = f"Precondition failed: {field} in precondition: {wanted}, {field} in object meta: {have}"
    else:
        title, named = f"{kind.kind}.{kind.group}" if kind.group else kind.kind, kind.kind
        why = (
            f"the {field} in the precondition ({wanted}) does not match the {field} in record ({have}). "
            f"The object might have been {what}"
        )
    details = {"name": meta["name"], "group": kind.group, "kind": named}
    raise Conflict(
        f'Operation cannot be fulfilled on {title} "{meta["name"]}": {why}',
        {key: value for key, value in details.items() if value},
    )


def _delete(core: Core, request: Request, kind: Kind, live: Obj, options: Options) -> tuple[Obj, bool]:
    meta = live["metadata"]
    changes: Obj | None = None
    grace = 0
    if kind.resource == "pods":
        if "deletionTimestamp" not in meta:
            grace = _pod_grace(live, options)
            changes = _mark(core, meta, grace)
        elif meta.get("deletionGracePeriodSeconds"):
            changes = _shorten(core, meta, options)
            if changes is None:
                return live, False
            grace = changes["deletionGracePeriodSeconds"]
    finalizers = _finalizers(kind, meta, options)
    if finalizers and changes is None:
        changes = _mark(core, meta, 0) if "deletionTimestamp" not in meta else {"deletionGracePeriodSeconds": 0}
    if grace == 0 and not finalizers:
        return end(core, request, kind, live, changes), True
    out = {**meta, **(changes or {})}
    if finalizers != meta.get("finalizers", []):
        if finalizers:
            out["finalizers"] = finalizers
        else:
            out.pop("finalizers", None)
    new = {**live, "metadata": out}
    if request.dry_run:
        return new, False
    return put_unowned(core, kind, new, request.client), False


def end(core: Core, request: Request, kind: Kind, live: Obj, marks: Obj | None = None) -> Obj:
    """Take it out of the store; the answer is marked as being deleted where the kind is deleted gracefully.

    The real server stores the mark for an instant before the object goes; here it is in the answer alone.
    """
    owners = owners_of(core, request.key) if request.strict else None
    last = live if request.dry_run else remove(core, request, kind) or live
    if marks:
        last = {**last, "metadata": {**last["metadata"], **marks}}
    if request.strict:
        core.unstored = (last, owners)
    return last


def _mark(core: Core, meta: Obj, grace: int) -> Obj:
    changes: Obj = {
        "deletionTimestamp": rfc3339(core.agenda.time + grace * SECOND),
        "deletionGracePeriodSeconds": grace,
    }
    if meta.get("generation"):
        changes["generation"] = meta["generation"] + 1
    return changes


def _shorten(core: Core, meta: Obj, options: Options) -> Obj | None:
    """A pod that is being deleted can only be deleted sooner."""
    pending = meta["deletionGracePeriodSeconds"]
    period = options.grace
    if period < 0 or period >= pending:
        return None
    when = parse_instant(meta["deletionTimestamp"]) + (period - pending) * SECOND
    if when < core.agenda.time:
        when = core.agenda.time
        period = 1 if period else 0
    return {"deletionTimestamp": rfc3339(when), "deletionGracePeriodSeconds": period}


def _pod_grace(pod: Obj, options: Options) -> int:
    spec = pod["spec"]
    phase = (pod.get("status") or {}).get("phase")
    if not spec.get("nodeName") or phase in ("Failed", "Succeeded"):
        return 0
    grace = options.grace if options.grace >= 0 else spec.get("terminationGracePeriodSeconds", 0)
    return max(grace, 1) if grace < 0 else int(grace)


def _finalizers(kind: Kind, meta: Obj, options: Options) -> list[str]:
    """What has to be done before the object may go, with the garbage collector's own finalizers."""
    given: list[str] = meta.get("finalizers") or []
    kept = [name for name in given if name not in (ORPHAN, FOREGROUND)]
    policy = options.propagation
    if not policy:
        marks = [name for name in given if name in (ORPHAN, FOREGROUND)]
        if marks:
            policy = "Orphan" if marks[0] == ORPHAN else "Foreground"
        elif kind.resource in _ORPHANING:
            policy = "Orphan"
    if policy == "Orphan":
        return [*kept, ORPHAN]
    if policy == "Foreground":
        return [*kept, FOREGROUND]
    return kept if len(kept) != len(given) else given


def _delete_namespace(core: Core, request: Request, kind: Kind, live: Obj, options: Options) -> tuple[Obj, bool]:
    meta = live["metadata"]
    finalizers = _finalizers(kind, meta, options)
    if "deletionTimestamp" not in meta:
        out = {**meta, **_mark(core, {}, 0)}
        del out["deletionGracePeriodSeconds"]
        if finalizers:
            out["finalizers"] = finalizers
        new = {**live, "metadata": out, "status": {**(live.get("status") or {}), "phase": "Terminating"}}
        return (new if request.dry_run else put_unowned(core, kind, new, request.client)), False
    if (live.get("spec") or {}).get("finalizers") or finalizers:
        return live, False
    return end(core, request, kind, live), True
