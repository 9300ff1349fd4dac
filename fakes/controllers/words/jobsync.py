"""One sync of a Job, as a working copy: what its pods have come to, what they are to become, what the status says.

Source: pkg/controller/job/job_controller.go (v1.36.3).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from seatrial.fakes.controllers.words.conditions import find
from seatrial.fakes.controllers.words.events import event, warning
from seatrial.fakes.controllers.words.failures import ended_at, remaining
from seatrial.fakes.controllers.words.indexes import (
    FAILURES,
    IGNORED,
    INDEX,
    index_of,
    indexes_text,
    number_in,
    pending,
)
from seatrial.fakes.controllers.words.jobfacts import (
    BURST,
    FINALIZER,
    GENERATED_MAX,
    NAME,
    JobFacts,
    condition,
    failures_of,
    has_finalizer,
    release_finalizer,
)
from seatrial.fakes.controllers.words.meta import owner_reference, with_status
from seatrial.fakes.controllers.words.pods import is_ready, is_terminating, phase_of
from seatrial.fakes.controllers.words.ranking import plain_order
from seatrial.fakes.controllers.words.templates import pod_of
from seatrial.harness.kernel.time import Duration, rfc3339
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Write

__all__ = ["JobSync"]


class JobSync(JobFacts):
    """The working copy. `writes` in the order: pods, status with the uncounted, finalizers, status with counts."""

    def run(self) -> None:
        """Count, decide, write."""
        uid_good, uid_bad = set(self.good), set(self.bad)
        valid = [pod for pod in self.counting if self.valid(pod)]
        new_good = [p for p in valid if phase_of(p) == "Succeeded" and p["metadata"]["uid"] not in uid_good]
        new_bad = [p for p in valid if self.failed(p) and p["metadata"]["uid"] not in uid_bad]
        counted_bad = [pod for pod in new_bad if self.judge(pod).counts]
        self.succeeded = self.status.get("succeeded", 0) + len(new_good) + len(self.good)
        failed = self.status.get("failed", 0) + len(counted_bad) + len(self.bad)
        self.terminating = sum(is_terminating(pod) for pod in self.pods)
        self.ready = sum(is_ready(pod) for pod in self.active)
        suspended = bool(self.spec.get("suspend"))
        if "startTime" not in self.status and not suspended:
            self.status["startTime"] = rfc3339(self.now)
        self.backoff = self.backoff.after(new_good, new_bad)
        self.finished = self.ended(failed, suspended)
        if self.indexed:
            self.count_indexes()
        count = len(self.active)
        changed = False
        if self.finished is not None:
            self._delete(self.active)
            count = 0
            if not self.settled:
                self.finished = None
        else:
            manages = self.settled and "deletionTimestamp" not in self.job["metadata"]
            if manages:
                count = self._manage(suspended)
            changed = self._complete(count, suspended, manages)
        self._track(count, changed)

    # What they are to become.

    def _manage(self, suspended: bool) -> int:
        """Create or delete pods; returns how many are active then."""
        active = len(self.active)
        if suspended:
            return active - self._delete(self._for_removal(active), uncounted=True)
        parallel = self.spec.get("parallelism", 1)
        if self.completions is None:
            wanted = active if self.succeeded else parallel
        else:
            wanted = max(0, min(self.completions - self.succeeded, parallel))
        surplus = self._for_removal(max(0, active - wanted))[:BURST]
        if surplus:
            return active - self._delete(surplus, uncounted=True)
        missing = wanted - active - (self.terminating if self.replaces_failed else 0)
        return active + self._create(missing) if missing > 0 else active

    def _for_removal(self, least: int) -> list[Obj]:
        """Pods of an index that another has too, then the usual order."""
        rest, doubles = self.active, []
        if self.indexed:
            rest, seen = [], set()
            for pod in reversed(plain_order(self.active)):
                index = index_of(pod)
                if 0 <= index < (self.completions or 0) and index not in seen:
                    seen.add(index)
                    rest.append(pod)
                else:
                    doubles.append(pod)
        return doubles + plain_order(rest)[: max(0, least - len(doubles))]

    def _delete(self, pods: Sequence[Obj], *, uncounted: bool = False) -> int:
        """Delete pods; those that are merely too many lose their finalizer before, and so never count as failed."""
        for pod in pods:
            if uncounted and has_finalizer(pod):
                self.pod_writes.append(release_finalizer(pod))
            name = pod["metadata"]["name"]
            self.pod_writes.append(Write("delete", Key("pods", self.space, name), tolerate=("NotFound",)))
            self.deletions.append(name)
            self.events.append(event(self.key, "SuccessfulDelete", f"Deleted pod: {name}", NAME))
            self.ready -= is_ready(pod)
        self.terminating += len(pods)
        return len(pods)

    def _create(self, missing: int) -> int:
        """Create pods unless the back-off says to wait."""
        if self.per_index is None:
            wait = remaining(self.backoff.failures, self.backoff.last, self.now)
            if wait > 0:
                self.look_again(wait)
                return 0
        missing = min(missing, BURST)
        if not self.indexed:
            body = self._body()
            self.pod_writes += [Write("create", Key("pods", self.space, ""), body) for _ in range(missing)]
            self.creations = missing
            return missing
        indexes = self._indexes_to_add(missing)
        for index in indexes:
            self.pod_writes.append(Write("create", Key("pods", self.space, ""), self._indexed_body(index)))
        self.creations = len(indexes)
        return len(indexes)

    def _indexes_to_add(self, missing: int) -> list[int]:
        taken = self.done_indexes | self.failed_indexes | {index_of(pod) for pod in self.active}
        if self.replaces_failed:
            taken |= {index_of(pod) for pod in self.pods if is_terminating(pod)}
        indexes = pending(missing, self.completions or 0, taken)
        if self.per_index is None:
            return indexes
        waits = {index: self._index_wait(index) for index in indexes}
        ready = [index for index in indexes if not waits[index]]
        if not ready and waits:
            self.look_again(min(waits.values()))
        return ready

    def _index_wait(self, index: int) -> Duration:
        last = self.delayed.get(index)
        return 0 if last is None else remaining(failures_of(last) + 1, ended_at(last), self.now)

    def _body(self) -> Obj:
        reference = owner_reference(self.job, "batch/v1", "Job")
        body = pod_of(self.spec["template"], self.job, reference)
        meta = body["metadata"]
        finalizers = list(meta.get("finalizers") or ())
        if FINALIZER not in finalizers:
            finalizers.append(FINALIZER)
        return {**body, "metadata": {**meta, "finalizers": finalizers}}

    def _indexed_body(self, index: int) -> Obj:
        body = self._body()
        meta, name = body["metadata"], self.job["metadata"]["name"]
        notes = {**(meta.get("annotations") or {}), INDEX: str(index)}
        if self.per_index is not None:
            notes.update(self._failure_counts(self.delayed.get(index)))
        tail = f"-{index}-"
        prefix = name[: GENERATED_MAX - len(tail)] if len(name) + len(tail) > GENERATED_MAX else name
        head = {
            **meta,
            "generateName": prefix + tail,
            "annotations": notes,
            "labels": {**(meta.get("labels") or {}), INDEX: str(index)},
        }
        return {**body, "metadata": head, "spec": {**_with_index(body["spec"]), "hostname": f"{name}-{index}"}}

    def _failure_counts(self, replaced: Obj | None) -> dict[str, str]:
        if replaced is None:
            return {FAILURES: "0"}
        failures, ignored = number_in(replaced, FAILURES), number_in(replaced, IGNORED)
        if self.judge(replaced).counts:
            failures += 1
        else:
            ignored += 1
        return {FAILURES: str(failures), **({IGNORED: str(ignored)} if ignored else {})}

    def _complete(self, active: int, suspended: bool, managed: bool) -> bool:
        """Success, or being suspended and resumed; True if a condition has changed."""
        if self.completions is None:
            complete = self.succeeded > 0 and active == 0
        else:
            complete = self.succeeded >= self.completions and active == 0
        if complete:
            text = "Reached expected number of succeeded pods"
            self.finished = condition("SuccessCriteriaMet", "CompletionsReached", text, self.now)
            return False
        if not managed:
            return False
        if suspended:
            if not self._ensure("Suspended", "True", "JobSuspended", "Job suspended"):
                return False
            self.events.append(event(self.key, "Suspended", "Job suspended", NAME))
            self.status.pop("startTime", None)
        else:
            if not self._ensure("Suspended", "False", "JobResumed", "Job resumed"):
                return False
            self.events.append(event(self.key, "Resumed", "Job resumed", NAME))
            self.status["startTime"] = rfc3339(self.now)
        return True

    def _ensure(self, kind: str, status: str, reason: str, message: str) -> bool:
        """Set a condition; True if that changed anything. A False one is never added."""
        fresh = condition(kind, reason, message, self.now, status)
        for place, old in enumerate(self.conditions):
            if old["type"] == kind:
                told = (old["status"], old.get("reason", ""), old.get("message", ""))
                if told == (status, reason, message):
                    return False
                self.conditions[place] = fresh
                return True
        if status == "False":
            return False
        self.conditions.append(fresh)
        return True

    # What the status says.

    def _track(self, active: int, changed: bool) -> None:
        old = self.job.get("status") or {}
        flush = changed or active != old.get("active", 0) or self.ready != old.get("ready", -1)
        flush = flush or self.terminating != old.get("terminating", -1)
        self.status.update(active=active, ready=self.ready, terminating=self.terminating)
        # uids without a finalizer have been counted as far as pods go: move them into the counters.
        waiting = {pod["metadata"]["uid"] for pod in self.counting}
        flush = self._settle(waiting) or flush
        leaving, counted = self._count_ended()
        flush = flush or counted
        if self.indexed:
            flush = self._tell_indexes() or flush
        flush = self._tell_target() or flush
        if flush:
            self.track_writes.append(self._status_write(fresh=True))
            self.flushed = True
        self.track_writes += [release_finalizer(pod) for pod in leaving]
        waiting -= {pod["metadata"]["uid"] for pod in leaving}
        again = self._settle(waiting)
        if self._finish():
            again = True
        if again:
            self.track_writes.append(self._status_write(fresh=not flush))

    def _settle(self, waiting: Collection[str]) -> bool:
        good = [uid for uid in self.good if uid in waiting]
        bad = [uid for uid in self.bad if uid in waiting]
        if len(good) == len(self.good) and len(bad) == len(self.bad):
            return False
        self.status["succeeded"] = self.status.get("succeeded", 0) + len(self.good) - len(good)
        self.status["failed"] = self.status.get("failed", 0) + len(self.bad) - len(bad)
        self.good, self.bad = good, bad
        return True

    def _count_ended(self) -> tuple[list[Obj], bool]:
        """(pods whose finalizer may go, whether any of them is newly counted)."""
        leaving: list[Obj] = []
        counted = False
        ending = self.finished is not None or "deletionTimestamp" in self.job["metadata"]
        failing = self.finished is not None and self.finished["type"] != "SuccessCriteriaMet"
        good, bad = set(self.good), set(self.bad)
        for pod in self.counting:
            uid, succeeded, failed = pod["metadata"]["uid"], phase_of(pod) == "Succeeded", self.failed(pod)
            if not (ending or succeeded or (failed and not self._is_delayed(pod))):
                continue
            leaving.append(pod)
            if succeeded and uid not in bad:
                if self.indexed:
                    counted = counted or (self.valid(pod) and index_of(pod) not in self.before)
                elif uid not in good:
                    self.good.append(uid)
                    counted = True
            elif (failed or failing) and uid not in bad and self.valid(pod) and self.judge(pod).counts:
                self.bad.append(uid)
                counted = True
            if len(self.good) + len(self.bad) >= BURST:
                break
        return leaving, counted

    def _is_delayed(self, pod: Obj) -> bool:
        return self.delayed.get(index_of(pod)) is pod

    def _tell_indexes(self) -> bool:
        old = self.job.get("status") or {}
        text = indexes_text(self.done_indexes)
        self.status["succeeded"] = len(self.done_indexes)
        self.status["completedIndexes"] = text
        changed = bool(text != old.get("completedIndexes", ""))
        if self.per_index is not None:
            self.status["failedIndexes"] = indexes_text(self.failed_indexes)
            changed = changed or self.status["failedIndexes"] != old.get("failedIndexes")
        return changed

    def _tell_target(self) -> bool:
        """FailureTarget and SuccessCriteriaMet come before Failed and Complete."""
        finished = self.finished
        if finished is None:
            return False
        reason, message = finished.get("reason", ""), finished.get("message", "")
        if finished["type"] == "FailureTarget":
            self.conditions.append(finished)
            self.finished = condition("Failed", reason, message, self.now)
            return True
        if finished["type"] == "SuccessCriteriaMet":
            fresh = find(self.conditions, "SuccessCriteriaMet") is None
            if fresh:
                self.conditions.append(finished)
            self.finished = condition("Complete", reason, message, self.now)
            return fresh
        return False

    def _finish(self) -> bool:
        """Complete or Failed is told when all is counted and no pod is terminating."""
        finished = self.finished
        if finished is None or self.good or self.bad or self.terminating > 0:
            return False
        self._ensure(finished["type"], "True", finished.get("reason", ""), finished.get("message", ""))
        if finished["type"] == "Complete":
            self.status["completionTime"] = finished["lastTransitionTime"]
            self.events.append(event(self.key, "Completed", "Job completed", NAME))
        else:
            self.events.append(warning(self.key, finished["reason"], finished["message"], NAME))
        self.done = True
        return True

    def _status_write(self, *, fresh: bool) -> Write:
        """The status as it is now. A second write of one sync has no version to be held against."""
        status = {field: value for field, value in self.status.items() if value or field in _ALWAYS}
        uncounted = {}
        if self.good:
            uncounted["succeeded"] = list(self.good)
        if self.bad:
            uncounted["failed"] = list(self.bad)
        status["uncountedTerminatedPods"] = uncounted
        if self.conditions:
            status["conditions"] = list(self.conditions)
        else:
            status.pop("conditions", None)
        body = with_status(self.job, status)
        if not fresh:
            meta = {field: value for field, value in self.job["metadata"].items() if field != "resourceVersion"}
            body = {**body, "metadata": meta}
        return Write("update", self.key, body, "status")


_ALWAYS = ("ready", "terminating", "failedIndexes")
_INDEX_VARIABLE = {
    "name": "JOB_COMPLETION_INDEX",
    "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": f"metadata.labels['{INDEX}']"}},
}


def _with_index(spec: Obj) -> Obj:
    """The pod spec whose containers are told their index."""
    changed = dict(spec)
    for field in ("initContainers", "containers"):
        if spec.get(field):
            changed[field] = [_told(container) for container in spec[field]]
    return changed


def _told(container: Obj) -> Obj:
    env = container.get("env") or []
    if any(variable["name"] == _INDEX_VARIABLE["name"] for variable in env):
        return container
    return {**container, "env": [*env, _INDEX_VARIABLE]}
