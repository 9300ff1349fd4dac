"""A scenario as frozen values: names are still names, everything else is checked and typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seatrial.harness.kernel.time import MINUTE, START, Duration, Instant
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.fleet import NodeGroup

__all__ = ["API_VERSION", "EACH", "ClusterSpec", "Condition", "FleetSpec", "Parameter", "Promise", "Scenario", "Step"]

API_VERSION = "seatrial.dev/v1alpha1"
EACH = "each"

Options = tuple[tuple[str, Any], ...]
"""(name of the dataclass's field, value), in the file's order."""


@dataclass(frozen=True)
class ClusterSpec:
    """One cluster as it was asked for. Without node groups and nodes it is sized to the app."""

    name: str
    version: str = "1.36"
    nodegroups: tuple[NodeGroup, ...] = ()
    nodes: tuple[Obj, ...] = ()
    control_plane_node: bool = False
    region: str = "us-east-1"
    etcd_zones: tuple[str, ...] = ("a", "b", "c")


@dataclass(frozen=True)
class FleetSpec:
    """A fleet as it was asked for. node_lifecycle: upstream, eks, or "" for both, each in runs of its own."""

    clusters: tuple[ClusterSpec, ...]
    node_lifecycle: str = ""
    place: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Condition:
    """`{nodegroup: apps, measure: updated, at-least: 40%}`: true or false at every instant.

    subject: app, nodegroup, zone, cluster or step; name: which ("" for the whole app). at_least, at_most: parts per
    million for shares, a plain number for counts. held: for how long it must have been true.
    """

    measure: str
    subject: str
    name: str = ""
    at_least: int | None = None
    at_most: int | None = None
    held: Duration = 0
    place: str = ""


@dataclass(frozen=True)
class Step:
    """One step of the storm.

    It begins at `at` from the storm's start, or when `when` comes true, or when all of `after` have ended; with
    `while_` it is in force as long as that holds. lasts: None means to the end of the storm; 0 means that it is over as
    soon as it has happened. `each` names the settings whose value is left open, for a run of its own for each.
    """

    id: str
    kind: str  # inject or do
    word: str  # zone-loss
    options: Options = ()
    at: Duration | None = None
    when: Condition | None = None
    while_: Condition | None = None
    after: tuple[str, ...] = ()
    lasts: Duration | None = None
    each: tuple[tuple[str, str], ...] = ()  # (field, setting), as ("zone", "zone") or ("source", "zone")
    place: str = ""

    def bind(self, cls: type[Any], settings: Mapping[str, str]) -> Any:
        """The fault or action itself, with every `each` replaced by its setting. Raises KeyError for a missing one."""
        values = dict(self.options)
        for name, setting in self.each:
            values[name] = str(values[name])[: -len(EACH)] + settings[setting]
        return cls(**values)


@dataclass(frozen=True)
class Promise:
    """One checker with its options. implied: nobody wrote it, every scenario demands it."""

    name: str
    options: Options = ()
    implied: bool = False
    place: str = ""

    def bind(self, cls: type[Any]) -> Any:
        """The checker itself."""
        return cls(**dict(self.options))


@dataclass(frozen=True)
class Parameter:
    """What `--set name=value` fills."""

    name: str
    value: Any
    help: str = ""


@dataclass(frozen=True)
class Scenario:
    """One scenario file."""

    name: str
    file: str
    text: str
    why: str
    promises: tuple[Promise, ...]
    storm: tuple[Step, ...] = ()
    fleet: FleetSpec | None = None
    app: tuple[str, ...] = ()
    settle: Duration = 5 * MINUTE
    calm: Duration = 30 * MINUTE
    starts: Instant = START
    parameters: tuple[Parameter, ...] = ()
    platform: tuple[Promise, ...] = ()
    expect: str = ""  # held, broken, unknown: what a run must end with, for our own tests

    @property
    def each(self) -> tuple[str, ...]:
        """The settings left open, as ("zone",): the command makes one run of each."""
        return tuple(dict.fromkeys(setting for step in self.storm for _, setting in step.each))
