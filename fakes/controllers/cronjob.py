"""CronJobs: a Job at each time of a schedule.

Source: pkg/controller/cronjob (v1.36.3).
Differs from the real one: a Job is put on the active list, and its time into lastScheduleTime, when it is seen, one
turn after its creation (its uid is not known before); a changed schedule is looked at at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import ClassVar, NamedTuple

from seatrial.fakes.controllers.words.cron import Schedule, parse_schedule, zone_of
from seatrial.fakes.controllers.words.events import event, warning
from seatrial.fakes.controllers.words.finished import finished_condition
from seatrial.fakes.controllers.words.meta import controller_of, instant, owner_reference, with_status
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.time import MILLISECOND, SECOND, Duration, Instant, rfc3339
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, View, Write

__all__ = ["CronJobController", "Missed", "decide", "job_name", "most_recent"]

NAME = "cronjob-controller"
CRONJOBS, JOBS = "cronjobs.batch", "jobs.batch"
# nextScheduleDelta: the real one wakes that much after the time, so as never to be early.
DELTA: Duration = 100 * MILLISECOND
MISSED_MAX = 100
SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"


class Missed(NamedTuple):
    """The most recent time that is due and not served, and whether very many were."""

    earliest: Instant
    recent: Instant | None
    some: bool = False
    many: bool = False


def job_name(cronjob: Obj, scheduled: Instant) -> str:
    """NAME-<minutes since the epoch>."""
    return f"{cronjob['metadata']['name']}-{scheduled // (60 * SECOND)}"


def most_recent(cronjob: Obj, schedule: Schedule, now: Instant, *, within_deadline: bool) -> Missed:
    """The latest time up to now that no Job was started for. Raises BadInput for a schedule that stands still."""
    told = (cronjob.get("status") or {}).get("lastScheduleTime")
    earliest = instant(told or cronjob["metadata"]["creationTimestamp"])
    deadline = cronjob["spec"].get("startingDeadlineSeconds")
    if within_deadline and deadline is not None:
        earliest = max(earliest, now - deadline * SECOND)
    first = schedule.after(earliest)
    if first is None or now < first:
        return Missed(earliest, None)
    second = schedule.after(first)
    if second is None or now < second:
        return Missed(earliest, first)
    between = (second - first) // SECOND
    if between < 1:
        raise BadInput("time difference between two schedules is less than 1 second")
    count = (now - first) // SECOND // between + 1
    recent = None
    candidate = schedule.after(first + (count - 2) * between * SECOND)
    while candidate is not None and candidate <= now:
        recent = candidate
        candidate = schedule.after(candidate)
    return Missed(earliest, recent, count > 0, count > MISSED_MAX)


def _wait(cronjob: Obj, schedule: Schedule, now: Instant) -> Duration | None:
    """How long until the next time, a little more."""
    try:
        missed = most_recent(cronjob, schedule, now, within_deadline=False)
    except BadInput:
        missed = Missed(now, now)
    start = missed.recent
    if start is None:
        start = now if missed.some else missed.earliest
    following = schedule.after(start)
    return None if following is None else following + DELTA - now


def decide(cronjob: Obj, jobs: Sequence[Obj], now: Instant, made: tuple[str, Instant] | None = None) -> Next:
    """One sync. jobs: those with this CronJob as their controller. made: name and time of the last Job created."""
    sync = _Sync(cronjob, jobs, now, made)
    sync.clean_up()
    after = sync.run()
    return Next(tuple(sync.writes + sync.told() + sync.events), after)


class _Sync:
    """The working copy of one sync."""

    def __init__(self, cronjob: Obj, jobs: Sequence[Obj], now: Instant, made: tuple[str, Instant] | None) -> None:
        meta = cronjob["metadata"]
        self.cronjob = cronjob
        self.jobs = jobs
        self.now = now
        self.made = made
        self.space: str = meta["namespace"]
        self.key = Key(CRONJOBS, self.space, meta["name"])
        self.status: Obj = dict(cronjob.get("status") or {})
        self.active: list[Obj] = list(self.status.get("active") or ())
        self.writes: list[Write] = []
        self.events: list[Write] = []

    def told(self) -> list[Write]:
        """The status, if it says anything new."""
        new = {field: value for field, value in self.status.items() if field != "active"}
        if self.active:
            new["active"] = self.active
        if new == (self.cronjob.get("status") or {}):
            return []
        return [Write("update", self.key, with_status(self.cronjob, new), "status")]

    def _say(self, reason: str, message: str) -> None:
        self.events.append(event(self.key, reason, message, NAME))

    def _warn(self, reason: str, message: str) -> None:
        self.events.append(warning(self.key, reason, message, NAME))

    def clean_up(self) -> None:
        """Delete the oldest finished Jobs beyond the history limits."""
        spec = self.cronjob["spec"]
        for kind, field in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
            limit = spec.get(field)
            ended = [job for job in self.jobs if finished_condition(job) == kind]
            if limit is not None and len(ended) > limit:
                for job in sorted(ended, key=_by_start)[: len(ended) - limit]:
                    self._delete(job)

    def _delete(self, job: Obj) -> None:
        name, uid = job["metadata"]["name"], job["metadata"]["uid"]
        key = Key(JOBS, self.space, name)
        self.writes.append(Write("delete", key, propagation="Background", tolerate=("NotFound",)))
        self._forget(uid)
        self._say("SuccessfulDelete", f"Deleted job {name}")

    def _forget(self, uid: str) -> None:
        self.active = [reference for reference in self.active if reference["uid"] != uid]

    def run(self) -> Duration | None:
        """Follow the Jobs, then start the one that is due."""
        for job in self.jobs:
            self._follow(job)
        present = {job["metadata"]["uid"] for job in self.jobs}
        for reference in self.active:
            if reference["uid"] not in present:
                self._say("MissingJob", f"Active job went missing: {reference['name']}")
                self._forget(reference["uid"])
        spec = self.cronjob["spec"]
        if "deletionTimestamp" in self.cronjob["metadata"]:
            return None
        zone = spec.get("timeZone") or ""
        try:
            zone_of(zone)
        except BadInput as error:
            self._warn("UnknownTimeZone", f'invalid timeZone: "{zone}": {error}')
            return None
        if spec.get("suspend"):
            return None
        try:
            schedule = parse_schedule(spec["schedule"], zone)
        except BadInput as error:
            self._warn("UnparseableSchedule", f'unparseable schedule: "{spec["schedule"]}" : {error}')
            return None
        return self._start(schedule)

    def _follow(self, job: Obj) -> None:
        """Keep the active list and lastSuccessfulTime as the Job has it."""
        meta, ended = job["metadata"], finished_condition(job)
        listed = any(reference["uid"] == meta["uid"] for reference in self.active)
        if not listed and self.made is not None and meta["name"] == self.made[0]:
            # Seen for the first time: what the real one does at once after the creation.
            self.active.append(_reference(job))
            self.status["lastScheduleTime"] = rfc3339(self.made[1])
            listed = True
        if not ended:
            if not listed:
                text = f"Saw a job that the controller did not create or forgot: {meta['name']}"
                self._warn("UnexpectedJob", text)
            return
        if listed:
            self._forget(meta["uid"])
            self._say("SawCompletedJob", f"Saw completed job: {meta['name']}, condition: {ended}")
        done = (job.get("status") or {}).get("completionTime")
        if ended == "Complete" and done:
            before = self.status.get("lastSuccessfulTime")
            if before is None or instant(done) > instant(before):
                self.status["lastSuccessfulTime"] = done

    def _start(self, schedule: Schedule) -> Duration | None:
        spec, now = self.cronjob["spec"], self.now
        try:
            missed = most_recent(self._current(), schedule, now, within_deadline=True)
        except BadInput as error:
            self._warn("InvalidSchedule", f"invalid schedule: {spec['schedule']} : {error}")
            return None
        scheduled = missed.recent
        if scheduled is None or scheduled > now:
            return _wait(self._current(), schedule, now)
        if missed.many:
            text = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
            self._warn("TooManyMissedTimes", text)
        deadline = spec.get("startingDeadlineSeconds")
        if deadline is not None and scheduled + deadline * SECOND < now:
            self._warn("MissSchedule", f"Missed scheduled time to start a job: {_rfc1123(scheduled)}")
        elif self._may_start(scheduled):
            self._create(scheduled)
        return _wait(self._current(), schedule, now)

    def _current(self) -> Obj:
        """The CronJob with the status as this sync has it."""
        return with_status(self.cronjob, self.status)

    def _may_start(self, scheduled: Instant) -> bool:
        name = job_name(self.cronjob, scheduled)
        if any(reference["name"] == name for reference in self.active):
            return False
        if self.status.get("lastScheduleTime") == rfc3339(scheduled):
            return False
        if self.made is not None and self.made[0] == name:
            return False  # created and not seen yet
        policy = self.cronjob["spec"].get("concurrencyPolicy", "Allow")
        if policy == "Forbid" and self.active:
            text = "Not starting job because prior execution is running and concurrency policy is Forbid"
            self._say("JobAlreadyActive", text)
            return False
        if policy == "Replace":
            for reference in list(self.active):
                job = next((job for job in self.jobs if job["metadata"]["uid"] == reference["uid"]), None)
                if job is not None:
                    self._delete(job)
        return True

    def _create(self, scheduled: Instant) -> None:
        name = job_name(self.cronjob, scheduled)
        self.made = (name, scheduled)
        body = _job_of(self.cronjob, name, scheduled)
        self.writes.append(Write("create", Key(JOBS, self.space, name), body, tolerate=("AlreadyExists",)))
        self._say("SuccessfulCreate", f"Created job {name}")


def _by_start(job: Obj) -> tuple[str, str]:
    # One without a start time comes last: "~" is beyond all digits.
    return (job.get("status") or {}).get("startTime", "~"), job["metadata"]["name"]


def _reference(job: Obj) -> Obj:
    meta = job["metadata"]
    return {
        "kind": "Job",
        "namespace": meta["namespace"],
        "name": meta["name"],
        "uid": meta["uid"],
        "apiVersion": "batch/v1",
        "resourceVersion": meta.get("resourceVersion", ""),
    }


def _job_of(cronjob: Obj, name: str, scheduled: Instant) -> Obj:
    template = cronjob["spec"]["jobTemplate"]
    source = template.get("metadata") or {}
    zone = zone_of(cronjob["spec"].get("timeZone") or "")
    local = datetime.fromtimestamp(scheduled // SECOND, zone).isoformat().replace("+00:00", "Z")
    meta: Obj = {"name": name, "namespace": cronjob["metadata"]["namespace"]}
    if source.get("labels"):
        meta["labels"] = source["labels"]
    meta["annotations"] = {**(source.get("annotations") or {}), SCHEDULED: local}
    meta["ownerReferences"] = [owner_reference(cronjob, "batch/v1", "CronJob")]
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": template["spec"]}


def _rfc1123(when: Instant) -> str:
    moment = datetime.fromtimestamp(when // SECOND, UTC)
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    day, month = days[moment.weekday()], months[moment.month - 1]
    return f"{day}, {moment.day:02d} {month} {moment.year} {moment:%H:%M:%S} +0000"


class CronJobController:
    """The twin of kube-controller-manager's cronjob-controller."""

    name: ClassVar[str] = NAME
    watches: ClassVar[tuple[Watch, ...]] = (Watch(CRONJOBS), Watch(JOBS, "jobs"))
    workers: ClassVar[int] = 5

    def __init__(self) -> None:
        self._made: dict[Key, tuple[str, Instant]] = {}
        self._failing: dict[Key, str] = {}

    def jobs(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """The CronJob that a Job belongs to."""
        job = new if new is not None else old
        assert job is not None
        reference = controller_of(job)
        if reference is None or reference["kind"] != "CronJob":
            return ()
        return (Key(CRONJOBS, job["metadata"]["namespace"], reference["name"]),)

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Follow the Jobs of a CronJob and start the next one."""
        cronjob = view.get(CRONJOBS, key.namespace, key.name)
        if cronjob is None:
            self._made.pop(key, None)
            self._failing.pop(key, None)
            return DONE
        owned = [job for found, job in view.owned(cronjob["metadata"]["uid"]) if found.resource == JOBS]
        made = self._made.get(key)
        answer = decide(cronjob, owned, now, made)
        for write in answer.writes:
            if write.verb == "create":
                scheduled = int(write.key.name.rpartition("-")[2]) * 60 * SECOND
                self._made[key] = (write.key.name, scheduled)
        writes = answer.writes
        failed = self._failing.pop(key, "")
        if failed:
            writes = (warning(key, "FailedCreate", f"Error creating job: {failed}", NAME), *writes)
        return answer._replace(writes=writes)

    def failed(self, write: Write, error: ApiError, now: Instant) -> None:
        """A Job was refused: it was not made."""
        if write.verb == "create" and write.key.resource == JOBS:
            owner = write.body["metadata"]["ownerReferences"][0]["name"]
            key = Key(CRONJOBS, write.key.namespace, owner)
            self._made.pop(key, None)
            self._failing[key] = str(error)
