"""availability: the share of requests that are answered, as the clients of each Service see it.

Judged by the flows between living clients and pods; what the control plane believes does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, NamedTuple

from seatrial.harness.checkers.findings import clock_text, no_subject, nothing_seen, share_text
from seatrial.harness.checkers.flows import PPM, Board, Name, Seen, failing, listed, own, title, words, zones_in
from seatrial.harness.checkers.phases import Phases
from seatrial.harness.checkers.services import CATALOGUED, Catalogue, advise
from seatrial.harness.checkers.subjects import annotation
from seatrial.harness.checkers.temporal import Answer, AtMost, Mean
from seatrial.harness.kernel.time import Instant, duration_text
from seatrial.harness.ports.checker import Evidence, Finding, Query, Trial, Verdict
from seatrial.harness.ports.event import Record
from seatrial.harness.ports.words import Duration, Selector, Share

__all__ = ["Availability"]

APP: Name = ("", "app")
UNMEASURED = "not measured: "
_WHEN = {"continuous": " at every moment", "during": " over the storm as a whole", "end": " in the end"}
Flows = Mapping[str, Seen]


class Face(NamedTuple):
    """How a Service fared from a moment on."""

    at: Evidence
    share: int
    flows: dict[str, Seen]


@dataclass
class Kept:
    """One Service on trial, or all of them together."""

    before: dict[str, Seen]  # its flows when it was first seen
    rule: AtMost
    mean: Mean = field(default_factory=Mean)
    now: Face | None = None
    worst: Face | None = None

    def last(self, until: Instant) -> None:
        """What is so now has lasted until `until`: the worst of what lasted is kept."""
        now = self.now
        if now is not None and now.at.time < until and (self.worst is None or now.share > self.worst.share):
            self.worst = now


@dataclass
class State:
    """What is known so far."""

    trial: Trial
    catalogue: Catalogue
    phases: Phases = field(default_factory=Phases)
    board: Board = field(default_factory=Board)
    kept: dict[Name, Kept] = field(default_factory=dict)
    zones: dict[str, None] = field(default_factory=dict)  # that faults have touched
    unmeasured: dict[Name, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Availability:
    """At least this share of the requests to each Service (or to the whole app) is answered."""

    name: ClassVar[str] = "availability"
    reads: ClassVar[Query] = Query(CATALOGUED | {"flow"}, frozenset({"inject", "note"}))
    HELP: ClassVar[Mapping[str, str]] = {
        "of": "service: each by itself; app: all requests together; or one Service by name",
        "at_least": "share of requests that are answered",
        "mode": "continuous: at every moment; during: over the storm as a whole; end: when all is over",
        "after": "from the storm's start, before which nothing is judged",
        "grace": "continuous: a dip no longer than this is forgiven",
    }

    of: Selector = "service"
    at_least: Share = 990_000
    mode: Literal["continuous", "during", "end"] = "continuous"
    after: Duration = 0
    grace: Duration = 0

    def start(self, trial: Trial) -> State:
        """Nothing seen yet."""
        return State(trial, Catalogue(trial))

    def step(self, state: State, record: Record) -> State:
        """Keep the share of each Service that fails, and for how long."""
        if state.phases.take(record):
            if record.key.name == "storm":
                for name in list(state.board.services):
                    self._see(state, name, record.time)
            elif record.key.name == "heal" and self.mode == "during":
                for kept in state.kept.values():
                    kept.mean.pause(record.time)
        elif record.verb == "inject":
            state.zones.update(dict.fromkeys(zones_in(record)))
        elif record.verb == "note":
            _note(state, record)
        elif not state.catalogue.take(record):
            found = state.board.take(record)
            if found is not None and state.phases.storming:
                self._see(state, found, record.time)
        return state

    def _see(self, state: State, name: Name, now: Instant) -> None:
        if not state.catalogue.under_test(name, self.of):
            return
        flows: Flows = state.board.flows(name)
        if self.of == "app":
            name, flows = APP, _together(state)
        kept = state.kept.get(name)
        if kept is None:
            kept = state.kept[name] = Kept(dict(flows), AtMost(PPM - self.at_least, grace=self.grace))
        # What is seen before the promise begins is judged as it stands when it begins.
        when = max(now, state.phases.storm + self.after)
        kept.last(when)
        share = failing(flows.values())
        if share is None:
            kept.now = None
            kept.rule.pause(when)
            kept.mean.pause(when)
            return
        what = words(flows) if name != APP else _words_of_app(share, flows)
        face = kept.now = Face(Evidence(when, max(seen.record for seen in flows.values()), what), share, dict(flows))
        kept.rule.see(face.at, share)
        if state.phases.now == "storm":
            kept.mean.see(when, share, sum(seen.flow["rate"] for seen in flows.values()))

    def finish(self, state: State, end: Instant) -> tuple[Finding, ...]:
        """One finding a Service."""
        after = f" from {duration_text(self.after)} after the storm's start" if self.after else ""
        claim = f"at least {share_text(self.at_least)} of requests are answered{_WHEN[self.mode]}{after}"
        listed = tuple(self._unjudged(state, claim))
        everything = self.of in ("", "app", "service")
        if not state.kept and everything and state.trial.apps and not state.catalogue.asked(self.of):
            return (no_subject(self.name, claim, "the app has no Service that clients could ask"), *listed)
        if not state.kept:
            return (nothing_seen(self.name, claim, "no requests to a Service of the app were measured"), *listed)
        judged = [self._judge(state, name, kept, claim, end) for name, kept in sorted(state.kept.items())]
        return (*judged, *listed)

    def _unjudged(self, state: State, claim: str) -> Iterator[Finding]:
        """Services of which nothing was measured, each with the reason."""
        for name in sorted({*state.unmeasured, *state.catalogue.services()}):
            if name in state.kept or own(name) or not state.catalogue.under_test(name, self.of):
                continue
            if name in state.unmeasured:
                found = no_subject(self.name, claim, state.unmeasured[name])
            elif self.of == "app":
                continue
            elif annotation(state.catalogue.service(name) or {"metadata": {}}, "rate").strip() == "0":
                found = no_subject(self.name, claim, "nobody asks it: seatrial.dev/rate is 0")
            else:
                found = nothing_seen(self.name, claim, "no request to it was measured")
            yield replace(found, object=title(name), field=self.mode, cluster=state.trial.cluster)

    def _judge(self, state: State, name: Name, kept: Kept, claim: str, end: Instant) -> Finding:
        kept.last(end)
        answer = kept.rule.close(end)
        verdict, face, seen = answer.verdict, kept.worst, "no request failed"
        if self.mode == "continuous":
            seen = _continuous(kept, answer, state.phases.storm)
        elif self.mode == "during":
            mean = kept.mean.close(end)
            verdict = Verdict.UNKNOWN if mean is None else self._against(mean)
            seen = "nobody asked" if mean is None else f"{share_text(mean)} of requests failed"
        else:
            face = kept.now
            verdict = Verdict.UNKNOWN if face is None else self._against(face.share)
            seen = "nobody asked in the end" if face is None else face.at.what
        evidence: tuple[Evidence, ...] = ()
        if verdict is Verdict.BROKEN and face is not None:
            evidence = tuple(breach.worst for breach in answer.breaches[:3]) or (face.at,)
        return Finding(
            checker=self.name,
            object="app" if name == APP else title(name),
            field=self.mode,
            verdict=verdict,
            claim=claim,
            seen=seen,
            moment=_moment(answer, evidence),
            evidence=evidence,
            advice=self._advice(state, name, kept, face) if evidence and face else "",
            cluster=state.trial.cluster,
            occasions=answer.seen,
        )

    def _against(self, share: int) -> Verdict:
        return Verdict.BROKEN if share > PPM - self.at_least else Verdict.HELD

    def _advice(self, state: State, name: Name, kept: Kept, face: Face) -> str:
        if name == APP:
            name = _worst_service(face.flows)
        mine = {zone: seen for zone, seen in kept.before.items() if seen.name == name}
        failed = [seen for seen in face.flows.values() if seen.name == name]
        return advise(state.catalogue, name, mine.values(), failed, tuple(state.zones))


def _note(state: State, record: Record) -> None:
    """Services whose requests are not measured are listed, with the reason."""
    facts = record.new or {}
    kind, _, name = facts.get("object", "").partition("/")
    namespace, _, service = name.partition("/")
    if kind == "Service" and facts["text"].startswith(UNMEASURED):
        state.unmeasured[namespace, service] = facts["text"]


def _together(state: State) -> dict[str, Seen]:
    return {
        f"{name[0]}/{name[1]}@{zone}": seen
        for name in state.board.services
        if state.catalogue.under_test(name, "app")
        for zone, seen in state.board.flows(name).items()
    }


def _worst_service(flows: Flows) -> Name:
    lost: dict[Name, int] = {}
    for seen in flows.values():
        lost[seen.name] = lost.get(seen.name, 0) + seen.flow["rate"] * (PPM - seen.flow["served_ppm"])
    return max(sorted(lost), key=lambda name: lost[name])


def _words_of_app(share: int, flows: Flows) -> str:
    bad = sorted({seen.name[1] for seen in flows.values() if seen.flow["served_ppm"] < PPM})
    if not bad:
        return "no request failed"
    return f"{share_text(share)} of requests failed, to Service{'s' * (len(bad) > 1)} {listed(bad)}"


def _continuous(kept: Kept, answer: Answer, storm: Instant) -> str:
    if not answer.breaches:
        return kept.worst.at.what if kept.worst is not None else "no request failed"
    worst = max(answer.breaches, key=lambda breach: breach.value)
    said = f"{worst.worst.what} from {clock_text(storm, worst.start)} to {clock_text(storm, worst.end)}"
    more = len(answer.breaches) - 1
    return said + (f", and {more} more time{'s' * (more > 1)}" if more else "")


def _moment(answer: Answer, evidence: tuple[Evidence, ...]) -> Instant | None:
    if not evidence:
        return None
    return answer.breaches[0].start if answer.breaches else evidence[0].time
