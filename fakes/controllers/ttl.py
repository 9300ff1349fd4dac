"""Finished Jobs are deleted when their ttlSecondsAfterFinished is over.

Source: pkg/controller/ttlafterfinished (v1.36.3).
Differs from the real one: the deletion is not preceded by a live read; the uid guards it instead.
"""

from __future__ import annotations

from typing import ClassVar

from seatrial.fakes.controllers.words.finished import finished_at
from seatrial.harness.kernel.time import SECOND, Instant
from seatrial.harness.ports.controller import DONE, Next, Watch, again
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import View, Write

__all__ = ["TtlController", "decide"]

JOBS = "jobs.batch"


def decide(job: Obj, now: Instant) -> Next:
    """Delete the Job if its time is over, else come back when it is."""
    ttl = job["spec"].get("ttlSecondsAfterFinished")
    finished = finished_at(job)
    if ttl is None or finished is None or "deletionTimestamp" in job["metadata"]:
        return DONE
    left = finished + ttl * SECOND - now
    if left > 0:
        return again(left)
    meta = job["metadata"]
    key = Key(JOBS, meta["namespace"], meta["name"])
    tolerate = ("NotFound", "Conflict")
    return Next((Write("delete", key, uid=meta["uid"], propagation="Foreground", tolerate=tolerate),))


class TtlController:
    """The twin of kube-controller-manager's ttl-after-finished controller."""

    name: ClassVar[str] = "ttl-after-finished-controller"
    watches: ClassVar[tuple[Watch, ...]] = (Watch(JOBS),)
    workers: ClassVar[int] = 5

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Look at one Job."""
        job = view.get(JOBS, key.namespace, key.name)
        return DONE if job is None else decide(job, now)
