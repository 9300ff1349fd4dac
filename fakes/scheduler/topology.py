"""Topology domains: which nodes make them up, and how many of the pods in question each holds."""

from __future__ import annotations

from typing import NamedTuple

from seatrial.fakes.scheduler.cache import NodeInfo
from seatrial.fakes.scheduler.signature import Fixed
from seatrial.fakes.scheduler.terms import tolerates

__all__ = ["EVERY_NODE", "Domains", "Mask", "Topology", "admits", "eligible", "repels"]


class Mask(NamedTuple):
    """Which nodes count: those with all `keys`, that the pod's node affinity admits, whose taints it tolerates."""

    keys: tuple[str, ...]
    affinity: Fixed | None = None
    taints: Fixed | None = None


EVERY_NODE = Mask(())


def admits(fixed: Fixed, node: NodeInfo) -> bool:
    """Whether a pod's nodeSelector and required node affinity select a node."""
    labels = node.labels
    for key, value in fixed.node_selector:
        if labels.get(key) != value:
            return False
    terms = fixed.node_terms
    return terms is None or any(term.selects(labels, node.name) for term in terms)


def repels(fixed: Fixed, node: NodeInfo) -> bool:
    """Whether a taint of the node keeps the pod from being scheduled there."""
    return any(
        effect != "PreferNoSchedule" and not tolerates(fixed.tolerations, key, value, effect)
        for key, value, effect in node.taints
    )


def eligible(mask: Mask, node: NodeInfo) -> bool:
    """Whether a node counts under a mask."""
    labels = node.labels
    for key in mask.keys:
        if key not in labels:
            return False
    if mask.affinity is not None and not admits(mask.affinity, node):
        return False
    return mask.taints is None or not repels(mask.taints, node)


class Topology:
    """The domain of each node under one label, by slot; None where the label is missing or the mask forbids."""

    __slots__ = ("at", "counted", "key", "mask", "members", "present")

    def __init__(self, key: str, mask: Mask) -> None:
        self.key = key
        self.mask = mask
        self.at: list[str | None] = []
        self.members: dict[str, int] = {}
        self.present = 0  # nodes in some domain
        self.counted: list[Domains] = []

    def place(self, slot: int, node: NodeInfo | None) -> None:
        """A node came, changed or went."""
        at = self.at
        while len(at) <= slot:
            at.append(None)
        old = at[slot]
        new = node.labels.get(self.key) if node is not None and eligible(self.mask, node) else None
        if new == old:
            return
        members = self.members
        at[slot] = new
        for domains in self.counted:
            domains.leave(old, slot)
        if old is not None:
            self.present -= 1
            members[old] -= 1
            if not members[old]:
                del members[old]
                for domains in self.counted:
                    domains.close(old)
        if new is not None:
            self.present += 1
            if new not in members:
                members[new] = 0
                for domains in self.counted:
                    domains.open(new)
            members[new] += 1
            for domains in self.counted:
                domains.enter(new, slot)


class Domains:
    """A tally's counts in the domains of a topology, zeros included, and the least of them."""

    __slots__ = ("_having", "_low", "by_slot", "counts", "topology")

    def __init__(self, topology: Topology, by_slot: list[int]) -> None:
        self.topology = topology
        self.by_slot = by_slot
        self.counts: dict[str, int] = dict.fromkeys(topology.members, 0)
        self._having: dict[int, int] = {0: len(self.counts)} if self.counts else {}
        self._low = 0
        for domain, count in zip(topology.at, by_slot, strict=False):
            if count and domain is not None:
                self.move(domain, count)

    @property
    def least(self) -> int | None:
        """The least count of any domain; None without domains."""
        having = self._having
        if not having:
            return None
        if self._low not in having:
            self._low = min(having)  # few: pods of one kind are spread evenly
        return self._low

    @property
    def any(self) -> bool:
        """Whether any pod is counted."""
        having = self._having
        return bool(having) and (len(having) > 1 or 0 not in having)

    def move(self, domain: str, delta: int) -> None:
        """`delta` pods more in a domain."""
        counts, having = self.counts, self._having
        old = counts[domain]
        new = old + delta
        counts[domain] = new
        left = having[old] - 1
        if left:
            having[old] = left
        else:
            del having[old]
        having[new] = having.get(new, 0) + 1
        self._low = min(self._low, new)

    def open(self, domain: str) -> None:
        """A domain has its first node."""
        self.counts[domain] = 0
        self._having[0] = self._having.get(0, 0) + 1
        self._low = 0

    def close(self, domain: str) -> None:
        """A domain has lost its last node."""
        self.move(domain, -self.counts[domain])
        del self.counts[domain]
        self._having[0] -= 1
        if not self._having[0]:
            del self._having[0]

    def leave(self, domain: str | None, slot: int) -> None:
        """A node is no longer in the domain."""
        if domain is not None and slot < len(self.by_slot) and self.by_slot[slot]:
            self.move(domain, -self.by_slot[slot])

    def enter(self, domain: str, slot: int) -> None:
        """A node is in the domain from now on."""
        if slot < len(self.by_slot) and self.by_slot[slot]:
            self.move(domain, self.by_slot[slot])
