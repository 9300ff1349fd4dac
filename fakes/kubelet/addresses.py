"""Pod addresses from the node's podCIDR, given in turn as CNI's host-local does."""

from __future__ import annotations

from ipaddress import ip_network

from seatrial.fakes.kubelet.state import Node, Pod

__all__ = ["give_address", "take_address"]

_FIRST = 2  # the network's own address and the bridge come before


def give_address(node: Node, pod: Pod) -> str:
    """The next free address; the node's own on the host network; "" when there is none."""
    if pod.recipe.host_network:
        return node.address
    if node.cidr != node.network_of:
        network = ip_network(node.cidr)
        node.network_of = node.cidr
        node.network_base, node.network_size = int(network.network_address), network.num_addresses
    used = node.used_ips
    for _ in range(node.network_size):
        offset = node.next_ip
        node.next_ip = offset + 1 if offset + 2 < node.network_size else _FIRST
        if offset not in used:
            used[offset] = pod.uid
            pod.ip_offset = offset
            number = node.network_base + offset
            if number >> 32:
                return str(ip_network(node.cidr)[offset])
            return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return ""


def take_address(node: Node, pod: Pod) -> None:
    """The address is free again; the status keeps naming it."""
    if pod.ip_offset >= 0 and node.used_ips.get(pod.ip_offset) == pod.uid:
        del node.used_ips[pod.ip_offset]
        pod.ip_offset = -1
