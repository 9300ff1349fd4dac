"""From what was asked for to what is opened: a FleetPlan, sized to the app where nobody said how many nodes."""

from __future__ import annotations

from dataclasses import dataclass

from seatrial.harness.kernel.time import START, Instant
from seatrial.harness.ports.fleet import ClusterPlan, FleetPlan, NodeGroup
from seatrial.harness.scenario.manifests.app import App
from seatrial.harness.scenario.model import ClusterSpec, FleetSpec
from seatrial.harness.scenario.sizing import node_groups

__all__ = ["LIFECYCLES", "PlannedFleet", "plan_fleet"]

LIFECYCLES = ("upstream", "eks")
_ONE_CLUSTER = FleetSpec((ClusterSpec("c1"),))


@dataclass(frozen=True)
class PlannedFleet:
    """What is to be opened. words: for people; lifecycles: the node-lifecycle policies, a run for each."""

    plan: FleetPlan
    words: str
    lifecycles: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def plan_fleet(spec: FleetSpec | None, app: App, *, seed: int = 0, start: Instant = START) -> PlannedFleet:
    """The fleet for a scenario and an app. Raises BadInput for an app that no chosen node can hold."""
    spec = spec or _ONE_CLUSTER
    warnings = list(spec.warnings)
    sized: dict[str, tuple[NodeGroup, ...]] = {}
    clusters = []
    for cluster in spec.clusters:
        groups = cluster.nodegroups
        if not groups and not cluster.nodes:
            if cluster.region not in sized:
                sized[cluster.region], told = node_groups(app.objects, cluster.region)
                warnings += told
            groups = sized[cluster.region]
        clusters.append(
            ClusterPlan(
                name=cluster.name,
                version=cluster.version,
                nodegroups=groups,
                nodes=cluster.nodes,
                control_plane_node=cluster.control_plane_node,
                node_lifecycle=spec.node_lifecycle or LIFECYCLES[0],
                region=cluster.region,
                etcd_zones=cluster.etcd_zones,
            )
        )
    lifecycles = (spec.node_lifecycle,) if spec.node_lifecycle else LIFECYCLES
    return PlannedFleet(FleetPlan(tuple(clusters), seed, start), _words(clusters), lifecycles, tuple(warnings))


def _words(clusters: list[ClusterPlan]) -> str:
    """`6 m6i.xlarge in zones a, b, c (v1.36)`, `100 clusters of ...`."""
    first = clusters[0]
    parts = [f"{group.nodes} {group.type} in zones {', '.join(group.zones)}" for group in first.nodegroups]
    if first.nodes:
        parts.append(f"{len(first.nodes)} nodes as given")
    words = f"{' and '.join(parts) or 'no nodes'} (Kubernetes {first.version})"
    if len(clusters) == 1:
        return words
    alike = all(
        (one.nodegroups, one.nodes, one.version) == (first.nodegroups, first.nodes, first.version) for one in clusters
    )
    return f"{len(clusters)} clusters, {'each of' if alike else 'the first of'} {words}"
