"""Failed pods of Jobs: whether they count, when they ended, how long the next one waits.

Source: pkg/controller/job/{pod_failure_policy,backoff_utils}.go (v1.36.3).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from seatrial.fakes.controllers.words.meta import instant
from seatrial.fakes.controllers.words.pods import condition
from seatrial.harness.kernel.time import MINUTE, SECOND, Duration, Instant
from seatrial.harness.ports.event import Obj

__all__ = ["Backoff", "Judgement", "ended_at", "judge", "remaining"]

BACKOFF_FIRST: Duration = 10 * SECOND
BACKOFF_LAST: Duration = 10 * MINUTE


class Judgement(NamedTuple):
    """What a podFailurePolicy makes of a failed pod."""

    counts: bool = True
    action: str = ""
    message: str = ""  # of FailJob


def judge(policy: Obj | None, pod: Obj) -> Judgement:
    """The first rule that matches decides; without one the failure counts."""
    for place, rule in enumerate((policy or {}).get("rules") or ()):
        action = rule["action"]
        text = ""
        if rule.get("onExitCodes") is not None:
            status = _exited(pod, rule["onExitCodes"])
            if status is None:
                continue
            text = f"Container {status['name']} for pod {_named(pod)} failed with exit code "
            text += f"{status['state']['terminated']['exitCode']} matching {action} rule at index {place}"
        else:
            kind = _has_condition(pod, rule.get("onPodConditions") or ())
            if not kind:
                continue
            text = f"Pod {_named(pod)} has condition {kind} matching {action} rule at index {place}"
        return Judgement(action != "Ignore", action, text if action == "FailJob" else "")
    return Judgement()


def _named(pod: Obj) -> str:
    return f"{pod['metadata'].get('namespace', '')}/{pod['metadata']['name']}"


def _exited(pod: Obj, wanted: Obj) -> Obj | None:
    status = pod.get("status") or {}
    for field in ("containerStatuses", "initContainerStatuses"):
        for container in status.get(field) or ():
            ended = (container.get("state") or {}).get("terminated")
            if ended is None or not ended["exitCode"]:
                continue
            name = wanted.get("containerName")
            if name is not None and name != container["name"]:
                continue
            if (ended["exitCode"] in wanted["values"]) is (wanted["operator"] == "In"):
                found: Obj = container
                return found
    return None


def _has_condition(pod: Obj, patterns: Iterable[Obj]) -> str:
    for found in (pod.get("status") or {}).get("conditions") or ():
        for pattern in patterns:
            if (found["type"], found["status"]) == (pattern["type"], pattern.get("status", "True")):
                kind: str = found["type"]
                return kind
    return ""


def ended_at(pod: Obj) -> Instant:
    """When a pod ended: its last container, else Ready became False, else its deletion, else its creation."""
    latest = 0
    for container in (pod.get("status") or {}).get("containerStatuses") or ():
        done = ((container.get("state") or {}).get("terminated") or {}).get("finishedAt")
        if not done:
            latest = 0
            break
        latest = max(latest, instant(done))
    if latest:
        return latest
    ready = condition(pod, "Ready")
    if ready is not None and ready["status"] == "False" and ready.get("lastTransitionTime"):
        return instant(ready["lastTransitionTime"])
    meta = pod["metadata"]
    if "deletionTimestamp" in meta:
        grace: int = meta.get("deletionGracePeriodSeconds", 0)
        return instant(meta["deletionTimestamp"]) - grace * SECOND
    return instant(meta["creationTimestamp"])


def remaining(failures: int, last: Instant, now: Instant) -> Duration:
    """What is left of 10 s doubling to 10 min after the last of so many failures."""
    if not failures:
        return 0
    delay = min(BACKOFF_FIRST << min(failures - 1, 40), BACKOFF_LAST)
    return max(0, last + delay - now)


class Backoff(NamedTuple):
    """Failures of a Job since its last success, and when the last one was."""

    failures: int = 0
    last: Instant = 0

    def after(self, succeeded: Iterable[Obj], failed: Iterable[Obj]) -> Backoff:
        """The record with newly ended pods taken in."""
        good, bad = sorted(map(ended_at, succeeded)), sorted(map(ended_at, failed))
        if not good:
            return Backoff(self.failures + len(bad), bad[-1]) if bad else self
        later = [when for when in bad if when > good[-1]]
        return Backoff(len(later), later[-1]) if later else Backoff()
