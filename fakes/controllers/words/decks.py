"""What a DaemonSet's sync looks at, node by node, and what it makes of that.

Source: podsShouldBeOnNode and rollingUpdate in pkg/controller/daemon (v1.36.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from seatrial.fakes.controllers.words.daemons import (
    Place,
    is_updated,
)
from seatrial.fakes.controllers.words.meta import by_age
from seatrial.fakes.controllers.words.pods import is_available, is_finished, is_ready, phase_of
from seatrial.fakes.kube.intstr import scaled
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.event import Obj

__all__ = ["Deck", "NodePlan", "count", "least_ready", "node_plan", "oldest_first", "roll", "status_of", "surges"]

HASH_LABEL = "controller-revision-hash"


class Deck(NamedTuple):
    """What a sync looks at: the set, the hash of its template, the nodes' places, each node's pods.

    outdated: whether any of the pods is of an older template.
    """

    daemonset: Obj
    suffix: str
    places: Mapping[str, Place]
    pods: Mapping[str, list[Obj]]
    outdated: bool
    now: Instant


class NodePlan(NamedTuple):
    """What is to be done on one node. failed, succeeded: those of `deletes` that have ended."""

    creates: bool = False
    deletes: tuple[Obj, ...] = ()
    failed: tuple[Obj, ...] = ()
    succeeded: tuple[Obj, ...] = ()


def oldest_first(pod: Obj) -> tuple[bool, tuple[str, str]]:
    """Sort key: those with a node before those without, then by age."""
    return not pod["spec"].get("nodeName"), by_age(pod)


def least_ready(daemonset: Obj) -> int:
    """minReadySeconds."""
    seconds: int = daemonset["spec"].get("minReadySeconds", 0)
    return seconds


def _rolling(daemonset: Obj) -> Obj:
    strategy = daemonset["spec"].get("updateStrategy") or {}
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return {}
    found: Obj = strategy.get("rollingUpdate") or {}
    return found


def surges(daemonset: Obj) -> bool:
    """Whether a new pod may run beside the old one of its node."""
    return scaled(_rolling(daemonset).get("maxSurge", 0), 1, up=True) > 0


def node_plan(deck: Deck, node: str, waits: bool = False) -> NodePlan:
    """Start the pod that is missing on a node, end those that are too many. waits: failed pods stay for now."""
    place = deck.places.get(node, Place(starts=False, stays=False))
    pods = deck.pods.get(node)
    if place.starts and not pods:
        return NodePlan(creates=True)
    if not pods:
        return NodePlan()
    living = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    if not place.stays:
        return NodePlan(deletes=tuple(living))
    failed = () if waits else tuple(pod for pod in living if phase_of(pod) == "Failed")
    succeeded = tuple(pod for pod in living if phase_of(pod) == "Succeeded")
    running = [pod for pod in living if not is_finished(pod)]
    ended = failed + succeeded
    if surges(deck.daemonset):
        creates = not running and place.starts
        return NodePlan(creates, ended + _replaced(deck, running), failed, succeeded)
    extra = tuple(sorted(running, key=oldest_first)[1:]) if len(running) > 1 else ()
    return NodePlan(False, ended + extra, failed, succeeded)


def _replaced(deck: Deck, running: list[Obj]) -> tuple[Obj, ...]:
    """With surge a node may have an old pod and a new one until the new one serves."""
    if len(running) <= 1:
        return ()
    new = old = None
    surplus = []
    for pod in sorted(running, key=oldest_first):
        is_new = (pod["metadata"].get("labels") or {}).get(HASH_LABEL) == deck.suffix
        if is_new and new is None:
            new = pod
        elif not is_new and old is None:
            old = pod
        else:
            surplus.append(pod)
    if new is None or old is None:
        return tuple(surplus)
    if not is_ready(old) or is_available(new, least_ready(deck.daemonset), deck.now):
        surplus.append(old)
    return tuple(surplus)


class Split(NamedTuple):
    """A node's pod of the present template and its older one; ok is False where there are too many."""

    new: Obj | None
    old: Obj | None
    ok: bool = True


