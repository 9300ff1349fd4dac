"""Pods on one node: what annotations make of them, and what they wait for. Whole lives are in tests/parity/kubelet."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.time import SECOND, START
from seatrial.harness.ports.event import Obj

MAIN = {"name": "app", "image": "reg.example/app:1", "imagePullPolicy": "IfNotPresent"}
HTTP = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 5, "failureThreshold": 2}


def uid(cluster: Any, name: str = "p") -> str:
    text: str = cluster.pod(name)["metadata"]["uid"]
    return text


def readiness(cluster: Any, name: str = "p") -> list[tuple[int, str]]:
    """(second, Ready) for every change of it."""
    told: list[tuple[int, str]] = []
    for at, status in cluster.versions(name):
        for found in (status or {}).get("conditions", ()):
            if found["type"] == "Ready" and (not told or told[-1][1] != found["status"]):
                told.append((round(at), found["status"]))
    return told


def config(name: str, **data: str) -> Obj:
    meta = {"name": name, "namespace": "default", "uid": name}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}


def test_a_start_costs_three_writes_and_few_acts(cluster: Any) -> None:
    cluster.plain()
    before = cluster.api.writes

    cluster.run(10)

    assert cluster.api.writes - before == 3


def test_pods_of_one_template_share_what_they_have_in_common(cluster: Any) -> None:
    owner = {"ownerReferences": [{"uid": "rs", "controller": True, "name": "rs"}]}
    for name in ("a", "b"):
        cluster.bind(name, {"containers": [dict(MAIN)]}, **owner)
    cluster.run(10)

    one, other = (cluster.kubelets.nodes["n1"].pods[uid(cluster, name)] for name in ("a", "b"))

    assert one.recipe is other.recipe


def test_a_pod_with_other_annotations_has_a_recipe_of_its_own(cluster: Any) -> None:
    owner = {"ownerReferences": [{"uid": "rs", "controller": True, "name": "rs"}]}
    cluster.bind("a", {"containers": [MAIN]}, **owner)
    cluster.bind("b", {"containers": [MAIN]}, annotations={"seatrial.dev/crash-after": "1s"}, **owner)
    cluster.run(60)

    assert cluster.container("a")["restartCount"] == 0
    assert cluster.container("b")["restartCount"] > 0


def test_the_first_pull_takes_time_the_second_none(cluster: Any) -> None:
    note = {"seatrial.dev/pull-time": "40s"}
    cluster.bind("first", {"containers": [MAIN]}, annotations=note)
    cluster.run(30)
    assert cluster.status("first")["phase"] == "Pending"
    cluster.run(20)
    assert cluster.status("first")["phase"] == "Running"

    cluster.bind("second", {"containers": [MAIN]}, annotations=note)
    cluster.run(2)

    assert cluster.status("second")["phase"] == "Running"


def test_a_dead_registry_stops_new_images_only(cluster: Any) -> None:
    cluster.bind("known", {"containers": [MAIN]})
    cluster.run(20)
    cluster.ways.set_cut("node/n1", "registry", True)

    cluster.bind("same", {"containers": [MAIN]})
    cluster.bind("other", {"containers": [{**MAIN, "image": "reg.example/other:1"}]})
    cluster.run(20)
    assert cluster.status("same")["phase"] == "Running"
    assert cluster.container("other")["state"]["waiting"]["reason"] in ("ErrImagePull", "ImagePullBackOff")
    cluster.ways.set_cut("node/n1", "registry", False)
    cluster.run(60)

    assert cluster.status("other")["phase"] == "Running"


def test_pull_back_off_doubles_to_five_minutes(cluster: Any) -> None:
    cluster.bind("p", {"containers": [MAIN]}, annotations={"seatrial.dev/pull-fails": "true"})
    cluster.run(3600)

    failures = [
        (time - START) / SECOND for time, key, body in cluster.api.events if body["message"] == "Error: ErrImagePull"
    ]
    gaps = [later - earlier for earlier, later in itertools.pairwise(failures)]
    for gap, least in zip(gaps, (10, 20, 40, 80, 160, 300, 300), strict=False):
        assert least <= gap <= least + 16


def test_crash_back_off_doubles_to_five_minutes(cluster: Any) -> None:
    cluster.plain(annotations={"seatrial.dev/crash-after": "1s"})
    cluster.run(3600)

    starts = [
        at
        for (at, status), (_, before) in zip(cluster.versions()[1:], cluster.versions(), strict=False)
        if "running" in status["containerStatuses"][0]["state"]
        and before.get("containerStatuses")
        and "running" not in before["containerStatuses"][0]["state"]
    ]
    gaps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    for gap, least in zip(gaps[1:], (10, 20, 40, 80, 160, 300, 300), strict=False):
        assert least <= gap <= least * 1.5 + 35


def test_a_process_that_crashes_so_often_then_stays(cluster: Any) -> None:
    cluster.plain(annotations={"seatrial.dev/crash-after": "2s", "seatrial.dev/crash-times": "2"})

    cluster.run(120)

    assert cluster.container()["restartCount"] == 2
    assert cluster.condition("Ready") == "True"
    assert cluster.agenda.pending() == []


def test_readiness_follows_the_windows_in_which_the_probe_fails(cluster: Any) -> None:
    cluster.plain(annotations={"seatrial.dev/fail-probe": "readiness@60s-90s"}, readinessProbe=HTTP)

    cluster.run(200)

    changes = readiness(cluster)
    assert [status for _, status in changes] == ["False", "True", "False", "True"]
    # The second failure in a row, so 5 to 10 s after the first second of the window; one success ends it.
    assert 65 <= changes[2][0] <= 71
    assert 90 <= changes[3][0] <= 96
    assert cluster.agenda.pending() == []


def test_traffic_feels_the_process_before_the_probe_does(cluster: Any) -> None:
    cluster.plain(annotations={"seatrial.dev/fail-probe": "readiness@60s-90s"}, readinessProbe=HTTP)
    cluster.run(62)

    assert cluster.condition("Ready") == "True"
    assert not cluster.kubelets.serving("n1", uid(cluster))


def test_a_slow_process_serves_late(cluster: Any) -> None:
    cluster.plain(annotations={"seatrial.dev/ready-after": "8s"}, readinessProbe=HTTP)
    cluster.run(7)
    assert not cluster.kubelets.serving("n1", uid(cluster))
    cluster.run(2)
    assert cluster.kubelets.serving("n1", uid(cluster))
    assert cluster.condition("Ready") == "False"

    cluster.run(4)

    assert cluster.condition("Ready") == "True"


def test_a_terminating_pod_serves_until_its_process_exits(cluster: Any) -> None:
    cluster.plain(annotations={"seatrial.dev/stop-time": "5s"}, lifecycle={"preStop": {"sleep": {"seconds": 3}}})
    cluster.run(20)
    cluster.delete("p")

    cluster.run(7.9)
    assert cluster.kubelets.serving("n1", uid(cluster))
    cluster.run(0.2)

    assert not cluster.kubelets.serving("n1", uid(cluster))


def test_a_process_may_close_its_door_before_it_exits(cluster: Any) -> None:
    cluster.plain(annotations={"seatrial.dev/stop-time": "10s", "seatrial.dev/drain-time": "2s"})
    cluster.run(20)
    cluster.delete("p")

    cluster.run(1)
    assert cluster.kubelets.serving("n1", uid(cluster))
    cluster.run(2)

    assert not cluster.kubelets.serving("n1", uid(cluster))
    assert not cluster.gone()


def test_what_does_not_stop_in_time_is_killed(cluster: Any) -> None:
    cluster.plain(annotations={"seatrial.dev/stop-time": "1h"})
    cluster.run(20)
    cluster.delete("p", grace=5)

    cluster.run(5.5)

    state = cluster.container()["state"]["terminated"]
    assert (state["exitCode"], state["reason"]) == (137, "Error")


def test_sidecars_stop_after_the_main_containers(cluster: Any) -> None:
    side = {**MAIN, "name": "side", "restartPolicy": "Always"}
    cluster.bind("p", {"initContainers": [side], "containers": [MAIN]}, annotations={"seatrial.dev/stop-time": "4s"})
    cluster.run(20)
    cluster.delete("p")
    cluster.run(5)

    main, beside = (cluster.container("p", name)["state"]["terminated"] for name in ("app", "side"))

    assert main["finishedAt"] <= beside["finishedAt"]


def test_killing_a_pod_restarts_its_container(cluster: Any) -> None:
    cluster.plain()
    cluster.run(20)

    cluster.kubelets.kill_pod("default", "p")
    cluster.kubelets.kill_pod("default", "p")
    cluster.kubelets.kill_pod("default", "no-such-pod")
    cluster.run(5)

    assert cluster.container()["restartCount"] == 1
    assert cluster.container()["lastState"]["terminated"]["exitCode"] == 137


def test_killing_a_pod_that_never_restarts_fails_it(cluster: Any) -> None:
    cluster.bind("p", {"containers": [MAIN], "restartPolicy": "Never"}, annotations={"seatrial.dev/run-time": "1h"})
    cluster.run(20)

    cluster.kubelets.kill_pod("default", "p")
    cluster.run(5)

    assert cluster.status()["phase"] == "Failed"


def test_an_open_readiness_gate_lets_the_pod_be_ready(cluster: Any) -> None:
    cluster.bind("p", {"containers": [MAIN], "readinessGates": [{"conditionType": "example.com/gate"}]})
    cluster.run(20)
    assert cluster.condition("Ready") == "False"

    pod = cluster.pod()
    opened = [*pod["status"]["conditions"], {"type": "example.com/gate", "status": "True"}]
    cluster.put({**pod, "status": {**pod["status"], "conditions": opened}})
    cluster.run(1)

    assert cluster.condition("Ready") == "True"
    assert cluster.condition("example.com/gate") == "True"


def test_a_missing_key_is_named_and_waited_for(cluster: Any) -> None:
    ref = {"configMapKeyRef": {"name": "c", "key": "k"}}
    cluster.put(config("c", other="x"))
    cluster.plain(env=[{"name": "A", "valueFrom": ref}])
    cluster.run(5)
    waiting = cluster.container()["state"]["waiting"]
    assert waiting == {
        "reason": "CreateContainerConfigError",
        "message": "couldn't find key k in ConfigMap default/c",
    }

    cluster.put(config("c", k="v"))
    cluster.run(20)

    assert cluster.status()["phase"] == "Running"


def test_optional_references_are_not_waited_for(cluster: Any) -> None:
    cluster.bind(
        "p",
        {
            "containers": [{**MAIN, "envFrom": [{"secretRef": {"name": "absent", "optional": True}}]}],
            "volumes": [{"name": "v", "secret": {"secretName": "absent", "optional": True}}],
        },
    )

    cluster.run(20)

    assert cluster.status()["phase"] == "Running"


def test_a_claim_is_waited_for_until_it_is_bound_and_attached(cluster: Any) -> None:
    claim: Obj = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "default", "uid": "c"},
        "spec": {"volumeName": "pv1"},
        "status": {"phase": "Pending"},
    }
    cluster.put(claim)
    csi = {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"}
    cluster.store.put("persistentvolumes", {"metadata": {"name": "pv1"}, "spec": {"csi": csi}}, actor="test")
    volume = {"name": "d", "persistentVolumeClaim": {"claimName": "data"}}
    cluster.bind("p", {"containers": [MAIN], "volumes": [volume]})
    cluster.run(5)
    assert "FailedMount" in cluster.reasons()

    cluster.put({**claim, "status": {"phase": "Bound"}})
    cluster.run(60)
    assert cluster.status()["phase"] == "Pending"
    attachment: Obj = {
        "metadata": {"name": "va"},
        "spec": {"nodeName": "n1", "source": {"persistentVolumeName": "pv1"}},
        "status": {"attached": True},
    }
    cluster.store.put("volumeattachments.storage.k8s.io", attachment, actor="test")
    cluster.run(130)

    assert cluster.status()["phase"] == "Running"


def test_another_image_replaces_the_container_in_place(cluster: Any) -> None:
    cluster.plain()
    cluster.run(20)
    pod = cluster.pod()

    cluster.put({**pod, "spec": {**pod["spec"], "containers": [{**pod["spec"]["containers"][0], "image": "app:2"}]}})
    cluster.run(10)

    assert cluster.container()["image"] == "app:2"
    assert cluster.container()["restartCount"] == 1


def test_a_pod_that_was_forced_away_is_stopped_all_the_same(cluster: Any) -> None:
    cluster.plain(annotations={"seatrial.dev/stop-time": "3s"})
    cluster.run(20)
    identity = uid(cluster)
    cluster.force("p")
    cluster.run(1)
    assert cluster.kubelets.serving("n1", identity)

    cluster.run(10)

    assert cluster.kubelets.nodes["n1"].pods == {}


def test_a_node_with_too_many_pods_refuses_one(cluster: Any) -> None:
    cluster.add_node("small", pods="1")
    cluster.bind("fits", {"containers": [MAIN]}, node="small")
    cluster.run(5)
    cluster.bind("more", {"containers": [MAIN]}, node="small")
    cluster.run(5)

    assert cluster.status("more")["reason"] == "OutOfpods"
    cluster.delete("fits")
    cluster.run(10)
    cluster.bind("next", {"containers": [MAIN]}, node="small")
    cluster.run(5)
    assert cluster.status("next")["phase"] == "Running"


def test_addresses_are_from_the_nodes_range_and_not_given_twice(cluster: Any) -> None:
    for index in range(20):
        cluster.plain(f"p{index}")
    cluster.run(10)

    addresses = [cluster.status(f"p{index}")["podIP"] for index in range(20)]

    assert len(set(addresses)) == 20
    assert all(address.startswith("10.244.1.") for address in addresses)


def test_a_pod_on_the_host_network_has_the_nodes_address(cluster: Any) -> None:
    cluster.bind("p", {"containers": [MAIN], "hostNetwork": True})
    cluster.run(20)

    assert cluster.status()["podIP"] == "10.0.0.1"


@pytest.mark.parametrize(
    ("name", "value"), [("crash-after", "soon"), ("exit-code", "-1"), ("pull-fails", "yes"), ("fail-probe", "ready")]
)
def test_an_annotation_that_makes_no_sense_is_named(cluster: Any, name: str, value: str) -> None:
    with pytest.raises(BadInput, match=f"seatrial.dev/{name}"):
        cluster.plain(annotations={f"seatrial.dev/{name}": value})


def test_an_annotation_for_one_container_does_not_touch_the_others(cluster: Any) -> None:
    both = {"containers": [MAIN, {**MAIN, "name": "beside"}]}
    cluster.bind("p", both, annotations={"seatrial.dev/beside.crash-after": "1s"})
    cluster.run(60)

    assert cluster.container("p", "app")["restartCount"] == 0
    assert cluster.container("p", "beside")["restartCount"] > 0


def test_listeners_hear_of_a_process_that_stops_answering_before_any_probe_does(cluster: Any) -> None:
    cluster.plain(annotations={"seatrial.dev/fail-probe": "readiness@60s-90s"}, readinessProbe=HTTP)
    cluster.run(59)
    cluster.felt.told.clear()

    cluster.run(2)
    assert len(cluster.felt.told) == 1
    cluster.run(28)
    cluster.felt.told.clear()
    cluster.run(1.3)

    assert len(cluster.felt.told) == 1


def test_a_second_deletion_with_less_grace_is_heard(cluster: Any) -> None:
    cluster.plain(annotations={"seatrial.dev/stop-time": "1h"})
    cluster.run(20)
    cluster.delete("p", grace=600)
    cluster.run(30)
    assert not cluster.gone()

    cluster.delete("p", grace=2)
    cluster.run(4)

    assert cluster.gone()


def test_the_first_pull_that_a_fault_stops_is_laid_to_it(cluster: Any) -> None:
    cluster.kubelets.blamed["registry"] = 42  # as the lever does
    cluster.ways.set_cut("node/n1", "registry", True)

    for name in ("a", "b"):
        cluster.bind(name, {"containers": [MAIN]})
    cluster.run(30)

    felt = [record for record in cluster.recorder.records if record.verb == "felt"]
    assert [record.cause for record in felt] == [42]
