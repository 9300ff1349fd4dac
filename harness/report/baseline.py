"""`--baseline FILE`: findings of an old fleet that are accepted for a time, by their stable ids.

    apiVersion: seatrial.dev/v1alpha1
    kind: Baseline
    accept:
      - {id: availability/Service/shop/web/continuous, reason: moves to three zones in Q1, until: 2026-03-31}

A finding that is not listed, or whose date has passed, fails as always. What is listed and no longer seen is told, so
that the list shrinks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.limits import SCENARIO_BYTES_MAX
from seatrial.harness.ports.checker import Standing, Verdict
from seatrial.harness.report.model import API_VERSION
from seatrial.harness.runner.outcome import Outcome

__all__ = ["Baseline", "Entry", "read_baseline", "starting_baseline"]


@dataclass(frozen=True)
class Entry:
    """One accepted finding."""

    id: str
    reason: str
    until: date


@dataclass(frozen=True)
class Baseline:
    """What is accepted."""

    file: str
    entries: tuple[Entry, ...]

    def accepted(self, today: date) -> tuple[str, ...]:
        """Ids that are accepted on a day."""
        return tuple(entry.id for entry in self.entries if entry.until >= today)

    def remarks(self, outcome: Outcome, today: date) -> list[str]:
        """Expired entries that would have been needed, and entries that nothing needs any more."""
        bad = {
            finding.id
            for result in outcome.results
            for finding in result.findings
            if finding.standing is Standing.COUNTED and finding.verdict is not Verdict.HELD
        }
        said = []
        for entry in self.entries:
            if entry.id not in bad:
                said.append(f"{self.file}: {entry.id} holds now; take it out of the baseline")
            elif entry.until < today:
                said.append(
                    f"{self.file}: {entry.id} was accepted until {entry.until}; it fails again ({entry.reason})"
                )
        return said


def read_baseline(path: str) -> Baseline:
    """From a file. Raises BadInput with the place of what is wrong."""
    file = Path(path)
    try:
        if file.stat().st_size > SCENARIO_BYTES_MAX:
            raise BadInput(f"{path}: more than {SCENARIO_BYTES_MAX:,} bytes are not read")
        value = yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"--baseline {path}: cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: is no YAML ({str(error).splitlines()[0]})") from error
    if not isinstance(value, dict) or value.get("kind") != "Baseline" or value.get("apiVersion") != API_VERSION:
        raise BadInput(f"{path}: expected kind Baseline of {API_VERSION}; it lists what is accepted under `accept:`")
    unknown = sorted(set(value) - {"apiVersion", "kind", "accept"})
    if unknown:
        raise BadInput(f"{path}: unknown word {unknown[0]!r}; known are apiVersion, kind, accept")
    listed = value.get("accept") or []
    if not isinstance(listed, list):
        raise BadInput(f"{path}: accept: must be a list")
    return Baseline(path, tuple(_entry(path, number, item) for number, item in enumerate(listed, start=1)))


def _entry(path: str, number: int, item: Any) -> Entry:
    place = f"{path}: accept[{number}]"
    if not isinstance(item, dict):
        raise BadInput(f"{place}: must be a mapping of id, reason, until")
    for word in ("id", "reason", "until"):
        if not item.get(word):
            raise BadInput(f"{place}: must say {word!r}; every exception has a reason and an end")
    unknown = sorted(set(item) - {"id", "reason", "until"})
    if unknown:
        raise BadInput(f"{place}: unknown word {unknown[0]!r}; known are id, reason, until")
    until = item["until"]
    if isinstance(until, str):
        try:
            until = date.fromisoformat(until)
        except ValueError:
            raise BadInput(f"{place}: until: {until!r} is no date; write it as 2026-03-31") from None
    if type(until) is not date:
        raise BadInput(f"{place}: until: must be a date as 2026-03-31")
    return Entry(str(item["id"]), str(item["reason"]), until)


def starting_baseline(outcome: Outcome, until: date) -> str:
    """A file that accepts all that is wrong now, to begin with on an old fleet."""
    ids = sorted(
        {
            finding.id
            for result in outcome.results
            for finding in result.findings
            if finding.standing is Standing.COUNTED and finding.verdict is not Verdict.HELD
        }
    )
    entries = [{"id": one, "reason": "known when the baseline was made", "until": until} for one in ids]
    return yaml.safe_dump({"apiVersion": API_VERSION, "kind": "Baseline", "accept": entries}, sort_keys=False)
