"""A zone goes dark: power, links, etcd members and volumes at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from seatrial.harness.faults.targets import choose_clusters, choose_zones, draw_token
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.ports.fault import Injury
from seatrial.harness.ports.levers import Ability, Call, Levers
from seatrial.harness.ports.words import Count, Target

__all__ = ["ZoneLoss"]


@dataclass(frozen=True)
class ZoneLoss:
    """A zone loses power: its nodes, its links, its etcd members and its volumes at once."""

    name: ClassVar[str] = "zone-loss"
    needs: ClassVar[frozenset[Ability]] = frozenset({Ability.STOP_ZONE})
    HELP: ClassVar[Mapping[str, str]] = {
        "zone": "a, b, c, one, worst (holds most pods), minority, all, 30%",
        "cluster": "one cluster by number; 0 means the zone is lost for all of them",
    }

    zone: Target = "one"
    cluster: Count = 0

    def inject(self, levers: Levers, draw: Stream) -> Injury:
        """Stop the zone in every cluster."""
        clusters = choose_clusters(levers, self.cluster)
        zones = choose_zones(levers, clusters, self.zone, draw)
        token = draw_token(self.name, draw)
        pairs = [(cluster, zone) for cluster in clusters for zone in zones]
        return Injury(
            what=f"zone {', '.join(zones)} lost",
            touched=tuple(f"zone/{zone}" for zone in zones),
            harm=tuple(Call.of(cluster, "stop_zone", zone=zone, token=token) for cluster, zone in pairs),
            heal=tuple(Call.of(cluster, "start_zone", zone=zone, token=token) for cluster, zone in pairs),
        )
