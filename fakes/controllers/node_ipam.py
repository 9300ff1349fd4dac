"""Node IPAM: each Node gets a range of pod addresses.

Source: pkg/controller/nodeipam (RangeAllocator, cidrset; v1.36.3), one IPv4 cluster range.
Differs from the real one: the Service range is not left out; EKS with the VPC CNI runs no such controller.
"""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import ClassVar

from seatrial.fakes.controllers.words.events import event
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, View, Write

__all__ = ["NodeIpam", "Ranges"]

COMPONENT = "cidrAllocator"


class Ranges:
    """Ranges of one size in a cluster's network, given out in turn."""

    __slots__ = ("count", "first", "next", "prefix", "used")

    def __init__(self, network: str, prefix: int) -> None:
        whole = IPv4Network(network)
        self.first = int(whole.network_address)
        self.prefix = prefix
        self.count = 1 << (prefix - whole.prefixlen)
        self.next = 0
        self.used: dict[int, None] = {}

    def _index(self, text: str) -> int | None:
        found = IPv4Network(text)
        index = (int(found.network_address) - self.first) >> (32 - self.prefix)
        return index if found.prefixlen == self.prefix and 0 <= index < self.count else None

    def occupy(self, text: str) -> None:
        """A range that somebody has; one from elsewhere does not matter."""
        index = self._index(text)
        if index is not None:
            self.used[index] = None

    def release(self, text: str) -> None:
        """A range that is free again; it is given out only when all others have been."""
        index = self._index(text)
        if index is not None:
            self.used.pop(index, None)

    def take(self) -> str | None:
        """The next free range, or None."""
        for step in range(self.count):
            index = (self.next + step) % self.count
            if index not in self.used:
                self.used[index] = None
                self.next = (index + 1) % self.count
                return str(IPv4Network((self.first + (index << (32 - self.prefix)), self.prefix)))
        return None


class NodeIpam:
    """Keys are nodes."""

    name: ClassVar[str] = "node-ipam-controller"
    watches: ClassVar[tuple[Watch, ...]] = (Watch("nodes", "node_changed"),)
    workers: ClassVar[int] = 30

    def __init__(self, network: str = "10.244.0.0/16", prefix: int = 24) -> None:
        self.ranges = Ranges(network, prefix)

    def node_changed(self, old: Obj | None, new: Obj | None, view: View) -> tuple[Key, ...]:
        """A node without a range asks for one; one that goes gives it back."""
        if new is None:
            for text in _ranges_of(old or {}):
                self.ranges.release(text)
            return ()
        have = _ranges_of(new)
        if not have:
            return (Key("nodes", "", new["metadata"]["name"]),)
        if old is None:
            for text in have:
                self.ranges.occupy(text)
        return ()

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Give a node its range."""
        node = view.get(*key)
        if node is None or _ranges_of(node):
            return DONE
        found = self.ranges.take()
        if found is None:
            text = f"Node {key.name} status is now: CIDRNotAvailable"
            return Next((event(key, "CIDRNotAvailable", text, COMPONENT),))
        body = {"spec": {"podCIDR": found, "podCIDRs": [found]}}
        return Next((Write("patch", key, body, patch="strategic", tolerate=("NotFound",)),))

    def failed(self, write: Write, error: ApiError, now: Instant) -> None:
        """A range that was not taken is free again."""
        if write.verb == "patch":
            self.ranges.release(write.body["spec"]["podCIDR"])


def _ranges_of(node: Obj) -> list[str]:
    spec = node.get("spec") or {}
    ranges: list[str] = spec.get("podCIDRs") or ([spec["podCIDR"]] if spec.get("podCIDR") else [])
    return ranges
