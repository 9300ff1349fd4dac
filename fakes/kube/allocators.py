"""Cluster IPs and node ports: the lowest free number from a start that the name decides, so that runs are alike.

Differs from the real one: pkg/registry/core/service/{ipallocator,portallocator} draw at random (upper part of the range
first, the lower part kept for fixed addresses); here the start is a hash of the object's name, in the same upper part.
IPv4 only.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from seatrial.harness.kernel.streams import name_hash

__all__ = ["SERVICE_NETWORK", "Allocators"]

SERVICE_NETWORK = IPv4Network("10.96.0.0/12")
NODE_PORT_MIN, NODE_PORT_MAX = 30000, 32767
# Static bands (KEP-3070, KEP-3668): min(max(16, size/16), 256) addresses, min(max(16, size/32), 128) ports.
STATIC_ADDRESSES = 256
STATIC_PORTS = 86


class Allocators:
    """Which addresses and ports are taken, and by whom."""

    __slots__ = ("addresses", "ports")

    def __init__(self) -> None:
        self.addresses: dict[int, str] = {}
        self.ports: dict[int, str] = {}

    def copy(self) -> Allocators:
        """The same state, for a dry run."""
        twin = Allocators()
        twin.addresses, twin.ports = dict(self.addresses), dict(self.ports)
        return twin

    def address(self, owner: str) -> str:
        """Take a free cluster IP."""
        first = int(SERVICE_NETWORK.network_address)
        low, high = first + 1 + STATIC_ADDRESSES, int(SERVICE_NETWORK.broadcast_address) - 1
        number = self._free(self.addresses, low, high, owner)
        self.addresses[number] = owner
        return str(IPv4Address(number))

    def take_address(self, text: str, owner: str) -> str:
        """Take this one; an error text if that cannot be."""
        number = int(IPv4Address(text))
        if IPv4Address(text) not in SERVICE_NETWORK:
            return f"failed to allocate IP {text}: the provided network does not match the current range"
        if self.addresses.get(number, owner) != owner:
            return f"failed to allocate IP {text}: provided IP is already allocated"
        self.addresses[number] = owner
        return ""

    def port(self, owner: str) -> int:
        """Take a free node port."""
        number = self._free(self.ports, NODE_PORT_MIN + STATIC_PORTS, NODE_PORT_MAX, owner)
        self.ports[number] = owner
        return number

    def take_port(self, number: int, owner: str) -> str:
        """Take this one; an error text if that cannot be."""
        if not NODE_PORT_MIN <= number <= NODE_PORT_MAX:
            return (
                f"provided port is not in the valid range. The range of valid ports is {NODE_PORT_MIN}-{NODE_PORT_MAX}"
            )
        if self.ports.get(number, owner) != owner:
            return "provided port is already allocated"
        self.ports[number] = owner
        return ""

    def release(self, owner: str) -> None:
        """Give back all that an owner holds."""
        for taken in (self.addresses, self.ports):
            for number in [number for number, holder in taken.items() if holder == owner]:
                del taken[number]

    @staticmethod
    def _free(taken: dict[int, str], low: int, high: int, owner: str) -> int:
        size = high - low + 1
        start = name_hash(owner) % size
        for step in range(size):
            number = low + (start + step) % size
            if number not in taken:
                return number
        return low + start
