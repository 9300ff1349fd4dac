"""Which of several pods a controller gives up first.

Source: ActivePods and ActivePodsWithRanks in pkg/controller/controller_utils.go (v1.36.3, gates PodDeletionCost and
LogarithmicScaleDown on). Differs from the real one: equals keep the order of the view, where Go's sort is unstable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cmp_to_key

from seatrial.fakes.controllers.words.meta import instant
from seatrial.fakes.controllers.words.pods import is_active, is_ready, phase_of, ready_since, restarts
from seatrial.harness.kernel.time import Duration, Instant
from seatrial.harness.ports.event import Obj

__all__ = ["doomed", "plain_order", "ranked_order"]

DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
# An unknown phase reads as 0 from the real one's map.
_PHASES = {"Unknown": 1, "Running": 2}


def doomed(pods: list[Obj], related: Iterable[Obj], count: int, now: Instant) -> list[Obj]:
    """The `count` pods to delete; `related` are those whose company on a node counts."""
    if count >= len(pods):
        return list(pods)
    return ranked_order(pods, related, now)[:count]


def _plain_facts(pod: Obj) -> tuple[bool, int, bool]:
    return bool(pod["spec"].get("nodeName")), _PHASES.get(phase_of(pod), 0), is_ready(pod)


def _cost(pod: Obj) -> int:
    text = (pod["metadata"].get("annotations") or {}).get(DELETION_COST, "0")
    try:
        return int(text)
    except ValueError:
        return 0


def _buckets(one: Instant, other: Instant, now: Instant) -> int:
    """Difference of the ages' powers of two: pods of about the same age count as equal."""
    return _power(now - one) - _power(now - other)


def _power(age: Duration) -> int:
    return age.bit_length() - 1 if age > 0 else -1


def _later_first(one: Instant, other: Instant) -> int:
    """Zero (unknown) before all, then the younger before the older."""
    if not one or not other:
        return (other == 0) - (one == 0)
    return (one < other) - (one > other)


class _Entry:
    """What the comparison needs of one pod, gathered once."""

    __slots__ = ("created", "facts", "pod", "ready", "restarts", "uid")

    def __init__(self, pod: Obj, facts: tuple[int, ...]) -> None:
        self.pod = pod
        self.facts = facts
        self.ready = ready_since(pod)
        self.restarts = restarts(pod)
        self.created = instant(pod["metadata"]["creationTimestamp"])
        self.uid: str = pod["metadata"]["uid"]


class _Ranked:
    """The comparison by age in powers of two, then uid, as of one instant."""

    __slots__ = ("now",)

    def __init__(self, now: Instant) -> None:
        self.now = now

    def compare(self, one: _Entry, other: _Entry) -> int:
        if one.facts != other.facts:
            return -1 if one.facts < other.facts else 1
        if one.ready != other.ready:
            return self._by_age(one, other, one.ready, other.ready)
        if one.restarts != other.restarts:
            return -1 if one.restarts > other.restarts else 1
        if one.created != other.created:
            return self._by_age(one, other, one.created, other.created)
        return 0

    def _by_age(self, one: _Entry, other: _Entry, left: Instant, right: Instant) -> int:
        if not left or not right:
            return _later_first(left, right)
        return _buckets(left, right, self.now) or (-1 if one.uid < other.uid else 1)


def ranked_order(pods: list[Obj], related: Iterable[Obj], now: Instant) -> list[Obj]:
    """First to go first: unassigned, pending, not ready, cheap, doubled up on a node, young, often restarted."""
    company = Counter(pod["spec"].get("nodeName", "") for pod in related if is_active(pod))
    entries = [_Entry(pod, (*_plain_facts(pod), _cost(pod), -company[pod["spec"].get("nodeName", "")])) for pod in pods]
    entries.sort(key=cmp_to_key(_Ranked(now).compare))
    return [entry.pod for entry in entries]


def plain_order(pods: list[Obj]) -> list[Obj]:
    """First to go first, without ranks and costs: the order of Jobs and DaemonSets."""
    return sorted(pods, key=_plain_key)


def _plain_key(pod: Obj) -> tuple[tuple[bool, int, bool], Instant, tuple[int, int], Instant]:
    regular, beside = restarts(pod)
    since, created = ready_since(pod), instant(pod["metadata"]["creationTimestamp"])
    return _plain_facts(pod), -since, (-regular, -beside), -created
