"""Jobs: completions, failures, indexes, suspension, and the counting that happens once."""

import pytest

from seatrial.fakes.controllers.garbage_collector import GarbageCollector
from seatrial.fakes.controllers.job import JobController
from seatrial.fakes.controllers.ttl import TtlController
from seatrial.fakes.controllers.words.failures import Backoff, judge, remaining
from seatrial.fakes.controllers.words.indexes import indexes_text, parse_indexes, pending, success_rule
from seatrial.harness.kernel.time import MINUTE, SECOND, START
from seatrial.harness.testing.builders import make_job, make_pod, make_template

JOBS = "jobs.batch"
GOOD, BAD, LONG = "good:1", "bad:1", "long:1"


@pytest.fixture
def site(yard):
    here = yard(JobController(), TtlController(), GarbageCollector())
    here.machines.ends = {GOOD: (2 * SECOND, 0), BAD: (2 * SECOND, 3)}
    return here


def job(name="once", image=GOOD, **spec):
    made = make_job(name, template=make_template(image=image, restartPolicy="Never"), **spec)
    plain = {k: v for k, v in made["spec"].items() if k not in ("selector", "manualSelector")}
    plain["template"] = {**made["spec"]["template"], "metadata": {}}
    return {**made, "spec": plain}


def status(here, name="once"):
    return here.get(JOBS, name)["status"]


def test_a_job_runs_so_many_pods_at_a_time_and_completes(site):
    site.create(job(completions=5, parallelism=2))

    site.run("1500ms")
    assert status(site)["active"] == 2

    site.run("30s")
    told = status(site)
    assert told["succeeded"] == 5
    assert [c["type"] for c in told["conditions"]] == ["SuccessCriteriaMet", "Complete"]
    assert told["uncountedTerminatedPods"] == {}
    assert site.events("Completed") == ["Job completed"]
    assert all(not pod["metadata"].get("finalizers") for pod in site.list("pods"))


def test_every_pod_is_counted_before_its_finalizer_goes(site):
    site.create(job())
    site.run("10s")

    told = [value for value in site.history(JOBS, "uncountedTerminatedPods") if value]
    assert [len(value["succeeded"]) for value in told] == [1]


def test_a_job_fails_after_its_back_off_limit_with_growing_pauses(site):
    site.create(job(image=BAD, backoffLimit=2))
    site.run("10m")

    starts = [pod["metadata"]["creationTimestamp"] for pod in site.list("pods")]
    assert [text[14:19] for text in starts] == ["00:00", "00:13", "00:36"]
    assert site.conditions(JOBS, "once")["Failed"] == ("True", "BackoffLimitExceeded")
    assert status(site)["failed"] == 3
    assert "Job has reached the specified backoff limit" in site.events()


def test_a_job_is_ended_at_its_deadline(site):
    site.create(job(image=LONG, activeDeadlineSeconds=30))
    site.run("29s")
    assert "conditions" not in status(site)

    site.run("5s")
    assert site.conditions(JOBS, "once")["Failed"] == ("True", "DeadlineExceeded")
    assert site.names("pods") == []


def test_failed_is_told_only_when_no_pod_is_terminating_any_more(site):
    site.machines.stop = 20 * SECOND
    site.create(job(image=LONG, activeDeadlineSeconds=5))
    site.run("10s")

    assert list(site.conditions(JOBS, "once")) == ["FailureTarget"]
    assert status(site)["terminating"] == 1

    site.run("30s")
    assert list(site.conditions(JOBS, "once")) == ["FailureTarget", "Failed"]


def test_an_indexed_job_gives_each_pod_its_index(site):
    site.create(job(completions=3, parallelism=3, completionMode="Indexed"))
    site.run("10s")

    assert status(site)["completedIndexes"] == "0-2"
    first = site.list("pods")[0]
    assert first["metadata"]["name"].startswith("once-0-")
    assert first["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"] == "0"
    assert first["spec"]["hostname"] == "once-0"
    assert first["spec"]["containers"][0]["env"][0]["name"] == "JOB_COMPLETION_INDEX"


def test_with_a_limit_per_index_each_index_fails_by_itself(site):
    site.create(job(image=BAD, completions=2, parallelism=2, completionMode="Indexed", backoffLimitPerIndex=1))
    site.run("2m")

    told = status(site)
    assert told["failedIndexes"] == "0,1"
    assert told["failed"] == 4
    assert site.conditions(JOBS, "once")["Failed"] == ("True", "FailedIndexes")


