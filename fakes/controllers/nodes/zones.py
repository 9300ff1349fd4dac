"""Zones as node lifecycle sees them: their state, and how fast their nodes may be tainted NoExecute.

Source: pkg/controller/nodelifecycle (ComputeZoneState, setLimiterInZone) and its scheduler/rate_limited_queue.go,
k8s.io/component-helpers/node/topology, golang.org/x/time/rate (v1.36.3).
Differs from the real one: tokens are whole, and a bucket knows the instant of its next one, so nothing polls it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.time import SECOND, Duration, Instant

__all__ = [
    "EKS",
    "POLICIES",
    "UPSTREAM",
    "Bucket",
    "Policy",
    "Zone",
    "ZoneState",
    "policy_of",
    "zone_key",
    "zone_state",
]


class ZoneState(Enum):
    """How much of a zone is lost."""

    INITIAL = "Initial"
    NORMAL = "Normal"
    FULL = "FullDisruption"
    PARTIAL = "PartialDisruption"


class Policy(NamedTuple):
    """The flags of node lifecycle; a rate is the time between two nodes, None means none at all."""

    name: str
    grace: Duration
    startup_grace: Duration
    normal: Duration
    secondary: Duration
    full: Duration | None
    large_cluster: int
    unhealthy_percent: int

    def spacing(self, state: ZoneState, size: int) -> Duration | None:
        """The time between two nodes of a zone of `size` nodes in this state."""
        if state is ZoneState.PARTIAL:
            return self.secondary if size > self.large_cluster else None
        return self.full if state is ZoneState.FULL else self.normal


UPSTREAM = Policy("upstream", 50 * SECOND, 60 * SECOND, 10 * SECOND, 100 * SECOND, 10 * SECOND, 50, 55)
EKS = Policy("eks", 40 * SECOND, 60 * SECOND, 10 * SECOND, 100 * SECOND, None, 100_000, 55)
POLICIES = {policy.name: policy for policy in (UPSTREAM, EKS)}


def policy_of(name: str) -> Policy:
    """A policy by name. Raises BadInput."""
    policy = POLICIES.get(name)
    if policy is None:
        raise BadInput(f"unknown node lifecycle policy {name!r}; it is one of {', '.join(sorted(POLICIES))}")
    return policy


def zone_key(labels: Mapping[str, str] | None) -> str:
    """Region and zone in one text; "" for a node without either."""
    if not labels:
        return ""
    zone = labels.get("failure-domain.beta.kubernetes.io/zone")
    if zone is None:
        zone = labels.get("topology.kubernetes.io/zone", "")
    region = labels.get("failure-domain.beta.kubernetes.io/region")
    if region is None:
        region = labels.get("topology.kubernetes.io/region", "")
    # The null character stands where neither a region nor a zone can have one, as in the real key.
    return f"{region}:\0:{zone}" if region or zone else ""


def zone_state(ready: int, unready: int, unhealthy_percent: int = 55) -> ZoneState:
    """What the numbers of Ready and other nodes make of a zone."""
    if ready == 0 and unready > 0:
        return ZoneState.FULL
    if unready > 2 and unready * 100 >= unhealthy_percent * (ready + unready):
        return ZoneState.PARTIAL
    return ZoneState.NORMAL


class Bucket:
    """A token bucket of one token; `spacing` None never gives any."""

    __slots__ = ("next", "spacing")

    def __init__(self, spacing: Duration | None, next_token: Instant = 0) -> None:
        self.spacing = spacing
        self.next = next_token

    def take(self, now: Instant) -> bool:
        """Take a token if there is one."""
        if self.spacing is None or now < self.next:
            return False
        self.next = now + self.spacing
        return True

    def swap(self, spacing: Duration | None, now: Instant) -> None:
        """Change the rate: a new bucket is full if the old one had a token, else empty."""
        if spacing == self.spacing:
            return
        if spacing is not None:
            had = self.take(now)
            self.next = now if had else now + spacing
        self.spacing = spacing


class Zone:
    """One zone: its nodes by readiness, its state, its queue of nodes to be tainted."""

    __slots__ = ("bucket", "known", "queue", "ready", "state", "unready")

    def __init__(self, policy: Policy) -> None:
        self.state = ZoneState.INITIAL
        self.bucket = Bucket(policy.normal)
        self.queue: dict[str, None] = {}
        self.known = 0  # nodes, excluded ones among them
        self.ready = self.unready = 0  # of those that count

    def count(self, standing: int, by: int) -> None:
        """Add or take away a node: standing 1 is Ready, 2 is not, 0 does not count."""
        self.known += by
        if standing == 1:
            self.ready += by
        elif standing == 2:
            self.unready += by

    @property
    def size(self) -> int:
        """How many nodes count."""
        return self.ready + self.unready
