"""Claims: bound before the pod is, with or without a volume that exists."""

from __future__ import annotations

from typing import Any

from seatrial.fakes.scheduler.binding import VOLUMES_MAX
from seatrial.harness.kernel.time import SECOND
from seatrial.harness.testing.builders import make_node, make_object, make_pod

LAZY = {"provisioner": "ebs.csi.aws.com", "volumeBindingMode": "WaitForFirstConsumer"}
SELECTED = "volume.kubernetes.io/selected-node"


def _class(name: str = "gp3", **more: Any) -> Any:
    return {**make_object("storage.k8s.io/v1", "StorageClass", name, namespace=""), **LAZY, **more}


def _claim(name: str = "data", *, volume: str = "", modes: tuple[str, ...] = ("ReadWriteOnce",)) -> Any:
    notes = {"pv.kubernetes.io/bind-completed": "yes"} if volume else None
    spec = {"accessModes": list(modes), "storageClassName": "gp3", "resources": {"requests": {"storage": "1Gi"}}}
    if volume:
        spec["volumeName"] = volume
    return {**make_object("v1", "PersistentVolumeClaim", name, annotations=notes), "spec": spec, "status": {}}


def _volume(name: str, zone: str, **more: Any) -> Any:
    expression = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]}
    required = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "gp3",
        "nodeAffinity": {"required": required},
        "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": name},
        **more,
    }
    return {**make_object("v1", "PersistentVolume", name, namespace=""), "spec": spec}


def _pod(name: str = "db", *claims: str) -> Any:
    volumes = [{"name": claim, "persistentVolumeClaim": {"claimName": claim}} for claim in claims or ("data",)]
    return make_pod(name, volumes=volumes)


def _bind(cluster: Any, name: str, volume: str) -> None:
    claim = cluster.objects["PersistentVolumeClaim", name]
    notes = {**claim["metadata"].get("annotations", {}), "pv.kubernetes.io/bind-completed": "yes"}
    spec = {**claim["spec"], "volumeName": volume}
    cluster.put({**claim, "metadata": {**claim["metadata"], "annotations": notes}, "spec": spec})


def test_a_claim_is_provisioned_for_the_pods_node_and_the_pod_waits_for_it(cluster: Any) -> None:
    cluster.put(make_node("n1", zone="a"), _class(), _claim(), _pod())

    cluster.run(seconds=5)

    assert cluster.objects["PersistentVolumeClaim", "data"]["metadata"]["annotations"] == {SELECTED: "n1"}
    assert cluster.pod("db")["status"]["nominatedNodeName"] == "n1"
    assert cluster.where("db") == ""
    cluster.put(_volume("v1", "a"))
    _bind(cluster, "data", "v1")
    cluster.run(seconds=1)
    assert cluster.where("db") == "n1"


def test_a_pod_that_waits_for_its_claim_takes_its_room(cluster: Any) -> None:
    cluster.put(make_node("n1", zone="a", pods="1"), _class(), _claim(), _pod())
    cluster.run()

    cluster.put(make_pod("other"))
    cluster.run()

    assert cluster.told("FailedScheduling")[0].startswith("0/1 nodes are available: 1 Too many pods.")


def test_a_claim_that_is_never_bound_gives_the_pod_back_after_ten_minutes(cluster: Any) -> None:
    cluster.put(make_node("n1", zone="a"), _class(), _claim(), _pod())
    cluster.run()

    cluster.now += VOLUMES_MAX
    cluster.turn()

    assert cluster.told("FailedScheduling") == ["binding volumes: context deadline exceeded"]
    cluster.run(seconds=3)
    nominated = cluster.pod("db")["status"]["nominatedNodeName"]
    assert nominated == "n1"


def test_a_bound_volume_holds_its_pod_in_its_zone(cluster: Any) -> None:
    cluster.put(make_node("n1", zone="a"), make_node("n2", zone="b"), _class())
    cluster.put(_volume("v1", "b", claimRef={"namespace": "default", "name": "data"}), _claim(volume="v1"), _pod())

    cluster.run()

    assert cluster.where("db") == "n2"


