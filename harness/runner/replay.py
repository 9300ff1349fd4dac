"""`seatrial replay DIR`: the same run again, and the first point at which it is another one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec

from seatrial.harness.history.codec import encode
from seatrial.harness.history.log import History
from seatrial.harness.history.secrets import Veil
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.time import duration_text
from seatrial.harness.ports.event import Record
from seatrial.harness.runner.names import history_name
from seatrial.harness.runner.outcome import Outcome, Result
from seatrial.harness.runner.request import RunRequest
from seatrial.harness.runner.run import run_request

__all__ = ["first_difference", "read_request", "replay_folder"]

Progress = Callable[[str, str], None]


def read_request(folder: str) -> tuple[RunRequest, dict[str, Any]]:
    """What a report was asked for, and its verdict. Raises BadInput for a folder that is no report."""
    path = Path(folder)
    try:
        plan = msgspec.json.decode((path / "plan.json").read_bytes())
        verdict = msgspec.json.decode((path / "verdict.json").read_bytes())
        asked = plan["request"]
        request = RunRequest(
            scenario=asked["scenario"],
            on=asked["on"],
            seed=asked["seed"],
            app=tuple(asked["app"]),
            fleet=asked["fleet"],
            sets=tuple(asked["sets"]),
            plugins=tuple(asked["plugins"]),
            strict=asked["strict"],
            history="full" if asked.get("history") == "full" else "changes",
        )
    except FileNotFoundError as error:
        raise BadInput(
            f"{folder}: is no report ({Path(error.filename).name} is missing); name what --report wrote"
        ) from None
    except (OSError, msgspec.DecodeError, KeyError, TypeError) as error:
        raise BadInput(f"{folder}: this report cannot be read ({error})") from error
    return request, verdict


def replay_folder(folder: str, progress: Progress = lambda _what, _detail: None) -> tuple[str, ...]:
    """Run it again; returns one line for each run that differs, with the first point of difference."""
    request, verdict = read_request(folder)
    outcome = run_request(request, progress)
    return tuple(_differences(Path(folder), verdict, outcome, full=request.history == "full"))


def _differences(folder: Path, verdict: dict[str, Any], outcome: Outcome, *, full: bool) -> list[str]:
    lived = {run["name"]: run for run in verdict["runs"]}
    found = []
    for result in outcome.results:
        before = lived.pop(result.name, None)
        name = result.name or "the run"
        if before is None:
            found.append(f"{name}: is new; did the scenario, the fleet or the app change?")
        elif before["digest"] != result.history.digest():
            found.append(f"{name}: {_where(folder, outcome, result, full=full)}")
    found += [f"{name or 'the run'}: is not run any more" for name in lived]
    return found


def _where(folder: Path, outcome: Outcome, result: Result, *, full: bool) -> str:
    path = folder / history_name(len(outcome.results), result.name)
    if not path.is_file():
        return "another digest; the history was not kept, so the point of difference is unknown"
    return first_difference(History.read(path), result.history if full else result.history.folded())


def first_difference(before: History, now: History) -> str:
    """In words: the first record that is not the same in both."""
    veil = Veil(before.seed)
    for number, (old, new) in enumerate(zip_longest(before, now), start=1):
        if old is not None and new is not None and encode(old, veil) == encode(new, veil):
            continue
        return f"differs first at record {number}: {_told(old, before)} before, {_told(new, now)} now"
    return "the records are the same; only the digest differs"


def _told(record: Record | None, history: History) -> str:
    if record is None:
        return "nothing"
    storm = next(
        (one.time for one in history.cluster(0) if one.verb == "phase" and one.key.name == "storm"), record.time
    )
    since = record.time - storm
    return f"{duration_text(since)} {record.actor} {record.verb} {record.key}"
