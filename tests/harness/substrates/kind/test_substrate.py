"""What is said before anything is made."""

import pytest

from seatrial.harness.kernel.errors import Unavailable
from seatrial.harness.ports.fleet import ClusterPlan, FleetPlan, NodeGroup
from seatrial.harness.runner import RunRequest
from seatrial.harness.runner.binding import bind
from seatrial.harness.substrates.kind.docker import Docker
from seatrial.harness.substrates.kind.substrate import KindSubstrate

PLAN = FleetPlan((ClusterPlan("c1", "1.36", (NodeGroup("apps", ("a",), 2),)),))


@pytest.fixture
def engine(monkeypatch):
    """A Docker engine and a kind that are there, with one image and no container."""
    monkeypatch.setattr(Docker, "check", lambda self: "28")
    monkeypatch.setattr(Docker, "images", lambda self, name: ("kindest/node:v1.36.3",))
    monkeypatch.setattr(Docker, "has_image", lambda self, image: image == "kindest/node:v1.36.3")
    monkeypatch.setattr(Docker, "nodes", lambda self: ())
    monkeypatch.setattr("seatrial.harness.substrates.kind.substrate.check_kind", lambda: "kind v0")
    monkeypatch.delenv("KIND_NODE_IMAGE", raising=False)


def test_all_is_here(engine):
    assert KindSubstrate().preflight(PLAN) == ("kindest/node:v1.36.3",)


def test_an_image_that_is_not_here_is_told_with_the_command_that_brings_it(engine):
    with pytest.raises(Unavailable, match="docker pull mine/node:dev"):
        KindSubstrate("mine/node:dev").preflight(PLAN)


def test_more_nodes_than_the_kernel_allows_are_refused(engine, monkeypatch):
    monkeypatch.setattr("seatrial.harness.substrates.kind.substrate.INOTIFY_PER_NODE", 10**9)

    with pytest.raises(Unavailable, match="sysctl fs"):
        KindSubstrate().preflight(PLAN)


def test_stand_ins_of_the_platform_are_refused(engine):
    with pytest.raises(Unavailable, match="stand-ins"):
        KindSubstrate().preflight(FleetPlan(PLAN.clusters, options={"platform": (object(),)}))


def test_a_plan_for_kind_runs_upstreams_node_lifecycle_alone():
    plan = bind(RunRequest("zonal/zone-loss", on="kind", sets=("zone=a",)), KindSubstrate())

    assert [variant.node_lifecycle for variant in plan.variants] == ["upstream"]


def test_a_lifecycle_that_kind_does_not_have_is_refused():
    with pytest.raises(Unavailable, match="node-lifecycle=eks"):
        bind(RunRequest("zonal/zone-loss", on="kind", sets=("node-lifecycle=eks",)), KindSubstrate())


def test_a_fault_that_kind_cannot_do_is_refused_before_the_start():
    with pytest.raises(Unavailable, match="cannot do slow-api"):
        bind(RunRequest("control-plane/api-slow", on="kind"), KindSubstrate())
