"""What a Job's pods have come to: which count, which indexes are done or failed, whether the Job has ended.

Source: pkg/controller/job (v1.36.3).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from seatrial.fakes.controllers.words.conditions import find
from seatrial.fakes.controllers.words.failures import Backoff, Judgement, ended_at, judge
from seatrial.fakes.controllers.words.indexes import (
    FAILURES,
    IGNORED,
    index_of,
    number_in,
    parse_indexes,
    success_rule,
)
from seatrial.fakes.controllers.words.meta import instant
from seatrial.fakes.controllers.words.pods import is_active, phase_of
from seatrial.harness.kernel.time import SECOND, Duration, Instant, rfc3339
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Write

__all__ = ["FINALIZER", "JOBS", "NAME", "JobFacts", "condition", "failures_of", "has_finalizer", "release_finalizer"]

NAME = "job-controller"
JOBS = "jobs.batch"
FINALIZER = "batch.kubernetes.io/job-tracking"
BURST = 500
GENERATED_MAX = 58


def has_finalizer(pod: Obj) -> bool:
    """Whether the pod waits to be counted."""
    return FINALIZER in (pod["metadata"].get("finalizers") or ())


def release_finalizer(pod: Obj) -> Write:
    """The patch that lets a counted pod go."""
    meta = pod["metadata"]
    body = {"metadata": {"uid": meta["uid"], "$deleteFromPrimitiveList/finalizers": [FINALIZER]}}
    key = Key("pods", meta["namespace"], meta["name"])
    return Write("patch", key, body, patch="strategic", tolerate=("NotFound",))


def condition(kind: str, reason: str, message: str, now: Instant, status: str = "True") -> Obj:
    """A Job's condition as of now."""
    text = rfc3339(now)
    found: Obj = {"type": kind, "status": status, "lastProbeTime": text, "lastTransitionTime": text}
    if reason:
        found["reason"] = reason
    if message:
        found["message"] = message
    return found


