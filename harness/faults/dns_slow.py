"""Names resolve late, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from seatrial.harness.faults.targets import choose_clusters, draw_token
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import SECOND
from seatrial.harness.ports.fault import Injury
from seatrial.harness.ports.levers import Ability, Call, Levers
from seatrial.harness.ports.words import Count, Duration, Share

__all__ = ["DnsSlow"]


@dataclass(frozen=True)
class DnsSlow:
    """Look-ups inside the cluster take longer, or a share of them fails."""

    name: ClassVar[str] = "dns-slow"
    needs: ClassVar[frozenset[Ability]] = frozenset({Ability.SLOW_DNS})
    HELP: ClassVar[Mapping[str, str]] = {
        "delay": "what a look-up takes longer",
        "loss": "share of look-ups that fail",
        "cluster": "one cluster by number; 0 means all",
    }

    delay: Duration = 2 * SECOND
    loss: Share = 0
    cluster: Count = 0

    def __post_init__(self) -> None:
        if not self.delay and not self.loss:
            raise BadInput(f"{self.name}: neither delay nor loss is set, so nothing would happen; write delay: 2s")

    def inject(self, levers: Levers, draw: Stream) -> Injury:
        """The same in each cluster."""
        clusters = choose_clusters(levers, self.cluster)
        token = draw_token(self.name, draw)
        return Injury(
            what="DNS slow",
            touched=("dns",),
            harm=tuple(
                Call.of(cluster, "slow_dns", delay=self.delay, loss_ppm=self.loss, token=token) for cluster in clusters
            ),
            heal=tuple(Call.of(cluster, "restore_dns", token=token) for cluster in clusters),
        )
