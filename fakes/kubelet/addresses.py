"""Pod addresses from the node's podCIDR, given in turn as CNI's host-local does."""

from __future__ import annotations

from ipaddress import ip_network

from seatrial.fakes.kubelet.state import Node, Pod

__all__ = ["give_address", "take_address"]


def give_address(node: Node, pod: Pod) -> str:
    """The next free address; the node's own on the host network; "" when there is none."""
    if pod.recipe.host_network:
        return node.address
    if not node.cidr:
        return ""
    network = ip_network(node.cidr)
    size = network.num_addresses
    for _ in range(size):
        offset = node.next_ip
        node.next_ip = offset + 1 if offset + 2 < size else 2
        if offset not in node.used_ips:
            node.used_ips[offset] = pod.uid
            pod.ip_offset = offset
            return str(network.network_address + offset)
    return ""


def take_address(node: Node, pod: Pod) -> None:
    """The address is free again; the status keeps naming it."""
    if node.used_ips.get(pod.ip_offset) == pod.uid:
        del node.used_ips[pod.ip_offset]