def _split(deck: Deck, pods: Iterable[Obj]) -> Split:
    new = old = None
    for pod in pods:
        if "deletionTimestamp" in pod["metadata"]:
            continue
        if is_updated(deck.daemonset, pod, deck.suffix):
            if new is not None:
                return Split(None, None, ok=False)
            new = pod
        else:
            if old is not None:
                return Split(None, None, ok=False)
            old = pod
    return Split(new, old)


def roll(deck: Deck) -> tuple[list[Obj], list[str]]:
    """The rolling update's next step: (old pods to delete, nodes that get a new pod beside the old one)."""
    nodes = [name for name, place in deck.places.items() if place.starts]
    rolling = _rolling(deck.daemonset)
    surge = scaled(rolling.get("maxSurge", 0), len(nodes), up=True)
    down = scaled(rolling.get("maxUnavailable", 1), len(nodes), up=True)
    if nodes and not surge and not down:
        down = 1
    names = list(dict.fromkeys([*deck.pods, *nodes]))
    if surge:
        return _roll_surging(deck, names, surge, len(nodes))
    return _roll_down(deck, names, down), []


def _roll_down(deck: Deck, names: Iterable[str], down: int) -> list[Obj]:
    least, now = least_ready(deck.daemonset), deck.now
    missing = 0
    at_once: list[Obj] = []
    candidates: list[Obj] = []
    for name in names:
        new, old, ok = _split(deck, deck.pods.get(name, ()))
        if not ok or (old is None) == (new is None):
            missing += 1
        elif new is not None:
            missing += not is_available(new, least, now)
        elif old is not None and not is_available(old, least, now):
            at_once.append(old)
            missing += 1
        elif old is not None and missing < down:
            candidates.append(old)
    return at_once + candidates[: max(0, down - missing)]


def _roll_surging(deck: Deck, names: Iterable[str], surge: int, desired: int) -> tuple[list[Obj], list[str]]:
    least, now = least_ready(deck.daemonset), deck.now
    gone: list[Obj] = []
    misplaced: list[Obj] = []
    at_once: list[str] = []
    candidates: list[str] = []
    surging = available = 0
    for name in names:
        new, old, ok = _split(deck, deck.pods.get(name, ()))
        if not ok:
            surging += 1
            continue
        present = old if old is not None else new
        available += present is not None and is_available(present, least, now)
        if old is None:
            continue
        serves = is_available(old, least, now)
        if new is not None:
            if is_available(new, least, now):
                gone.append(old)
            else:
                surging += 1
        elif not deck.places.get(name, Place(starts=False, stays=False)).starts:
            (misplaced if serves else gone).append(old)
        elif not serves:
            at_once.append(name)
        elif surging < surge:
            candidates.append(name)
    gone += misplaced[: max(0, available - desired)]
    return gone, at_once + candidates[: max(0, surge - surging)]


def count(deck: Deck) -> dict[str, int]:
    """The counts of the status."""
    desired = current = misplaced = ready = available = updated = 0
    least = least_ready(deck.daemonset)
    for name, place in deck.places.items():
        pods = deck.pods.get(name)
        if not place.starts:
            misplaced += bool(pods)
            continue
        desired += 1
        if not pods:
            continue
        current += 1
        pod = pods[0] if len(pods) == 1 else min(pods, key=oldest_first)
        if is_ready(pod):
            ready += 1
            available += not least or is_available(pod, least, deck.now)
        updated += is_updated(deck.daemonset, pod, deck.suffix)
    return {
        "currentNumberScheduled": current,
        "numberMisscheduled": misplaced,
        "desiredNumberScheduled": desired,
        "numberReady": ready,
        "updatedNumberScheduled": updated,
        "numberAvailable": available,
        "numberUnavailable": desired - available,
    }


_ALWAYS = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")


def status_of(daemonset: Obj, counts: Mapping[str, int], observe: bool) -> Obj:
    """The status with these counts; the old one itself if it says the same. observe: the generation is taken in."""
    old: Obj = daemonset.get("status") or {}
    generation = daemonset["metadata"].get("generation", 0)
    new = {field: value for field, value in old.items() if field not in counts}
    new.update((field, number) for field, number in counts.items() if number or field in _ALWAYS)
    if observe:
        new["observedGeneration"] = generation
    return old if new == old else new
