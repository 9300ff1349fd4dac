"""Counts of pods by node and by topology domain, kept up to date as pods come and go.

A tally counts the pods that one question is about: those a selector matches (spread constraints, affinity terms of
the pod to be placed), or those that carry a certain affinity term themselves. The rules ask for a tally's counts in
the domains of a topology; they never look at pods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from seatrial.fakes.kube.selection import Selection
from seatrial.fakes.scheduler.cache import Cache, NodeInfo, PodInfo
from seatrial.fakes.scheduler.signature import Shape
from seatrial.fakes.scheduler.terms import Term, term_matches
from seatrial.fakes.scheduler.topology import EVERY_NODE, Domains, Mask, Topology

__all__ = ["ANTI", "PREFERRED", "QUESTIONS_MIN", "Carried", "Hit", "Tallies", "Tally"]

ANTI, PREFERRED = "anti", "preferred"
_NO_LABELS: dict[str, str] = {}
# Pods of StatefulSets each have labels of their own.
KINDS_MAX = 100_000
# Tallies of nobody are given up when there are twice as many as at the last time, and not before this many.
QUESTIONS_MIN = 512


class Kind(NamedTuple):
    """All that a selecting tally looks at."""

    namespace: str
    labels: tuple[tuple[str, str], ...]
    terminating: bool


class Tally:
    """The number of pods in question on each node."""

    __slots__ = ("by_slot", "domains", "total")

    def __init__(self, slots: int) -> None:
        self.by_slot = [0] * slots
        self.domains: dict[tuple[str, Mask], Domains] = {}
        self.total = 0

    def add(self, slot: int, delta: int) -> None:
        """`delta` pods more on a node."""
        self.by_slot[slot] += delta
        self.total += delta
        for domains in self.domains.values():
            domain = domains.topology.at[slot]
            if domain is not None:
                domains.move(domain, delta)


class Question(NamedTuple):
    """Which pods a selecting tally counts: those in `namespaces` (or chosen ones) that match every selector."""

    terms: tuple[tuple[tuple[str, ...], Selection | None, Selection | None], ...]
    alive: bool


class Carried(NamedTuple):
    """A term that placed pods carry, with the sign and weight that it has in scores."""

    kind: str
    term: Term
    weight: int


class Tallies:
    """All tallies of a cluster, found by what they count."""

    __slots__ = (
        "_asked",
        "_carried_max",
        "_carried_version",
        "_kinds",
        "_matches",
        "_presence",
        "_questions_max",
        "cache",
        "carried",
        "namespaces",
        "questions",
        "relabelled",
        "topologies",
        "trimmed",
    )

    def __init__(self, cache: Cache) -> None:
        self.cache = cache
        self.namespaces: dict[str, dict[str, str]] = {}
        self.relabelled = 0  # grows when a namespace has other labels
        self.trimmed = 0  # grows when tallies are given up: whoever holds one must ask again
        self.topologies: dict[tuple[str, Mask], Topology] = {}
        self.questions: dict[Question, Tally] = {}
        self.carried: dict[Carried, Tally] = {}
        # Pods that no question can tell apart, by slot: what a new question counts.
        self._kinds: dict[Kind, dict[int, int]] = {}
        # Who counts a pod of a kind, and how many of the questions asked so far that takes in.
        self._asked: list[tuple[Question, Tally]] = []
        self._presence: dict[Kind, tuple[int, list[Tally]]] = {}
        # Which carried terms mean a pod of these labels.
        self._matches: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[int, dict[str, list[Hit]]]] = {}
        self._carried_version = 0
        self._questions_max = self._carried_max = QUESTIONS_MIN

    # Reading.

    def selected(self, terms: Iterable[Term], *, alive: bool = False) -> Tally:
        """The tally of pods that match all terms; `alive` leaves out those that are being deleted."""
        question = Question(tuple((t.namespaces, t.namespace_selector, t.selector) for t in terms), alive)
        tally = self.questions.get(question)
        if tally is None:
            self._trim()
            tally = self.questions[question] = Tally(len(self.cache.nodes))
            self._asked.append((question, tally))
            for kind, slots in self._kinds.items():
                if self._asks(question, kind):
                    for slot, count in slots.items():
                        tally.add(slot, count)
        return tally

    def in_domains(self, tally: Tally, key: str, mask: Mask = EVERY_NODE) -> Domains:
        """A tally's counts by the domains of a label."""
        domains = tally.domains.get((key, mask))
        if domains is None:
            topology = self.topology(key, mask)
            domains = tally.domains[key, mask] = Domains(topology, tally.by_slot)
            topology.counted.append(domains)
        return domains

    def topology(self, key: str, mask: Mask = EVERY_NODE) -> Topology:
        """The domains of a label."""
        topology = self.topologies.get((key, mask))
        if topology is None:
            topology = self.topologies[key, mask] = Topology(key, mask)
            for slot, node in enumerate(self.cache.nodes):
                topology.place(slot, node)
        return topology

    def meant(self, shape: Shape) -> dict[str, list[Hit]]:
        """By kind: the terms that placed pods carry and that mean a pod of this shape."""
        spot = (shape.namespace, shape.labels_key)
        found = self._matches.get(spot)
        if found is None or found[0] != self._carried_version:
            if len(self._matches) > KINDS_MAX:
                self._matches.clear()
            hits: dict[str, list[Hit]] = {}
            labels = self.namespaces.get(shape.namespace, _NO_LABELS)
            for carried, tally in self.carried.items():
                if term_matches(carried.term, shape.namespace, labels, shape.labels):
                    hits.setdefault(carried.kind, []).append(Hit(carried.term.key, carried.weight, tally))
            found = self._matches[spot] = (self._carried_version, hits)
        return found[1]

    # Keeping up.

    def count(self, pod: PodInfo, slot: int, delta: int) -> None:
        """A pod came to a node or left it."""
        shape = pod.shape
        kind = Kind(shape.namespace, shape.labels_key, pod.terminating)
        slots = self._kinds.get(kind)
        if slots is None:
            slots = self._kinds[kind] = {}
        count = slots.get(slot, 0) + delta
        if count:
            slots[slot] = count
        else:
            del slots[slot]
            if not slots:
                del self._kinds[kind]
        for tally in self._counters(kind):
            tally.add(slot, delta)
        for carried in _carries(shape):
            tally_of = self.carried.get(carried)
            if tally_of is None:
                self._trim_carried()
                tally_of = self.carried[carried] = Tally(len(self.cache.nodes))
                self._carried_version += 1
            tally_of.add(slot, delta)

    def place(self, slot: int, node: NodeInfo | None) -> None:
        """A node came, changed or went (without pods by then)."""
        for tally in (*self.questions.values(), *self.carried.values()):
            while len(tally.by_slot) <= slot:
                tally.by_slot.append(0)
        for topology in self.topologies.values():
            topology.place(slot, node)

    def namespace(self, name: str, labels: Mapping[str, str] | None) -> None:
        """A namespace came, went or has other labels: whoever chooses namespaces by label counts anew."""
        if labels is None:
            self.namespaces.pop(name, None)
        elif self.namespaces.get(name) == labels:
            return
        else:
            self.namespaces[name] = dict(labels)
        self.relabelled += 1
        self._carried_version += 1
        self._give_up([q for q in self.questions if any(term[1] is not None for term in q.terms)])

    def _give_up(self, questions: list[Question]) -> None:
        for question in questions:
            _detach(self.questions.pop(question))
        self._asked = list(self.questions.items())
        self._presence.clear()
        self.trimmed += 1

    def _trim(self) -> None:
        # Each rollout of a Deployment asks anew (its ReplicaSet's selector has the template's hash).
        if len(self.questions) >= self._questions_max:
            self._give_up([question for question, tally in self.questions.items() if not tally.total])
            self._questions_max = max(QUESTIONS_MIN, 2 * len(self.questions))

    def _trim_carried(self) -> None:
        if len(self.carried) >= self._carried_max:
            for carried in [carried for carried, tally in self.carried.items() if not tally.total]:
                _detach(self.carried.pop(carried))
            self._carried_max = max(QUESTIONS_MIN, 2 * len(self.carried))
            self._matches.clear()

    def _counters(self, kind: Kind) -> list[Tally]:
        asked = self._asked
        found = self._presence.get(kind)
        if found is None:
            if len(self._presence) > KINDS_MAX:
                self._presence.clear()
            found = (0, [])
        seen, tallies = found
        if seen != len(asked):
            tallies.extend(tally for question, tally in asked[seen:] if self._asks(question, kind))
            self._presence[kind] = (len(asked), tallies)
        return tallies

    def _asks(self, question: Question, kind: Kind) -> bool:
        namespace, labels_key, terminating = kind
        if terminating and question.alive:
            return False
        labels = dict(labels_key)
        for namespaces, chosen, selector in question.terms:
            if selector is None:
                return False
            if namespace not in namespaces and (
                chosen is None or not chosen.selects(self.namespaces.get(namespace, _NO_LABELS))
            ):
                return False
            if not selector.selects(labels):
                return False
        return True


class Hit(NamedTuple):
    """A carried term that means the pod in question."""

    key: str
    weight: int
    tally: Tally


# InterPodAffinityArgs.hardPodAffinityWeight.
HARD_AFFINITY_WEIGHT = 1


def _detach(tally: Tally) -> None:
    for domains in tally.domains.values():
        domains.topology.counted.remove(domains)


def _carries(shape: Shape) -> list[Carried]:
    if not (shape.anti_affinity or shape.affinity or shape.preferred or shape.preferred_anti):
        return []
    listed = [Carried(ANTI, term, 0) for term in shape.anti_affinity]
    listed += [Carried(PREFERRED, term, HARD_AFFINITY_WEIGHT) for term in shape.affinity]
    listed += [Carried(PREFERRED, wished.term, wished.weight) for wished in shape.preferred]
    listed += [Carried(PREFERRED, wished.term, -wished.weight) for wished in shape.preferred_anti]
    return listed
