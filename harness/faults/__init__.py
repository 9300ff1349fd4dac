"""Every harm by its name in a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from seatrial.harness.ports.fault import Fault

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


class _Faults(Mapping[str, type[Fault]]):
    """Imports a fault when it is asked for: `seatrial list` must not pay for all of them."""

    def __getitem__(self, name: str) -> type[Fault]:
        module, _, cls = _PLACES[name].partition(":")
        found: type[Fault] = getattr(import_module(f"{__name__}.{module}"), cls)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


FAULTS: Mapping[str, type[Fault]] = _Faults()
