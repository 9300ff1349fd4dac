"""no-orphan: at the end nothing is left behind: no pod on a node that does not exist, nothing whose owner is gone.

Judged at the end, after a grace for the garbage collector and the pod collector to have passed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from seatrial.harness.checkers.findings import nothing_seen
from seatrial.harness.checkers.phases import Phases
from seatrial.harness.checkers.subjects import is_ending, title
from seatrial.harness.kernel.time import MINUTE, Instant, duration_text
from seatrial.harness.ports.checker import Evidence, Finding, Query, Trial, Verdict
from seatrial.harness.ports.event import Key, Obj, Record
from seatrial.harness.ports.words import Duration

__all__ = ["NoOrphan"]

# What owners and what is owned; volumes and claims live apart from pods on purpose.
WATCHED = frozenset(
    {
        "cronjobs.batch",
        "daemonsets.apps",
        "deployments.apps",
        "endpointslices.discovery.k8s.io",
        "jobs.batch",
        "nodes",
        "persistentvolumeclaims",
        "pods",
        "replicasets.apps",
        "services",
        "statefulsets.apps",
        "volumeattachments.storage.k8s.io",
    }
)


@dataclass
class State:
    """Everything that exists, and when what is missing went."""

    trial: Trial
    phases: Phases = field(default_factory=Phases)
    present: dict[Key, tuple[Obj, int]] = field(default_factory=dict)
    uids: dict[str, Key] = field(default_factory=dict)
    gone: dict[str, Instant] = field(default_factory=dict)  # uid or node/NAME: when


@dataclass(frozen=True)
class NoOrphan:
    """At the end no pod sits on a node that is gone, and nothing outlives its owner."""

    name: ClassVar[str] = "no-orphan"
    reads: ClassVar[Query] = Query(WATCHED)

    within: Duration = 5 * MINUTE

    def start(self, trial: Trial) -> State:
        """Nothing seen yet."""
        return State(trial)

    def step(self, state: State, record: Record) -> State:
        """Keep what exists."""
        if state.phases.take(record):
            return state
        key, new = record.key, record.new
        if new is None:
            held = state.present.pop(key, None)
            if held is not None:
                uid = held[0]["metadata"].get("uid", "")
                state.uids.pop(uid, None)
                state.gone[uid] = record.time
                if key.resource == "nodes":
                    state.gone[f"node/{key.name}"] = record.time
            return state
        state.present[key] = (new, record.id)
        state.uids[new["metadata"].get("uid", "")] = key
        return state

    def finish(self, state: State, end: Instant) -> tuple[Finding, ...]:
        """One finding for each orphan."""
        claim = f"nothing outlives its owner or its node by more than {duration_text(self.within)}"
        if not state.present:
            return (nothing_seen(self.name, claim, "no object was seen"),)
        orphans = [
            finding
            for key, (obj, record) in state.present.items()
            if (finding := self._judge(state, claim, key, obj, record, end)) is not None
        ]
        if orphans:
            return tuple(orphans)
        seen = f"{len(state.present)} objects, none of them orphaned"
        return (Finding(self.name, "cluster", "orphans", Verdict.HELD, claim, seen, cluster=state.trial.cluster),)

    def _judge(self, state: State, claim: str, key: Key, obj: Obj, record: int, end: Instant) -> Finding | None:
        missing = _missing(state, key, obj)
        if missing is None:
            return None
        what, since = missing
        if end - since <= self.within:
            return None
        return Finding(
            checker=self.name,
            object=title(obj),
            field="owner" if key.resource != "pods" or "owner" in what else "node",
            verdict=Verdict.BROKEN,
            claim=claim,
            seen=f"{what}, {duration_text(end - since)} before the end" + (", Terminating" if is_ending(obj) else ""),
            moment=since + self.within,
            evidence=(Evidence(since, record, what),),
            advice="see whether the garbage collector runs and reaches the API server",
            cluster=state.trial.cluster,
        )


def _missing(state: State, key: Key, obj: Obj) -> tuple[str, Instant] | None:
    """What an object lacks, and since when."""
    if key.resource == "pods":
        node = obj["spec"].get("nodeName")
        if node and Key("nodes", "", node) not in state.present:
            return f"its node {node} is gone", state.gone.get(f"node/{node}", state.trial.start)
    owners = obj["metadata"].get("ownerReferences") or ()
    # Only owners that this history shows: an owner of a kind that is not watched cannot be judged.
    known = [owner for owner in owners if owner["uid"] in state.uids or owner["uid"] in state.gone]
    if known and len(known) == len(owners) and all(owner["uid"] in state.gone for owner in known):
        owner = known[0]
        return f"its owner {owner['kind']} {owner['name']} is gone", max(state.gone[item["uid"]] for item in known)
    return None
