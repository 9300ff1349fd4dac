"""GET of one object and of a list, in chunks that show one moment.

Source: k8s.io/apiserver/pkg/storage/etcd3/store.go, pkg/storage/continue.go (v0.36.3). A list in chunks is taken from
the state at its first chunk; the token dies with the compaction that follows (two ticks of five minutes).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left
from typing import TYPE_CHECKING

from seatrial.fakes.kube.core import Core
from seatrial.fakes.kube.selectors import field_selector, label_selector
from seatrial.fakes.kube.verbs.versions import state_at
from seatrial.harness.kernel.limits import COMPACTION_PERIOD
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import BadRequest, Gone, NotFound

if TYPE_CHECKING:
    from seatrial.fakes.kube.schema import Kind

__all__ = ["get", "list_objects", "select"]

EVENTS = ("events", "events.events.k8s.io")
TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)


def get(core: Core, key: Key) -> Obj:
    """One object, as it is now."""
    kind = core.kind(key.resource)
    if key.resource in EVENTS:
        for event in _events(core, key.resource, key.namespace):
            if event["metadata"]["name"] == key.name:
                return event
        raise NotFound(kind.resource, key.name)
    obj = core.store.get(*key)
    if obj is None:
        raise NotFound(kind.resource, key.name)
    return obj


def _events(core: Core, resource: str, namespace: str | None) -> list[Obj]:
    made = core.series.objects(namespace, modern=resource != "events")
    return [*core.store.tables.list("events", namespace), *made] if resource == "events" else made


def _order(obj: Obj) -> tuple[str, str]:
    meta = obj["metadata"]
    return meta.get("namespace", ""), meta["name"]


def select(
    core: Core, kind: Kind, namespace: str | None, labels: str, fields: str, version: int | None = None
) -> list[Obj]:
    """Objects that both selectors take, in etcd's order of keys; now, or as they were at a version."""
    if kind.resource in EVENTS:
        found = _events(core, kind.resource, namespace)
    elif version is not None and version != core.store.revision:
        found = state_at(core, kind.resource, namespace, version)
    else:
        found = list(core.store.tables.list(kind.resource, namespace))
    if labels:
        wanted = label_selector(labels)
        found = [obj for obj in found if wanted.matches(obj["metadata"].get("labels") or {})]
    if fields:
        terms = field_selector(kind.resource, fields)
        found = [obj for obj in found if terms.matches(obj)]
    found.sort(key=_order)
    return found


def list_objects(
    core: Core,
    resource: str,
    namespace: str | None = None,
    labels: str = "",
    fields: str = "",
    limit: int = 0,
    token: str = "",
    exact: int | None = None,
) -> Obj:
    """A List object; `exact` asks for the state at a version."""
    kind = core.kind(resource)
    where = namespace if kind.namespaced and namespace else None
    if token:
        version, start, found = _resume(core, kind, where, labels, fields, token)
    else:
        version, start = core.store.revision if exact is None else exact, ""
        found = select(core, kind, where, labels, fields, exact)
    meta: Obj = {"resourceVersion": str(version)}
    first = bisect_left(found, tuple(start.split("/", 1)), key=_order) if start else 0
    last = first + limit if limit else len(found)
    if last < len(found):
        if not labels and not fields:
            meta["remainingItemCount"] = len(found) - last
        meta["continue"] = _token(version, found[last])
        _keep(core, resource, where, labels, fields, version, found)
    return {"apiVersion": kind.api_version, "kind": kind.list_kind, "metadata": meta, "items": found[first:last]}


def _token(version: int, first: Obj) -> str:
    body = {"v": "meta.k8s.io/v1", "rv": version, "start": "/".join(_order(first))}
    return urlsafe_b64encode(json.dumps(body, separators=(",", ":")).encode()).decode().rstrip("=")


def _slot(resource: str, where: str | None, labels: str, fields: str, version: int) -> tuple[str, str, int]:
    return resource, "\x1f".join((where or "", labels, fields)), version


def _keep(
    core: Core, resource: str, where: str | None, labels: str, fields: str, version: int, found: list[Obj]
) -> None:
    now = core.agenda.time
    for slot in [slot for slot, (dies, _) in core.snapshots.items() if dies <= now]:
        del core.snapshots[slot]
    dies = (now // COMPACTION_PERIOD + 2) * COMPACTION_PERIOD
    core.snapshots.setdefault(_slot(resource, where, labels, fields, version), (dies, found))


def _resume(
    core: Core, kind: Kind, where: str | None, labels: str, fields: str, token: str
) -> tuple[int, str, list[Obj]]:
    try:
        body = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        version, start = int(body["rv"]), str(body["start"])
    except (ValueError, KeyError, TypeError):
        raise BadRequest("continue key is not valid: illegal base64 data at input byte 0") from None
    if version < 0:  # the inconsistent continuation of an expired token
        return core.store.revision, start, select(core, kind, where, labels, fields)
    kept = core.snapshots.get(_slot(kind.resource, where, labels, fields, version))
    if kept is None or kept[0] <= core.agenda.time:
        error = Gone(TOO_OLD)
        body = {"v": "meta.k8s.io/v1", "rv": -1, "start": start}
        encoded = urlsafe_b64encode(json.dumps(body, separators=(",", ":")).encode()).decode().rstrip("=")
        error.list_meta = {"continue": encoded}
        raise error
    return version, start, kept[1]
