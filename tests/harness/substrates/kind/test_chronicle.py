"""What watches tell, as records of the simulator's shape."""

import json

import pytest

from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import Gone
from seatrial.harness.substrates.kind.chronicle import Chronicle
from seatrial.harness.substrates.kind.client import Discovery, Served
from seatrial.harness.substrates.kind.shapes import actor_of, merely_beats, shared
from seatrial.harness.substrates.kind.watch import decode

NODES = Served("nodes", "v1", "Node", False, frozenset())
PODS = Served("pods", "v1", "Pod", True, frozenset())
SETS = Served("replicasets.apps", "apps/v1", "ReplicaSet", True, frozenset())
EVENTS = Served("events", "v1", "Event", True, frozenset())


def node(name="n1", ready="True", version="1", beat="00:00"):
    condition = {"type": "Ready", "status": ready, "lastHeartbeatTime": beat}
    entry = {"manager": "kube-controller-manager", "operation": "Update", "time": beat}
    meta = {"name": name, "uid": name, "resourceVersion": version, "managedFields": [entry]}
    return {"kind": "Node", "metadata": meta, "status": {"conditions": [condition]}}


def pod(name, on="n1", owner="", version="1"):
    meta = {"name": name, "namespace": "shop", "uid": name, "resourceVersion": version}
    if owner:
        meta["ownerReferences"] = [{"uid": owner, "kind": "ReplicaSet", "name": owner, "controller": True}]
    return {"kind": "Pod", "metadata": meta, "spec": {"nodeName": on}}


@pytest.fixture
def recorder():
    return Recorder(Agenda(1, 0))


@pytest.fixture
def chronicle(recorder):
    made = Chronicle(recorder._agenda, recorder, Discovery([NODES, PODS, SETS, EVENTS]))
    recorder.records.clear()
    return made


def test_a_first_list_creates_and_a_change_updates_with_both_versions(chronicle, recorder):
    chronicle.take(5, NODES, "LIST", (node(),))
    chronicle.take(9, NODES, "MODIFIED", (node(ready="Unknown", version="2"),))

    made, changed = recorder.records
    assert (made.time, made.verb, made.old, made.key) == (5, "create", None, Key("nodes", "", "n1"))
    assert (changed.time, changed.verb, changed.actor) == (9, "update", "kube-controller-manager")
    assert changed.old["status"]["conditions"][0]["status"] == "True"
    assert changed.new["status"]["conditions"][0]["status"] == "Unknown"
    assert "managedFields" not in changed.new["metadata"]


def test_a_heartbeat_is_no_record(chronicle, recorder):
    chronicle.take(5, NODES, "LIST", (node(),))
    chronicle.take(9, NODES, "MODIFIED", (node(version="2", beat="05:00"),))

    assert len(recorder.records) == 1
    assert chronicle.list("nodes")[0]["metadata"]["resourceVersion"] == "2"


def test_what_a_second_list_lacks_was_deleted_meanwhile(chronicle, recorder):
    chronicle.take(5, PODS, "LIST", (pod("one"), pod("two")))
    chronicle.take(9, PODS, "LIST", (pod("two"),))

    assert [(one.verb, one.key.name) for one in recorder.records] == [
        ("create", "one"),
        ("create", "two"),
        ("delete", "one"),
    ]


def test_time_never_runs_back(chronicle, recorder):
    chronicle.take(9, PODS, "ADDED", (pod("one"),))
    chronicle.take(5, PODS, "ADDED", (pod("two"),))

    assert [one.time for one in recorder.records] == [9, 9]


def test_what_happens_to_a_touched_node_and_its_pods_is_put_down_to_the_injury(chronicle, recorder):
    chronicle.take(1, NODES, "LIST", (node("n1"), node("n2")))
    chronicle.take(1, PODS, "LIST", (pod("one", "n1"), pod("two", "n2")))
    chronicle.hurt(["n1"], 77)

    chronicle.take(9, NODES, "MODIFIED", (node("n1", "Unknown", "2"),))
    chronicle.take(9, PODS, "MODIFIED", ({**pod("two", "n2", version="2"), "status": {"phase": "Running"}},))
    chronicle.take(9, PODS, "DELETED", (pod("one", "n1"),))

    assert [one.cause for one in recorder.records] == [0, 0, 0, 0, 77, 0, 77]


def test_a_replacement_is_put_down_to_what_happened_to_its_kin(chronicle, recorder):
    chronicle.take(1, PODS, "LIST", (pod("one", "n1", "web"),))
    chronicle.hurt(["n1"], 77)

    chronicle.take(9, PODS, "DELETED", (pod("one", "n1", "web"),))
    chronicle.take(10, PODS, "ADDED", (pod("new", "", "web"),))

    assert recorder.records[-1].cause == recorder.records[-2].id


def test_an_event_is_a_record_about_its_object(chronicle, recorder):
    about = {"apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": "one"}
    event = {"metadata": {"name": "e", "namespace": "shop"}, "involvedObject": about, "reason": "Killing"}

    chronicle.take(
        1, EVENTS, "ADDED", ({**event, "type": "Normal", "message": "bye", "reportingComponent": "kubelet"},)
    )

    record = recorder.records[0]
    assert (record.verb, record.actor, record.key) == ("event", "kubelet", Key("pods", "shop", "one"))
    assert record.new == {"type": "Normal", "reason": "Killing", "message": "bye"}


def test_the_newest_new_entry_of_managed_fields_names_the_actor():
    def entry(manager, time):
        return {"manager": manager, "operation": "Update", "time": time}

    old = {"metadata": {"managedFields": [entry("kubelet", "2")]}}
    new = {"metadata": {"managedFields": [entry("kubelet", "2"), entry("kubectl", "1")]}}

    assert actor_of(new, old) == "kubectl"
    assert actor_of(new, None) == "kubelet"
    assert actor_of({"metadata": {}}, None) == "unknown"


def test_parts_that_are_equal_are_the_same_objects():
    old = {"spec": {"a": [1]}, "status": {"x": 1}}

    new = shared(old, {"spec": {"a": [1]}, "status": {"x": 2}})

    assert new == {"spec": {"a": [1]}, "status": {"x": 2}}
    assert new["spec"] is old["spec"]
    assert shared(old, {"spec": {"a": [1]}, "status": {"x": 1}}) is old
    assert shared({"n": 1}, {"n": True})["n"] is True


def test_only_a_beat_is_a_beat():
    assert merely_beats(node(), node(version="9", beat="09:00"))
    assert not merely_beats(node(), node(ready="False"))


def test_a_watch_line_is_decoded_and_an_error_raised():
    line = json.dumps({"type": "ADDED", "object": {"metadata": {"name": "n1"}}}).encode()
    gone = json.dumps({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}}).encode()

    assert decode(line, NODES) == ("ADDED", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}})
    with pytest.raises(Gone):
        decode(gone, NODES)
