"""What a run looked like over time, in steps: ready nodes and pods by zone, and the availability of each Service."""

from __future__ import annotations

from typing import Any, NamedTuple

from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.event import Key, Obj, Record
from seatrial.harness.report.model import storm_start
from seatrial.harness.runner.outcome import Result

__all__ = ["Band", "Series", "series_of"]

ZONE = "topology.kubernetes.io/zone"
PPM = 1_000_000
SERVICES_MAX = 24
Steps = list[tuple[Instant, int]]


class Series(NamedTuple):
    """One line: its name and its steps (instant, value from then on)."""

    name: str
    steps: Steps


class Band(NamedTuple):
    """A fault in force."""

    name: str
    start: Instant
    end: Instant


class Plots(NamedTuple):
    """All that the page draws. Instants are the kernel's."""

    start: Instant
    storm: Instant
    end: Instant
    faults: list[Band]
    nodes: list[Series]
    pods: list[Series]
    services: list[Series]


class _Tally:
    """Counts members by group and writes a step whenever a group's count changes."""

    def __init__(self) -> None:
        self._group_of: dict[Any, str] = {}
        self._counts: dict[str, int] = {}
        self.steps: dict[str, Steps] = {}

    def put(self, member: Any, group: str, when: Instant) -> None:
        """The member counts for `group` from now on; "" for none."""
        before = self._group_of.get(member, "")
        if before == group:
            return
        if before:
            self._add(before, -1, when)
        if group:
            self._group_of[member] = group
            self._add(group, 1, when)
        else:
            self._group_of.pop(member, None)

    def _add(self, group: str, change: int, when: Instant) -> None:
        count = self._counts[group] = self._counts.get(group, 0) + change
        steps = self.steps.setdefault(group, [])
        if steps and steps[-1][0] == when:
            steps[-1] = (when, count)
        else:
            steps.append((when, count))

    def series(self) -> list[Series]:
        """By name."""
        return [Series(name, steps) for name, steps in sorted(self.steps.items())]


class _Reader:
    def __init__(self) -> None:
        self.zones: dict[tuple[int, str], str] = {}
        self.nodes = _Tally()
        self.pods = _Tally()
        self.flows: dict[tuple[int, str], dict[str, tuple[int, int]]] = {}
        self.services: dict[tuple[int, str], Steps] = {}
        self.bands: dict[str, list[Any]] = {}

    def take(self, record: Record) -> None:
        key = record.key
        if record.verb in ("event", "reject"):
            return
        if record.verb == "inject" and record.new is not None:
            self.bands[key.name] = [f"{record.new['fault']}: {record.new['what']}", record.time, 0]
        elif record.verb == "heal" and key.name in self.bands:
            self.bands[key.name][2] = record.time
        elif key.resource == "nodes":
            self._node(record, key)
        elif key.resource == "pods":
            self._pod(record)
        elif key.resource == "flow":
            self._flow(record, record.new or {})

    def _node(self, record: Record, key: Key) -> None:
        member = (record.cluster, key.name)
        if record.new is not None:
            self.zones[member] = record.new["metadata"].get("labels", {}).get(ZONE, "no zone")
        ready = record.new is not None and _ready(record.new)
        self.nodes.put(member, self.zones.get(member, "no zone") if ready else "", record.time)

    def _pod(self, record: Record) -> None:
        pod = record.new
        group = ""
        if pod is not None and _ready(pod) and "deletionTimestamp" not in pod["metadata"]:
            group = self.zones.get((record.cluster, pod["spec"].get("nodeName", "")), "no zone")
        self.pods.put((record.cluster, record.key), group, record.time)

    def _flow(self, record: Record, facts: Obj) -> None:
        service, _, zone = record.key.name.partition("@")
        slot = (record.cluster, f"{record.key.namespace}/{service}")
        flows = self.flows.setdefault(slot, {})
        if record.new is None:
            flows.pop(zone, None)
        else:
            flows[zone] = (facts.get("rate", 0), facts.get("served_ppm", 0))
        rate = sum(rate for rate, _ in flows.values())
        served = sum(rate * served for rate, served in flows.values()) // rate if rate else PPM
        steps = self.services.setdefault(slot, [])
        if steps and steps[-1][0] == record.time:
            steps[-1] = (record.time, served)
        elif not steps or steps[-1][1] != served:
            steps.append((record.time, served))


def series_of(result: Result) -> Plots | None:
    """The plots of one run; None for a run without a storm."""
    storm = storm_start(result)
    if not storm or not result.phases:
        return None
    reader = _Reader()
    for record in result.history:
        reader.take(record)
    end = result.phases[-1].end
    start = storm - (end - storm) // 40
    several = len({cluster for cluster, _ in reader.services}) > 1
    services = [
        Series(f"c{cluster} {name}" if several else name, steps) for (cluster, name), steps in reader.services.items()
    ]
    # The worst Services first: a fleet's page would be endless with all of them.
    services.sort(key=lambda one: (min((value for when, value in one.steps if when >= storm), default=PPM), one.name))
    bands = [Band(name, began, ended or end) for name, began, ended in reader.bands.values()]
    return Plots(start, storm, end, bands, reader.nodes.series(), reader.pods.series(), services[:SERVICES_MAX])


def _ready(obj: Obj) -> bool:
    conditions = obj.get("status", {}).get("conditions") or ()
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)
