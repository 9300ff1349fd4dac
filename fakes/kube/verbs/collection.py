"""DELETE of a collection: one deletion after the other; what goes between is no error."""

from __future__ import annotations

from seatrial.fakes.kube.core import Core, Request
from seatrial.fakes.kube.verbs.delete import Options, delete
from seatrial.fakes.kube.verbs.read import select
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import MethodNotAllowed, NotFound

__all__ = ["delete_collection"]

_WITHOUT = frozenset(("namespaces",))


def delete_collection(core: Core, request: Request, options: Options, labels: str = "", fields: str = "") -> Obj:
    """Delete all that match; returns the List of what was there."""
    key = request.key
    kind = core.kind(key.resource)
    if kind.resource in _WITHOUT:
        raise MethodNotAllowed("the server does not allow this method on the requested resource")
    found = select(core, kind, key.namespace or None, labels, fields)
    for obj in found:
        meta = obj["metadata"]
        one = request._replace(key=Key(key.resource, meta.get("namespace", ""), meta["name"]))
        try:
            delete(core, one, options)
        except NotFound:
            continue
    return {
        "apiVersion": kind.api_version,
        "kind": kind.list_kind,
        "metadata": {"resourceVersion": str(core.store.revision)},
        "items": found,
    }
