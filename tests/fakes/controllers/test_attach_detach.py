"""Attach and detach: a volume follows its pod, but not away from a node that may still write to it."""

import pytest

from seatrial.fakes.controllers.attach_detach import AttachDetach, attachment_name, may_detach
from seatrial.harness.kernel.time import MINUTE
from seatrial.harness.testing.builders import make_node, make_object, make_pod

ATTACHMENTS = "volumeattachments.storage.k8s.io"
OUT = ("node.kubernetes.io/out-of-service", "nodeshutdown", "NoExecute")
ID = "kubernetes.io/csi/ebs.csi.aws.com^vol-1"


def a_bound_claim(name="data", modes=("ReadWriteOnce",), **source):
    volume = make_object("v1", "PersistentVolume", f"pv-{name}", namespace="")
    pvc = make_object("v1", "PersistentVolumeClaim", name)
    reference = {"namespace": "default", "name": name, "uid": pvc["metadata"]["uid"]}
    kind = source or {"csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"}}
    spec = {"claimRef": reference, "accessModes": list(modes), **kind}
    return {**volume, "spec": spec}, {**pvc, "spec": {"volumeName": f"pv-{name}"}, "status": {"phase": "Bound"}}


def a_user(name, node, claim="data", **more):
    return make_pod(name, node=node, volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": claim}}], **more)


@pytest.fixture
def s(stage):
    s = stage(AttachDetach())
    s.put(make_node("n1"), make_node("n2"))
    return s


def where(stage):
    return [(a["spec"]["nodeName"], (a.get("status") or {}).get("attached", False)) for a in stage.list(ATTACHMENTS)]


def test_a_volume_is_attached_to_the_node_of_its_pod(s):
    s.put(*a_bound_claim(), a_user("web-0", "n1"))
    s.until(1)
    assert where(s) == [("n1", False)]
    s.until(2)

    assert where(s) == [("n1", True)]
    assert s.get("nodes", "n1", "")["status"]["volumesAttached"] == [{"name": ID, "devicePath": ""}]
    assert s.events() == [(2.0, "pods/default/web-0", 'AttachVolume.Attach succeeded for volume "pv-data"')]
    (found,) = s.list(ATTACHMENTS)
    assert found["metadata"]["name"] == attachment_name("vol-1", "ebs.csi.aws.com", "n1")
    assert found["spec"] == {
        "attacher": "ebs.csi.aws.com",
        "nodeName": "n1",
        "source": {"persistentVolumeName": "pv-data"},
    }


def test_a_pod_that_is_placed_before_its_claim_is_bound_is_served_then(s):
    volume, claim = a_bound_claim()
    s.put({**claim, "spec": {}}, a_user("web-0", "n1"))
    s.until(1)
    assert where(s) == []
    s.put(volume, claim)
    s.until(5)

    assert where(s) == [("n1", True)]


def test_volumes_that_are_no_csi_volumes_or_whose_driver_wants_none_are_not_attached(s):
    driver = make_object("storage.k8s.io/v1", "CSIDriver", "efs.csi.aws.com", namespace="")
    s.put({**driver, "spec": {"attachRequired": False}})
    s.put(*a_bound_claim("path", hostPath={"path": "/x"}), a_user("a", "n1", "path"))
    s.put(*a_bound_claim("efs", csi={"driver": "efs.csi.aws.com", "volumeHandle": "fs"}), a_user("b", "n1", "efs"))
    s.until(10)

    assert where(s) == []


def test_a_volume_moves_when_its_pod_has_gone_and_its_node_is_well(s):
    s.put(*a_bound_claim(), a_user("web-0", "n1"))
    s.until(10)
    s.remove("pods", "web-0")
    s.put(a_user("web-0", "n2"))
    s.until(11)
    assert "deletionTimestamp" in s.list(ATTACHMENTS)[0]["metadata"]
    s.until(20)

    assert where(s) == [("n2", True)]
    assert "volumesAttached" not in s.get("nodes", "n1", "")["status"]


def test_a_second_pod_elsewhere_is_told_once_that_the_volume_is_in_use(s):
    s.put(*a_bound_claim(), a_user("one", "n1"))
    s.until(10)
    s.put(a_user("two", "n2"))
    s.until(100)

    assert where(s) == [("n1", True)]
    text = 'Multi-Attach error for volume "pv-data" Volume is already used by pod(s) one'
    assert s.events("FailedAttachVolume") == [(10.0, "pods/default/two", text)]


def test_a_volume_of_many_writers_is_attached_to_many_nodes(s):
    s.put(*a_bound_claim(modes=("ReadWriteMany",)), a_user("one", "n1"), a_user("two", "n2"))
    s.until(10)

    assert sorted(where(s)) == [("n1", True), ("n2", True)]


def test_a_terminating_pod_on_a_dead_node_keeps_its_volume_for_ever(s):
    s.put(*a_bound_claim(), a_user("web-0", "n1"))
    s.until(10)
    s.put(make_node("n1", ready="Unknown"), a_user("web-0", "n1", deleted=0))
    s.until(3600)

    assert where(s) == [("n1", True)]


def test_a_dead_node_loses_its_volume_six_minutes_after_the_pod_has_gone(s):
    s.put(*a_bound_claim(), a_user("web-0", "n1"))
    s.until(10)
    s.put(make_node("n1", ready="Unknown"))
    s.until(100)
    s.remove("pods", "web-0")
    s.put(a_user("web-0", "n2"))
    s.until(459.9)
    assert where(s) == [("n1", True)]
    assert "exclusively attached to one node" in s.events("FailedAttachVolume")[0][2]
    s.until(465)

    assert where(s) == [("n2", True)]


def test_a_deleted_node_loses_its_volume_after_six_minutes_too(s):
    s.put(*a_bound_claim(), a_user("web-0", "n1"))
    s.until(10)
    s.remove("nodes", "n1", "")
    s.remove("pods", "web-0")
    s.put(a_user("web-0", "n2"))
    s.until(360)
    assert where(s) == [("n1", True)]
    s.until(380)

    assert where(s) == [("n2", True)]


def test_a_node_out_of_service_loses_its_volume_at_once(s):
    s.put(*a_bound_claim(), a_user("web-0", "n1"))
    s.until(10)
    s.put(make_node("n1", ready="Unknown"))
    s.remove("pods", "web-0")
    s.put(a_user("web-0", "n2"))
    s.until(20)
    s.put(make_node("n1", ready="Unknown", taints=[OUT]))
    s.until(25)

    assert where(s) == [("n2", True)]


def test_a_node_that_recovers_gives_its_volume_up(s):
    s.put(*a_bound_claim(), a_user("web-0", "n1"))
    s.until(10)
    s.put(make_node("n1", ready="Unknown"))
    s.remove("pods", "web-0")
    s.until(60)
    assert where(s) == [("n1", True)]
    s.put(make_node("n1"))
    s.until(70)

    assert where(s) == []


def used(node, *volumes):
    return {**node, "status": {**node["status"], "volumesInUse": list(volumes)}}


@pytest.mark.parametrize(
    ("node", "passed", "may"),
    [
        (make_node(), 0, True),
        (make_node(ready=False), 0, False),
        (make_node(ready=False), 6 * MINUTE, False),
        (make_node(ready=False), 6 * MINUTE + 1, True),
        (used(make_node(), ID), 60 * MINUTE, False),  # well, and still mounted: never by force
        (used(make_node(ready="Unknown"), ID), 6 * MINUTE + 1, True),
        (used(make_node(ready="Unknown")), 0, True),
        (make_node(ready="Unknown", taints=[OUT]), 0, True),
        (None, 6 * MINUTE, False),
        (None, 6 * MINUTE + 1, True),
    ],
)
def test_when_a_volume_may_be_taken_from_a_node(node, passed, may):
    assert may_detach(node, ID, 0, passed) is may
