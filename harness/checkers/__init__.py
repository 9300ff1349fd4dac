"""The promises: one fold over the history a file. `CHECKERS` holds all of them by name, loaded when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["CHECKERS", "load"]

CHECKERS = {
    "availability": "availability:Availability",
    "budget-kept": "budget_kept:BudgetKept",
    "converged": "converged:Converged",
    "n-1-capacity": "n_1_capacity:NMinusOneCapacity",
    "no-data-loss": "no_data_loss:NoDataLoss",
    "no-eviction-storm": "no_eviction_storm:NoEvictionStorm",
    "no-orphan": "no_orphan:NoOrphan",
    "no-pod-stuck": "no_pod_stuck:NoPodStuck",
    "quorum-kept": "quorum_kept:QuorumKept",
    "replicas-kept": "replicas_kept:ReplicasKept",
    "spread-kept": "spread_kept:SpreadKept",
}


def load(name: str) -> type[Any]:
    """The checker's class. Raises KeyError for a name that is not listed."""
    module, _, attribute = CHECKERS[name].partition(":")
    found: type[Any] = getattr(import_module(f"{__name__}.{module}"), attribute)
    return found
