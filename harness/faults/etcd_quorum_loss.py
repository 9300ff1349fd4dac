"""etcd loses its quorum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from seatrial.harness.faults.targets import choose_clusters, draw_token
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.ports.fault import Injury
from seatrial.harness.ports.levers import Ability, Call, Levers
from seatrial.harness.ports.words import Count

__all__ = ["EtcdQuorumLoss"]


@dataclass(frozen=True)
class EtcdQuorumLoss:
    """etcd cannot commit: writes fail and reads go stale."""

    name: ClassVar[str] = "etcd-quorum-loss"
    needs: ClassVar[frozenset[Ability]] = frozenset({Ability.STOP_ETCD})
    HELP: ClassVar[Mapping[str, str]] = {
        "members": "majority or all",
        "cluster": "one cluster by number; 0 means all",
    }

    members: Literal["majority", "all"] = "majority"
    cluster: Count = 0

    def inject(self, levers: Levers, draw: Stream) -> Injury:
        """The same in each cluster."""
        clusters = choose_clusters(levers, self.cluster)
        token = draw_token(self.name, draw)
        return Injury(
            what=f"etcd without {self.members} of its members",
            touched=("etcd",),
            harm=tuple(Call.of(cluster, "stop_etcd", members=self.members, token=token) for cluster in clusters),
            heal=tuple(Call.of(cluster, "start_etcd", token=token) for cluster in clusters),
        )
