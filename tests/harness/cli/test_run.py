"""`seatrial run`, from the command line to the exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seatrial.harness.cli import entry
from seatrial.harness.cli.patience import patience
from seatrial.harness.kernel.errors import Bug, LimitHit, Unavailable, Unsupported

Cli = Callable[..., Any]

QUICK = ("run", "zonal/zone-loss", "--set", "zone=a", "--set", "node-lifecycle=upstream")
BROKEN = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: lone}
spec:
  replicas: 1
  selector: {matchLabels: {app: lone}}
  template:
    metadata: {labels: {app: lone}}
    spec:
      nodeSelector: {topology.kubernetes.io/zone: us-east-1a}
      containers: [{name: c, image: i}]
---
apiVersion: v1
kind: Service
metadata: {name: lone}
spec: {selector: {app: lone}, ports: [{port: 80}]}
"""
OTHER_VERSIONS = """
---
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: lone}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: lone}
  maxReplicas: 3
  targetCPUUtilizationPercentage: 70
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.x.io}
spec:
  group: x.io
  scope: Namespaced
  names: {plural: widgets, kind: Widget}
  versions:
  - {name: v1beta1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
---
apiVersion: x.io/v1beta1
kind: Widget
metadata: {name: old}
"""


@pytest.fixture
def lone(tmp_path: Path) -> str:
    file = tmp_path / "lone.yaml"
    file.write_text(BROKEN)
    return str(file)


def test_a_well_built_app_holds(cli: Cli) -> None:
    ran = cli(*QUICK)

    assert ran.code == 0
    assert "HELD" in ran.out
    assert ran.err.startswith("seed     0: zonal/zone-loss")


def test_a_fragile_app_is_broken_with_a_way_to_see_it_again(cli: Cli, lone: str) -> None:
    ran = cli(*QUICK, "--app", lone)

    assert ran.code == 1
    assert "Deployment/default/lone" in ran.out
    assert f"seatrial run zonal/zone-loss --app {lone}" in "".join(ran.out.split("\n"))


def test_json_is_one_document_with_the_verdict(cli: Cli) -> None:
    ran = cli(*QUICK, "-o", "json")

    assert ran.document["verdict"] == "HELD"
    assert [run["settings"]["zone"] for run in ran.document["runs"] if "zone" in run["settings"]] in ([], ["a"])


def test_the_same_seed_gives_the_same_bytes(cli: Cli) -> None:
    one, other = (cli(*QUICK, "--seed", "7", "-o", "json") for _ in range(2))

    assert one.out == other.out


def test_a_dry_run_tells_what_would_be_run(cli: Cli) -> None:
    ran = cli("run", "zonal/zone-loss", "--dry-run", "-o", "json")

    plan = ran.document[0]
    assert ran.code == 0
    assert [run["name"] for run in plan["runs"]] == [
        f"zone={zone}, node-lifecycle={policy}" for zone in "abc" for policy in ("upstream", "eks")
    ]
    assert plan["fleet"] == "6 m6i.xlarge in zones a, b, c (Kubernetes 1.36)"
    assert "zone-loss at 0s, for 30m" in cli("run", "zonal/zone-loss", "--dry-run").out


def test_a_report_is_written_and_replayed(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "out"

    assert cli(*QUICK, "--report", str(folder)).code == 0

    assert {"verdict.json", "junit.xml", "report.html", "plan.json"} <= {file.name for file in folder.iterdir()}
    ran = cli("replay", str(folder), "-o", "json")
    assert (ran.code, ran.document["same"]) == (0, True)


def test_several_scenarios_have_seeds_of_their_own(cli: Cli) -> None:
    ran = cli("run", "zonal/node-reboot", "zonal/pod-kill", "-o", "json")

    seeds = [outcome["seed"] for outcome in ran.document]
    assert len(set(seeds)) == 2
    assert [outcome["scenario"] for outcome in ran.document] == ["zonal/node-reboot", "zonal/pod-kill"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "zonal/zone-los"), "did you mean 'zonal/zone-loss'"),
        (("run", "nope.yaml"), "nope.yaml: there is no such file"),
        (("run", "zonal/zone-loss", "--app", "nowhere"), "nowhere: there is no such file or folder"),
        (("run", "zonal/zone-loss", "--fleet", "nowhere.yaml"), "nowhere.yaml: cannot be read"),
        (("run", "zonal/zone-loss", "--set", "zon=a"), "did you mean 'zone'?"),
        (("run", "zonal/zone-loss", "--set", "zone"), "write it as --set NAME=VALUE"),
        (("run", "zonal/zone-loss", "--set", "for=5"), "for: 5 has no unit"),
        (("run", "zonal/zone-loss", "--set", "zone=q"), "there is no zone 'q'; the fleet has a, b, c"),
        (("run", "zonal/zone-loss", "--plugin", "no.such.module"), "--plugin no.such.module: cannot be imported"),
        (("run", "zonal/zone-loss", "--baseline", "nowhere.json"), "nowhere.json"),
        (("replay", "nowhere"), "nowhere: is no report"),
    ],
)
def test_bad_input_is_2_and_says_what_to_do(cli: Cli, arguments: tuple[str, ...], told: str) -> None:
    ran = cli(*arguments, "-o", "json")

    assert ran.code == 2
    assert told in ran.err
    assert told in "\n".join(ran.document["problems"])


