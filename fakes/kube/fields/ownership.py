"""Who owns which fields, and how an update, an apply or a removal changes that.

Source: sigs.k8s.io/structured-merge-diff/v6/merge/update.go, k8s.io/apimachinery/pkg/util/managedfields/internal
(v0.36.3). Differs from the real one: every manager's fields are of the one version that a kind is kept in.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from seatrial.fakes.kube.fields.comparing import compare
from seatrial.fakes.kube.fields.merging import merge_applied, remove_items, with_named_members
from seatrial.fakes.kube.fields.sets import (
    Paths,
    difference,
    intersection,
    path_text,
    paths_of,
    recursive_difference,
    union,
)
from seatrial.fakes.kube.fields.typed import ABSENT, FieldNode, field_set
from seatrial.harness.kernel.time import Instant, rfc3339
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import Conflict

__all__ = ["APPLY", "UPDATE", "Manager", "Owned", "Owners", "after_update", "applied"]

UPDATE, APPLY = "Update", "Apply"
UPDATERS_MAX = 10
ANCIENT = "ancient-changes"
STRIPPED: Paths = {
    "f:apiVersion": {"": True},
    "f:kind": {"": True},
    "f:metadata": {
        "": True,
        **{
            f"f:{name}": {"": True}
            for name in (
                "name",
                "namespace",
                "creationTimestamp",
                "selfLink",
                "uid",
                "clusterName",
                "generation",
                "managedFields",
                "resourceVersion",
            )
        },
    },
}


class Manager(NamedTuple):
    """Identity of an entry. version: empty for Apply, whose entry follows the version of the last apply."""

    name: str
    operation: str
    version: str
    subresource: str


class Owned(NamedTuple):
    """What a manager owns, since when. time None: never written (an apply that changed nothing)."""

    paths: Paths
    time: Instant | None
    version: str


Owners = dict[Manager, Owned]


class Place(NamedTuple):
    """What has to be known of a kind and a door: type, whether Go structs, what the strategy resets."""

    node: FieldNode | None
    structs: bool
    reset: Paths
    version: str


def after_update(
    owners: Owners, old: Obj | None, new: Obj, manager: Manager, place: Place, now: Instant | None
) -> Owners:
    """Owners after a plain write."""
    if not owners and old is not None:
        return owners
    empty: Obj = {} if place.structs else {"apiVersion": new.get("apiVersion"), "kind": new.get("kind")}
    found = compare(empty if old is None else old, new, place.node, structs=place.structs).without(place.reset)
    touched = found.touched
    out = _released(owners, touched, found.removed)
    mine = difference(touched, STRIPPED)
    if mine:
        before = out.get(manager)
        paths = union(mine, before.paths) if before is not None else mine
        out[manager] = Owned(paths, now, place.version)
    return _capped(out)


def _released(owners: Owners, touched: Paths, removed: Paths) -> Owners:
    """Everyone loses what was changed or taken away."""
    out: Owners = {}
    for manager, owned in owners.items():
        paths = difference(difference(owned.paths, intersection(owned.paths, touched)), removed)
        if paths:
            out[manager] = owned if paths == owned.paths else owned._replace(paths=paths)
    return out


def _capped(owners: Owners) -> Owners:
    """The oldest of more than ten updaters become one."""
    updaters = [manager for manager in owners if manager.operation == UPDATE]
    if len(updaters) <= UPDATERS_MAX:
        return owners
    updaters.sort(key=lambda manager: ((owners[manager].time or 0) // 1_000_000_000, manager))
    out = dict(owners)
    count = len(updaters)
    first: dict[str, Manager] = {}
    for manager in updaters:
        if count <= UPDATERS_MAX:
            break
        version = out[manager].version
        if version not in first:
            first[version] = manager
            continue
        bucket = Manager(ANCIENT, UPDATE, version, "")
        if bucket not in out:
            out[bucket] = out.pop(first[version])
        owned = out.pop(manager)
        out[bucket] = Owned(union(owned.paths, out[bucket].paths), owned.time, version)
        count -= 1
    return out


def applied(
    owners: Owners, live: Obj, config: Obj, manager: Manager, place: Place, now: Instant, *, force: bool
) -> tuple[Obj | None, Owners]:
    """Server-side apply: the new object (None: unchanged) and its owners. Raises Conflict with its causes."""
    merged = merge_applied(live, config, place.node)
    last = owners.get(manager)
    mine = recursive_difference(field_set(config, place.node), place.reset)
    out: Owners = {**owners, manager: Owned(mine, last.time if last else None, place.version)}
    new = _pruned(merged, out, last, place)
    found = compare(live, new, place.node, structs=place.structs).without(place.reset)
    touched = found.touched
    conflicts = {
        other: both for other, owned in out.items() if other != manager and (both := intersection(owned.paths, touched))
    }
    if conflicts and not force:
        raise _conflict(conflicts)
    kept = _released({other: owned for other, owned in out.items() if other != manager}, touched, found.removed)
    own = out[manager]
    stripped = difference(own.paths, STRIPPED)
    changed = new is not live and new != live
    if stripped:
        kept[manager] = Owned(stripped, now if changed else own.time, place.version)
    return (new if changed else None), kept


def _pruned(merged: Any, owners: Owners, last: Owned | None, place: Place) -> Any:
    """Take away what this manager applied before, does not now, and nobody else owns."""
    if last is None or not last.paths:
        return merged
    node = place.node
    gone = with_named_members(last.paths, node)
    pruned = remove_items(merged, gone, node)
    claimed: Paths = {}
    for owned in owners.values():
        claimed = union(claimed, owned.paths)
    merged_set = with_named_members(field_set(merged, node), node)
    pruned_set = with_named_members(field_set(_present(pruned), node), node)
    back = union(pruned_set, with_named_members(claimed, node))
    pruned = remove_items(merged, difference(merged_set, back), node)
    # What hangs below something unowned stays.
    pruned_set = with_named_members(field_set(_present(pruned), node), node)
    dangling = intersection(difference(merged_set, pruned_set), gone)
    return _present(remove_items(merged, dangling, node))


def _present(value: Any) -> Any:
    return {} if value is ABSENT else value


def _conflict(conflicts: dict[Manager, Paths]) -> Conflict:
    listed = [(manager, path_text(path)) for manager in sorted(conflicts) for path in paths_of(conflicts[manager])]
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {_printed(manager)}", "field": path}
        for manager, path in listed
    ]
    if len(listed) == 1:
        manager, path = listed[0]
        text = f"Apply failed with 1 conflict: conflict with {_printed(manager)}: {path}"
    else:
        lines = []
        for manager in sorted(conflicts):
            lines.append(f"conflicts with {_printed(manager)}:")
            lines += [f"- {path}" for other, path in listed if other == manager]
        text = f"Apply failed with {len(listed)} conflicts: " + "\n".join(lines)
    return Conflict(text, {"causes": causes})


def _printed(manager: Manager) -> str:
    out = f'"{manager.name}"'
    if manager.subresource:
        out += f' with subresource "{manager.subresource}"'
    if manager.operation == UPDATE:
        out += f" using {manager.version}"
    return out


def time_text(time: Instant | None) -> str | None:
    """The entry's time."""
    return None if time is None else rfc3339(time)