class JobFacts:
    """The facts of one sync, gathered once."""

    def __init__(
        self, job: Obj, pods: Sequence[Obj], now: Instant, released: Collection[str], backoff: Backoff, settled: bool
    ) -> None:
        """released: uids whose finalizer is known to be gone. settled: nothing asked for is still to be seen."""
        meta, spec = job["metadata"], job["spec"]
        self.job, self.spec, self.now, self.settled = job, spec, now, settled
        self.space: str = meta["namespace"]
        self.key = Key(JOBS, self.space, meta["name"])
        self.policy: Obj | None = spec.get("podFailurePolicy")
        self.replaces_failed = spec.get("podReplacementPolicy") == "Failed" or self.policy is not None
        self.indexed = spec.get("completionMode") == "Indexed"
        self.per_index: int | None = spec.get("backoffLimitPerIndex") if self.indexed else None
        self.completions: int | None = spec.get("completions")
        self.pods = sorted(pods, key=index_of) if self.indexed else list(pods)
        self.active = [pod for pod in self.pods if is_active(pod)]
        self.counting = [p for p in self.pods if has_finalizer(p) and p["metadata"]["uid"] not in released]
        self.status: Obj = dict(job.get("status") or {})
        uncounted = self.status.get("uncountedTerminatedPods") or {}
        self.good: list[str] = list(uncounted.get("succeeded") or ())
        self.bad: list[str] = list(uncounted.get("failed") or ())
        self.conditions: list[Obj] = list(self.status.get("conditions") or ())
        self.pod_writes: list[Write] = []
        self.track_writes: list[Write] = []
        self.events: list[Write] = []
        self.after: Duration | None = None
        self.finished: Obj | None = None
        self.succeeded = self.terminating = self.ready = 0
        self.done = False
        self.backoff = backoff
        self.flushed = False
        self.creations = 0
        self.deletions: list[str] = []
        self._judged: dict[str, Judgement] = {}
        self.failed_indexes: set[int] = set()
        self.done_indexes: set[int] = set()
        self.before: set[int] = set()
        self.delayed: dict[int, Obj] = {}

    def failed(self, pod: Obj) -> bool:
        """Whether the pod counts as failed: a terminating one does, unless only failed ones are replaced."""
        phase = phase_of(pod)
        if phase == "Failed":
            return True
        return not self.replaces_failed and "deletionTimestamp" in pod["metadata"] and phase != "Succeeded"

    def judge(self, pod: Obj) -> Judgement:
        """What the podFailurePolicy makes of it."""
        uid = pod["metadata"]["uid"]
        if uid not in self._judged:
            self._judged[uid] = judge(self.policy, pod)
        return self._judged[uid]

    def valid(self, pod: Obj) -> bool:
        """Whether an Indexed Job's pod has an index that the Job has."""
        if not self.indexed:
            return True
        return 0 <= index_of(pod) < (self.completions or 0)

    def ended(self, failed: int, suspended: bool) -> Obj | None:
        """The condition of success or failure that is met, if one is."""
        met = find(self.conditions, "SuccessCriteriaMet")
        if met is not None and met["status"] == "True":
            return met
        target = find(self.conditions, "FailureTarget")
        if target is not None and target["status"] == "True":
            return condition("Failed", target.get("reason", ""), target.get("message", ""), self.now)
        for pod in self.pods:
            if self.policy is not None and self.failed(pod) and self.judge(pod).message:
                return condition("FailureTarget", "PodFailurePolicy", self.judge(pod).message, self.now)
        if failed > self.spec.get("backoffLimit", 6) or self._restarted_too_often():
            text = "Job has reached the specified backoff limit"
            return condition("FailureTarget", "BackoffLimitExceeded", text, self.now)
        deadline = self.spec.get("activeDeadlineSeconds")
        if deadline is None or suspended or "startTime" not in self.status:
            return None
        left = instant(self.status["startTime"]) + deadline * SECOND - self.now
        if left <= 0:
            text = "Job was active longer than specified deadline"
            return condition("FailureTarget", "DeadlineExceeded", text, self.now)
        self.look_again(left)
        return None

    def _restarted_too_often(self) -> bool:
        if self.spec["template"]["spec"].get("restartPolicy") != "OnFailure":
            return False
        restarts = 0
        for pod in self.pods:
            if phase_of(pod) in ("Running", "Pending"):
                status = pod.get("status") or {}
                for field in ("initContainerStatuses", "containerStatuses"):
                    restarts += sum(container.get("restartCount", 0) for container in status.get(field) or ())
        limit: int = self.spec.get("backoffLimit", 6)
        return restarts > 0 if not limit else restarts >= limit

    def look_again(self, after: Duration) -> None:
        """Come back after that long at the latest."""
        self.after = after if self.after is None else min(self.after, after)

    # Indexes.

    def count_indexes(self) -> None:
        """Which indexes are done, which have failed, and whether that ends the Job."""
        completions = self.completions or 0
        self.before = parse_indexes(self.status.get("completedIndexes", ""), completions)
        valid = [pod for pod in self.pods if self.valid(pod) and has_finalizer(pod)]
        self.done_indexes = self.before | {index_of(pod) for pod in valid if phase_of(pod) == "Succeeded"}
        self.succeeded = len(self.done_indexes)
        if self.per_index is not None:
            before = parse_indexes(self.status.get("failedIndexes", ""), completions)
            self.failed_indexes = before | {index_of(pod) for pod in valid if self._index_fails(pod)}
            self._judge_indexes(completions)
            self._delay_deletion()
        if self.finished is None:
            text = success_rule(self.spec.get("successPolicy"), completions, self.done_indexes)
            if text:
                self.finished = condition("SuccessCriteriaMet", "SuccessPolicy", text, self.now)

    def _index_fails(self, pod: Obj) -> bool:
        if not self.failed(pod):
            return False
        judged = self.judge(pod)
        if judged.action == "FailIndex":
            return True
        return judged.counts and number_in(pod, FAILURES) >= (self.per_index or 0)

    def _judge_indexes(self, completions: int) -> None:
        if self.finished is not None:
            return
        failed, limit = len(self.failed_indexes), self.spec.get("maxFailedIndexes")
        if limit is not None and failed > limit:
            text = "Job has exceeded the specified maximal number of failed indexes"
            self.finished = condition("FailureTarget", "MaxFailedIndexesExceeded", text, self.now)
        elif failed and failed + len(self.done_indexes) >= completions:
            self.finished = condition("FailureTarget", "FailedIndexes", "Job has failed indexes", self.now)

    def _delay_deletion(self) -> None:
        """The last failed pod of an index stays until its successor, which carries its count, is there."""
        running = {index_of(pod) for pod in self.active}
        for pod in self.counting:
            index = index_of(pod)
            if not self.valid(pod) or not self.failed(pod):
                continue
            if index in self.done_indexes or index in self.failed_indexes or index in running:
                continue
            last = self.delayed.get(index)
            if last is None or (failures_of(last) <= failures_of(pod) and ended_at(pod) >= ended_at(last)):
                self.delayed[index] = pod


def failures_of(pod: Obj) -> int:
    """How often the index of a pod has failed before it, ignored failures included."""
    return number_in(pod, FAILURES) + number_in(pod, IGNORED)
