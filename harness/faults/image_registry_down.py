"""Images cannot be pulled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from seatrial.harness.faults.targets import choose_clusters, draw_token
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.ports.fault import Injury
from seatrial.harness.ports.levers import Ability, Call, Levers
from seatrial.harness.ports.words import Count

__all__ = ["ImageRegistryDown"]


@dataclass(frozen=True)
class ImageRegistryDown:
    """The image registry answers nobody: pods whose image is not on their node do not start."""

    name: ClassVar[str] = "image-registry-down"
    needs: ClassVar[frozenset[Ability]] = frozenset({Ability.STOP_REGISTRY})
    HELP: ClassVar[Mapping[str, str]] = {
        "cluster": "one cluster by number; 0 means all",
    }

    cluster: Count = 0

    def inject(self, levers: Levers, draw: Stream) -> Injury:
        """The same in each cluster."""
        clusters = choose_clusters(levers, self.cluster)
        token = draw_token(self.name, draw)
        return Injury(
            what="image registry down",
            touched=("registry",),
            harm=tuple(Call.of(cluster, "stop_registry", token=token) for cluster in clusters),
            heal=tuple(Call.of(cluster, "start_registry", token=token) for cluster in clusters),
        )
