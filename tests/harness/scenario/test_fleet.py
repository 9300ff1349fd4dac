"""Fleets: the words of a file, `kubectl get nodes -o yaml`, and sizes chosen for an app."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.ports.fleet import NodeGroup
from seatrial.harness.scenario.amounts import pod_requests, quantity
from seatrial.harness.scenario.fleet import plan_fleet
from seatrial.harness.scenario.fleet_file import read_fleet
from seatrial.harness.scenario.instances import TYPES, allocatable, capacity, instance
from seatrial.harness.scenario.manifests.app import App
from seatrial.harness.scenario.model import FleetSpec


def fleet_file(tmp_path: Path, text: str) -> str:
    file = tmp_path / "fleet.yaml"
    file.write_text(text)
    return str(file)


def refusal(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(BadInput) as error:
        read_fleet(fleet_file(tmp_path, text))
    return [line.replace(f"{tmp_path}/", "") for line in str(error.value).splitlines()]


class TestWords:
    """A fleet in our own words."""

    def test_clusters_that_are_alike(self, tmp_path: Path) -> None:
        spec = read_fleet(
            fleet_file(
                tmp_path,
                "apiVersion: seatrial.dev/v1alpha1\n"
                "clusters: 2\n"
                'version: "1.35"\n'
                "region: eu-west-1\n"
                "node-lifecycle: eks\n"
                "control-plane-node: true\n"
                "etcd-zones: [a]\n"
                "nodegroups:\n"
                "- name: apps\n"
                "  zones: [a, eu-west-1b, site-7]\n"
                "  nodes: 7\n"
                "  type: c6i.large\n"
                "  labels: {tier: web}\n"
                "  taints: ['gpu=yes:NoSchedule', {key: old, effect: NoExecute}]\n",
            )
        )

        assert spec.node_lifecycle == "eks"
        assert [cluster.name for cluster in spec.clusters] == ["c1", "c2"]
        cluster = spec.clusters[0]
        assert (cluster.version, cluster.region, cluster.control_plane_node, cluster.etcd_zones) == (
            "1.35",
            "eu-west-1",
            True,
            ("a",),
        )
        assert cluster.nodegroups == (
            NodeGroup(
                "apps",
                ("a", "b", "site-7"),
                7,
                "c6i.large",
                (("tier", "web"),),
                (("gpu", "yes", "NoSchedule"), ("old", "", "NoExecute")),
            ),
        )

    def test_clusters_that_differ(self, tmp_path: Path) -> None:
        spec = read_fleet(
            fleet_file(
                tmp_path,
                "nodegroups: [{name: apps, nodes: 3}]\n"
                'clusters: [{name: canary, version: "1.36"}, {name: prod, nodegroups: [{name: big, nodes: 9}]}]\n',
            )
        )

        assert [(one.name, one.nodegroups[0].name) for one in spec.clusters] == [("canary", "apps"), ("prod", "big")]

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("nodegroups: [{name: a, nodes: 0}]", "1:31: nodegroups[0].nodes: must be a number of nodes from 1"),
            ("nodegroups: [{name: a, nodes: 200000}]", "from 1 to 100000, not 200000"),
            ("nodegroups: [{name: a}]", "1:14: the fleet must say 'nodegroups[0].nodes'"),
            ("nodegroups: [{name: a, nodes: 3, zones: []}]", "nodegroups[0].zones: must not be empty"),
            ("nodegroups: [{name: a, nodes: 3, zones: [a, a]}]", "the zone 'a' is named twice"),
            ("nodegroups: [{name: a, nodes: 3, zones: ['A B']}]", "'A B' is no zone"),
            ("nodegroups: [{name: a, nodes: 3, type: m6i.xlrge}]", "did you mean m6i.xlarge"),
            ("nodegroups: [{name: a, nodes: 3}, {name: a, nodes: 3}]", "two node groups are called 'a'"),
            ("nodegroups: [{name: a, nodes: 3, taints: [NoSchedule]}]", "'NoSchedule' is no taint"),
            ("nodegroups: [{name: a, nodes: 3, taints: ['a=b:Never']}]", "must be 'NoSchedule', 'PreferNoSchedule' or"),
            ("clusters: 0", "1:11: clusters: must be a number of clusters from 1"),
            ("clusters: []", "a fleet has one cluster at least"),
            ("clusters: many", "clusters: must be a number of clusters, not the word 'many'"),
            ("clusters: [{name: a}, {name: a}]", "two clusters are called 'a'"),
            ("version: 1.30", 'quote the version, or 1.30 is read as 1.3: version: "1.3"'),
            ("version: latest", "'latest' is no Kubernetes version"),
            ("node-lifecycle: azure", "must be 'upstream' or 'eks'"),
            ("clusterz: 3", "unknown word 'clusterz'; did you mean 'clusters'?"),
            ("apiVersion: seatrial.dev/v9", "cannot be read"),
            ("fleet: {clusters: 3}", "write the fleet's words at the top"),
            ("- 3", "the fleet must be a mapping, not a list"),
            ("a: 1\n---\nb: 2", "a fleet is one document"),
            ("", "is empty"),
        ],
    )
    def test_what_is_wrong_is_told(self, tmp_path: Path, text: str, told: str) -> None:
        lines = refusal(tmp_path, text)

        assert any(told in line for line in lines), lines


NODE = """
- apiVersion: v1
  kind: Node
  metadata:
    name: {name}
    uid: 1
    resourceVersion: "7"
    creationTimestamp: "2026-01-01T00:00:00Z"
    labels: {{topology.kubernetes.io/zone: {zone}, topology.kubernetes.io/region: eu-central-1}}
  spec:
    providerID: aws:///eu-central-1a/i-1
    taints:
    - {{key: node.kubernetes.io/not-ready, effect: NoExecute, timeAdded: "2026-01-01T00:00:00Z"}}
    - {{key: gpu, effect: NoSchedule}}
  status:
    allocatable: {{cpu: 3920m, memory: 15Gi, pods: "58"}}
    capacity: {{cpu: "4", memory: 16Gi, pods: "58"}}
    conditions: [{{type: Ready, status: "False"}}]
    nodeInfo: {{kubeletVersion: v1.34.2-eks-1}}
    images: []
