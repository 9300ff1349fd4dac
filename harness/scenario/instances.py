"""EC2 instance types as EKS nodes: what they have, and what is left for pods.

Sources: AWS' instance pages (vCPUs, memory, GPUs), amazon-eks-ami's eni-max-pods table and its kube-reserved formula,
the caps of managed node groups on pods. Differs from the real thing: the kernel's and the firmware's share of memory is
taken as 5 % (it is 4 to 7.5 %), root disks are 20 GiB, every type is amd64.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import NamedTuple

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.ports.event import Obj

__all__ = ["GPU", "TYPES", "Instance", "allocatable", "capacity", "instance"]

GPU = "nvidia.com/gpu"
_SMALL = 30  # vCPUs, below which a managed node group allows 110 pods, else 250
_PODS_MAX = (110, 250)
_DISK_KI = 20_959_212
_GI_KI = 1024 * 1024


class Instance(NamedTuple):
    """One instance type. memory is in MiB; pods is what its network interfaces allow."""

    cpus: int
    memory: int
    pods: int
    gpus: int = 0


def _family(name: str, ratio: int, sizes: str, factors: tuple[int, ...], pods: tuple[int, ...]) -> dict[str, Instance]:
    words = sizes.split()
    return {
        f"{name}.{size}": Instance(factor, factor * ratio * 1024, count)
        for size, factor, count in zip(words, factors, pods, strict=True)
    }


_WIDE = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge"
_WIDE_CPUS = (2, 4, 8, 16, 32, 48, 64, 96)
_WIDE_PODS = (29, 58, 58, 234, 234, 234, 737, 737)

TYPES: dict[str, Instance] = {
    **{
        name: found
        for family, ratio in (
            ("m5", 4),
            ("m6a", 4),
            ("m6i", 4),
            ("m7i", 4),
            ("c6i", 2),
            ("c7i", 2),
            ("r5", 8),
            ("r6i", 8),
            ("r7i", 8),
        )
        for name, found in _family(family, ratio, _WIDE, _WIDE_CPUS, _WIDE_PODS).items()
    },
    **_family(
        "c5",
        2,
        "large xlarge 2xlarge 4xlarge 9xlarge 12xlarge 18xlarge 24xlarge",
        (2, 4, 8, 16, 36, 48, 72, 96),
        (29, 58, 58, 234, 234, 234, 737, 737),
    ),
    "t3.small": Instance(2, 2 * 1024, 11),
    "t3.medium": Instance(2, 4 * 1024, 17),
    "t3.large": Instance(2, 8 * 1024, 35),
    "t3.xlarge": Instance(4, 16 * 1024, 58),
    "t3.2xlarge": Instance(8, 32 * 1024, 58),
    "g4dn.xlarge": Instance(4, 16 * 1024, 29, 1),
    "g4dn.2xlarge": Instance(8, 32 * 1024, 29, 1),
    "g4dn.12xlarge": Instance(48, 192 * 1024, 234, 4),
    "g5.xlarge": Instance(4, 16 * 1024, 58, 1),
    "g5.2xlarge": Instance(8, 32 * 1024, 58, 1),
    "g5.4xlarge": Instance(16, 64 * 1024, 234, 1),
    "g5.12xlarge": Instance(48, 192 * 1024, 737, 4),
    "g5.48xlarge": Instance(192, 768 * 1024, 345, 8),
    "p3.2xlarge": Instance(8, 61 * 1024, 58, 1),
    "p3.16xlarge": Instance(64, 488 * 1024, 234, 8),
    "p4d.24xlarge": Instance(96, 1152 * 1024, 737, 8),
    "p4de.24xlarge": Instance(96, 1152 * 1024, 737, 8),
    "p5.48xlarge": Instance(192, 2048 * 1024, 100, 8),
}


def instance(name: str) -> Instance:
    """A type by its name; BadInput names the nearest."""
    found = TYPES.get(name)
    if found is None:
        near = get_close_matches(name, TYPES, 3, 0.6)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise BadInput(f"unknown instance type {name!r}{hint} (known: {', '.join(_families())})")
    return found


def capacity(name: str) -> Obj:
    """status.capacity of a node of this type."""
    kind = instance(name)
    return _resources(kind, f"{kind.cpus}", f"{_memory_ki(kind)}Ki", f"{_DISK_KI}Ki")


def allocatable(name: str) -> Obj:
    """status.allocatable: capacity less what EKS' AMI keeps for the kubelet and for eviction."""
    kind = instance(name)
    memory = _memory_ki(kind) - (255 + 11 * _pods(kind) + 100) * 1024
    disk = _DISK_KI * 1024 * 9 // 10 - _GI_KI * 1024
    return _resources(kind, f"{_cpu_milli(kind)}m", f"{memory}Ki", f"{disk}")


def _resources(kind: Instance, cpu: str, memory: str, disk: str) -> Obj:
    has: Obj = {
        "cpu": cpu,
        "ephemeral-storage": disk,
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "memory": memory,
        "pods": f"{_pods(kind)}",
    }
    if kind.gpus:
        has[GPU] = f"{kind.gpus}"
    return has


def _memory_ki(kind: Instance) -> int:
    return kind.memory * 1024 * 95 // 100


def _cpu_milli(kind: Instance) -> int:
    # 6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of the rest.
    reserved = 60 + 10 * (kind.cpus > 1) + 5 * min(max(kind.cpus - 2, 0), 2) + 25 * max(kind.cpus - 4, 0) // 10
    return kind.cpus * 1000 - reserved


def _pods(kind: Instance) -> int:
    return min(kind.pods, _PODS_MAX[kind.cpus >= _SMALL])


def _families() -> list[str]:
    return sorted({f"{name.partition('.')[0]}.*" for name in TYPES})
