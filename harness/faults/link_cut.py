"""Packets between two places are dropped, in one direction or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from seatrial.harness.faults.targets import choose_clusters, choose_nodes, choose_zones, draw_token
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.ports.fault import Injury
from seatrial.harness.ports.levers import Ability, Call, Levers
from seatrial.harness.ports.words import Count, Place

__all__ = ["LinkCut"]


PLACES = ("control-plane", "api", "etcd", "registry", "dns", "outside", "*")


@dataclass(frozen=True)
class LinkCut:
    """Packets between two places are dropped. A way that is open one way only is the nastier half."""

    name: ClassVar[str] = "link-cut"
    needs: ClassVar[frozenset[Ability]] = frozenset({Ability.CUT_LINK})
    HELP: ClassVar[Mapping[str, str]] = {
        "source": "zone/a, node/NAME, control-plane, api, etcd, registry, dns, outside, *; zone/one, node/30%",
        "target": "the other end, likewise",
        "direction": "both, forward (packets from source to target), backward",
        "cluster": "one cluster by number; 0 means all",
    }

    source: Place
    target: Place = "*"
    direction: Literal["both", "forward", "backward"] = "both"
    cluster: Count = 0

    def inject(self, levers: Levers, draw: Stream) -> Injury:
        """Find the two ends in each cluster."""
        clusters = choose_clusters(levers, self.cluster)
        token = draw_token(self.name, draw)
        ways = []
        touched: dict[str, None] = {}
        for cluster in clusters:
            sources = _ends(levers, cluster, self.source, draw)
            targets = _ends(levers, cluster, self.target, draw)
            ways += [(cluster, one, other) for one in sources for other in targets if one != other]
            touched.update(dict.fromkeys((*sources, *targets)))
        if not ways:
            raise BadInput(f"{self.name}: {self.source} and {self.target} are one place; name two")
        arrow = {"both": "<->", "forward": "->", "backward": "<-"}[self.direction]
        calls = [
            {"source": source, "target": target, "direction": self.direction, "token": token}
            for _, source, target in ways
        ]
        return Injury(
            what=f"{self.source} {arrow} {self.target} cut",
            touched=tuple(place for place in touched if place != "*"),
            harm=tuple(Call.of(way[0], "cut_link", **args) for way, args in zip(ways, calls, strict=True)),
            heal=tuple(Call.of(way[0], "join_link", **args) for way, args in zip(ways, calls, strict=True)),
        )


def _ends(levers: Levers, cluster: int, place: str, draw: Stream) -> tuple[str, ...]:
    kind, _, wanted = place.partition("/")
    if kind == "zone" and wanted:
        return tuple(f"zone/{zone}" for zone in choose_zones(levers, (cluster,), wanted, draw))
    if kind == "node" and wanted:
        return tuple(f"node/{node.name}" for node in choose_nodes(levers, cluster, wanted, draw))
    if place not in PLACES:
        raise BadInput(f"{place!r} is no place; write zone/NAME, node/NAME or one of {', '.join(PLACES)}")
    return (place,)
