"""Nodes boot anew, by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from seatrial.harness.faults.targets import choose_clusters, choose_nodes, draw_token, gather
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import SECOND
from seatrial.harness.ports.fault import Injury
from seatrial.harness.ports.levers import Ability, Call, Levers
from seatrial.harness.ports.words import Count, Duration, Name, Target

__all__ = ["NodeReboot"]


@dataclass(frozen=True)
class NodeReboot:
    """Nodes lose power and come back by themselves after `down`."""

    name: ClassVar[str] = "node-reboot"
    needs: ClassVar[frozenset[Ability]] = frozenset({Ability.REBOOT_NODE})
    momentary: ClassVar[bool] = True
    HELP: ClassVar[Mapping[str, str]] = {
        "node": "names, one, worst (holds most pods), minority, all, a count, 30%",
        "nodegroup": "only nodes of this group",
        "zone": "only nodes of this zone",
        "down": "how long a node is away",
        "cluster": "one cluster by number; 0 means all",
    }

    node: Target = "one"
    nodegroup: Name = ""
    zone: Name = ""
    down: Duration = 60 * SECOND
    cluster: Count = 0

    def inject(self, levers: Levers, draw: Stream) -> Injury:
        """Choose the nodes of each cluster."""
        nodes = gather(
            choose_clusters(levers, self.cluster),
            lambda cluster: choose_nodes(levers, cluster, self.node, draw, zone=self.zone, nodegroup=self.nodegroup),
        )
        token = draw_token(self.name, draw)
        return Injury(
            what=f"{len(nodes)} node{'s' * (len(nodes) != 1)} rebooted",
            touched=tuple(dict.fromkeys(f"node/{node.name}" for _, node in nodes)),
            harm=tuple(
                Call.of(cluster, "reboot_node", node=node.name, down=self.down, token=token) for cluster, node in nodes
            ),
            heal=(),
        )
