"""endpoints-kept: no Service is ever without a ready endpoint, from the storm's start to the end.

Judged by EndpointSlices, as the API tells; whether requests are answered is availability's question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from seatrial.harness.checkers.findings import clock_text, no_subject, nothing_seen
from seatrial.harness.checkers.flows import Name, letter, listed, own, title, zones_in
from seatrial.harness.checkers.phases import Phases
from seatrial.harness.checkers.services import CATALOGUED, Catalogue, spread_advice
from seatrial.harness.checkers.temporal import Always
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.checker import Evidence, Finding, Query, Standing, Trial, Verdict
from seatrial.harness.ports.event import Obj, Record

__all__ = ["EndpointsKept"]

SLICES = "endpointslices.discovery.k8s.io"
SERVICE_LABEL = "kubernetes.io/service-name"


@dataclass
class Kept:
    """One Service on trial."""

    rule: Always = field(default_factory=Always)
    zones: tuple[str, ...] = ()  # of its ready endpoints when the storm began
    ready: int = 0
    fewest: tuple[int, Instant] | None = None


class Piece(NamedTuple):
    """One EndpointSlice: the present version, how many of its endpoints are ready, and the record that said so."""

    obj: Obj
    ready: int
    record: int


@dataclass
class State:
    """What is known so far."""

    trial: Trial
    catalogue: Catalogue
    phases: Phases = field(default_factory=Phases)
    slices: dict[Name, dict[str, Piece]] = field(default_factory=dict)
    kept: dict[Name, Kept] = field(default_factory=dict)
    lost: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True)
class EndpointsKept:
    """No Service is ever without a ready endpoint."""

    name: ClassVar[str] = "endpoints-kept"
    reads: ClassVar[Query] = Query(CATALOGUED | {SLICES}, frozenset({"inject"}))

    def start(self, trial: Trial) -> State:
        """Nothing seen yet."""
        return State(trial, Catalogue(trial))

    def step(self, state: State, record: Record) -> State:
        """Count the ready endpoints of the Service whose slice has changed."""
        if state.phases.take(record):
            if record.key.name == "storm":
                for name in list(state.slices):
                    self._see(state, name, record)
        elif record.verb == "inject":
            state.lost.update(dict.fromkeys(zones_in(record)))
        elif not state.catalogue.take(record):
            obj = record.new or record.old or {}
            service = (obj["metadata"].get("labels") or {}).get(SERVICE_LABEL)
            name = (record.key.namespace, service or "")
            if service and not own(name):
                slices = state.slices.setdefault(name, {})
                if record.new is None:
                    slices.pop(record.key.name, None)
                else:
                    slices[record.key.name] = Piece(record.new, _count(record, slices.get(record.key.name)), record.id)
                if state.phases.storming:
                    self._see(state, name, record)
        return state

    def _see(self, state: State, name: Name, record: Record) -> None:
        service = state.catalogue.service(name)
        if service is None or not service.get("spec", {}).get("selector"):
            if name in state.kept:
                state.kept[name].rule.pause(record.time)
            return
        if not state.catalogue.under_test(name, "app"):
            return
        pieces = state.slices[name].values()
        kept = state.kept.get(name)
        if kept is None:
            zones = (
                endpoint.get("zone") or "" for piece in pieces for endpoint in _endpoints(piece.obj) if _ready(endpoint)
            )
            kept = state.kept[name] = Kept(zones=tuple(zones))
        ready = kept.ready = sum(piece.ready for piece in pieces)
        if kept.fewest is None or ready < kept.fewest[0]:
            kept.fewest = (ready, record.time)
        told = max((piece.record for piece in pieces), default=record.id)
        kept.rule.see(Evidence(record.time, told, f"{ready} ready endpoints"), ready > 0)

    def finish(self, state: State, end: Instant) -> tuple[Finding, ...]:
        """One finding a Service."""
        claim = "the Service always has a ready endpoint"
        if not state.kept:
            if not any(state.catalogue.under_test(name, "app") for name in state.slices):
                return (no_subject(self.name, claim, "the app has no Service with a selector"),)
            return (nothing_seen(self.name, claim, "no EndpointSlice was seen after the storm began"),)
        return tuple(self._judge(state, name, kept, claim, end) for name, kept in sorted(state.kept.items()))

    def _judge(self, state: State, name: Name, kept: Kept, claim: str, end: Instant) -> Finding:
        answer = kept.rule.close(end)
        storm = state.phases.storm
        fewest, moment = kept.fewest or (0, storm)
        seen = f"at least {fewest} ready at any time"
        if fewest < len(kept.zones):
            seen = f"{fewest} of {len(kept.zones)} ready at the worst moment, {clock_text(storm, moment)}"
        standing, advice = Standing.COUNTED, ""
        if not kept.zones:
            standing, seen = Standing.NOT_APPLICABLE, "it had no ready endpoint when the storm began"
        elif answer.breaches:
            times = [f"{clock_text(storm, one.start)} to {clock_text(storm, one.end)}" for one in answer.breaches[:3]]
            seen = f"no endpoint was ready from {listed(times)}"
            advice = self._advice(state, name, kept)
        return Finding(
            checker=self.name,
            object=title(name),
            field="endpoints",
            verdict=Verdict.HELD if standing is Standing.NOT_APPLICABLE else answer.verdict,
            claim=claim,
            seen=seen,
            moment=answer.breaches[0].start if answer.breaches and kept.zones else None,
            evidence=tuple(one.first for one in answer.breaches[:3]) if kept.zones else (),
            advice=advice,
            standing=standing,
            cluster=state.trial.cluster,
            occasions=answer.seen,
        )

    def _advice(self, state: State, name: Name, kept: Kept) -> str:
        lost = {letter(zone) for zone in state.lost}
        there = [zone for zone in kept.zones if letter(zone) in lost]
        if there:
            return spread_advice(state.catalogue, name, len(there), len(kept.zones), sorted(set(there)))
        return "none of its pods was ready: more replicas, on more nodes and in more zones"


def _endpoints(piece: Obj) -> Sequence[Obj]:
    return piece.get("endpoints") or ()


def _ready(endpoint: Obj) -> bool:
    return (endpoint.get("conditions") or {}).get("ready") is not False


def _count(record: Record, before: Piece | None) -> int:
    """Ready endpoints of a slice's new version: versions share what has not changed, so only the rest is looked at."""
    new = _endpoints(record.new or {})
    if before is None:
        return sum(map(_ready, new))
    old = _endpoints(before.obj)
    known = {id(endpoint) for endpoint in old}
    kept = {id(endpoint) for endpoint in new}
    came = sum(_ready(endpoint) for endpoint in new if id(endpoint) not in known)
    went = sum(_ready(endpoint) for endpoint in old if id(endpoint) not in kept)
    return before.ready + came - went
