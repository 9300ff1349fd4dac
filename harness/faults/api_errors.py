"""The API server answers with errors."""

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
from seatrial.harness.ports.words import Code, Count, Duration, Name, Share

__all__ = ["ApiErrors"]

CODES = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class ApiErrors:
    """A share of the requests to the API server is refused: 429, or a 5xx, by verb, resource or client."""

    name: ClassVar[str] = "api-errors"
    needs: ClassVar[frozenset[Ability]] = frozenset({Ability.FAIL_API})
    HELP: ClassVar[Mapping[str, str]] = {
        "code": "429, 500, 502, 503 or 504",
        "share": "of the requests that match",
        "retry_after": "what a 429 tells clients to wait, in whole seconds",
        "verb": "only this verb: get, list, watch, create, update, patch, delete",
        "resource": "only this resource: pods, leases.coordination.k8s.io",
        "client": "only this client: kubelet, kube-scheduler, deployment",
        "cluster": "one cluster by number; 0 means all",
    }

    code: Code = 503
    share: Share = 1_000_000
    retry_after: Duration = 1 * SECOND
    verb: Name = ""
    resource: Name = ""
    client: Name = ""
    cluster: Count = 0

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise BadInput(f"{self.name}: code: {self.code} is none of {', '.join(map(str, CODES))}")
        if not self.share:
            raise BadInput(f"{self.name}: share: 0% would do nothing; write share: 30%")

    def inject(self, levers: Levers, draw: Stream) -> Injury:
        """The same in each cluster."""
        clusters = choose_clusters(levers, self.cluster)
        token = draw_token(self.name, draw)
        return Injury(
            what=f"API server answers {self.code}",
            touched=("api",),
            harm=tuple(
                Call.of(
                    cluster,
                    "fail_api",
                    code=self.code,
                    share_ppm=self.share,
                    retry_after=self.retry_after // SECOND,
                    verb=self.verb,
                    resource=self.resource,
                    client=self.client,
                    token=token,
                )
                for cluster in clusters
            ),
            heal=tuple(Call.of(cluster, "restore_api", token=token) for cluster in clusters),
        )
