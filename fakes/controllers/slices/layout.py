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

__all__ = ["SLICE_MAX", "Layout", "Wanted", "lay_out"]

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


class _Group:
    """The slices of one set of ports, and the endpoints that are still to be placed in them."""

    __slots__ = ("endpoints", "left", "ports", "touched")

    def __init__(self, ports: list[Obj] | None) -> None:
        self.ports = ports
        self.endpoints: dict[str, list[Obj]] = {}  # of each slice, by its name
        self.touched: dict[str, None] = {}
        self.left: dict[str, Obj] = {}  # by pod


def lay_out(slices: Sequence[Obj], changes: Mapping[str, Wanted | None], size_max: int = SLICE_MAX) -> Layout:
    """Lay the changed pods' endpoints (None: no longer one) into the slices of one address family."""
    groups: dict[PortKey, _Group] = {}
    for piece in slices:
        key = port_key(piece.get("ports"))
        group = groups.get(key)
        if group is None:
            group = groups[key] = _Group(piece.get("ports"))
        group.endpoints[piece["metadata"]["name"]] = piece.get("endpoints") or []
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
    for name, endpoints in group.endpoints.items():
        kept, differs = [], False
        for endpoint in endpoints:
            pod = (endpoint.get("targetRef") or {}).get("name", "")
            if pod not in changes:
                kept.append(endpoint)
                continue
            wanted = group.left.get(pod)
            if wanted is None or identity(wanted) != identity(endpoint):
                differs = True
                continue
            del group.left[pod]
            if wanted == endpoint:
                kept.append(endpoint)
            else:
                kept.append(wanted)
                differs = True
        if differs:
            group.endpoints[name] = kept
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
