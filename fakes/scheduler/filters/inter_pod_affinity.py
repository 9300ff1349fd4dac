"""Required pod affinity and anti-affinity, of the pod and of those that run. Source: interpodaffinity/filtering.go."""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.refusal import Change, Refusal
from seatrial.fakes.scheduler.signature import Shape
from seatrial.fakes.scheduler.tally import ANTI, Tallies
from seatrial.fakes.scheduler.terms import Labels, Term, term_matches
from seatrial.fakes.scheduler.topology import Domains

__all__ = ["APART", "FAR", "NAME", "UNWELCOME", "AffinityRule", "matches_all", "wakes"]

NAME = "InterPodAffinity"
FAR = Refusal(NAME, ("node(s) didn't match pod affinity rules",), False)
APART = Refusal(NAME, ("node(s) didn't match pod anti-affinity rules",), True)
UNWELCOME = Refusal(NAME, ("node(s) didn't satisfy existing pods anti-affinity rules",), True)

Part = tuple[list["str | None"], dict[str, int]]


def matches_all(terms: tuple[Term, ...], shape: Shape, labels: Labels) -> bool:
    """Whether a pod matches every term, and there is one."""
    return bool(terms) and all(term_matches(term, shape.namespace, labels, shape.labels) for term in terms)


class AffinityRule:
    """The required terms that concern one pod, ready to be asked about nodes."""

    __slots__ = ("_apart", "_first", "_near", "_unwelcome")

    def __init__(self, shape: Shape, tallies: Tallies) -> None:
        self._near: list[Part] = []
        self._first = False
        if shape.affinity:
            near = [tallies.in_domains(tallies.selected(shape.affinity), term.key) for term in shape.affinity]
            self._near = [_part(domains) for domains in near]
            # The first pod of a group that wants to be together may start anywhere.
            labels = tallies.namespaces.get(shape.namespace, {})
            self._first = not any(d.any for d in near) and matches_all(shape.affinity, shape, labels)
        apart = (tallies.in_domains(tallies.selected((term,)), term.key) for term in shape.anti_affinity)
        self._apart = [_part(domains) for domains in apart if domains.any]
        unwelcome = (tallies.in_domains(hit.tally, hit.key) for hit in tallies.meant(shape).get(ANTI, ()))
        self._unwelcome = [_part(domains) for domains in unwelcome if domains.any]

    def __bool__(self) -> bool:
        return bool(self._near or self._apart or self._unwelcome)

    def strike(self, slots: list[int], values: list[int]) -> list[int]:
        """The values, -1 where the rule refuses."""
        first = self._first
        for at, counts in self._near:
            get = counts.get
            values = [
                value if (domain := at[slot]) is not None and (first or get(domain)) else -1
                for slot, value in zip(slots, values, strict=True)
            ]
        for at, counts in (*self._apart, *self._unwelcome):
            get = counts.get
            # A missing label is in no domain: the counts know no None.
            values = [-1 if get(at[slot]) else value for slot, value in zip(slots, values, strict=True)]  # type: ignore[arg-type]
        return values

    def refuse(self, slot: int) -> Refusal | None:
        """The filter for one node."""
        for at, counts in self._near:
            domain = at[slot]
            if domain is None or not (self._first or counts.get(domain)):
                return FAR
        for parts, refusal in ((self._apart, APART), (self._unwelcome, UNWELCOME)):
            for at, counts in parts:
                domain = at[slot]
                if domain is not None and counts.get(domain):
                    return refusal
        return None


def _part(domains: Domains) -> Part:
    return domains.topology.at, domains.counts


def wakes(change: Change, pod: PodInfo, tallies: Tallies) -> bool:
    """Whether a pod that was refused here should be tried again."""
    kind, old, new = change
    shape = pod.shape
    if kind.startswith("node/"):
        return kind in {"node/add", "node/label"} and _node_wakes(old, new, shape)
    if kind not in {"pod/add", "pod/delete", "pod/label"}:
        return False
    if old is not None and new is not None and new.uid == pod.uid:
        return True
    if any(p is not None and not p.node for p in (old, new)):
        return False
    spaces = tallies.namespaces

    def all_of(terms: tuple[Term, ...], other: PodInfo) -> bool:
        return matches_all(terms, other.shape, spaces.get(other.namespace, {}))

    if kind == "pod/label":
        joins = not all_of(shape.affinity, old) and all_of(shape.affinity, new)
        return joins or (all_of(shape.anti_affinity, old) and not all_of(shape.anti_affinity, new))
    if kind == "pod/add":
        return all_of(shape.affinity, new)
    return all_of(shape.anti_affinity, old) or all_of(old.shape.anti_affinity, pod)


def _node_wakes(old: NodeInfo | None, new: NodeInfo, shape: Shape) -> bool:
    after = new.labels
    if old is None:
        return bool(shape.anti_affinity) or any(term.key in after for term in shape.affinity)
    before = old.labels
    for term in shape.affinity:
        if term.key in after and before.get(term.key) != after[term.key]:
            return True
    return any(term.key in before and before[term.key] != after.get(term.key) for term in shape.anti_affinity)
