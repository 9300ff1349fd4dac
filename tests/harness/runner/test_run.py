"""From a request to an outcome: settling, forking, interrupting, binding."""

import signal
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import pytest

from seatrial.harness.kernel.errors import BadInput, Unavailable
from seatrial.harness.ports.checker import Standing, Verdict
from seatrial.harness.runner import RunRequest, plan_of, run_request
from seatrial.harness.runner.binding import bind
from seatrial.harness.runner.run import run_plan
from seatrial.harness.runner.trial import settle
from seatrial.harness.scenario.library import scenario_names
from seatrial.harness.substrates.sim import SimSubstrate

FRAGILE = RunRequest("zonal/zone-loss", app=("builtin/fragile",), seed=11)


def quiet(_what, _detail):
    """Nobody wants to know."""


def write_app(folder, **container):
    labels = {"app": "web"}
    spec = {"name": "web", "image": "example.com/web:1", **container}
    (folder / "app.yaml").write_text(
        f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: 2
  selector: {{matchLabels: {labels}}}
  template:
    metadata: {{labels: {labels}}}
    spec: {{containers: [{spec}]}}
"""
    )
    return str(folder)


def digest_of(sets):
    outcome = run_request(replace(FRAGILE, sets=sets))
    return [result.history.digest() for result in outcome.results]


def test_two_processes_make_the_bytes_of_one():
    together = [result.history.digest() for result in run_request(FRAGILE).results]
    choices = [(f"zone={zone}", f"node-lifecycle={policy}") for zone in "abc" for policy in ("upstream", "eks")]

    with ProcessPoolExecutor(2) as pool:
        apart = [digest for digests in pool.map(digest_of, choices) for digest in digests]

    assert apart == together


def test_a_history_of_which_only_the_digest_is_kept_has_the_digest_of_a_kept_one():
    kept = run_request(replace(FRAGILE, sets=("zone=a",)))
    dropped = run_request(replace(FRAGILE, sets=("zone=a",), history="digest"))

    assert [result.history.digest() for result in dropped.results] == [
        result.history.digest() for result in kept.results
    ]
    assert [result.findings for result in dropped.results] == [result.findings for result in kept.results]
    assert all(not result.history.cluster(1) for result in dropped.results)
    assert all(result.history.cluster(1) for result in kept.results)


def test_forks_do_not_see_each_other():
    plan, substrate = plan_of(FRAGILE)
    settled = settle(plan, substrate, quiet)
    first, second = settled.fork(), settled.fork()
    pods = list(first.fleet.clusters[0].store.tables.list("pods"))
    first.fleet.clusters[0].kubelets.stop_node(pods[0]["spec"]["nodeName"])
    first.run_for(600 * 10**9)

    assert first.now > second.now
    assert list(second.fleet.clusters[0].store.tables.list("pods")) == pods
    assert first.fleet.clusters[0].store.tables is not second.fleet.clusters[0].store.tables


def test_forks_share_every_committed_object():
    plan, substrate = plan_of(FRAGILE)
    settled = settle(plan, substrate, quiet)
    first, second = settled.fork(), settled.fork()

    for one, other in zip(
        *(list(world.fleet.clusters[0].store.tables.list("pods")) for world in (first, second)), strict=True
    ):
        assert one is other


def test_a_config_map_that_nobody_brings_along_is_assumed_with_a_warning(tmp_path):
    app = write_app(tmp_path, envFrom=[{"configMapRef": {"name": "absent"}}])
    outcome = run_request(RunRequest("zonal/zone-loss", app=(app,), sets=("zone=a",)))

    assert outcome.verdict is Verdict.HELD
    assert any("absent" in warning for warning in outcome.warnings)


def test_an_app_without_a_service_is_judged_by_its_replicas_alone(tmp_path):
    outcome = run_request(RunRequest("zonal/zone-loss", app=(write_app(tmp_path),), sets=("zone=a",)))

    told = {finding.checker: finding.standing for finding in outcome.results[0].findings}
    assert told["availability"] is told["blast-radius"] is Standing.NOT_APPLICABLE
    assert told["replicas-kept"] is Standing.COUNTED


def test_a_pod_that_no_machine_can_hold_is_bad_input(tmp_path):
    app = write_app(tmp_path, resources={"requests": {"cpu": "900"}})

    with pytest.raises(BadInput, match="asks for more cpu than any node has"):
        run_request(RunRequest("zonal/zone-loss", app=(app,)))


def test_a_probe_that_never_passes_ends_unknown_without_a_storm(tmp_path):
    folder = tmp_path / "app"
    folder.mkdir()
    app = write_app(folder, readinessProbe={"httpGet": {"path": "/", "port": 80}})
    text = (
        (folder / "app.yaml")
        .read_text()
        .replace("metadata: {labels:", "metadata: {annotations: {seatrial.dev/fail-probe: readiness}, labels:")
    )
    (folder / "app.yaml").write_text(text)

    outcome = run_request(RunRequest("zonal/zone-loss", app=(app,)))

    assert outcome.verdict is Verdict.UNKNOWN
    (result,) = outcome.results
    assert result.unready[0].workload == "Deployment/default/web"
    assert any("readiness" in reason for reason in result.unready[0].reasons)


def write_job(folder, **annotations):
    (folder / "job.yaml").write_text(
        f"""
apiVersion: batch/v1
kind: Job
metadata: {{name: migrate}}
spec:
  backoffLimit: 0
  ttlSecondsAfterFinished: 0
  template:
    metadata: {{annotations: {annotations}}}
    spec:
      restartPolicy: Never
      containers: [{{name: main, image: "example.com/migrate:1"}}]
"""
    )


def test_a_job_that_is_cleaned_up_when_it_is_done_is_not_missing(tmp_path):
    app = write_app(tmp_path)
    write_job(tmp_path)

    (result, *_) = run_request(RunRequest("zonal/zone-loss", app=(app,), sets=("zone=a",))).results

    assert result.unready == ()


def test_a_job_that_failed_and_is_cleaned_up_says_why(tmp_path):
    app = write_app(tmp_path)
    write_job(tmp_path, **{"seatrial.dev/exit-code": "1"})

    (result,) = run_request(RunRequest("zonal/zone-loss", app=(app,), sets=("zone=a",))).results

    assert result.verdict is Verdict.UNKNOWN
    assert [lack.reasons for lack in result.unready] == [
        ("BackoffLimitExceeded: Job has reached the specified backoff limit",)
    ]


def test_what_the_api_server_refuses_is_bad_input_with_its_place(tmp_path):
    app = write_app(tmp_path, ports=[{"containerPort": 99999}])

    with pytest.raises(BadInput, match=r"app\.yaml:\d+:\d+: .*must be between 1 and 65535"):
        run_request(RunRequest("zonal/zone-loss", app=(app,)))


def test_an_interrupted_run_tells_what_was_seen_and_is_never_held():
    plan, substrate = plan_of(FRAGILE)

    def interrupt(what, _detail):
        if what == "calm":
            signal.raise_signal(signal.SIGINT)

    outcome = run_plan(plan, substrate, interrupt)

    assert outcome.interrupted
    assert len(outcome.results) == 1
    assert outcome.results[0].interrupted
    assert outcome.verdict is not Verdict.HELD
    assert outcome.results[0].findings


def test_a_lifecycle_policy_that_is_none_is_bad_input():
    with pytest.raises(BadInput, match="upstream, eks"):
        run_request(replace(FRAGILE, sets=("node-lifecycle=gke",)))


def test_a_substrate_that_lacks_an_ability_is_refused_before_anything_is_touched():
    class Weak(SimSubstrate):
        name = "weak"
        abilities = frozenset()

    with pytest.raises(Unavailable, match=r"weak cannot do stop-zone, which zone-loss \(.*zone-loss.yaml:"):
        bind(FRAGILE, Weak())


def test_a_zone_that_does_not_exist_is_bad_input():
    with pytest.raises(BadInput, match="there is no zone"):
        run_request(replace(FRAGILE, sets=("zone=x",)))


def test_every_shipped_scenario_ends_as_it_says():
    """The built-in app is built well: it holds in every scenario that does not say otherwise."""
    ended = {
        name: run_request(RunRequest(name)).verdict for name in scenario_names() if not name.startswith("negative/")
    }

    assert {name for name, verdict in ended.items() if verdict is not Verdict.HELD} == set()
