"""Whether a Job has come to its end, and when."""

from __future__ import annotations

from seatrial.fakes.controllers.words.meta import instant
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.event import Obj

__all__ = ["finished_at", "finished_condition"]


def _finished(job: Obj) -> Obj | None:
    for condition in (job.get("status") or {}).get("conditions") or ():
        if condition["type"] in ("Complete", "Failed") and condition["status"] == "True":
            found: Obj = condition
            return found
    return None


def finished_condition(job: Obj) -> str:
    """Complete, Failed, or "" for a Job that goes on."""
    found = _finished(job)
    return "" if found is None else found["type"]


def finished_at(job: Obj) -> Instant | None:
    """When the Job was told Complete or Failed, or None."""
    found = _finished(job)
    return None if found is None else instant(found["lastTransitionTime"])
