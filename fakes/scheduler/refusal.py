"""Why a pod may not run on a node, and what in the cluster may change that."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Change", "Refusal"]


class Refusal(NamedTuple):
    """A filter's no. `curable`: taking pods away from the node may turn it into a yes (Unschedulable in Go)."""

    plugin: str
    reasons: tuple[str, ...]
    curable: bool


class Change(NamedTuple):
    """Something happened that may let a refused pod in.

    kind: `pod/add`, `node/taint`, `pvc/update`, ...: a resource and what happened to it (framework/events.go).
    old, new: NodeInfo for nodes, PodInfo for pods, the object itself for the rest; None before it was, after it went.
    """

    kind: str
    old: Any
    new: Any
