"""Fleets for measurements: so many clusters of nodes and pods from Deployments, a zone lost, all checkers."""

from __future__ import annotations

from typing import Any

from seatrial.harness.checkers import CHECKERS
from seatrial.harness.faults import FAULTS
from seatrial.harness.kernel.time import HOUR, MINUTE, Duration
from seatrial.harness.ports.fleet import ClusterPlan, FleetPlan, NodeGroup
from seatrial.harness.runner.plan import Plan, Variant
from seatrial.harness.runner.trial import Settled, settle
from seatrial.harness.substrates.sim import SimSubstrate
from seatrial.harness.world.storm import Step

__all__ = ["make_plan", "settled"]


def _manifests(deployments: int, replicas: int) -> tuple[dict[str, Any], ...]:
    listed: list[dict[str, Any]] = []
    for number in range(deployments):
        name = f"app-{number}"
        labels = {"app": name}
        container = {
            "name": "main",
            "image": "example.com/app:1",
            "ports": [{"containerPort": 8080}],
            "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
            "readinessProbe": {"httpGet": {"path": "/", "port": 8080}},
        }
        spread = {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": labels},
        }
        listed.append(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": name, "namespace": "default"},
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": labels},
                    "template": {
                        "metadata": {"labels": labels},
                        "spec": {"containers": [container], "topologySpreadConstraints": [spread]},
                    },
                },
            }
        )
        listed.append(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": name, "namespace": "default"},
                "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]},
            }
        )
    return tuple(listed)


def make_plan(
    clusters: int, nodes: int, deployments: int, replicas: int, *, lost: Duration = 30 * MINUTE, total: Duration = HOUR
) -> Plan:
    """A plan whose storm and calm last `total` together."""
    groups = (NodeGroup("apps", ("a", "b", "c"), nodes, "m6i.2xlarge"),)
    fleet = FleetPlan(tuple(ClusterPlan(f"c{number + 1}", nodegroups=groups) for number in range(clusters)), seed=1)
    step = Step("1-zone-loss", FAULTS["zone-loss"](zone="a"), at=0, lasts=lost)  # type: ignore[call-arg] # its own words
    workloads = tuple(f"deployments.apps/default/app-{number}" for number in range(deployments))
    return Plan(
        scenario="bench",
        why="",
        seed=1,
        fleet=fleet,
        fleet_words="",
        manifests=_manifests(deployments, replicas),
        workloads=workloads,
        places={},
        settle=5 * MINUTE,
        calm=total - lost,
        checkers=tuple(checker() for checker in CHECKERS.values()),
        variants=(Variant("", (), (step,)),),
    )


def settled(plan: Plan) -> Settled:
    """Its settled world."""
    world = settle(plan, SimSubstrate(), lambda _what, _detail: None)
    assert not world.missing, world.missing[:2]
    return world
