"""CronJobs and their schedules."""

import pytest

from seatrial.fakes.controllers.cronjob import CronJobController, most_recent
from seatrial.fakes.controllers.garbage_collector import GarbageCollector
from seatrial.fakes.controllers.job import JobController
from seatrial.fakes.controllers.words.cron import parse_schedule
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.time import HOUR, MINUTE, SECOND, START, parse_instant, rfc3339
from seatrial.harness.testing.builders import make_cronjob

CRONJOBS, JOBS = "cronjobs.batch", "jobs.batch"
FIRST = START // (60 * SECOND)


@pytest.fixture
def site(yard):
    here = yard(CronJobController(), JobController(), GarbageCollector())
    here.machines.ends["app:1"] = (2 * SECOND, 0)
    return here


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        ("*/5 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"),
        ("0 * * * *", "2026-01-01T00:00:01Z", "2026-01-01T01:00:00Z"),
        ("@hourly", "2026-01-01T00:59:59Z", "2026-01-01T01:00:00Z"),
        ("@daily", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
        ("@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
        ("@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("@every 90s", "2026-01-01T00:00:00Z", "2026-01-01T00:01:30Z"),
        ("30 4 1,15 * 5", "2026-01-01T05:00:00Z", "2026-01-02T04:30:00Z"),
        ("0 9 * * mon-fri", "2026-01-02T10:00:00Z", "2026-01-05T09:00:00Z"),
        ("0 0 29 feb *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("10-20/5 3 * * *", "2026-01-01T03:11:00Z", "2026-01-01T03:15:00Z"),
        ("5/20 * * * *", "2026-01-01T00:26:00Z", "2026-01-01T00:45:00Z"),
        ("0 0 */2 * mon", "2026-01-01T12:00:00Z", "2026-01-03T00:00:00Z"),
    ],
)
def test_the_next_time(schedule, after, expected):
    found = parse_schedule(schedule).after(parse_instant(after))

    assert found is not None
    assert rfc3339(found) == expected


@pytest.mark.parametrize(
    ("zone", "after", "expected"),
    [
        ("Europe/Berlin", "2026-01-01T00:00:00Z", "2026-01-01T01:30:00Z"),
        # Clocks go forward from 2 to 3: half past two does not come that day.
        ("Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"),
        ("America/New_York", "2026-07-01T00:00:00Z", "2026-07-01T06:30:00Z"),
    ],
)
def test_the_next_half_past_two_in_a_zone(zone, after, expected):
    found = parse_schedule("30 2 * * *", zone).after(parse_instant(after))

    assert found is not None
    assert rfc3339(found) == expected


def test_where_clocks_go_back_the_hour_comes_twice():
    schedule = parse_schedule("30 2 * * *", "Europe/Berlin")

    first = schedule.after(parse_instant("2026-10-24T12:00:00Z"))
    assert first is not None
    second = schedule.after(first)

    assert second == first + HOUR


def test_a_day_that_never_comes_has_no_next_time():
    assert parse_schedule("0 0 31 2 *").after(START) is None


@pytest.mark.parametrize(
    "schedule",
    ["", "* * * *", "60 * * * *", "* 24 * * *", "*/0 * * * *", "5-1 * * * *", "x * * * *", "@never", "@every x"],
)
def test_a_schedule_that_cannot_be_read(schedule):
    with pytest.raises(BadInput):
        parse_schedule(schedule)


def test_jobs_are_named_by_their_minute_and_old_ones_deleted(site):
    site.create(make_cronjob("tick", schedule="*/5 * * * *"))
    site.run("26m")

    assert site.names(JOBS) == [f"tick-{FIRST + minute}" for minute in (15, 20, 25)]
    job = site.list(JOBS)[0]
    note = job["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"]
    assert note == "2026-01-01T00:15:00Z"
    status = site.get(CRONJOBS, "tick")["status"]
    assert status["lastScheduleTime"] == "2026-01-01T00:25:00Z"
    assert "active" not in status


def test_the_job_is_made_at_its_time_and_listed_as_active(site):
    site.create(make_cronjob("tick", schedule="*/5 * * * *"))

    site.run("5m")
    assert site.names(JOBS) == []

    site.run("1s")
    assert site.names(JOBS) == [f"tick-{FIRST + 5}"]
    assert [r["name"] for r in site.get(CRONJOBS, "tick")["status"]["active"]] == [f"tick-{FIRST + 5}"]


@pytest.mark.parametrize(("policy", "running"), [("Allow", 3), ("Forbid", 1), ("Replace", 1)])
def test_what_happens_to_jobs_that_are_still_running(site, policy, running):
    site.machines.ends.clear()
    site.create(make_cronjob("tick", schedule="* * * * *", concurrencyPolicy=policy))

    site.run("3m30s")

    assert len(site.names(JOBS)) == running
    last = {"Allow": 3, "Forbid": 1, "Replace": 3}[policy]
    assert site.names(JOBS)[-1] == f"tick-{FIRST + last}"


def test_a_suspended_one_makes_no_jobs_and_then_only_the_last_that_was_missed(site):
    site.create(make_cronjob("tick", schedule="* * * * *", suspend=True))
    site.run("10m30s")
    assert site.names(JOBS) == []

    site.patch(CRONJOBS, "tick", {"spec": {"suspend": False}})
    site.run("5s")
    assert site.names(JOBS) == [f"tick-{FIRST + 10}"]


def test_too_late_is_too_late(site):
    site.create(make_cronjob("tick", schedule="0 * * * *", suspend=True, startingDeadlineSeconds=60))
    site.run("62m")

    site.patch(CRONJOBS, "tick", {"spec": {"suspend": False}})
    site.run("5s")

    assert site.names(JOBS) == []


def test_more_than_a_hundred_missed_times_are_many():
    cronjob = make_cronjob(schedule="* * * * *")

    few = most_recent(cronjob, parse_schedule("* * * * *"), START + 100 * MINUTE, within_deadline=True)
    many = most_recent(cronjob, parse_schedule("* * * * *"), START + 102 * MINUTE, within_deadline=True)

    assert (few.recent, few.many) == (START + 100 * MINUTE, False)
    assert (many.recent, many.many) == (START + 102 * MINUTE, True)
