"""The API server answers late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from seatrial.harness.faults.targets import choose_clusters, draw_token
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import SECOND, duration_text
from seatrial.harness.ports.fault import Injury
from seatrial.harness.ports.levers import Ability, Call, Levers
from seatrial.harness.ports.words import Count, Duration, Name

__all__ = ["ApiSlow"]


@dataclass(frozen=True)
class ApiSlow:
    """Requests to the API server take longer: all, or those of a verb, a resource or a client."""

    name: ClassVar[str] = "api-slow"
    needs: ClassVar[frozenset[Ability]] = frozenset({Ability.SLOW_API})
    HELP: ClassVar[Mapping[str, str]] = {
        "latency": "what a request takes longer",
        "verb": "only this verb: get, list, watch, create, update, patch, delete",
        "resource": "only this resource: pods, leases.coordination.k8s.io",
        "client": "only this client: kubelet, kube-scheduler, deployment",
        "cluster": "one cluster by number; 0 means all",
    }

    latency: Duration = 1 * SECOND
    verb: Name = ""
    resource: Name = ""
    client: Name = ""
    cluster: Count = 0

    def __post_init__(self) -> None:
        if not self.latency:
            raise BadInput(f"{self.name}: latency: 0s would do nothing; write latency: 2s")

    def inject(self, levers: Levers, draw: Stream) -> Injury:
        """The same in each cluster."""
        clusters = choose_clusters(levers, self.cluster)
        token = draw_token(self.name, draw)
        return Injury(
            what=f"API server slower by {duration_text(self.latency)}",
            touched=("api",),
            harm=tuple(
                Call.of(
                    cluster,
                    "slow_api",
                    delay=self.latency,
                    verb=self.verb,
                    resource=self.resource,
                    client=self.client,
                    token=token,
                )
                for cluster in clusters
            ),
            heal=tuple(Call.of(cluster, "restore_api", token=token) for cluster in clusters),
        )
