"""Volumes and claims on a store: matching, binding, provisioning, reclaiming, protection."""

import pytest

from seatrial.fakes.controllers.persistent_volume import PersistentVolumeController
from seatrial.fakes.controllers.volumes.matching import best_match, mismatch
from seatrial.fakes.controllers.volumes.provisioners import provision
from seatrial.harness.testing.builders import make_node, make_object, make_pod

GI = 1 << 30
SELECTED = "volume.kubernetes.io/selected-node"


def a_class(name, provisioner="ebs.csi.aws.com", mode="WaitForFirstConsumer", **more):
    made = make_object("storage.k8s.io/v1", "StorageClass", name, namespace="")
    return {**made, "provisioner": provisioner, "volumeBindingMode": mode, "reclaimPolicy": "Delete", **more}


def a_claim(name="data", size="1Gi", storage="gp3", modes=("ReadWriteOnce",), annotations=None, **spec):
    made = make_object("v1", "PersistentVolumeClaim", name, finalizers=["kubernetes.io/pvc-protection"])
    if annotations:
        made["metadata"]["annotations"] = annotations
    body = {"accessModes": list(modes), "resources": {"requests": {"storage": size}}, **spec}
    if storage is not None:
        body["storageClassName"] = storage
    return {**made, "spec": body, "status": {"phase": "Pending"}}


def a_volume(name, size="1Gi", storage="manual", modes=("ReadWriteOnce",), phase="Available", policy="Retain", **spec):
    made = make_object("v1", "PersistentVolume", name, namespace="", finalizers=["kubernetes.io/pv-protection"])
    body = {"accessModes": list(modes), "capacity": {"storage": size}, "persistentVolumeReclaimPolicy": policy}
    body |= {"storageClassName": storage, "hostPath": {"path": "/x"}, **spec}
    return {**made, "spec": body, "status": {"phase": phase}}


def a_user(claim, name="web-0", **more):
    return make_pod(name, volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": claim}}], **more)


@pytest.fixture
def s(stage):
    return stage(PersistentVolumeController())


def claim(stage, name="data"):
    return stage.get("persistentvolumeclaims", name)


def volume(stage, name):
    return stage.get("persistentvolumes", name, "")


@pytest.mark.parametrize(
    ("volumes", "best"),
    [
        ([("small", "500Mi"), ("fits", "2Gi"), ("big", "9Gi")], "fits"),
        ([("b", "1Gi"), ("a", "1Gi")], "a"),
        ([("small", "1023Mi")], None),
    ],
)
def test_the_smallest_volume_that_is_large_enough_is_taken(volumes, best):
    found = best_match(a_claim(storage="manual"), [a_volume(name, size) for name, size in volumes], False)

    assert (found and found["metadata"]["name"]) == best


@pytest.mark.parametrize(
    "odd",
    [
        a_volume("v", storage="other"),
        a_volume("v", modes=("ReadOnlyMany",)),
        a_volume("v", phase="Released"),
        a_volume("v", volumeMode="Block"),
        a_volume("v", claimRef={"namespace": "default", "name": "someone"}),
    ],
)
def test_a_volume_that_differs_in_class_mode_or_phase_is_not_taken(odd):
    assert best_match(a_claim(storage="manual"), [odd], False) is None


def test_a_volume_made_for_the_claim_is_taken_before_a_better_one_even_when_binding_waits():
    made = a_volume("made", "5Gi", claimRef={"namespace": "default", "name": "data"})

    assert best_match(a_claim(storage="manual"), [a_volume("better"), made], True) is made
    assert best_match(a_claim(storage="manual"), [a_volume("better")], True) is None


def test_a_selector_chooses_among_volumes():
    labelled = a_volume("z")
    labelled["metadata"]["labels"] = {"tier": "fast"}
    wanting = a_claim(storage="manual", selector={"matchLabels": {"tier": "fast"}})

    assert best_match(wanting, [a_volume("a"), labelled], False) is labelled


def test_a_volume_that_a_claim_names_must_satisfy_it():
    assert mismatch(a_volume("v", "500Mi"), a_claim(storage="manual")) == "requested PV is too small"
    assert mismatch(a_volume("v", storage="x"), a_claim(storage="manual")) == "storageClassName does not match"
    assert mismatch(a_volume("v"), a_claim(storage="manual")) == ""


def test_claim_and_volume_are_bound_to_each_other(s):
    s.put(a_volume("v", "2Gi"), a_claim(storage="manual"))
    s.until(1)

    bound, pvc = volume(s, "v"), claim(s)
    assert bound["spec"]["claimRef"]["uid"] == pvc["metadata"]["uid"]
    assert bound["metadata"]["annotations"] == {"pv.kubernetes.io/bound-by-controller": "yes"}
    assert bound["status"]["phase"] == "Bound"
    assert pvc["spec"]["volumeName"] == "v"
    assert pvc["metadata"]["annotations"] == {
        "pv.kubernetes.io/bind-completed": "yes",
        "pv.kubernetes.io/bound-by-controller": "yes",
    }
    assert pvc["status"] == {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "2Gi"}}


