"""Every harm by its name in a scenario."""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.harness.ports.fault import Fault
from seatrial.harness.ports.registry import Registry

__all__ = ["FAULTS"]

_PLACES = {
    "api-down": "api_down:ApiDown",
    "api-errors": "api_errors:ApiErrors",
    "api-slow": "api_slow:ApiSlow",
    "dns-slow": "dns_slow:DnsSlow",
    "etcd-quorum-loss": "etcd_quorum_loss:EtcdQuorumLoss",
    "image-registry-down": "image_registry_down:ImageRegistryDown",
    "kubelet-stop": "kubelet_stop:KubeletStop",
    "link-cut": "link_cut:LinkCut",
    "node-reboot": "node_reboot:NodeReboot",
    "node-stop": "node_stop:NodeStop",
    "pod-kill": "pod_kill:PodKill",
    "zone-gray": "zone_gray:ZoneGray",
    "zone-loss": "zone_loss:ZoneLoss",
}

FAULTS: Mapping[str, type[Fault]] = Registry(__name__, _PLACES)
