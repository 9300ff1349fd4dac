"""The API server is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from seatrial.harness.faults.targets import choose_clusters, draw_token
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.ports.fault import Injury
from seatrial.harness.ports.levers import Ability, Call, Levers
from seatrial.harness.ports.words import Count

__all__ = ["ApiDown"]


@dataclass(frozen=True)
class ApiDown:
    """Nobody reaches the API server; what runs runs on."""

    name: ClassVar[str] = "api-down"
    needs: ClassVar[frozenset[Ability]] = frozenset({Ability.STOP_API})
    HELP: ClassVar[Mapping[str, str]] = {
        "cluster": "one cluster by number; 0 means all",
    }

    cluster: Count = 0

    def inject(self, levers: Levers, draw: Stream) -> Injury:
        """The same in each cluster."""
        clusters = choose_clusters(levers, self.cluster)
        token = draw_token(self.name, draw)
        return Injury(
            what="API server down",
            touched=("api",),
            harm=tuple(Call.of(cluster, "stop_api", token=token) for cluster in clusters),
            heal=tuple(Call.of(cluster, "start_api", token=token) for cluster in clusters),
        )