def test_a_volume_in_a_zone_without_nodes_is_why_a_pod_waits(cluster: Any) -> None:
    cluster.put(make_node("n1", zone="a"), _class())
    cluster.put(_volume("v1", "b", claimRef={"namespace": "default", "name": "data"}), _claim(volume="v1"), _pod())
    cluster.run()
    assert "1 node(s) didn't match PersistentVolume's node affinity" in cluster.told("FailedScheduling")[0]

    cluster.put(make_node("n2", zone="b"))
    cluster.run()

    assert cluster.where("db") == "n2"


def test_zone_labels_of_a_volume_bind_as_well(cluster: Any) -> None:
    volume = _volume("v1", "a", claimRef={"namespace": "default", "name": "data"}, nodeAffinity=None)
    labels = {"topology.kubernetes.io/zone": "a__c"}
    cluster.put({**volume, "metadata": {**volume["metadata"], "labels": labels}})
    cluster.put(make_node("n1", zone="b"), _class(), _claim(volume="v1"), _pod())
    cluster.run()
    assert "1 node(s) had no available volume zone" in cluster.told("FailedScheduling")[0]

    cluster.put(make_node("n2", zone="c"))
    cluster.run()

    assert cluster.where("db") == "n2"


def test_two_pods_do_not_count_on_one_volume(cluster: Any) -> None:
    manual = _class(provisioner="kubernetes.io/no-provisioner")
    cluster.put(make_node("n1", zone="a"), manual, _volume("v1", "a"), _claim("one"), _claim("two"))
    cluster.put(_pod("db-1", "one"), _pod("db-2", "two"))

    first = cluster.turn()

    taken = [write for write in first if write.key.resource == "persistentvolumes"]
    assert [write.body["spec"]["claimRef"]["name"] for write in taken] == ["one"]
    assert "1 node(s) didn't find available persistent volumes to bind" in cluster.told("FailedScheduling")[0]


def test_a_claim_for_one_pod_only_is_not_shared(cluster: Any) -> None:
    claim = _claim(volume="v1", modes=("ReadWriteOncePod",))
    cluster.put(make_node("n1", zone="a"), _class(), claim)
    cluster.put(_volume("v1", "a", claimRef={"namespace": "default", "name": "data"}))
    cluster.put(_pod("one"), _pod("two"))
    cluster.run()
    assert "already in-use by another pod" in cluster.told("FailedScheduling")[0]

    cluster.remove("Pod", "one")
    cluster.run()

    assert cluster.where("two") == "n1"


def test_a_node_attaches_as_many_volumes_as_its_driver_says(cluster: Any) -> None:
    driver = {"name": "ebs.csi.aws.com", "nodeID": "n1", "allocatable": {"count": 1}}
    csi_node = make_object("storage.k8s.io/v1", "CSINode", "n1", namespace="")
    cluster.put(make_node("n1", zone="a"), _class(), {**csi_node, "spec": {"drivers": [driver]}})
    for name in ("one", "two"):
        cluster.put(_volume(name, "a", claimRef={"namespace": "default", "name": name}), _claim(name, volume=name))
    cluster.put(_pod("db-1", "one"), _pod("db-2", "two"))

    cluster.run()

    assert "1 node(s) exceed max volume count" in cluster.told("FailedScheduling")[0]


def test_a_claim_that_comes_wakes_its_pod(cluster: Any) -> None:
    cluster.put(make_node("n1", zone="a"), _class(), _pod())
    cluster.run()
    assert cluster.told("FailedScheduling") == [
        '0/1 nodes are available: persistentvolumeclaim "data" not found. not found'
    ]

    cluster.put(_claim())
    cluster.run()

    assert cluster.objects["PersistentVolumeClaim", "data"]["metadata"]["annotations"] == {SELECTED: "n1"}


def test_a_pod_deleted_while_it_waits_frees_its_node(cluster: Any) -> None:
    cluster.put(make_node("n1", zone="a", pods="1"), _class(), _claim(), _pod())
    cluster.run()

    cluster.remove("Pod", "db")
    cluster.put(make_pod("next"))
    cluster.run()
    cluster.now += SECOND

    assert cluster.where("next") == "n1"
