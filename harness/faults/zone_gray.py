"""A zone that is neither up nor down: part of its requests is lost, or late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from seatrial.harness.faults.targets import choose_clusters, choose_zones, draw_token
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.ports.fault import Injury
from seatrial.harness.ports.levers import Ability, Call, Levers
from seatrial.harness.ports.words import Count, Duration, Share, Target

__all__ = ["ZoneGray"]


@dataclass(frozen=True)
class ZoneGray:
    """A share of the requests into, out of and within a zone is lost, or they are slow; no health check need fail."""

    name: ClassVar[str] = "zone-gray"
    needs: ClassVar[frozenset[Ability]] = frozenset({Ability.DEGRADE_LINK})
    HELP: ClassVar[Mapping[str, str]] = {
        "zone": "a, b, c, one, worst (holds most pods), minority, all, 30%",
        "loss": "share of requests that are lost",
        "delay": "what each request takes longer",
        "cluster": "one cluster by number; 0 means all",
    }

    zone: Target = "one"
    loss: Share = 100_000
    delay: Duration = 0
    cluster: Count = 0

    def __post_init__(self) -> None:
        if not self.loss and not self.delay:
            raise BadInput(f"{self.name}: neither loss nor delay is set, so nothing would happen; write loss: 10%")

    def inject(self, levers: Levers, draw: Stream) -> Injury:
        """Degrade the zone's ways across its border and within."""
        clusters = choose_clusters(levers, self.cluster)
        zones = choose_zones(levers, clusters, self.zone, draw)
        token = draw_token(self.name, draw)
        ways = [
            (cluster, f"zone/{zone}", other)
            for cluster in clusters
            for zone in zones
            for other in ("*", f"zone/{zone}")
        ]
        return Injury(
            what=f"zone {', '.join(zones)} gray",
            touched=tuple(f"zone/{zone}" for zone in zones),
            harm=tuple(
                Call.of(
                    cluster,
                    "degrade_link",
                    source=source,
                    target=target,
                    loss_ppm=self.loss,
                    delay=self.delay,
                    token=token,
                )
                for cluster, source, target in ways
            ),
            heal=tuple(
                Call.of(cluster, "restore_link", source=source, target=target, token=token)
                for cluster, source, target in ways
            ),
        )
