"""n-1-capacity: whatever zone is lost, the rest has room for all pods that may move.

Computed from requests and allocatable when the storm begins: for each zone, its pods are packed into the free room of
the other zones, largest first. Pods that a volume, a nodeSelector or a DaemonSet ties to a node or zone do not move.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from seatrial.harness.checkers.findings import no_subject, nothing_seen
from seatrial.harness.checkers.placement import Placement
from seatrial.harness.checkers.subjects import is_bound, owner_of
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.checker import Finding, Query, Trial, Verdict
from seatrial.harness.ports.event import Obj, Record

__all__ = ["NMinusOneCapacity"]

ZONE = "topology.kubernetes.io/zone"
CLAIM = "the other zones have room for the pods of any zone that is lost"
_UNITS = {
    "": 1000,
    "m": 1,
    "k": 10**6,
    "M": 10**9,
    "G": 10**12,
    "T": 10**15,
    "Ki": 1024 * 1000,
    "Mi": 1024**2 * 1000,
    "Gi": 1024**3 * 1000,
    "Ti": 1024**4 * 1000,
}
Room = dict[str, int]


@dataclass(frozen=True)
class NMinusOneCapacity:
    """When the storm begins, the other zones have room for the pods of any zone that may be lost."""

    name: ClassVar[str] = "n-1-capacity"
    reads: ClassVar[Query] = Query(frozenset({"nodes", "pods"}))

    def start(self, trial: Trial) -> Placement:
        """Nothing seen yet."""
        return Placement(trial, until_storm=True)

    def step(self, state: Placement, record: Record) -> Placement:
        """Keep what exists until the storm begins."""
        state.take(record)
        return state

    def finish(self, state: Placement, end: Instant) -> tuple[Finding, ...]:  # noqa: ARG002 - the storm's start decides
        """One finding a zone."""
        if not state.storm:
            return (nothing_seen(self.name, CLAIM, "the storm never began"),)
        zones = sorted({zone for node in state.nodes.values() if (zone := _zone(node))})
        if len(zones) < 2:
            return (no_subject(self.name, CLAIM, "the nodes are in fewer than two zones"),)
        rooms = {name: _room(node) for name, node in state.nodes.items() if _usable(node)}
        movers: dict[str, list[Obj]] = {zone: [] for zone in zones}
        for pod in state.pods.values():
            if not is_bound(pod):
                continue
            node = pod["spec"]["nodeName"]
            room = rooms.get(node)
            if room is not None:
                _take(room, _request(pod))
            if node in state.nodes and _moves(pod):
                movers.get(_zone(state.nodes[node]), []).append(pod)
        return tuple(self._judge(state, zone, movers[zone], rooms) for zone in zones)

    def _judge(self, state: Placement, zone: str, movers: list[Obj], rooms: dict[str, Room]) -> Finding:
        free = [dict(room) for name, room in sorted(rooms.items()) if _zone(state.nodes[name]) != zone]
        # Rooms only shrink: one that was too small for a need stays so, and pods of one template need the same.
        starts: dict[tuple[int, ...], int] = {}
        homeless = []
        for pod in sorted(
            movers, key=lambda pod: (sorted(_request(pod).items(), reverse=True), pod["metadata"]["name"])
        ):
            need = _request(pod)
            slot = tuple(need.values())
            place = starts.get(slot, 0)
            while place < len(free) and not _fits(free[place], need):
                place += 1
            starts[slot] = place
            if place < len(free):
                _take(free[place], need)
            else:
                homeless.append(pod)
        seen = f"{len(movers)} pods would have to move, {len(movers) - len(homeless)} of them find room"
        if homeless:
            seen += f"; {_names(homeless)} do not"
        return Finding(
            checker=self.name,
            object=f"zone/{zone}",
            field="capacity",
            verdict=Verdict.BROKEN if homeless else Verdict.HELD,
            claim=CLAIM,
            seen=seen,
            moment=state.storm if homeless else None,
            advice="add nodes so that two zones hold what three do now, or lower the requests" if homeless else "",
            cluster=state.trial.cluster,
            occasions=len(movers),
        )


def _zone(node: Obj) -> str:
    zone: str = node["metadata"].get("labels", {}).get(ZONE, "")
    return zone


def _usable(node: Obj) -> bool:
    if node["spec"].get("unschedulable"):
        return False
    return not any(taint["effect"] != "PreferNoSchedule" for taint in node["spec"].get("taints") or ())


def _moves(pod: Obj) -> bool:
    spec = pod["spec"]
    if owner_of(pod).get("kind") in (None, "DaemonSet", "Node"):
        return False
    if ZONE in (spec.get("nodeSelector") or {}):
        return False
    return not any("persistentVolumeClaim" in volume for volume in spec.get("volumes") or ())


@lru_cache(maxsize=4096)
def _amount(text: str) -> int:
    """A quantity in thousandths. Raises ValueError for what no API server would have let in."""
    number = text.rstrip("kKMGTim") if not text[-1].isdigit() else text
    unit = text[len(number) :]
    whole, _, part = number.partition(".")
    scale = _UNITS[unit]
    return int(whole or 0) * scale + (int(part) * scale // 10 ** len(part) if part else 0)


def _room(node: Obj) -> Room:
    free: dict[str, Any] = node.get("status", {}).get("allocatable") or {}
    return {name: _amount(str(free[name])) for name in ("cpu", "memory", "pods") if name in free}


def _request(pod: Obj) -> Room:
    need: Room = {"cpu": 0, "memory": 0, "pods": 1000}
    for container in pod["spec"].get("containers") or ():
        for name, amount in ((container.get("resources") or {}).get("requests") or {}).items():
            if name in need:
                need[name] += _amount(str(amount))
    return need


def _fits(room: Room, need: Room) -> bool:
    return all(room.get(name, 0) >= amount for name, amount in need.items())


def _take(room: Room, need: Room) -> None:
    for name, amount in need.items():
        if name in room:
            room[name] -= amount


def _names(pods: list[Obj]) -> str:
    names = [pod["metadata"]["name"] for pod in pods[:3]]
    return ", ".join(names) + (f" and {len(pods) - 3} more" if len(pods) > 3 else "")
