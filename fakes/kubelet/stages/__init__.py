"""How long each step of a pod's and a node's life takes, and what must be true first: one YAML table a personality.

A step reads: when a pod is at `stage` and everything in `when` is true, it becomes `becomes` after `after`, plus up to
`jitter` drawn from the pod's own stream. `base` gives a process's default where no annotation speaks. The tables are
part of the package and are read once for a process.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import yaml

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import Duration, parse_duration

__all__ = ["CONDITIONS", "Stages", "Step", "load"]

CONDITIONS = frozenset(("volumes-mounted", "containers-exited"))


class Step(NamedTuple):
    """One row of a table."""

    stage: str
    becomes: str
    after: Duration
    jitter: Duration
    when: tuple[str, ...]

    def delay(self, stream: Stream) -> Duration:
        """One draw of how long it takes."""
        return self.after + stream.below(self.jitter + 1) if self.jitter else self.after


class Stages:
    """One personality."""

    def __init__(self, name: str, table: dict[str, Any]) -> None:
        self.name = name
        self.image_size: str = str(table.get("image-size", "100Mi"))
        self.image_rate: int = int(table.get("image-bytes-per-second", 100_000_000))
        self.pod = {step.stage: step for step in map(_step, table.get("pod", ()))}
        self.container = {step.stage: step for step in map(_step, table.get("container", ()))}
        self.node = {step.stage: step for step in map(_step, table.get("node", ()))}
        self.process = {step.stage: step for step in map(_step, table.get("process", ()))}

    def base(self, what: str) -> Duration:
        """A process's default time."""
        return self.process[what].after

    def __reduce__(self) -> tuple[Any, ...]:
        # A world that is pickled names its personality; the table itself is the package's.
        return (load, (self.name,))


def _step(row: dict[str, Any]) -> Step:
    when = tuple(row.get("when", ()))
    for condition in when:
        if condition not in CONDITIONS:
            raise BadInput(f"stage {row['stage']}: unknown condition {condition!r}; known: {sorted(CONDITIONS)}")
    return Step(
        row["stage"],
        row.get("becomes", ""),
        parse_duration(str(row.get("after", "0s"))),
        parse_duration(str(row.get("jitter", "0s"))),
        when,
    )


@cache
def load(name: str = "general") -> Stages:
    """The personality of this name. Raises BadInput where there is none."""
    source = resources.files(__name__) / f"{name}.yaml"
    if not source.is_file():
        raise BadInput(f"no stage table is called {name!r}; known: general, fast")
    return Stages(name, yaml.safe_load(source.read_text(encoding="utf-8")))
