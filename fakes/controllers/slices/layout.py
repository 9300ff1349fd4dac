"""How endpoints are laid into slices so that as few slices as possible change.

Source: reconcileByAddressType and reconcileByPortMapping in k8s.io/endpointslice/reconciler.go (v0.36.3).
Differs from the real one: it is told which pods may differ and leaves all other endpoints where they are; what the real
one takes in the order of a Go map (slices, endpoints still to be placed) is taken in order here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from seatrial.fakes.controllers.slices.endpoints import PortKey, identity, port_key
from seatrial.harness.ports.event import Obj

__all__ = ["SLICE_MAX", "Held", "Layout", "Wanted", "held_by", "lay_out", "reread"]

SLICE_MAX = 100


class Wanted(NamedTuple):
    """A pod's endpoint, with the ports that it has."""

    key: PortKey
    ports: list[Obj]
    endpoint: Obj


class Layout(NamedTuple):
    """What is to be written. updates: slice name to (ports, endpoints); creates: (ports, endpoints)."""

    creates: list[tuple[list[Obj], list[Obj]]]
    updates: dict[str, tuple[list[Obj] | None, list[Obj]]]
    deletes: list[str]


class Held(NamedTuple):
    """What a slice holds: its ports' key, and the place of each pod's endpoint."""

    key: PortKey
    places: dict[str, int]


def held_by(piece: Obj) -> Held:
    """Read a slice."""
    endpoints = piece.get("endpoints") or ()
    places = {(end.get("targetRef") or {}).get("name", ""): place for place, end in enumerate(endpoints)}
    return Held(port_key(piece.get("ports")), places)


def reread(held: Held, before: Obj, piece: Obj) -> Held:
    """Read a slice's next version; mostly the pods keep their places, and then so does what is known of them."""
    old, new = before.get("endpoints") or (), piece.get("endpoints") or ()
    if len(old) == len(new) and before.get("ports") == piece.get("ports"):
        for one, other in zip(old, new, strict=True):
            if one is not other and (one.get("targetRef") or {}).get("name") != (other.get("targetRef") or {}).get(
                "name"
            ):
                break
        else:
            return held
    return held_by(piece)


class _Group:
    """The slices of one set of ports, and the endpoints that are still to be placed in them."""

    __slots__ = ("endpoints", "left", "places", "ports", "touched")

    def __init__(self, ports: list[Obj] | None) -> None:
        self.ports = ports
        self.endpoints: dict[str, list[Obj]] = {}  # of each slice, by its name
        self.places: dict[str, dict[str, int]] = {}
        self.touched: dict[str, None] = {}
        self.left: dict[str, Obj] = {}  # by pod


def lay_out(
    slices: Sequence[Obj],
    changes: Mapping[str, Wanted | None],
    size_max: int = SLICE_MAX,
    held: Mapping[str, Held] | None = None,
) -> Layout:
    """Lay the changed pods' endpoints (None: no longer one) into the slices of one address family.

    held: what each slice holds, by its name, if that is known already.
    """
    groups: dict[PortKey, _Group] = {}
    for piece in slices:
        name = piece["metadata"]["name"]
        key, places = held_by(piece) if held is None else held[name]
        group = groups.get(key)
        if group is None:
            group = groups[key] = _Group(piece.get("ports"))
        group.endpoints[name] = piece.get("endpoints") or []
        group.places[name] = places
    for pod, wanted in changes.items():
        if wanted is not None:
            group = groups.get(wanted.key)
            if group is None:
                group = groups[wanted.key] = _Group(wanted.ports)
            group.left[pod] = wanted.endpoint
    layout = Layout([], {}, [])
    for group in groups.values():
        _lay_group(group, changes, size_max, layout)
    _keep_one(len(slices), slices, layout)
    return layout


def _lay_group(group: _Group, changes: Mapping[str, Wanted | None], size_max: int, layout: Layout) -> None:
    emptied = _prune(group, changes)
    if not group.left and not any(group.endpoints.values()):
        # No pod has these ports any more: not even the placeholder stays.
        layout.deletes.extend((*emptied, *group.endpoints))
        return
    layout.deletes.extend(emptied)
    if group.left and group.touched:
        # The fullest first.
        for name in sorted(group.touched, key=lambda name: -len(group.endpoints[name])):
            _fill(group.endpoints[name], group.left, size_max)
    while group.left:
        roomy = _best_fit(group, size_max)
        filled = [] if roomy is None else list(group.endpoints[roomy])
        _fill(filled, group.left, size_max)
        if roomy is None:
            layout.creates.append((group.ports or [], filled))
        else:
            group.endpoints[roomy] = filled
            group.touched[roomy] = None
    for name in group.touched:
        layout.updates[name] = (group.ports, group.endpoints[name])


def _prune(group: _Group, changes: Mapping[str, Wanted | None]) -> list[str]:
    """Take out and replace what has changed; returns the slices that have become empty."""
    emptied = []
    for name, places in group.places.items():
        hits = (
            [pod for pod in changes if pod in places]
            if len(changes) < len(places)
            else [p for p in places if p in changes]
        )
        if not hits:
            continue
        before = group.endpoints[name]
        after: list[Obj | None] = list(before)
        for pod in hits:
            place = places[pod]
            wanted = group.left.get(pod)
            if wanted is None or identity(wanted) != identity(before[place]):
                after[place] = None
                continue
            del group.left[pod]
            if wanted != before[place]:
                after[place] = wanted
        if all(one is other for one, other in zip(before, after, strict=True)):
            continue
        group.endpoints[name] = kept = [endpoint for endpoint in after if endpoint is not None]
        if kept:
            group.touched[name] = None
        else:
            emptied.append(name)
    for name in emptied:
        del group.endpoints[name]
    return emptied


def _fill(endpoints: list[Obj], left: dict[str, Obj], size_max: int) -> None:
    for pod in list(left)[: size_max - len(endpoints)]:
        endpoints.append(left.pop(pod))


def _best_fit(group: _Group, size_max: int) -> str | None:
    """The untouched slice that all that is left fits into best."""
    count = len(group.left)
    if count >= size_max:
        return None
    found, closest = None, size_max
    for name, endpoints in group.endpoints.items():
        room = size_max - count - len(endpoints)
        if name not in group.touched and 0 <= room < closest:
            found, closest = name, room
    return found


def _keep_one(count: int, slices: Sequence[Obj], layout: Layout) -> None:
    """A Service always has a slice, if only an empty one; what is deleted and created anew is updated instead."""
    if count == len(layout.deletes) and not layout.creates:
        if count == 1 and not slices[0].get("ports") and not slices[0].get("endpoints"):
            layout.deletes.clear()
            return
        layout.creates.append(([], []))
    while layout.creates and layout.deletes:
        layout.updates[layout.deletes.pop(0)] = layout.creates.pop()
