"""The moments that tell a run's story: faults, nodes and pods by zone, Services that fail and come back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from seatrial.harness.kernel.time import SECOND, Duration, Instant
from seatrial.harness.ports.event import Obj, Record
from seatrial.harness.report.model import storm_start
from seatrial.harness.runner.outcome import Result

__all__ = ["Moment", "timeline"]

# What happens this close together is told as one moment.
NEAR: Duration = 1 * SECOND


class Moment(NamedTuple):
    """since: from the storm's start. harm: whether it makes things worse."""

    since: Duration
    what: str
    harm: bool


class _Teller:
    """Follows the records and says what changes."""

    def __init__(self, start: Instant) -> None:
        self.start = start
        self.told: list[tuple[Instant, str, str, bool]] = []  # time, kind, subject, harm
        self.ready: dict[tuple[int, str], bool] = {}
        self.served: dict[tuple[int, str], int] = {}

    def take(self, record: Record) -> None:
        key = record.key
        if record.verb == "inject" and record.new is not None:
            self._tell(record, "fault", f"{record.new['fault']}: {record.new['what']}", harm=True)
        elif record.verb == "heal" and record.new is not None:
            self._tell(record, "healed", record.new["what"], harm=False)
        elif record.verb in ("event", "reject"):
            return
        elif key.resource == "note" and record.new is not None and "what" in record.new:
            self._tell(record, "control plane", record.new["what"], harm="lost" in record.new["what"])
        elif key.resource == "nodes":
            self._node(record)
        elif key.resource == "pods":
            self._pod(record)
        elif key.resource == "flow" and record.new is not None:
            self._flow(record)

    def _tell(self, record: Record, kind: str, subject: str, *, harm: bool) -> None:
        if record.time >= self.start:
            self.told.append((record.time, kind, subject, harm))

    def _node(self, record: Record) -> None:
        slot = (record.cluster, record.key.name)
        before = self.ready.get(slot)
        now = record.new is not None and _is_true(record.new, "Ready")
        self.ready[slot] = now
        if before is not None and before is not now:
            self._tell(record, "node(s) Ready" if now else "node(s) not Ready", record.key.name, harm=not now)

    def _pod(self, record: Record) -> None:
        old, new = record.old, record.new
        if old is None or record.time < self.start:
            return
        was, is_ready = _is_true(old, "Ready"), new is not None and _is_true(new, "Ready")
        ending = new is not None and "deletionTimestamp" in new["metadata"]
        if ending and "deletionTimestamp" not in old["metadata"]:
            self._tell(
                record,
                "pod(s) evicted" if _is_true(new, "DisruptionTarget") else "pod(s) deleted",
                _app(new),
                harm=True,
            )
        elif was and not is_ready and not ending and new is not None:
            self._tell(record, "pod(s) not ready", _app(new), harm=True)
        elif is_ready and not was and not ending:
            self._tell(record, "pod(s) ready", _app(new), harm=False)

    def _flow(self, record: Record) -> None:
        facts = record.new or {}
        slot = (record.cluster, record.key.name)
        before = self.served.get(slot, 1_000_000)
        now = facts.get("served_ppm", 1_000_000) if facts.get("rate") else 1_000_000
        self.served[slot] = now
        service = str(facts.get("service", record.key.name.partition("@")[0]))
        if before >= 990_000 > now:
            self._tell(record, "requests fail", service, harm=True)
        elif before < 990_000 <= now:
            self._tell(record, "served again", service, harm=False)


def timeline(result: Result) -> list[Moment]:
    """In order; what happens to several at nearly the same time is one moment with a count."""
    start = storm_start(result)
    if not start:
        return []
    teller = _Teller(start)
    for record in result.history:
        teller.take(record)
    return list(_merged(teller.told, start))


def _merged(told: list[tuple[Instant, str, str, bool]], start: Instant) -> Iterable[Moment]:
    groups: list[tuple[Instant, str, dict[str, int], bool]] = []
    open_groups: dict[str, int] = {}
    for time, kind, subject, harm in told:
        index = open_groups.get(kind)
        if index is not None and time - groups[index][0] <= NEAR:
            subjects = groups[index][2]
            subjects[subject] = subjects.get(subject, 0) + 1
        else:
            open_groups[kind] = len(groups)
            groups.append((time, kind, {subject: 1}, harm))
    for time, kind, subjects, harm in groups:
        yield Moment(time - start, f"{kind}: {_listed(subjects, counting=kind.startswith('pod'))}", harm)


def _listed(subjects: dict[str, int], *, counting: bool) -> str:
    """Several pods of one workload are counted; a Service that fails in several zones is one Service."""
    names = [f"{count} of {name}" if counting and count > 1 else name for name, count in list(subjects.items())[:4]]
    more = len(subjects) - 4
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _app(obj: Obj | None) -> str:
    """The workload a pod belongs to, as people call it."""
    if obj is None:
        return "?"
    meta: dict[str, Any] = obj["metadata"]
    for owner in meta.get("ownerReferences") or ():
        if owner.get("controller"):
            suffix = (meta.get("labels") or {}).get("pod-template-hash", "")
            return str(owner["name"]).removesuffix(f"-{suffix}") if suffix else str(owner["name"])
    return str(meta["name"])


def _is_true(obj: Obj | None, kind: str) -> bool:
    if obj is None:
        return False
    conditions = obj.get("status", {}).get("conditions") or ()
    return any(item["type"] == kind and item["status"] == "True" for item in conditions)
