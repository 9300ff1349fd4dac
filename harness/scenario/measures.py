"""The closed list of what a `when:` or a `while:` may look at."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["MEASURES", "SUBJECTS", "Measure"]

SUBJECTS = ("app", "cluster", "nodegroup", "step", "zone")


class Measure(NamedTuple):
    """subjects: of what it can be asked. share: whether it is a share (`40%`) or a count. help: one sentence."""

    subjects: tuple[str, ...]
    share: bool
    help: str


MEASURES: dict[str, Measure] = {
    "ready": Measure(
        ("app", "cluster", "nodegroup", "zone"), True, "share of its replicas (app) or nodes that are Ready"
    ),
    "updated": Measure(
        ("app", "cluster", "nodegroup"), True, "share of its replicas (app) or nodes that have the newest version"
    ),
    "served": Measure(("app",), True, "share of the clients' requests that are answered"),
    "pending": Measure(("app", "cluster"), False, "pods that no node has taken yet"),
    "terminating": Measure(("app", "cluster"), False, "pods that are being deleted"),
    "tainted": Measure(("cluster", "nodegroup", "zone"), False, "nodes with a NoExecute taint"),
    "in-force": Measure(("step",), False, "1 while the step of this id is in force, else 0"),
}