"""


def nodes_file(*nodes: str) -> str:
    return "apiVersion: v1\nkind: List\nitems:" + "".join(nodes)


class TestNodes:
    """`kubectl get nodes -o yaml`."""

    def test_what_nodes_are_is_kept_and_how_they_fared_is_not(self, tmp_path: Path) -> None:
        spec = read_fleet(fleet_file(tmp_path, nodes_file(NODE.format(name="n1", zone="eu-central-1b"))))

        cluster = spec.clusters[0]
        node = cluster.nodes[0]
        assert (cluster.region, cluster.version) == ("eu-central-1", "1.34")
        assert node["metadata"] == {
            "name": "n1",
            "labels": {
                "topology.kubernetes.io/zone": "eu-central-1b",
                "topology.kubernetes.io/region": "eu-central-1",
                "kubernetes.io/hostname": "n1",
            },
        }
        assert node["spec"] == {
            "providerID": "aws:///eu-central-1a/i-1",
            "taints": [{"key": "gpu", "effect": "NoSchedule"}],
        }
        assert sorted(node["status"]) == ["allocatable", "capacity", "nodeInfo"]

    def test_a_typed_list_and_a_stream_of_nodes_are_read_too(self, tmp_path: Path) -> None:
        room = "{cpu: 1, memory: 1Gi, pods: 9}"
        one = f"kind: NodeList\napiVersion: v1\nitems: [{{metadata: {{name: n1}}, status: {{allocatable: {room}}}}}]\n"
        other = f"---\nkind: Node\napiVersion: v1\nmetadata: {{name: n2}}\nstatus: {{capacity: {room}}}\n"

        spec = read_fleet(fleet_file(tmp_path, one + other))

        assert [node["metadata"]["name"] for node in spec.clusters[0].nodes] == ["n1", "n2"]
        assert any("n1 has no label topology.kubernetes.io/zone" in warning for warning in spec.warnings)

    def test_no_node_at_all_is_an_error(self, tmp_path: Path) -> None:
        assert "holds no Node" in refusal(tmp_path, "kind: List\napiVersion: v1\nitems: []\n")[0]

    def test_two_nodes_of_one_name_are_an_error(self, tmp_path: Path) -> None:
        text = nodes_file(NODE.format(name="n1", zone="a"), NODE.format(name="n1", zone="b"))

        assert refusal(tmp_path, text) == ["fleet.yaml:24:3: the Node n1 stands there twice"]

    @pytest.mark.parametrize(
        ("status", "told"),
        [
            ("{}", "status.allocatable must have cpu, memory and pods"),
            ("{allocatable: {cpu: many, memory: 1Gi, pods: 3}}", "status.allocatable.cpu: 'many' is no quantity"),
            ("3", "status must be a mapping, not the number 3"),
            ("{allocatable: [1]}", "allocatable must be a mapping, not a list"),
        ],
    )
    def test_a_node_without_room_is_an_error(self, tmp_path: Path, status: str, told: str) -> None:
        text = f"kind: Node\napiVersion: v1\nmetadata: {{name: n1}}\nstatus: {status}\n"

        assert told in refusal(tmp_path, text)[0]

    def test_objects_that_are_no_nodes_are_named(self, tmp_path: Path) -> None:
        text = nodes_file(NODE.format(name="n1", zone="a"), "\n- {apiVersion: v1, kind: Pod, metadata: {name: p}}\n")

        assert "1 object(s) that are no Nodes" in read_fleet(fleet_file(tmp_path, text)).warnings[0]


def deployment(name: str = "web", replicas: int = 3, cpu: str = "100m", **spec: Any) -> dict[str, Any]:
    containers = [{"name": "c", "image": "i", "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}}}]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": containers, **spec}}},
    }


class TestSizing:
    """Without --fleet nodes are chosen so that the app fits once."""

    def test_a_small_app_gets_two_nodes_a_zone(self) -> None:
        planned = plan_fleet(None, App((deployment(),)))

        assert planned.plan.clusters[0].nodegroups == (NodeGroup("apps", ("a", "b", "c"), 6, "m6i.xlarge"),)
        assert planned.lifecycles == ("upstream", "eks")
        assert planned.words == "6 m6i.xlarge in zones a, b, c (Kubernetes 1.36)"

    def test_nodes_grow_with_the_app(self) -> None:
        # 90 pods of one core; three fit on a node of 3.92 less a tenth; 30 pods in each zone.
        group = plan_fleet(None, App((deployment(replicas=90, cpu="1"),))).plan.clusters[0].nodegroups[0]

        assert (group.type, group.nodes) == ("m6i.xlarge", 30)

    def test_the_type_grows_with_the_largest_pod(self) -> None:
        group = plan_fleet(None, App((deployment(cpu="10"),))).plan.clusters[0].nodegroups[0]

        assert group.type == "m6i.4xlarge"

    def test_daemon_sets_take_their_share_of_every_node(self) -> None:
        daemon = {**deployment("agent", cpu="2"), "kind": "DaemonSet"}

        group = plan_fleet(None, App((deployment(replicas=30, cpu="1"), daemon))).plan.clusters[0].nodegroups[0]

        assert group.nodes == 30  # one pod beside the agent: 3.5 - 2

    def test_pods_that_must_not_share_a_node_get_one_each(self) -> None:
        terms = [{"topologyKey": "kubernetes.io/hostname", "labelSelector": {}}]
        affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}

        group = plan_fleet(None, App((deployment(replicas=21, affinity=affinity),))).plan.clusters[0].nodegroups[0]

        assert group.nodes == 21

    def test_pods_pinned_to_a_zone_all_count_there(self) -> None:
        pinned = deployment(replicas=30, cpu="1", nodeSelector={"topology.kubernetes.io/zone": "us-east-1b"})

        assert plan_fleet(None, App((pinned,))).plan.clusters[0].nodegroups[0].nodes == 30

    def test_labels_of_their_own_get_nodes_of_their_own(self) -> None:
        planned = plan_fleet(None, App((deployment(), deployment("db", nodeSelector={"tier": "data"}))))

        assert [(group.name, group.labels) for group in planned.plan.clusters[0].nodegroups] == [
            ("apps", ()),
            ("apps-2", (("tier", "data"),)),
        ]
        assert planned.warnings == (
            "Deployment/default/db asks for nodes with tier=data; the node group apps-2 is made for it",
        )

    def test_pods_with_devices_get_nodes_that_have_them(self) -> None:
        obj = deployment()
        obj["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"nvidia.com/gpu": 2}}

        assert plan_fleet(None, App((obj,))).plan.clusters[0].nodegroups[0].type == "g5.12xlarge"

    def test_a_pod_that_no_node_can_hold_is_an_error(self) -> None:
        with pytest.raises(BadInput, match=r"^Deployment/default/web: its pod asks for more cpu than any node"):
            plan_fleet(None, App((deployment(cpu="500"),)))

    def test_an_app_beyond_every_fleet_is_an_error(self) -> None:
        with pytest.raises(BadInput, match="more than 100,000 nodes"):
            plan_fleet(None, App((deployment(replicas=2_000_000_000, cpu="3"),)))

    def test_a_quantity_that_is_none_is_an_error(self) -> None:
        with pytest.raises(BadInput, match="Deployment/default/web: 'lots' is no quantity"):
            plan_fleet(None, App((deployment(cpu="lots"),)))

    def test_a_fleet_that_names_its_nodes_is_left_as_it_is(self, tmp_path: Path) -> None:
        spec: FleetSpec = read_fleet(fleet_file(tmp_path, "nodegroups: [{name: x, nodes: 1}]\nnode-lifecycle: eks\n"))

        planned = plan_fleet(spec, App((deployment(replicas=900, cpu="3"),)), seed=7)

        assert planned.plan.clusters[0].nodegroups == (NodeGroup("x", ("a", "b", "c"), 1),)
        assert (planned.lifecycles, planned.plan.seed) == (("eks",), 7)


class TestAmounts:
    """Quantities and what pods ask for."""

    @pytest.mark.parametrize(
        ("text", "milli"),
        [
            ("250m", 250),
            ("2", 2000),
            (2, 2000),
            (0.5, 500),
            (".5", 500),
            ("1.", 1000),
            ("+1", 1000),
            ("1k", 1_000_000),
            ("1Ki", 1_024_000),
            ("1.5Gi", 1_610_612_736_000),
            ("1e3", 1_000_000),
            ("1E3", 1_000_000),
            ("1E", 10**21),
            ("100u", 1),  # rounded up
            ("1n", 1),
        ],
    )
    def test_quantities_are_exact(self, text: Any, milli: int) -> None:
        assert quantity(text) == milli

    @pytest.mark.parametrize("text", ["", "m", "1x", "1 Gi", "1KiB", "0x10", "1_000", "--1", None, True, [], "e3"])
    def test_what_is_no_quantity_is_refused(self, text: Any) -> None:
        with pytest.raises(BadInput, match="is no quantity"):
            quantity(text)

    def test_init_containers_count_by_the_largest_and_sidecars_beside_all(self) -> None:
        def container(cpu: str, **more: Any) -> dict[str, Any]:
            return {"resources": {"requests": {"cpu": cpu}}, **more}

        spec = {
            "initContainers": [container("1"), container("100m", restartPolicy="Always"), container("1500m")],
            "containers": [container("500m"), container("500m")],
        }

        assert pod_requests(spec)["cpu"] == 1600

    def test_a_limit_without_a_request_is_the_request(self) -> None:
        assert pod_requests({"containers": [{"resources": {"limits": {"cpu": "1"}}}]})["cpu"] == 1000


class TestInstances:
    """Instance types as EKS nodes."""

    def test_an_m6i_xlarge_leaves_what_an_eks_node_leaves(self) -> None:
        assert allocatable("m6i.xlarge")["cpu"] == "3920m"
        assert allocatable("m6i.xlarge")["pods"] == "58"
        assert capacity("m6i.xlarge")["cpu"] == "4"

    @pytest.mark.parametrize("name", TYPES)
    def test_every_type_has_room_for_pods(self, name: str) -> None:
        assert 0 < quantity(allocatable(name)["memory"]) < quantity(capacity(name)["memory"])
        assert 0 < quantity(allocatable(name)["cpu"]) < quantity(capacity(name)["cpu"])
        assert quantity(allocatable(name)["ephemeral-storage"]) > 0

    def test_an_unknown_type_names_the_nearest(self) -> None:
        with pytest.raises(BadInput, match=r"did you mean p4d\.24xlarge"):
            instance("p4.24xlarge")
