"""The folder of `--report DIR`: verdict, history, JUnit, the page, and the plan with its seed."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.report.junit import junit_xml
from seatrial.harness.report.model import API_VERSION, outcome_facts
from seatrial.harness.runner.names import history_name
from seatrial.harness.runner.outcome import Outcome
from seatrial.harness.runner.request import RunRequest

__all__ = ["json_bytes", "prepare", "write_report"]

_OWNER_ONLY_FILE = 0o600
_OWNER_ONLY_FOLDER = 0o700


def json_bytes(value: object) -> bytes:
    """Readable, and the same bytes for the same value."""
    text: bytes = msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2)
    return text + b"\n"


def prepare(folder: str) -> Path:
    """Make the folder before anything runs: an hour's work must not end at a full disk. Raises BadInput."""
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY_FOLDER)
        probe = path / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise BadInput(f"--report {folder}: cannot be written ({error.strerror}); name another folder") from error
    return path


def write_report(outcome: Outcome, request: RunRequest, folder: Path) -> tuple[Path, ...]:
    """Write everything; returns the files. Files are their owner's alone."""
    from seatrial.harness.report.html import page  # noqa: PLC0415 - jinja2 costs 40 ms that `-o json` need not pay

    written = [
        _write(folder / "verdict.json", json_bytes(outcome_facts(outcome))),
        _write(folder / "junit.xml", junit_xml(outcome)),
        _write(folder / "plan.json", json_bytes(_plan_facts(outcome, request))),
        _write(folder / "scenario.yaml", outcome.source.encode()),
        _write(folder / "report.html", page(outcome).encode()),
    ]
    for result in outcome.results:
        path = folder / history_name(len(outcome.results), result.name)
        history = result.history if request.history == "full" else result.history.folded()
        if request.history != "digest":
            _write(path, b"")
            history.write(path)
            written.append(path)
    return tuple(written)


def _write(path: Path, data: bytes) -> Path:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return path


def _plan_facts(outcome: Outcome, request: RunRequest) -> dict[str, object]:
    """What `seatrial replay` needs to ask for the same again."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Plan",
        "scenario": outcome.scenario,
        "digest": outcome.plan,
        "seed": outcome.seed,
        "request": {
            "scenario": request.scenario,
            "on": request.on,
            "seed": request.seed,
            "app": list(request.app),
            "fleet": request.fleet,
            "sets": list(request.sets),
            "plugins": list(request.plugins),
            "strict": request.strict,
            "history": request.history,
        },
    }
