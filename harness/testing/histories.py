"""Literal histories: a checker's test is a few records in, a finding out.

    found = judge(
        EndpointsKept(),
        storm(at=0),
        inject("zone-loss", at=0, touched=("zone/a",)),
        flow("web", zone="b", at=1, served=66.7, to={"a": 33.3, "b": 66.7}),
        calm(at=60),
    )

Times are seconds from the storm's start (negative ones belong to the settling); shares are percent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from seatrial.harness.kernel.time import HOUR, SECOND, START, Instant
from seatrial.harness.ports.checker import Checker, Finding, Trial
from seatrial.harness.ports.event import Key, Obj, Record

__all__ = [
    "STORM",
    "Entry",
    "at_second",
    "calm",
    "create",
    "delete",
    "entry",
    "fault_healed",
    "flow",
    "heal",
    "inject",
    "judge",
    "phase",
    "ppm",
    "records",
    "storm",
    "update",
]

STORM: Instant = START + HOUR
"""When the storm of a literal history begins."""
Number = int | float | str


class Entry(NamedTuple):
    """A record to be, before its place in the history is known."""

    at: Instant
    actor: str
    verb: str
    key: Key
    old: Obj | None
    new: Obj | None


def at_second(seconds: Number) -> Instant:
    """An instant, by seconds from the storm's start; exact for decimals."""
    return STORM + int(Fraction(str(seconds)) * SECOND)


def ppm(percent: Number) -> int:
    """Percent as parts per million; exact for decimals."""
    return int(Fraction(str(percent)) * 10_000)


def entry(verb: str, key: Key, new: Obj | None, *, at: Number, old: Obj | None = None, actor: str = "test") -> Entry:
    """Any record."""
    return Entry(at_second(at), actor, verb, key, old, new)


def create(obj: Obj, *, resource: str, at: Number = -60) -> Entry:
    """An object came into being."""
    return entry("create", _key(resource, obj), obj, at=at)


def update(old: Obj, new: Obj, *, resource: str, at: Number) -> Entry:
    """An object changed."""
    return entry("update", _key(resource, new), new, at=at, old=old)


def delete(obj: Obj, *, resource: str, at: Number) -> Entry:
    """An object went."""
    return entry("delete", _key(resource, obj), None, at=at, old=obj)


def phase(name: str, *, at: Number) -> Entry:
    """A phase began: settle, storm, heal, calm, end."""
    return entry("phase", Key("phase", "", name), {"phase": name}, at=at, actor="world")


def storm(*, at: Number = 0) -> Entry:
    """The storm began."""
    return phase("storm", at=at)


def heal(*, at: Number) -> Entry:
    """All injuries were healed."""
    return phase("heal", at=at)


def calm(*, at: Number) -> Entry:
    """The calm began."""
    return phase("calm", at=at)


def inject(fault: str, *, at: Number = 0, touched: Sequence[str] = (), name: str = "step-1", **facts: Any) -> Entry:
    """A fault was injected."""
    told = {"fault": fault, "what": fault, "touched": list(touched), **facts}
    return entry("inject", Key("fault", "", name), told, at=at, actor="storm")


def fault_healed(fault: str, *, at: Number, name: str = "step-1") -> Entry:
    """A fault was healed."""
    return entry("heal", Key("fault", "", name), {"fault": fault, "what": fault}, at=at, actor="storm")


def flow(
    service: str,
    *,
    zone: str,
    at: Number = -30,
    namespace: str = "default",
    served: Number | None = None,
    failed: Mapping[str, Number] | None = None,
    to: Mapping[str, Number] | None = None,
    rate: int = 100,
    endpoints: int = 3,
    calls: Sequence[str] = (),
    closed: bool = False,
) -> Entry:
    """A flow from one zone's clients to a Service. Without `served` it is what `failed` leaves; closed: no more."""
    lost = {cause: ppm(share) for cause, share in (failed or {}).items()}
    good = 1_000_000 - sum(lost.values()) if served is None else ppm(served)
    if served is not None and not lost and good < 1_000_000:
        lost = {"dead-node": 1_000_000 - good}
    told: Obj = {
        "service": service,
        "zone": zone,
        "kind": "tcp",
        "rate": rate,
        "served_ppm": good,
        "failed": lost,
        "endpoints": endpoints,
        "to": {name: ppm(share) for name, share in (to or {}).items()},
        "latency": "normal",
    }
    if calls:
        told["calls"] = list(calls)
    key = Key("flow", namespace, f"{service}@{zone}")
    return entry("flow", key, None if closed else told, at=at, old=told if closed else None, actor="traffic")


def records(entries: Iterable[Entry], *, cluster: int = 1) -> list[Record]:
    """The entries as records, in the order of their times; phases and faults are the fleet's."""
    ordered = sorted(entries, key=lambda one: one.at)
    made = []
    for seq, (at, actor, verb, key, old, new) in enumerate(ordered, 1):
        where = 0 if verb in ("phase", "inject", "heal") else cluster
        made.append(Record(at, where, seq, 0, actor, verb, key, old, new))
    return made


def judge(checker: Checker, *entries: Entry, end: Number = 3600, trial: Trial | None = None) -> tuple[Finding, ...]:
    """Fold a literal history as the runner does: the checker sees phases and what its query names."""
    state = checker.start(trial or Trial(cluster=1, start=START))
    resources, verbs = checker.reads
    for record in records(entries):
        if (
            record.verb == "phase"
            or not (resources or verbs)
            or record.key.resource in resources
            or record.verb in verbs
        ):
            state = checker.step(state, record)
    return checker.finish(state, at_second(end))


def _key(resource: str, obj: Obj) -> Key:
    meta = obj["metadata"]
    return Key(resource, meta.get("namespace", ""), meta["name"])
