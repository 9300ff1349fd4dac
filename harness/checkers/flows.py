"""What checkers say of flows: who asks what, which share failed and why, in words.

A flow is one zone's requests to one Service; a Service's share is that of all its clients in living zones, by rate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from seatrial.harness.checkers.findings import share_text
from seatrial.harness.ports.event import Obj, Record

__all__ = [
    "PPM",
    "Board",
    "Name",
    "Seen",
    "failing",
    "letter",
    "listed",
    "main_cause",
    "own",
    "same_zone",
    "sent_to",
    "title",
    "words",
    "zones_in",
]

PPM = 1_000_000
Name = tuple[str, str]
"""Namespace and name of a Service."""

_EKS_ZONE = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d+([a-z])")
SYSTEM = ("kube-system", "kube-node-lease", "kube-public")


class Seen(NamedTuple):
    """A flow as it stands, and the record that told it."""

    flow: Obj
    record: int
    name: Name


class Board:
    """The newest flow of every Service and client zone; plain data."""

    __slots__ = ("services",)

    def __init__(self) -> None:
        self.services: dict[Name, dict[str, Seen]] = {}

    def take(self, record: Record) -> Name | None:
        """Take a flow record in; returns its Service, None for the cluster's own."""
        key = record.key
        if key.namespace in SYSTEM:
            return None
        service, _, zone = key.name.rpartition("@")
        name = (key.namespace, service)
        flows = self.services.setdefault(name, {})
        if record.new is None:
            flows.pop(zone, None)
        else:
            flows[zone] = Seen(record.new, record.id, name)
        return name

    def flows(self, name: Name) -> Mapping[str, Seen]:
        """The flows of a Service by client zone."""
        return self.services.get(name, {})


def own(name: Name) -> bool:
    """Whether a Service is the cluster's own."""
    return name[0] in SYSTEM or name == ("default", "kubernetes")


def failing(flows: Iterable[Seen]) -> int | None:
    """Share of the requests that fail, in parts per million; None if nobody asks."""
    rate = failed = 0
    for flow, _, _ in flows:
        rate += flow["rate"]
        failed += flow["rate"] * (PPM - flow["served_ppm"])
    return failed // rate if rate else None


def main_cause(flows: Iterable[Seen]) -> str:
    """The cause of most failures; "" if there are none."""
    causes: dict[str, int] = {}
    for flow, _, _ in flows:
        for cause, part in flow["failed"].items():
            causes[cause] = causes.get(cause, 0) + part * flow["rate"]
    return max(sorted(causes), key=lambda cause: causes[cause]) if causes else ""


def words(flows: Mapping[str, Seen]) -> str:
    """`38.2% of requests from zones b, c failed (dead-node)`."""
    bad = {zone: seen for zone, seen in flows.items() if seen.flow["served_ppm"] < PPM}
    share = failing(bad.values())
    if share is None:
        return "no request failed"
    if len({seen.flow["served_ppm"] for seen in bad.values()}) == 1 and len(bad) == len(flows) > 2:
        whence = ""
    else:
        whence = f" from zone{'s' * (len(bad) > 1)} {listed(letter(zone) for zone in sorted(bad))}"
    cause = main_cause(bad.values())
    return f"{share_text(share)} of requests{whence} failed" + (f" ({cause})" if cause else "")


def letter(zone: str) -> str:
    """`a` for us-east-1a; other names stay."""
    found = _EKS_ZONE.fullmatch(zone)
    return found.group(1) if found else zone or "(no zone)"


def same_zone(one: str, other: str) -> bool:
    """Whether a scenario's word and a cluster's name are one zone."""
    return one == other or letter(one) == letter(other)


def listed(names: Iterable[str]) -> str:
    """`a, b`."""
    return ", ".join(names)


def title(name: Name) -> str:
    """`Service/default/web`."""
    return f"Service/{name[0]}/{name[1]}"


def zones_in(record: Record) -> tuple[str, ...]:
    """The zones that an injected fault has touched."""
    touched = (record.new or {}).get("touched") or ()
    return tuple(place[5:] for place in touched if place.startswith("zone/"))


def sent_to(flows: Iterable[Seen], zones: Iterable[str]) -> tuple[int, int]:
    """(endpoints in these zones, all endpoints), as the flows to them tell."""
    wanted = {letter(zone) for zone in zones}
    best = (0, 0)
    for flow, _, _ in flows:
        share = sum(part for zone, part in flow["to"].items() if letter(zone) in wanted)
        whole = flow["endpoints"]
        best = max(best, ((share * whole + PPM // 2) // PPM, whole))
    return best
