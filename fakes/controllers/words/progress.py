"""A Deployment's status: counts, availability, progress and its deadline.

Source: pkg/controller/deployment/{sync,progress}.go, deployment/util (v1.36.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seatrial.fakes.controllers.words.conditions import find, put_moved, without
from seatrial.fakes.controllers.words.meta import instant
from seatrial.fakes.controllers.words.rollouts import INT32_MAX, max_unavailable, replicas
from seatrial.harness.kernel.time import MILLISECOND, SECOND, Duration, Instant, rfc3339
from seatrial.harness.ports.event import Obj

__all__ = ["complete", "condition", "counted", "deadline_of", "next_check", "progressed", "total"]

AVAILABLE, PROGRESSING, FAILURE = "Available", "Progressing", "ReplicaFailure"


def condition(kind: str, status: str, reason: str, message: str, now: Instant) -> Obj:
    """A Deployment's condition as of now."""
    text = rfc3339(now)
    return {
        "type": kind,
        "status": status,
        "lastUpdateTime": text,
        "lastTransitionTime": text,
        "reason": reason,
        "message": message,
    }


def deadline_of(deployment: Obj) -> int | None:
    """progressDeadlineSeconds, or None where progress is not judged."""
    seconds: int | None = deployment["spec"].get("progressDeadlineSeconds")
    return None if seconds == INT32_MAX else seconds


def total(sets: Iterable[Obj], field: str) -> int:
    """Sum of a count in the statuses."""
    return sum((rs.get("status") or {}).get(field, 0) for rs in sets)


def counted(deployment: Obj, sets: Sequence[Obj], new: Obj | None, now: Instant) -> Obj:
    """The status with all counts and the Available condition; other conditions stay."""
    old = deployment.get("status") or {}
    available = total(sets, "availableReplicas")
    wanted = sum(replicas(rs) for rs in sets)
    status: Obj = {}
    for field, count in (
        ("observedGeneration", deployment["metadata"].get("generation", 0)),
        ("replicas", total(sets, "replicas")),
        ("updatedReplicas", total([new], "replicas") if new is not None else 0),
        ("readyReplicas", total(sets, "readyReplicas")),
        ("availableReplicas", available),
        ("unavailableReplicas", max(0, wanted - available)),
    ):
        if count:
            status[field] = count
    going = _terminating(sets)
    if going is not None:
        status["terminatingReplicas"] = going
    if "collisionCount" in old:
        status["collisionCount"] = old["collisionCount"]
    if available >= replicas(deployment) - max_unavailable(deployment):
        told = ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    else:
        told = ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    status["conditions"] = put_moved(old.get("conditions") or [], condition(AVAILABLE, *told, now))
    return status


def _terminating(sets: Iterable[Obj]) -> int | None:
    """The sum of terminatingReplicas; None while a set that has been synced does not tell it."""
    count = 0
    for rs in sets:
        status = rs.get("status") or {}
        if "terminatingReplicas" in status:
            count += status["terminatingReplicas"]
        elif status.get("observedGeneration"):
            return None
    return count


def complete(deployment: Obj, status: Obj) -> bool:
    """Whether all desired replicas are updated and available, and no old pods are left."""
    wanted = replicas(deployment)
    return bool(
        status.get("updatedReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
        and status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    )


def _advances(old: Obj, new: Obj) -> bool:
    """Whether new pods came, became ready or available, or old ones went."""

    def less(field: str) -> bool:
        return bool(new.get(field, 0) > old.get(field, 0))

    outdated = [status.get("replicas", 0) - status.get("updatedReplicas", 0) for status in (old, new)]
    return less("updatedReplicas") or outdated[1] < outdated[0] or less("readyReplicas") or less("availableReplicas")


def _overdue(deadline: int, told: Obj | None, now: Instant) -> bool:
    if told is None or told.get("reason") == "NewReplicaSetAvailable":
        return False
    if told.get("reason") == "ProgressDeadlineExceeded":
        return True
    return instant(told["lastUpdateTime"]) + deadline * SECOND < now


def progressed(deployment: Obj, sets: Sequence[Obj], new: Obj | None, now: Instant) -> Obj:
    """The status during a rollout: with the Progressing and ReplicaFailure conditions."""
    status = counted(deployment, sets, new, now)
    old = deployment.get("status") or {}
    conditions: list[Obj] = status["conditions"]
    deadline = deadline_of(deployment)
    if deadline is None:
        conditions = without(conditions, PROGRESSING)
    else:
        current = find(old.get("conditions"), PROGRESSING)
        done = status.get("replicas", 0) == status.get("updatedReplicas", 0)
        if not (done and current is not None and current.get("reason") == "NewReplicaSetAvailable"):
            conditions = _judged(deployment, status, new, deadline, now)
    failures = _failures(sets, new)
    conditions = put_moved(conditions, failures[0]) if failures else without(conditions, FAILURE)
    return {**status, "conditions": conditions}


def _judged(deployment: Obj, status: Obj, new: Obj | None, deadline: int, now: Instant) -> list[Obj]:
    """The conditions with Progressing as the change from the old status to the new one has it."""
    conditions: list[Obj] = status["conditions"]
    old = deployment.get("status") or {}
    current = find(old.get("conditions"), PROGRESSING)
    name = (deployment if new is None else new)["metadata"]["name"]
    who = f'{"Deployment" if new is None else "ReplicaSet"} "{name}"'
    if complete(deployment, status):
        told = ("True", "NewReplicaSetAvailable", f"{who} has successfully progressed.")
        return put_moved(conditions, condition(PROGRESSING, *told, now))
    if _advances(old, status):
        fresh = condition(PROGRESSING, "True", "ReplicaSetUpdated", f"{who} is progressing.", now)
        if current is not None:
            if current["status"] == "True":
                fresh["lastTransitionTime"] = current["lastTransitionTime"]
            conditions = without(conditions, PROGRESSING)
        return put_moved(conditions, fresh)
    if _overdue(deadline, find(conditions, PROGRESSING), now):
        told = ("False", "ProgressDeadlineExceeded", f"{who} has timed out progressing.")
        return put_moved(conditions, condition(PROGRESSING, *told, now))
    return conditions


def _failures(sets: Sequence[Obj], new: Obj | None) -> list[Obj]:
    """The ReplicaFailure conditions of the new set, or else of all, as a Deployment's."""
    for listed in ([new] if new is not None else [], sets):
        found = [find((rs.get("status") or {}).get("conditions"), FAILURE) for rs in listed]
        failures = [
            {
                "type": FAILURE,
                "status": one["status"],
                "lastUpdateTime": one["lastTransitionTime"],
                "lastTransitionTime": one["lastTransitionTime"],
                "reason": one.get("reason", ""),
                "message": one.get("message", ""),
            }
            for one in found
            if one is not None
        ]
        if failures:
            return failures
    return []


def next_check(deployment: Obj, status: Obj, now: Instant) -> Duration | None:
    """When a rollout that does not advance is to be looked at again; None if nothing is due."""
    deadline = deadline_of(deployment)
    current = find((deployment.get("status") or {}).get("conditions"), PROGRESSING)
    if deadline is None or current is None:
        return None
    # A rollout that was complete once has no deadline any more (the real one looks again all the same, for nothing).
    settled = current.get("reason") in ("ProgressDeadlineExceeded", "NewReplicaSetAvailable")
    if settled or complete(deployment, status):
        return None
    left = instant(current["lastUpdateTime"]) + deadline * SECOND - now
    # The real one adds a second against skew; below a second it spins with back-off until the deadline.
    return left + SECOND if left >= SECOND else max(left, 0) + MILLISECOND