def test_a_substrate_that_is_not_here_is_4(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    ran = cli("run", "zonal/zone-loss", "--on", "kind")

    assert ran.code == 4
    assert "docker is not installed" in ran.err


def test_manifests_that_the_api_server_refuses_are_2_with_their_places(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "app.yaml"
    file.write_text("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: Web}\nspec: {replicas: -1}\n")

    ran = cli(*QUICK, "--app", str(file))

    assert ran.code == 2
    assert f"{file}:1:1" in ran.err


@pytest.mark.parametrize(
    ("annotation", "told"),
    [
        ('seatrial.dev/crash-after: "soon"', "annotation seatrial.dev/crash-after"),
        ('seatrial.dev/exit-code: "bad"', "'bad' is no whole number"),
        ('seatrial.dev/memory: "much"', "annotation seatrial.dev/memory"),
        ('seatrial.dev/image-size: "1 GB"', "annotation seatrial.dev/image-size"),
    ],
)
def test_an_annotation_that_makes_no_sense_is_2_with_its_place(
    cli: Cli, tmp_path: Path, annotation: str, told: str
) -> None:
    file = tmp_path / "app.yaml"
    file.write_text(BROKEN.replace("labels: {app: lone}}", f"labels: {{app: lone}}, annotations: {{{annotation}}}}}"))

    ran = cli(*QUICK, "--app", str(file))

    assert ran.code == 2
    assert f"{file}:2:1: Deployment/default/lone: " in ran.err
    assert told in ran.err


def test_other_versions_of_a_kind_are_taken(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "app.yaml"
    file.write_text(BROKEN.replace("us-east-1a", "us-east-1b") + OTHER_VERSIONS)

    ran = cli(*QUICK, "--app", str(file), "--strict")

    assert ran.code == 0, ran.err


def test_a_full_history_tells_what_the_kubelets_say(cli: Cli, tmp_path: Path) -> None:
    cli(*QUICK, "--history", "full", "--report", str(tmp_path / "full"))
    cli(*QUICK, "--report", str(tmp_path / "changes"))
    reasons = {
        kept: {
            record["new"].get("reason")
            for line in next((tmp_path / kept).glob("history*.jsonl")).read_text().splitlines()[1:]
            if (record := json.loads(line)).get("verb") == "event"
        }
        for kept in ("full", "changes")
    }

    assert {"Pulled", "Created", "Started"} <= reasons["full"]
    assert not {"Pulled", "Created", "Started"} & reasons["changes"]
    assert cli("replay", str(tmp_path / "full")).code == 0


def test_an_app_that_never_becomes_ready_is_unknown_with_the_reasons(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "app.yaml"
    file.write_text(BROKEN.replace("containers:", "schedulingGates: [{name: example.com/wait}]\n      containers:"))

    ran = cli(*QUICK, "--app", str(file), "-o", "json")

    assert ran.code in (1, 3)
    (lack,) = ran.document["runs"][0]["notReady"]
    assert (lack["workload"], lack["ready"]) == ("Deployment/default/lone", 0)
    assert "SchedulingGated" in " ".join(lack["reasons"])


def test_strict_refuses_what_would_be_assumed(cli: Cli, tmp_path: Path, lone: str) -> None:
    file = tmp_path / "needy.yaml"
    file.write_text(BROKEN.replace("nodeSelector: {", "serviceAccountName: robot\n      nodeSelector: {"))

    assert cli(*QUICK, "--app", str(file), "--strict", "--dry-run").code == 2
    assert cli(*QUICK, "--app", lone, "--strict", "--dry-run").code == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Bug("time has stopped"), 70),
        (ZeroDivisionError("ours"), 70),
        (RecursionError("deep"), 70),
        (Unsupported("CEL"), 4),
        (Unavailable("no Docker"), 4),
        (LimitHit("too many"), 3),
        (KeyboardInterrupt(), 130),
    ],
)
def test_every_error_is_an_exit_code_and_no_traceback(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr("seatrial.harness.runner.run.run_request", fail)

    ran = cli(*QUICK, "-o", "json")

    assert (ran.code, ran.document["exitCode"]) == (code, code)


def test_a_bug_tells_the_command_and_how_to_report_it(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise Bug("two actors are called x")

    monkeypatch.setattr("seatrial.harness.runner.run.run_request", fail)

    told = cli(*QUICK, "--seed", "77").err

    assert "a bug of Seatrial: Bug: two actors are called x in fail (test_run.py:" in told
    assert "seatrial run zonal/zone-loss --set zone=a --set node-lifecycle=upstream --seed 77" in told
    assert "SEATRIAL_DEBUG=1" in told


def test_debug_shows_the_way_to_a_bug(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise Bug("x")

    monkeypatch.setattr("seatrial.harness.runner.run.run_request", fail)
    monkeypatch.setenv("SEATRIAL_DEBUG", "1")

    assert entry.run(list(QUICK)) == 70
    assert "Traceback" in capsys.readouterr().err


ENDLESS = """
apiVersion: seatrial.dev/v1alpha1
why: A storm of a year leaves time to press Ctrl-C.
storm: [{inject: zone-loss, zone: a, for: 399d}]
promises: [converged]
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_reports_what_was_seen_so_far(tmp_path: Path) -> None:
    scenario = tmp_path / "endless.yaml"
    scenario.write_text(ENDLESS)
    command = [sys.executable, "-c", "from seatrial.harness.cli import main; main()", "run", str(scenario)]
    process = subprocess.Popen(
        [*command, "--report", str(tmp_path / "out"), "-o", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("run "):
            break
    process.send_signal(signal.SIGINT)

    out, err = process.communicate(timeout=60)

    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert json.loads(out)["runs"][0]["interrupted"]
    assert (tmp_path / "out" / "verdict.json").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_reader_that_has_had_enough_is_no_error() -> None:
    command = f"{sys.executable} -c 'from seatrial.harness.cli import main; main()' list instances"
    ran = subprocess.run(
        ["/bin/sh", "-c", f"{command} | true; {command} | head -1"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("m5.large")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("{} run zonal/zone-loss --app builtin/storefront --set zone=a | true", 0, ""),
        ("{} run zonal/zone-loss --app - <&-", 2, "<stdin>: is closed; pipe the text in, or name a file"),
        ("{} list faults >&-", 2, "standard output is closed; send it to a file, or to /dev/null"),
    ],
)
def test_pipes_that_are_closed_are_no_bugs(line: str, code: int, said: str) -> None:
    command = f"{sys.executable} -c 'from seatrial.harness.cli import main; main()'"
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line.format(command)], capture_output=True, text=True, check=False
    )

    assert ran.returncode == code
    assert said in ran.stderr
    assert "bug" not in ran.stderr


def pressed(times: int, done: list[str]) -> None:
    """Ctrl-C so many times, in the midst of something."""
    with patience():
        for _ in range(times):
            signal.raise_signal(signal.SIGINT)
        done.append("report")


def test_ctrl_c_while_the_report_is_written_waits_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    done: list[str] = []

    with pytest.raises(KeyboardInterrupt):
        pressed(1, done)

    assert done == ["report"]
    assert "the report is being written" in capsys.readouterr().err


def test_a_second_ctrl_c_stops_at_once() -> None:
    done: list[str] = []

    with pytest.raises(KeyboardInterrupt):
        pressed(2, done)

    assert done == []


def test_listing_loads_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from seatrial.harness.cli.entry import run\n"
        "run(['list'])\n"
        "heavy = {'rich', 'jinja2', 'msgspec', 'seatrial.fakes', 'seatrial.harness.runner', 'boto3'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stderr.splitlines()[-1] == "[]"
