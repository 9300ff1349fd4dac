"""One promise: a fold over the history that ends in findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, ClassVar, NamedTuple, Protocol

from seatrial.harness.kernel.time import Duration, Instant
from seatrial.harness.ports.event import Obj, Record, RecordId

__all__ = ["Checker", "Evidence", "Finding", "Query", "Standing", "Trial", "Verdict"]


class Verdict(IntEnum):
    """A run's verdict is the worst of its findings'."""

    HELD = 0
    UNKNOWN = 1
    BROKEN = 2

    def __str__(self) -> str:
        return self.name


class Standing(IntEnum):
    """Whether a finding counts towards the verdict."""

    COUNTED = 0
    NOT_APPLICABLE = 1  # its subject does not exist: no PDB, no declared quorum
    NOT_EXERCISED = 2  # marked if-exercised, and no occasion came
    ADVICE = 3  # said, never counted


class Evidence(NamedTuple):
    """One moment that shows it."""

    time: Instant
    record: RecordId
    what: str


@dataclass(frozen=True)
class Finding:
    """What a checker says of one object. `id` is stable over runs and seeds: checker/object/field."""

    checker: str
    object: str  # Deployment/default/web, Service/default/web, Node/n1, cluster/1
    field: str  # readyReplicas, availability, ...: stable word, no value
    verdict: Verdict
    claim: str  # what was promised, in words
    seen: str  # what was seen, in words
    moment: Instant | None = None  # of the first breach
    evidence: tuple[Evidence, ...] = ()
    advice: str = ""
    standing: Standing = Standing.COUNTED
    cluster: int = 1
    occasions: int = 1  # how often there was something to judge

    @property
    def id(self) -> str:
        """Stable name, for baselines."""
        return f"{self.checker}/{self.object}/{self.field}"


class Query(NamedTuple):
    """Which records a checker is given: those whose key.resource or verb is listed; empty means all.

    A resource brings its objects' versions; Events and refusals about them only by their verbs (`event`, `reject`).
    """

    resources: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Trial:
    """What was tried, as a checker may know it: plan and times, no world.

    apps: keys "resource/namespace/name" of the workloads under test. phases: (name, start) in order:
    settle, storm, heal, calm, end (a phase that was not reached is missing).
    """

    cluster: int
    start: Instant
    apps: tuple[str, ...] = ()
    settle: Duration = 0
    calm: Duration = 0
    options: Obj = field(default_factory=dict)


class Checker(Protocol):
    """A frozen dataclass in `harness/checkers/`, one a file; its fields are the promise's options.

    One instance folds one cluster's records, in order, with those of the fleet (cluster 0) among them. The state
    is any picklable value; `step` may change it in place and return it.
    """

    name: ClassVar[str]
    reads: ClassVar[Query]

    def start(self, trial: Trial) -> Any:
        """The state before the first record."""
        ...

    def step(self, state: Any, record: Record) -> Any:
        """Take one record in. Phase records (verb `phase`, key.name settle, storm, heal, calm, end) always come."""
        ...

    def finish(self, state: Any, end: Instant) -> tuple[Finding, ...]:
        """Judge. Nothing seen is UNKNOWN, never HELD; no subject is NOT_APPLICABLE."""
        ...