def test_a_success_policy_ends_the_job_early(site):
    policy = {"rules": [{"succeededIndexes": "0"}]}
    site.create(job(completions=3, parallelism=1, completionMode="Indexed", successPolicy=policy))
    site.run("20s")

    assert site.conditions(JOBS, "once")["Complete"] == ("True", "SuccessPolicy")
    assert status(site)["completedIndexes"] == "0"


def test_a_suspended_job_has_no_pods_and_does_not_count_those_it_ends(site):
    site.create(job(image=LONG))
    site.run("5s")

    site.patch(JOBS, "once", {"spec": {"suspend": True}})
    site.run("10s")

    assert site.names("pods") == []
    assert "failed" not in status(site)
    assert site.conditions(JOBS, "once")["Suspended"] == ("True", "JobSuspended")


def test_a_policy_that_ignores_disruptions_does_not_count_them(site):
    rule = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    policy = {"rules": [rule]}
    site.create(job(image=LONG, backoffLimit=0, podFailurePolicy=policy, podReplacementPolicy="Failed"))
    site.run("3s")
    pod = site.list("pods")[0]
    mark = {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}
    marked = {**pod, "status": {**pod["status"], "conditions": [*pod["status"]["conditions"], mark]}}
    site.machines.tell(marked, "Failed", False, 143)

    site.run("20s")

    assert status(site)["active"] == 1
    assert "failed" not in status(site)


def test_replacements_wait_for_the_end_of_failed_pods_if_the_policy_says_so(site):
    site.machines.stop = 20 * SECOND
    site.create(job(image=LONG, podReplacementPolicy="Failed"))
    site.run("3s")

    site.delete("pods", site.names("pods")[0])
    site.run("10s")
    assert len(site.names("pods")) == 1

    site.run("30s")
    assert [pod["status"]["phase"] for pod in site.list("pods")] == ["Running"]


def test_a_deleted_job_lets_its_pods_go(site):
    site.create(job(image=LONG))
    site.run("3s")

    site.delete(JOBS, "once", propagation="Background")
    site.run("10s")

    assert site.names("pods") == []


def test_a_finished_job_is_deleted_when_its_time_is_over(site):
    site.create(job(ttlSecondsAfterFinished=60))
    site.run("30s")
    assert site.names(JOBS) == ["once"]

    site.run("50s")
    assert (site.names(JOBS), site.names("pods")) == ([], [])


def test_a_job_of_another_controller_is_left_alone(site):
    site.create(job(managedBy="kueue.x-k8s.io/multikueue"))
    site.run("10s")

    assert site.names("pods") == []


@pytest.mark.parametrize(("failures", "seconds"), [(0, 0), (1, 10), (2, 20), (3, 40), (6, 320), (7, 600), (30, 600)])
def test_back_off_is_ten_seconds_doubling_to_ten_minutes(failures, seconds):
    assert remaining(failures, START, START) == seconds * SECOND


def test_a_success_forgets_the_failures_before_it():
    def ended(at, phase):
        return make_pod(phase=phase, ready=False, ready_since=START + at * MINUTE, node="n1")

    record = Backoff(2, START).after([ended(5, "Succeeded")], [ended(3, "Failed"), ended(7, "Failed")])

    assert record == Backoff(1, START + 7 * MINUTE)


@pytest.mark.parametrize("text", ["", "0", "0,1", "0-2", "1,3-5,7,8"])
def test_indexes_are_spelled_and_read_back(text):
    assert indexes_text(parse_indexes(text, 10)) == text


def test_indexes_beyond_the_completions_are_left_out():
    assert parse_indexes("1,3-5,9", 5) == {1, 3, 4}
    assert pending(2, 5, {0, 2}) == [1, 3]


@pytest.mark.parametrize(
    ("rule", "met"),
    [
        ({"succeededCount": 2}, True),
        ({"succeededCount": 3}, False),
        ({"succeededIndexes": "0-2", "succeededCount": 1}, True),
        ({"succeededIndexes": "0-2"}, False),
        ({"succeededIndexes": "1"}, True),
    ],
)
def test_success_rules(rule, met):
    text = success_rule({"rules": [rule]}, 5, {1, 4})

    assert text == ("Matched rules at index 0" if met else "")


def test_a_rule_on_exit_codes_names_container_and_code():
    pod = make_pod("p", node="n1", phase="Failed")
    ended = {"name": "app", "state": {"terminated": {"exitCode": 42}}}
    pod = {**pod, "status": {**pod["status"], "containerStatuses": [ended]}}
    policy = {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}]}

    judged = judge(policy, pod)

    assert judged.message == (
        "Container app for pod default/p failed with exit code 42 matching FailJob rule at index 0"
    )
    assert judge(policy, make_pod("q")).action == ""
