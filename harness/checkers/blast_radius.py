"""blast-radius: while a zone's loss is undetected, no more requests fail than went to that zone.

That share is what kube-proxy cannot help: it still sends to pods that are gone. More means that something carries the
loss further: living pods that cannot take the load, calls that fail, queues. A request that calls another Service went
to the lost zone, too, if its call did. What failed before the loss does not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from seatrial.harness.checkers.findings import clock_text, no_subject, nothing_seen, share_text
from seatrial.harness.checkers.flows import (
    PPM,
    Board,
    Name,
    Seen,
    failing,
    letter,
    listed,
    same_zone,
    title,
    words,
    zones_in,
)
from seatrial.harness.checkers.phases import Phases
from seatrial.harness.checkers.services import CATALOGUED, Catalogue, advise
from seatrial.harness.checkers.temporal import AtMost
from seatrial.harness.kernel.time import MINUTE, Instant, duration_text
from seatrial.harness.ports.checker import Evidence, Finding, Query, Standing, Trial, Verdict
from seatrial.harness.ports.event import Record
from seatrial.harness.ports.words import Duration

__all__ = ["BlastRadius"]

# Shares are rounded to a part per million for each zone and cause; a handful of them is no breach.
ROUNDING = 10


@dataclass
class Hit:
    """One Service while a loss is undetected."""

    bound: int
    base: int  # what failed before, for whatever reason
    before: dict[str, Seen]
    rule: AtMost
    highest: int = 0
    failed: dict[str, Seen] = field(default_factory=dict)


@dataclass
class State:
    """What is known so far."""

    trial: Trial
    catalogue: Catalogue
    phases: Phases = field(default_factory=Phases)
    board: Board = field(default_factory=Board)
    lost: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by injury
    ever: dict[str, None] = field(default_factory=dict)
    until: Instant = 0
    hits: dict[Name, Hit] = field(default_factory=dict)


@dataclass(frozen=True)
class BlastRadius:
    """While the loss of a zone is undetected, no more requests fail than went to that zone."""

    name: ClassVar[str] = "blast-radius"
    reads: ClassVar[Query] = Query(CATALOGUED | {"flow"}, frozenset({"inject", "heal"}))
    HELP: ClassVar[Mapping[str, str]] = {
        "window": "how long a loss may stay undetected; what fails later is judged by availability",
    }

    window: Duration = 2 * MINUTE

    def start(self, trial: Trial) -> State:
        """Nothing seen yet."""
        return State(trial, Catalogue(trial))

    def step(self, state: State, record: Record) -> State:
        """Take the share that goes to a zone when it is lost, and compare what fails with it."""
        if state.phases.take(record):
            return state
        if state.until and record.time >= state.until:
            self._rest(state)
        if record.verb == "inject":
            if (record.new or {}).get("fault") == "zone-loss":
                self._lose(state, record)
        elif record.verb == "heal":
            state.lost.pop(record.key.name, None)
        elif not state.catalogue.take(record):
            name = state.board.take(record)
            if name is not None and state.until:
                self._see(state, name, record.time)
        return state

    def _lose(self, state: State, record: Record) -> None:
        state.lost[record.key.name] = zones_in(record)
        state.ever.update(dict.fromkeys(zones_in(record)))
        state.until = record.time + self.window
        zones = [zone for lost in state.lost.values() for zone in lost]
        for name in list(state.board.services):
            if state.catalogue.under_test(name, "app"):
                bound = _went(state.board, name, zones)
                if bound is not None:
                    hit = state.hits.get(name)
                    if hit is None:
                        flows = dict(state.board.flows(name))
                        hit = state.hits[name] = Hit(0, failing(flows.values()) or 0, flows, AtMost(ROUNDING))
                    hit.bound = max(bound, hit.bound)
                    self._see(state, name, record.time)

    def _see(self, state: State, name: Name, now: Instant) -> None:
        hit = state.hits.get(name)
        if hit is None:
            return
        flows = {
            zone: seen
            for zone, seen in state.board.flows(name).items()
            if not any(same_zone(zone, lost) for zones in state.lost.values() for lost in zones)
        }
        share = failing(flows.values())
        if share is None:
            hit.rule.pause(now)
            return
        if share > hit.highest:
            hit.highest, hit.failed = share, flows
        at = Evidence(now, max(seen.record for seen in flows.values()), words(flows))
        hit.rule.see(at, max(0, share - hit.bound - hit.base))

    def _rest(self, state: State) -> None:
        for hit in state.hits.values():
            hit.rule.pause(state.until)
        state.until = 0

    def finish(self, state: State, end: Instant) -> tuple[Finding, ...]:
        """One finding a Service."""
        claim = "while a zone's loss is undetected, no more requests fail than went to that zone"
        if not state.ever:
            return (no_subject(self.name, claim, "no zone was lost"),)
        if not state.hits and state.trial.apps and not state.catalogue.asked("app"):
            return (no_subject(self.name, claim, "the app has no Service that clients could ask"),)
        if not state.hits:
            return (nothing_seen(self.name, claim, "no requests to a Service of the app were measured"),)
        if state.until and end >= state.until:
            self._rest(state)
        return tuple(self._judge(state, name, hit, claim, end) for name, hit in sorted(state.hits.items()))

    def _judge(self, state: State, name: Name, hit: Hit, claim: str, end: Instant) -> Finding:
        answer = hit.rule.close(end)
        zones = listed(letter(zone) for zone in state.ever)
        before = f", and {share_text(hit.base)} failed before the loss" if hit.base else ""
        allowed = f"{share_text(hit.bound)} went to zone {zones}{before}"
        seen = f"at most {share_text(hit.highest)} of requests failed; {allowed}"
        breach = max(answer.breaches, key=lambda one: one.value, default=None)
        if breach is not None:
            storm = state.phases.storm
            seen = (
                f"{breach.worst.what} from {clock_text(storm, breach.start)} to {clock_text(storm, breach.end)}; "
                f"only {allowed}"
            )
        return Finding(
            checker=self.name,
            object=title(name),
            field="failed",
            verdict=answer.verdict,
            claim=f"{claim} (for up to {duration_text(self.window)})",
            seen=seen,
            moment=answer.breaches[0].start if answer.breaches else None,
            evidence=tuple(one.worst for one in answer.breaches[:3]),
            advice=_advice(state, name, hit) if answer.verdict is Verdict.BROKEN else "",
            # Where everything went to the lost zone, nothing can be worse: a promise that cannot be broken is none.
            standing=Standing.COUNTED if hit.bound + hit.base < PPM else Standing.NOT_EXERCISED,
            cluster=state.trial.cluster,
            occasions=answer.seen,
        )


def _advice(state: State, name: Name, hit: Hit) -> str:
    # The zone's own share is no fault of the Service: what goes beyond it is what to mend.
    beyond = {
        zone: seen._replace(
            flow={
                **seen.flow,
                "failed": {
                    cause: part for cause, part in seen.flow["failed"].items() if cause not in ("dead-node", "cut-off")
                }
                or seen.flow["failed"],
            }
        )
        for zone, seen in hit.failed.items()
    }
    return advise(state.catalogue, name, hit.before.values(), beyond.values(), tuple(state.ever))


def _went(board: Board, name: Name, lost: Iterable[str]) -> int | None:
    """Share of the requests from living zones that go to the lost ones, themselves or by what they call."""
    gone = [letter(zone) for zone in lost]
    rate = sent = 0
    for zone, seen in board.flows(name).items():
        if letter(zone) not in gone:
            rate += seen.flow["rate"]
            sent += seen.flow["rate"] * _touched(board, name, zone, gone, {})
    return -(-sent // rate) if rate else None


def _touched(board: Board, name: Name, zone: str, gone: list[str], known: dict[tuple[Name, str], int]) -> int:
    place = (name, zone)
    if place in known:
        return known[place]
    known[place] = 0
    seen = board.flows(name).get(zone)
    if seen is None:
        return 0
    touched = 0
    for pod_zone, part in seen.flow["to"].items():
        clean = 0 if letter(pod_zone) in gone else PPM
        for other in seen.flow.get("calls", ()) if clean else ():
            namespace, _, service = other.partition("/")
            clean = clean * (PPM - _touched(board, (namespace, service), pod_zone, gone, known)) // PPM
        touched += -(-part * (PPM - clean) // PPM)
    known[place] = touched
    return touched
