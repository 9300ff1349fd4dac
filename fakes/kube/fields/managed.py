"""metadata.managedFields, built when somebody asks: the chain of writes that the store keeps is folded into owners.

Differs from the real one: consecutive writes of one manager through one subresource may be folded as one change (a
field that was changed and changed back between is then not theirs).
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.core import Core
from seatrial.fakes.kube.fields.ownership import APPLY, UPDATE, Manager, Owned, Owners, Place, after_update, time_text
from seatrial.fakes.kube.fields.resets import reset_paths
from seatrial.fakes.kube.fields.sets import decode, encode
from seatrial.fakes.kube.store import Lineage
from seatrial.harness.kernel.time import SECOND, parse_instant
from seatrial.harness.ports.event import Key, Obj

__all__ = ["decoded", "encoded", "is_reset", "managed", "owners_of", "place_of", "remember", "shorten"]

# The chain keeps old versions alive: it is looked at on every 16th revision, and folded beyond 32 steps.
CHAIN_CHECKED, CHAIN_MAX = 16, 32


def managed(core: Core, resource: str, obj: Obj) -> Obj:
    """The object with its managedFields, as a client is shown it."""
    meta = obj["metadata"]
    if core.unstored is not None and core.unstored[0] is obj:
        entries = encoded(core.unstored[1])
        return {**obj, "metadata": {**meta, "managedFields": entries}} if entries else obj
    key = Key(resource, meta.get("namespace", ""), meta["name"])
    entries = encoded(owners_of(core, key))
    return {**obj, "metadata": {**meta, "managedFields": entries}} if entries else obj


def place_of(core: Core, resource: str, subresource: str) -> Place:
    """What ownership has to know of a kind."""
    kind = core.kind(resource)
    return Place(core.schema.structure(kind), not kind.custom, reset_paths(kind, subresource), kind.api_version)


def owners_of(core: Core, key: Key) -> Owners:
    """Who owns what in the committed version; the chain is replaced by its fold."""
    newest = core.store.lineage(key)
    if newest is None:
        return {}
    chain: list[Lineage] = []
    owners: Owners = {}
    at: Lineage | None = newest
    while at is not None:
        if at.fields is not None:
            owners = at.fields  # type: ignore[assignment]
            break
        chain.append(at)
        at = at.before
    if not chain:
        return owners
    for step in reversed(chain):
        assert step.new is not None
        place = place_of(core, key.resource, step.subresource)
        manager = Manager(step.manager or "unknown", UPDATE, place.version, step.subresource)
        # The real server leaves the time out of entries of the scale door.
        when = None if step.subresource == "scale" else step.time
        owners = after_update(owners, step.old, step.new, manager, place, when)
    remember(core, key, owners, newest)
    return owners


def shorten(core: Core, key: Key) -> None:
    """Keep the chain short: one step for consecutive writes of one manager, a fold for what alternates."""
    store = core.store
    newest = store.lineage(key)
    if newest is None:
        return
    before = newest.before
    if before is None or before.fields is not None:
        return
    if before[:3] == newest[:3] and before.old is not None:
        # Once a write: `_replace` costs as much as all the rest of it.
        manager, operation, subresource, time, _, new, fields, _ = newest
        step = (manager, operation, subresource, time, before.old, new, fields, before.before)
        store.fold(key, tuple.__new__(Lineage, step))
    elif store.revision % CHAIN_CHECKED == 0 and _length(newest) > CHAIN_MAX:
        owners_of(core, key)


def _length(newest: Lineage) -> int:
    count, at = 0, newest.before
    while at is not None:
        count += 1
        at = at.before
    return count


def remember(core: Core, key: Key, owners: Owners, newest: Lineage) -> None:
    """Put owners in the place of the chain."""
    core.store.fold(key, newest._replace(old=None, new=None, fields=owners, before=None))


def encoded(owners: Owners) -> list[Obj]:
    """As metadata.managedFields."""
    entries = []
    for manager, owned in owners.items():
        entry: Obj = {"manager": manager.name, "operation": manager.operation, "apiVersion": owned.version}
        stamp = time_text(owned.time)
        if stamp is not None:
            entry["time"] = stamp
        entry["fieldsType"] = "FieldsV1"
        entry["fieldsV1"] = encode(owned.paths)
        if manager.subresource:
            entry["subresource"] = manager.subresource
        entries.append(((manager.operation, (owned.time or 0) // SECOND, manager.name, owned.version), manager, entry))
    entries.sort(key=lambda row: (row[0], row[1].subresource))
    return [entry for _, _, entry in entries]


def is_reset(entries: Any) -> bool:
    """Whether a request's managedFields say: forget all owners."""
    return isinstance(entries, list) and (not entries or (len(entries) == 1 and not entries[0]))


def decoded(entries: Any) -> Owners | None:
    """Owners from a request's managedFields; None if they cannot be read (then the stored ones stay)."""
    out: Owners = {}
    try:
        for entry in entries:
            if entry["operation"] not in (UPDATE, APPLY) or entry.get("fieldsType") != "FieldsV1":
                return None
            version = entry["apiVersion"]
            manager = Manager(
                entry.get("manager", ""),
                entry["operation"],
                "" if entry["operation"] == APPLY else version,
                entry.get("subresource", ""),
            )
            stamp = entry.get("time")
            out[manager] = Owned(decode(entry.get("fieldsV1") or {}), parse_instant(stamp) if stamp else None, version)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return out