def test_a_new_volume_is_available_and_taken_by_a_claim_that_waits(s):
    s.put(a_claim(storage=""), a_volume("v", storage="", phase=""))
    s.until(1)

    assert claim(s)["status"]["phase"] == "Bound"


def test_a_claim_without_class_and_volume_says_so_once(s):
    s.put(a_claim(storage=""))
    s.until(100)

    text = "no persistent volumes available for this claim and no storage class is set"
    assert s.events() == [(0.0, "persistentvolumeclaims/default/data", text)]


def test_a_claim_without_a_class_gets_the_newest_default_one(s):
    marked = {"storageclass.kubernetes.io/is-default-class": "true"}
    default = a_class("gp3")
    default["metadata"]["annotations"] = marked
    s.put(default, a_class("gp2"), a_claim(storage=None))
    s.until(1)

    assert claim(s)["spec"]["storageClassName"] == "gp3"


def test_a_claim_that_waits_for_its_consumer_is_provisioned_in_the_consumers_zone(s):
    s.put(a_class("gp3"), make_node("n1", zone="b"), a_claim())
    s.until(1)
    s.put(a_user("data"))
    s.until(2)
    s.change("persistentvolumeclaims", "data", metadata={"annotations": {SELECTED: "n1"}})
    s.until(10)

    pvc = claim(s)
    made = volume(s, f"pvc-{pvc['metadata']['uid']}")
    assert pvc["status"]["phase"] == "Bound"
    assert made["status"]["phase"] == "Bound"
    assert made["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"] == [
        {"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["b"]}]}
    ]
    assert made["metadata"]["annotations"]["pv.kubernetes.io/provisioned-by"] == "ebs.csi.aws.com"
    assert [message.split(" ")[:4] for _, _, message in s.events()] == [
        ["waiting", "for", "first", "consumer"],
        ["waiting", "for", "pod", "web-0"],
        ["Waiting", "for", "a", "volume"],
        ["External", "provisioner", "is", "provisioning"],
        ["Successfully", "provisioned", "volume", made["metadata"]["name"]],
    ]


def test_a_claim_that_is_bound_at_once_gets_one_of_the_zones(s):
    s.put(a_class("gp3", mode="Immediate"), *(make_node(f"n{zone}", zone=zone) for zone in "abc"))
    s.put(*(a_claim(f"data-{number}") for number in range(12)))
    s.until(10)

    zones = [
        made["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]["values"][0]
        for made in s.list("persistentvolumes")
    ]
    assert len(zones) == 12
    assert sorted(set(zones)) == ["a", "b", "c"]


def test_allowed_topologies_are_kept():
    terms = [{"matchLabelExpressions": [{"key": "topology.kubernetes.io/zone", "values": ["c"]}]}]
    nodes = [make_node(f"n{zone}", zone=zone) for zone in "abc"]
    made = provision(a_claim(), a_class("gp3", allowedTopologies=terms), None, nodes)

    assert made["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]["values"] == ["c"]


def test_a_local_path_volume_lives_on_its_node(s):
    s.put(a_class("standard", "rancher.io/local-path"), make_node("n1"))
    s.put(a_claim(storage="standard", annotations={SELECTED: "n1"}))
    s.until(10)

    (made,) = s.list("persistentvolumes")
    rule = made["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]
    assert (rule["key"], rule["values"]) == ("kubernetes.io/hostname", ["n1"])


def test_a_shared_file_system_can_be_used_from_everywhere(s):
    s.put(a_class("efs", "efs.csi.aws.com", "Immediate"), a_claim(storage="efs", modes=("ReadWriteMany",)))
    s.until(10)

    assert "nodeAffinity" not in s.list("persistentvolumes")[0]["spec"]


def test_an_in_tree_class_is_served_by_its_csi_driver(s):
    s.put(a_class("gp2", "kubernetes.io/aws-ebs", "Immediate"), make_node("n1", zone="a"), a_claim(storage="gp2"))
    s.until(10)

    assert s.list("persistentvolumes")[0]["spec"]["csi"]["driver"] == "ebs.csi.aws.com"


def test_a_node_that_has_gone_makes_the_pod_be_placed_anew(s):
    s.put(a_class("gp3"), a_claim(annotations={SELECTED: "gone"}))
    s.until(10)

    assert SELECTED not in claim(s)["metadata"]["annotations"]
    assert claim(s)["status"]["phase"] == "Pending"


@pytest.mark.parametrize(
    ("provisioner", "text"),
    [
        ("kubernetes.io/no-provisioner", "no volume plugin matched name: kubernetes.io/no-provisioner"),
        ("example.com/unknown", "Waiting for a volume to be created either by the external provisioner"),
        (None, 'storageclass.storage.k8s.io "fast" not found'),
    ],
)
def test_a_claim_that_nobody_serves_stays_pending_and_says_why_once(s, provisioner, text):
    if provisioner:
        s.put(a_class("fast", provisioner, "Immediate"))
    s.put(a_claim(storage="fast"))
    s.until(1000)

    assert claim(s)["status"]["phase"] == "Pending"
    (event,) = s.events()
    assert event[2].startswith(text)


def test_the_class_that_was_missing_comes_later(s):
    s.put(make_node("n1", zone="a"), a_claim())
    s.until(100)
    s.put(a_class("gp3", mode="Immediate"))
    s.until(110)

    assert claim(s)["status"]["phase"] == "Bound"


def test_a_claim_in_use_goes_only_when_its_pods_have_gone_and_its_volume_with_it(s):
    s.put(a_class("gp3", mode="Immediate"), make_node("n1", zone="a"), a_claim(), a_user("data", node="n1"))
    s.until(10)
    s.delete("persistentvolumeclaims", "data")
    s.until(20)
    assert "deletionTimestamp" in claim(s)["metadata"]
    s.remove("pods", "web-0")
    s.until(20.5)
    assert claim(s) is None
    assert s.list("persistentvolumes")[0]["status"]["phase"] == "Released"
    s.until(30)

    assert s.list("persistentvolumes") == []


def test_a_retained_volume_stays_released(s):
    s.put(a_volume("v"), a_claim(storage="manual"))
    s.until(1)
    s.delete("persistentvolumeclaims", "data")
    s.until(100)

    assert volume(s, "v")["status"]["phase"] == "Released"


def test_a_volume_in_use_is_protected_and_its_loss_is_told(s):
    s.put(a_volume("v"), a_claim(storage="manual"))
    s.until(1)
    s.delete("persistentvolumes", "v", "")
    s.until(2)
    assert "deletionTimestamp" in volume(s, "v")["metadata"]
    s.remove("persistentvolumes", "v", "")
    s.until(3)

    assert claim(s)["status"]["phase"] == "Lost"
    assert s.events("ClaimLost")[0][2] == "Bound claim has lost its PersistentVolume. Data on the volume is lost!"


def test_a_volume_bound_for_a_claim_by_the_scheduler_is_finished(s):
    s.put(a_class("local", "kubernetes.io/no-provisioner"), a_volume("v", storage="local"), a_claim(storage="local"))
    s.until(1)
    assert claim(s)["status"]["phase"] == "Pending"
    reference = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": "default", "name": "data"}
    reference["uid"] = claim(s)["metadata"]["uid"]
    s.change("persistentvolumes", "v", "", spec={"claimRef": reference})
    s.until(2)

    assert claim(s)["status"]["phase"] == "Bound"


def test_two_claims_do_not_get_one_volume(s):
    s.put(a_volume("v"), a_claim("one", storage="manual"), a_claim("two", storage="manual"))
    s.until(1)

    assert sorted(claim(s, name)["status"]["phase"] for name in ("one", "two")) == ["Bound", "Pending"]
