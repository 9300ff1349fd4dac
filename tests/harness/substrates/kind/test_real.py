"""One real cluster: born, broken by each lever, healed, deleted; and nothing of it is left."""

import os
import shutil
import subprocess
import tempfile

import pytest

from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Kernel
from seatrial.harness.kernel.time import MINUTE, SECOND, START
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.fleet import ClusterPlan, FleetPlan, NodeGroup
from seatrial.harness.ports.kube import AlreadyExists, Client, NotFound
from seatrial.harness.ports.levers import Call
from seatrial.harness.substrates.kind.config import minor_of
from seatrial.harness.substrates.kind.flows import endpoints_of
from seatrial.harness.substrates.kind.substrate import KindSubstrate, clean

SLICES = "endpointslices.discovery.k8s.io"
WEB = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"
IMAGE = os.environ.get("KIND_NODE_IMAGE", "")
MISSING = [name for name in ("docker", "kind") if shutil.which(name) is None] + ["KIND_NODE_IMAGE"] * (not IMAGE)

pytestmark = [
    pytest.mark.kind,
    pytest.mark.timeout(900),
    pytest.mark.skipif(bool(MISSING), reason=f"real clusters need {', '.join(MISSING)}"),
]


def docker(*words):
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def belongings():
    return docker("ps", "-aq"), docker("network", "ls", "-q"), docker("volume", "ls", "-q")


def readiness(recorders, node):
    """Each status of the Ready condition that the history tells, in order."""
    told = [
        condition["status"]
        for record in recorders[1].records
        if record.key == Key("nodes", "", node) and record.new is not None and record.verb != "event"
        for condition in record.new["status"]["conditions"]
        if condition["type"] == "Ready"
    ]
    return [status for index, status in enumerate(told) if index == 0 or status != told[index - 1]]


def served(recorders):
    """The newest share of each zone's clients; None where a zone has none any more."""
    told = {}
    for record in recorders[1].records:
        if record.verb == "flow":
            told[record.key.name.partition("@")[2]] = None if record.new is None else record.new["served_ppm"]
    return told


def run_until(fleet, there, minutes=3):
    end = fleet.kernel.now() + minutes * MINUTE
    while not there() and fleet.kernel.now() < end:
        fleet.run(until=fleet.kernel.now() + SECOND)
    assert there()


def test_a_cluster_is_born_broken_healed_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = belongings()
    version = minor_of(IMAGE.rpartition(":")[2])
    plan = FleetPlan((ClusterPlan("c1", version, (NodeGroup("apps", ("a", "b"), 2),)),))
    kernel = Kernel(START, 1)
    recorders = tuple(Recorder(agenda) for agenda in kernel.agendas)

    with KindSubstrate().open(plan, kernel, recorders) as fleet:
        assert clean() == []  # a run that is alive is left alone
        levers = fleet.levers()
        nodes = {node.zone: node.name for node in levers.nodes(1)}
        lost = nodes["a"]
        assert sorted(nodes) == ["", "a", "b"]

        _speaks_to_the_api(fleet.kube(1, Client("test")))
        _deploy(fleet.kube(1, Client("test")))
        run_until(fleet, lambda: fleet.chronicles[0].objects.get(SLICES, {}) and _endpoints(fleet))
        fleet.open_traffic()
        run_until(fleet, lambda: served(recorders) == {"us-east-1a": 1_000_000, "us-east-1b": 1_000_000})
        stop = Call.of(1, "stop_zone", zone="a", token="t1")
        kernel.agendas[1].cause = cause = recorders[0].write("test", "inject", Key("fault", "", "f"), None, {})
        levers.pull(stop)
        kernel.agendas[1].cause = 0
        assert levers.in_force(stop)
        run_until(fleet, lambda: readiness(recorders, lost) == ["True", "Unknown"])
        assert served(recorders) == {"us-east-1a": None, "us-east-1b": 1_000_000}  # who has no power asks nothing
        felt = [record for record in recorders[1].records if record.cause == cause and record.verb == "update"]
        assert {record.actor for record in felt if record.key == Key("nodes", "", lost)} == {"kube-controller-manager"}

        levers.pull(Call.of(1, "start_zone", zone="a", token="t1"))
        assert not levers.in_force(stop)
        run_until(fleet, lambda: readiness(recorders, lost) == ["True", "Unknown", "True"])
        run_until(fleet, lambda: served(recorders) == {"us-east-1a": 1_000_000, "us-east-1b": 1_000_000})

        for harm, heal in _pairs(nodes):
            levers.pull(harm)
            assert levers.in_force(harm), harm
            levers.pull(heal)
            levers.pull(heal)  # safe twice
            assert not levers.in_force(harm), heal
        fleet.census()

    assert belongings() == before
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def _deploy(kube):
    """A Service and its one pod, in the zone that is not lost."""
    pod = {
        "nodeSelector": {"topology.kubernetes.io/zone": "us-east-1b"},
        "containers": [{"name": "web", "image": WEB, "args": ["netexec", "--http-port=8080"]}],
    }
    labels = {"app": "web"}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}
    made = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}
    kube.create("deployments.apps", "default", made)
    ports = [{"port": 80, "targetPort": 8080}]
    service = {"metadata": {"name": "web"}, "spec": {"selector": labels, "ports": ports}}
    kube.create("services", "default", {"apiVersion": "v1", "kind": "Service", **service})


def _endpoints(fleet):
    return endpoints_of(fleet.chronicles[0].list(SLICES), "default", "web")


def _pairs(nodes):
    one = nodes["b"]
    way = {"source": f"node/{one}", "target": "zone/a", "direction": "both", "token": "t3"}
    return (
        (Call.of(1, "stop_kubelet", node=one, token="t2"), Call.of(1, "start_kubelet", node=one, token="t2")),
        (Call.of(1, "cut_link", **way), Call.of(1, "join_link", **way)),
        (Call.of(1, "stop_api", token="t4"), Call.of(1, "start_api", token="t4")),
    )


def _speaks_to_the_api(kube):
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"a": "1"}}
    resource = kube.resource("v1", "ConfigMap")
    kube.create(resource, "default", body)
    with pytest.raises(AlreadyExists):
        kube.create(resource, "default", body)
    assert kube.patch(resource, "default", "one", {"data": {"b": "2"}})["data"] == {"a": "1", "b": "2"}
    assert [item["kind"] for item in kube.list(resource, "default", fields="metadata.name=one")["items"]] == [
        "ConfigMap"
    ]
    kube.delete(resource, "default", "one")
    with pytest.raises(NotFound):
        kube.get(resource, "default", "one")
