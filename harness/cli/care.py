"""`seatrial doctor` and `seatrial clean`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from seatrial.harness.cli.exits import UNAVAILABLE
from seatrial.harness.cli.options import OutputOption
from seatrial.harness.cli.talk import Output, data, document, say, table

__all__ = ["clean", "doctor"]

_LIBRARIES = ("jinja2", "jsonpatch", "msgspec", "pydantic", "PyYAML", "rich", "typer")
_PROGRAMS = {
    "docker": (["docker", "version", "--format", "{{.Server.Version}}"], "install Docker and start it"),
    "kind": (["kind", "version"], "install kind: https://kind.sigs.k8s.io"),
    "kubectl": (["kubectl", "version", "--client"], "install kubectl"),
}
# Several nodes a machine exhaust these: kind's known-issues page.
_INOTIFY = {"fs/inotify/max_user_watches": 524_288, "fs/inotify/max_user_instances": 512}


class For(StrEnum):
    """What is to be run here."""

    ALL = "all"
    SIM = "sim"
    KIND = "kind"


class Check(NamedTuple):
    """One thing looked at. state: ok, note or lacking."""

    id: str
    of: str
    state: str
    seen: str
    remedy: str = ""


def doctor(
    on: Annotated[For, typer.Option("--on", help="Which substrate is meant to run here.")] = For.ALL,
    output: OutputOption = Output.TEXT,
) -> None:
    """What this machine has for each substrate. Exit code 4 if what was asked for cannot run here."""
    checks = [check for check in (*_sim(), *_kind()) if on is For.ALL or check.of in (on, "all")]
    # Without --on the simulated fleet is what must run; kind is nice to have.
    needed = "kind" if on is For.KIND else "sim"
    lacking = [check for check in checks if check.state == "lacking" and check.of in (needed, "all")]
    if output is Output.JSON:
        document([check._asdict() for check in checks])
    else:
        table([(check.state, check.id, check.seen + (f": {check.remedy}" if check.remedy else "")) for check in checks])
        data(f"the substrate {needed} {'can run' if not lacking else 'cannot run'} here")
    if lacking:
        raise typer.Exit(UNAVAILABLE)


def clean(output: OutputOption = Output.TEXT) -> None:
    """Delete the clusters and files of runs on kind whose process is gone; a run that is alive is left alone."""
    from seatrial.harness.substrates.kind.substrate import clean as clean_kind  # noqa: PLC0415

    removed = clean_kind()
    if output is Output.JSON:
        document({"removed": removed})
    for one in removed:
        say(f"removed  {one}")
    if not removed:
        say("nothing to clean: the simulated fleet lives in its process alone, and no run on kind left anything")


def _sim() -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    new = sys.version_info >= (3, 11)
    yield Check("python", "all", "ok" if new else "lacking", version, "" if new else "Python 3.11 or newer is needed")
    from importlib import metadata  # noqa: PLC0415 - costs 20 ms

    for library in _LIBRARIES:
        try:
            yield Check(library, "all", "ok", metadata.version(library))
        except metadata.PackageNotFoundError:
            yield Check(library, "all", "lacking", "not installed", f"pip install {library}")
    from yaml import __with_libyaml__ as with_libyaml  # noqa: PLC0415

    yield Check(
        "libyaml",
        "all",
        "ok" if with_libyaml else "lacking",
        "PyYAML has it" if with_libyaml else "PyYAML was built without it",
        "" if with_libyaml else "install a binary wheel of PyYAML",
    )
    for name in ("AWS_ENDPOINT_URL", "KUBECONFIG"):
        if os.environ.get(name):
            yield Check(name.lower().replace("_", "-"), "sim", "note", "is set; Seatrial does not read it")


def _kind() -> Iterator[Check]:
    for name, (command, remedy) in _PROGRAMS.items():
        if shutil.which(name) is None:
            yield Check(name, "kind", "lacking", "not found", remedy)
            continue
        try:
            answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603 - fixed words
        except (OSError, subprocess.TimeoutExpired) as error:
            yield Check(name, "kind", "lacking", f"does not answer ({type(error).__name__})", remedy)
            continue
        lines = (answer.stdout.strip() or answer.stderr.strip()).splitlines() or ["no answer"]
        fine = answer.returncode == 0
        yield Check(name, "kind", "ok" if fine else "lacking", lines[0], "" if fine else remedy)
    for setting, least in _INOTIFY.items():
        file = Path("/proc/sys") / setting
        if file.is_file():
            have = int(file.read_text("ascii"))
            word = setting.replace("/", ".")
            yield Check(
                word.rpartition(".")[2].replace("_", "-"),
                "kind",
                "ok" if have >= least else "note",
                str(have),
                "" if have >= least else f"several nodes may need more: sysctl {word}={least}",
            )
    image = os.environ.get("KIND_NODE_IMAGE", "")
    if image:
        yield Check("kind-node-image", "kind", "note", f"KIND_NODE_IMAGE is {image}")
