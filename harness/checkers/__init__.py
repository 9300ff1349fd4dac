"""The promises: one fold over the history a file. `CHECKERS` holds all of them by name, loaded when asked for."""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.harness.ports.checker import Checker
from seatrial.harness.ports.registry import Registry

__all__ = ["CHECKERS"]

_PLACES = {
    "availability": "availability:Availability",
    "blast-radius": "blast_radius:BlastRadius",
    "budget-kept": "budget_kept:BudgetKept",
    "converged": "converged:Converged",
    "endpoints-kept": "endpoints_kept:EndpointsKept",
    "n-1-capacity": "n_1_capacity:NMinusOneCapacity",
    "no-data-loss": "no_data_loss:NoDataLoss",
    "no-eviction-storm": "no_eviction_storm:NoEvictionStorm",
    "no-orphan": "no_orphan:NoOrphan",
    "no-pod-stuck": "no_pod_stuck:NoPodStuck",
    "quorum-kept": "quorum_kept:QuorumKept",
    "replicas-kept": "replicas_kept:ReplicasKept",
    "spread-kept": "spread_kept:SpreadKept",
}

CHECKERS: Mapping[str, type[Checker]] = Registry(__name__, _PLACES)
