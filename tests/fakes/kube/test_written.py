"""What the server leaves out of an object before it writes it; the recorded answers are in tests/parity/api."""

from seatrial.fakes.kube.schema import Schema
from seatrial.fakes.kube.strategies.disabled import without_disabled

SCHEMA = Schema("1.36")
STS = "statefulsets.apps"


def volume(**spec):
    source = {"hostPath": {"path": "/d"}, "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "v"}, "spec": {**source, **spec}}


def stateful(**rolling):
    strategy = {"updateStrategy": {"rollingUpdate": rolling}}
    return {"kind": "StatefulSet", "spec": {**strategy, "template": {"spec": {"containers": []}}}}


def test_an_empty_class_is_a_choice_of_claims_alone(server):
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": ""}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}, "spec": spec}

    assert server.kube.create("persistentvolumeclaims", "default", claim)["spec"]["storageClassName"] == ""
    assert "storageClassName" not in server.kube.create("persistentvolumes", "", volume(storageClassName=""))["spec"]


def test_an_object_with_nothing_to_leave_out_is_the_same_object(server):
    kind = SCHEMA.kind("pods")
    pod = server.pod(labels={"a": ""}, terminationGracePeriodSeconds=0)

    assert SCHEMA.written(kind, pod) is pod


def test_the_other_parts_stay_the_same_objects(server):
    pod = server.pod(tolerations=[])
    lean = SCHEMA.written(SCHEMA.kind("pods"), pod)

    assert "tolerations" not in lean["spec"]
    assert lean["spec"]["containers"] is pod["spec"]["containers"]
    assert "tolerations" in pod["spec"]


def test_a_controller_that_takes_the_last_owner_away_leaves_no_empty_list(server):
    owner = {"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "1"}
    server.kube.create("configmaps", "default", server.config(ownerReferences=[owner]))
    patch = {"metadata": {"ownerReferences": [{"$patch": "delete", "uid": "1"}]}}
    left = server.submit("patch", "configmaps", "c", patch, patch="strategic")

    assert "ownerReferences" not in left["metadata"]


def test_a_field_behind_a_closed_gate_goes():
    assert without_disabled(STS, stateful(maxUnavailable=2, partition=1), None) == stateful(partition=1)


def test_a_field_behind_a_closed_gate_stays_where_it_is_in_use():
    new, old = stateful(maxUnavailable=2), stateful(maxUnavailable=1)

    assert without_disabled(STS, new, old) is new


def test_a_negative_grace_is_one_second_in_a_pod_and_an_error_in_a_template():
    spec = {"containers": [], "terminationGracePeriodSeconds": -5}
    deployment = {"spec": {"template": {"spec": spec}}}

    assert without_disabled("pods", {"spec": spec}, None)["spec"]["terminationGracePeriodSeconds"] == 1
    assert without_disabled("deployments.apps", deployment, None) is deployment


def test_an_old_topology_becomes_the_node_it_has_named_before():
    place = {"addresses": ["10.0.0.1"], "deprecatedTopology": {"kubernetes.io/hostname": "n1"}}
    old = {"endpoints": [place]}
    new = {"endpoints": [place, {**place, "addresses": ["10.0.0.2"]}]}
    fresh = without_disabled("endpointslices.discovery.k8s.io", new, None)
    kept = without_disabled("endpointslices.discovery.k8s.io", new, old)

    assert [one.get("nodeName") for one in fresh["endpoints"]] == [None, None]
    assert [one.get("nodeName") for one in kept["endpoints"]] == ["n1", "n1"]
    assert without_disabled("endpointslices.discovery.k8s.io", old, old) is old
