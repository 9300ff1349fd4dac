"""Where requests come from: the living nodes of each zone, grouped by what they see.

Differs from real clients: those of a zone are spread evenly over its living nodes, control-plane nodes aside.
"""

from __future__ import annotations

from typing import NamedTuple

from seatrial.fakes.network.links import Links
from seatrial.fakes.network.proxy import Known, Proxies
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.places import Machines

__all__ = ["ZONE_LABEL", "Clients", "Group"]

ZONE_LABEL = "topology.kubernetes.io/zone"
CONTROL_PLANE_LABEL = "node-role.kubernetes.io/control-plane"


class Group(NamedTuple):
    """Nodes of one zone that have the same view and the same ways."""

    source: str  # the place whose ways they have
    known: Known
    nodes: tuple[str, ...]


class Clients:
    """The clients of a cluster, by zone."""

    __slots__ = ("_alive", "_groups", "_links", "_machines", "_nodes", "_proxies", "_zone", "mixed")

    def __init__(self, machines: Machines, links: Links, proxies: Proxies) -> None:
        self._machines = machines
        self._links = links
        self._proxies = proxies
        self._nodes: dict[str, dict[str, None]] = {}
        self._zone: dict[str, str] = {}
        self._alive: dict[str, bool] = {}
        self._groups: dict[str, tuple[Group, ...]] = {}
        self.mixed = False  # whether the change that `look` saw matters to every Service

    def nodes(self) -> list[str]:
        """The living nodes that clients are on."""
        return [name for name, alive in self._alive.items() if alive]

    def put(self, node: Obj) -> bool:
        """A node is there or has changed; returns whether that matters to clients."""
        meta = node["metadata"]
        labels = meta.get("labels") or {}
        name = meta["name"]
        if CONTROL_PLANE_LABEL in labels:
            return self.remove(name)
        zone = labels.get(ZONE_LABEL, "")
        if self._zone.get(name) == zone:
            return False
        self.remove(name)
        self._zone[name] = zone
        self._alive[name] = self._machines.alive(name)
        self._nodes.setdefault(zone, {})[name] = None
        self._groups.pop(zone, None)
        return True

    def remove(self, name: str) -> bool:
        """A node is gone; returns whether it had clients."""
        zone = self._zone.pop(name, None)
        if zone is None:
            return False
        del self._nodes[zone][name]
        self._alive.pop(name, None)
        self._groups.pop(zone, None)
        self._proxies.forget(name)
        return True

    def look(self, name: str) -> bool:
        """A machine has changed: returns whether a node with clients has died or come back."""
        zone = self._zone.get(name)
        if zone is None:
            return False
        alive = self._machines.alive(name)
        if alive is self._alive[name]:
            return False
        self._alive[name] = alive
        # A kube-proxy without power forgets what it knew, and lists anew when it boots.
        self._proxies.forget(name)
        before = self._groups.pop(zone, None)
        # In a zone that is all of one mind, one client node more or less changes no share.
        self.mixed = before is None or len(before) != 1 or len(self.groups(zone)) != 1
        return True

    def regroup(self) -> None:
        """Views or links have changed."""
        self._groups = {}

    def groups(self, zone: str) -> tuple[Group, ...]:
        """The living clients of a zone; () for a dead one."""
        groups = self._groups.get(zone)
        if groups is None:
            groups = self._groups[zone] = self._make(zone)
        return groups

    def _make(self, zone: str) -> tuple[Group, ...]:
        alive = [name for name in self._nodes.get(zone, ()) if self._alive[name]]
        singled, view, live = self._links.singled, self._proxies.view, self._proxies.live
        if not self._proxies.stale and not singled:
            return (Group(f"zone/{zone}", live, tuple(alive)),) if alive else ()
        made: dict[tuple[str, int], tuple[Known, list[str]]] = {}
        for name in alive:
            place = f"node/{name}"
            known = view(name)
            source = place if place in singled else f"zone/{zone}"
            made.setdefault((source, known.number), (known, []))[1].append(name)
        return tuple(Group(source, known, tuple(nodes)) for (source, _), (known, nodes) in made.items())
