"""Every bound in one place, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator

from seatrial.harness.kernel.errors import LimitHit
from seatrial.harness.kernel.time import DAY, MINUTE, SECOND, Duration

__all__ = ["bounded"]

# One cluster of 1,000 nodes and 30,000 pods starts in one instant; ten times that is a loop.
ACTS_PER_INSTANT_MAX = 5_000_000
# client-go would spin at full speed; 1,000 turns on one key without time passing is a livelock.
RECONCILES_PER_KEY_AND_INSTANT_MAX = 1_000
# A key that asks to be looked at again and again within a minute spins as well, only slower.
RECONCILES_PER_KEY_AND_MINUTE_MAX = 20_000
# The watch cache's bounds (k8s.io/apiserver/pkg/storage/cacher: 100 to 102,400 events, 75 s fresh).
WATCH_EVENTS_MIN = 100
WATCH_EVENTS_MAX = 102_400
WATCH_WINDOW_MIN: Duration = 75 * SECOND
# etcd compaction by the API server: what `continue` tokens live for.
COMPACTION_PERIOD: Duration = 5 * MINUTE
# Input files: above what a manifest of a large cluster needs, below what hurts a laptop.
INPUT_BYTES_MAX = 64 * 1024 * 1024
INPUT_NODES_MAX = 4_000_000
INPUT_DEPTH_MAX = 100
SCENARIO_BYTES_MAX = 1024 * 1024
# A scenario of hand-written length; its steps and promises are walked many times.
SCENARIO_NODES_MAX = 20_000
# Longer than any rehearsal; calendars end at the year 9999.
SPAN_MAX: Duration = 400 * DAY
# Kubernetes is tested to 5,000 nodes in a cluster; EKS goes to 100,000. Above this no laptop has the memory.
NODES_MAX = 100_000
CLUSTERS_MAX = 10_000


def bounded(count_max: int, what: str) -> Iterator[int]:
    """Count up to a bound; raise LimitHit with `what` beyond it."""
    yield from range(count_max)
    raise LimitHit(f"{what}: more than {count_max} turns")
