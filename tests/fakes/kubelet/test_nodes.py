"""Machines that stop, freeze, reboot or are cut off, and what their kubelets say afterwards."""

from __future__ import annotations

import pickle
from itertools import pairwise
from typing import Any

import pytest

from seatrial.harness.kernel.time import SECOND, START
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import ServerError


def conditions(obj: Obj) -> dict[str, str]:
    return {found["type"]: found["status"] for found in obj["status"]["conditions"]}


def renewals(cluster: Any) -> list[tuple[float, bool]]:
    """(last renewal in seconds since the start, whether it goes on), in the order of telling."""
    return [
        ((event.new["renewed"] - START) / SECOND, event.new["renewing"])
        for _, event in cluster.log.events
        if event.resource == "renewals"
    ]


def mark_unknown(cluster: Any, name: str = "n1") -> None:
    """What the node lifecycle controller writes."""
    node = cluster.node(name)
    changed = [{**found, "status": "Unknown", "reason": "NodeStatusUnknown"} for found in node["status"]["conditions"]]
    cluster.store.put("nodes", {**node, "status": {**node["status"], "conditions": changed}}, actor="test")


def mark_pod_not_ready(cluster: Any, name: str) -> None:
    pod = cluster.pod(name)
    changed = [
        {**found, "status": "False"} if found["type"] == "Ready" else found for found in pod["status"]["conditions"]
    ]
    cluster.store.put("pods", {**pod, "status": {**pod["status"], "conditions": changed}}, actor="test")


def test_a_new_node_is_ready_and_renews_its_lease(cluster: Any) -> None:
    cluster.run(1)

    assert conditions(cluster.node()) == {
        "MemoryPressure": "False",
        "DiskPressure": "False",
        "PIDPressure": "False",
        "Ready": "True",
    }
    assert renewals(cluster) == [(0.0, True)]


def test_an_idle_node_with_idle_pods_has_nothing_to_do(cluster: Any) -> None:
    for index in range(5):
        cluster.plain(f"p{index}")
    cluster.run(30)

    assert cluster.agenda.pending() == []


def test_a_stopped_node_ceases_to_renew_at_its_last_renewal(cluster: Any) -> None:
    cluster.run(95)

    cluster.kubelets.stop_node("n1")

    last, renewing = renewals(cluster)[-1]
    assert not renewing
    assert 84 < last <= 95
    assert not cluster.kubelets.alive("n1")


def test_stopping_and_starting_twice_is_as_good_as_once(cluster: Any) -> None:
    for verb in ("stop_node", "stop_node", "start_node", "start_node", "pause_node", "pause_node", "resume_node"):
        getattr(cluster.kubelets, verb)("n1")
        getattr(cluster.kubelets, verb)("no-such-node")
    cluster.run(60)

    assert cluster.kubelets.alive("n1")
    assert renewals(cluster)[-1][1]


def test_a_paused_node_comes_back_as_in_the_experiment(cluster: Any) -> None:
    """facts: +0.5 Ready False, old pods Ready while Terminating; +2.8 Succeeded; +3.6 gone; +10.9 Ready True."""
    cluster.plain("old")
    cluster.run(20)
    cluster.kubelets.pause_node("n1")
    cluster.run(47)
    mark_unknown(cluster)
    mark_pod_not_ready(cluster, "old")
    cluster.run(30)
    cluster.delete("old")
    cluster.run(103)
    healed = (cluster.agenda.time - START) / SECOND
    before = len(cluster.log.events)

    cluster.kubelets.resume_node("n1")
    cluster.run(30)

    seen = []
    for time, event in cluster.log.events[before:]:
        at = round((time - START) / SECOND - healed, 1)
        if event.resource == "nodes":
            seen.append((at, "node", conditions(event.new)["Ready"]))
        elif event.resource == "pods":
            status = event.new and (event.new["status"]["phase"], conditions(event.new)["Ready"])
            seen.append((at, "pod", status))
    expected = [
        (0.5, "pod", ("Running", "True")),
        (0.5, "node", "False"),
        (2.8, "pod", ("Succeeded", "False")),
        (3.6, "pod", None),
        (10.9, "node", "True"),
    ]
    assert [what for _, *what in seen] == [what for _, *what in expected]
    for (at, *_), (real, *_) in zip(seen, expected, strict=True):
        assert abs(at - real) <= 1.0


def test_a_short_freeze_goes_unnoticed(cluster: Any) -> None:
    cluster.plain()
    cluster.run(20)
    before = cluster.api.writes

    cluster.kubelets.pause_node("n1")
    cluster.run(20)
    cluster.kubelets.resume_node("n1")
    cluster.run(60)

    assert cluster.api.writes == before
    assert renewals(cluster)[-1][1]


def test_what_falls_due_while_frozen_happens_at_the_thaw(cluster: Any) -> None:
    cluster.plain(annotations={"seatrial.dev/crash-after": "30s"})
    cluster.run(20)
    cluster.kubelets.pause_node("n1")
    cluster.run(60)
    assert cluster.container()["restartCount"] == 0

    cluster.kubelets.resume_node("n1")
    cluster.run(5)

    assert cluster.container()["restartCount"] == 1


def test_a_cut_off_node_runs_on_and_catches_up(cluster: Any) -> None:
    cluster.plain("stays")
    cluster.plain("crashes", annotations={"seatrial.dev/crash-after": "100s"})
    cluster.plain("goes")
    cluster.run(20)
    cluster.ways.set_cut("node/n1", "api", True)
    cluster.delete("goes")
    cluster.run(120)
    uid = cluster.pod("goes")["metadata"]["uid"]
    assert cluster.kubelets.serving("n1", uid)
    assert cluster.container("crashes")["restartCount"] == 0
    assert not renewals(cluster)[-1][1]

    cluster.ways.set_cut("node/n1", "api", False)
    cluster.run(30)

    assert cluster.gone("goes")
    assert cluster.container("crashes")["restartCount"] == 1
    assert renewals(cluster)[-1][1]


def test_a_cut_in_either_direction_is_a_cut(cluster: Any) -> None:
    cluster.ways.set_cut("api", "node/n1", True)

    assert not renewals(cluster)[-1][1]


def test_a_pod_whose_readiness_others_took_away_gets_it_back_with_the_next_full_pass(cluster: Any) -> None:
    cluster.plain()
    cluster.run(20)

    mark_pod_not_ready(cluster, "p")
    assert cluster.condition("Ready") == "False"
    cluster.run(10)

    assert cluster.condition("Ready") == "True"


def test_a_lost_quorum_ends_renewals_but_not_pods(cluster: Any) -> None:
    cluster.plain()
    cluster.run(20)

    cluster.ways.set_cut("api", "etcd", True)
    cluster.run(60)
    assert not renewals(cluster)[-1][1]
    assert cluster.kubelets.serving("n1", cluster.pod()["metadata"]["uid"])
    cluster.ways.set_cut("api", "etcd", False)
    cluster.run(15)

    assert renewals(cluster)[-1][1]


def test_statuses_that_are_refused_are_written_with_the_next_full_pass(cluster: Any) -> None:
    cluster.plain()
    cluster.run(0.1)
    cluster.api.fails = ServerError("no", 503, "ServiceUnavailable")
    cluster.run(20)
    assert cluster.status()["phase"] == "Pending"

    cluster.api.fails = None
    cluster.run(10)

    assert cluster.status()["phase"] == "Running"


def test_a_slow_api_delays_one_write_after_the_other(cluster: Any) -> None:
    cluster.api.costs = 2 * SECOND
    for name in ("a", "b", "c"):
        cluster.plain(name)

    cluster.run(30)

    times = sorted(at for name in ("a", "b", "c") for at, _ in cluster.versions(name)[1:])
    assert all(later - earlier > 1.99 for earlier, later in pairwise(times))
    assert all(cluster.status(name)["phase"] == "Running" for name in ("a", "b", "c"))


def test_a_reboot_gives_new_containers_a_new_boot_id_and_an_event(cluster: Any) -> None:
    cluster.plain()
    cluster.run(20)
    before, boot = cluster.container(), cluster.node()["status"]["nodeInfo"]["bootID"]

    cluster.kubelets.reboot_node("n1")
    assert not cluster.kubelets.serving("n1", cluster.pod()["metadata"]["uid"])
    cluster.run(60)

    after = cluster.container()
    assert after["restartCount"] == 1
    assert after["containerID"] != before["containerID"]
    assert after["lastState"]["terminated"]["reason"] == "Unknown"
    assert after["lastState"]["terminated"]["exitCode"] == 255
    assert cluster.condition("Ready") == "True"
    assert cluster.node()["status"]["nodeInfo"]["bootID"] != boot
    assert "Rebooted" in cluster.reasons("n1")
    assert "SandboxChanged" in cluster.reasons("p")


def test_pods_that_were_deleted_while_their_node_was_off_go_when_it_is_back(cluster: Any) -> None:
    cluster.plain("deleted")
    cluster.plain("forced")
    cluster.run(20)
    cluster.kubelets.stop_node("n1")
    cluster.delete("deleted")
    cluster.force("forced")
    cluster.run(300)
    assert not cluster.gone("deleted")

    cluster.kubelets.start_node("n1")
    cluster.run(60)

    assert cluster.gone("deleted")
    assert cluster.kubelets.nodes["n1"].pods == {}


def test_a_pod_that_never_restarts_is_failed_after_a_reboot(cluster: Any) -> None:
    main = {"name": "app", "image": "a", "imagePullPolicy": "Never"}
    cluster.bind("p", {"containers": [main], "restartPolicy": "Never"}, annotations={"seatrial.dev/run-time": "1h"})
    cluster.run(20)

    cluster.kubelets.reboot_node("n1")
    cluster.run(60)

    assert cluster.status()["phase"] == "Failed"


def test_init_containers_run_again_after_a_reboot(cluster: Any) -> None:
    main = {"name": "app", "image": "a", "imagePullPolicy": "Never"}
    cluster.bind("p", {"initContainers": [{**main, "name": "first"}], "containers": [main]})
    cluster.run(20)

    cluster.kubelets.reboot_node("n1")
    cluster.run(60)

    assert cluster.container("p", "first")["restartCount"] == 1
    assert cluster.status()["phase"] == "Running"
    assert cluster.condition("Ready") == "True"


def test_a_stopped_kubelet_leaves_traffic_alone_and_sees_nothing(cluster: Any) -> None:
    cluster.plain(annotations={"seatrial.dev/crash-after": "40s", "seatrial.dev/crash-times": "1"})
    cluster.plain("web")
    cluster.run(20)
    web = cluster.pod("web")["metadata"]["uid"]

    cluster.kubelets.stop_kubelet("n1")
    cluster.plain("new")
    cluster.run(60)

    assert cluster.kubelets.serving("n1", web)
    assert cluster.container()["restartCount"] == 0
    assert len(cluster.versions("new")) == 1
    assert not renewals(cluster)[-1][1]

    cluster.kubelets.start_kubelet("n1")
    cluster.run(10)

    assert cluster.container()["restartCount"] == 1
    assert cluster.status("new")["phase"] == "Running"
    assert cluster.container("web", "app")["restartCount"] == 0


def test_a_removed_node_is_no_machine_any_more(cluster: Any) -> None:
    cluster.plain()
    cluster.run(20)

    cluster.kubelets.remove_node("n1")
    cluster.run(20)

    assert not cluster.kubelets.alive("n1")
    assert not renewals(cluster)[-1][1]


def test_listeners_are_told_once_an_instant(cluster: Any) -> None:
    cluster.felt.told.clear()

    cluster.kubelets.stop_node("n1")
    cluster.kubelets.start_node("n1")
    cluster.run(0)

    assert [node for _, node in cluster.felt.told] == ["n1"]


@pytest.mark.parametrize("verb", ["stop_node", "pause_node", "reboot_node", "stop_kubelet"])
def test_a_world_can_be_pickled_in_the_middle_of_anything(cluster: Any, verb: str) -> None:
    cluster.plain(readinessProbe={"httpGet": {"port": 80}})
    cluster.run(0.2)
    getattr(cluster.kubelets, verb)("n1")

    twin = pickle.loads(pickle.dumps(cluster))
    for one in (cluster, twin):
        one.run(5)
        for heal in ("resume_node", "start_node", "start_kubelet"):
            getattr(one.kubelets, heal)("n1")
        one.run(120)

    assert cluster.status()["phase"] == "Running"
    assert [(at, event.new) for at, event in twin.log.events] == [(at, event.new) for at, event in cluster.log.events]


def test_a_kubelet_that_comes_back_late_renews_reports_and_probes_again(cluster: Any) -> None:
    """Seen on a real node, kubelet off for 70 s: +0.3 lease, +0.5 Ready, +1.3 pods not ready, +2.0 ready again."""
    cluster.plain(readinessProbe={"httpGet": {"port": 80}, "periodSeconds": 3})
    cluster.run(20)
    cluster.kubelets.stop_kubelet("n1")
    cluster.run(47)
    mark_unknown(cluster)
    mark_pod_not_ready(cluster, "p")
    cluster.run(23)
    healed = (cluster.agenda.time - START) / SECOND
    before = len(cluster.log.events)

    cluster.kubelets.start_kubelet("n1")
    cluster.run(30)

    seen = []
    for time, event in cluster.log.events[before:]:
        at = (time - START) / SECOND - healed
        if event.resource == "nodes":
            seen.append((at, "node", conditions(event.new)["Ready"]))
        elif event.resource == "renewals":
            seen.append((at, "lease", event.new["renewing"]))
        else:
            seen.append((at, "pod", conditions(event.new)["Ready"]))
    expected = [(0.3, "lease", True), (0.5, "node", "True"), (1.3, "pod", "False"), (2.0, "pod", "True")]
    assert [what for _, *what in seen] == [what for _, *what in expected]
    for (at, *_), (real, *_) in zip(seen, expected, strict=True):
        assert abs(at - real) <= 0.7


def test_a_kubelet_that_restarts_quickly_changes_nothing(cluster: Any) -> None:
    cluster.plain(readinessProbe={"httpGet": {"port": 80}, "periodSeconds": 3})
    cluster.run(20)
    before = cluster.api.writes

    cluster.kubelets.stop_kubelet("n1")
    cluster.kubelets.start_kubelet("n1")
    cluster.run(30)

    assert cluster.api.writes == before


def test_after_a_reboot_without_the_api_server_no_pod_starts(cluster: Any) -> None:
    cluster.plain()
    cluster.run(20)
    cluster.ways.set_cut("node/n1", "api", True)
    cluster.kubelets.reboot_node("n1")
    cluster.run(120)
    assert not cluster.kubelets.serving("n1", cluster.pod()["metadata"]["uid"])

    cluster.ways.set_cut("node/n1", "api", False)
    cluster.run(30)

    assert cluster.kubelets.serving("n1", cluster.pod()["metadata"]["uid"])
    assert cluster.container()["restartCount"] == 1


def test_a_reboot_goes_as_on_a_real_node(cluster: Any) -> None:
    """Seen: +1.0 lease, +1.2 Ready, +1.9 containers Unknown, +2.9 sandbox, +3.0 running, +3.4 ready."""
    cluster.add_node("n2", annotations={"seatrial.dev/boot-time": "800ms"})
    spec = {
        "containers": [
            {
                "name": "app",
                "image": "a",
                "imagePullPolicy": "Never",
                "readinessProbe": {"httpGet": {"port": 80}, "periodSeconds": 3},
            }
        ]
    }
    cluster.bind("p", spec, node="n2")
    cluster.run(20)
    cluster.kubelets.stop_node("n2")
    cluster.run(42)
    mark_unknown(cluster, "n2")
    mark_pod_not_ready(cluster, "p")
    cluster.run(33)
    healed = (cluster.agenda.time - START) / SECOND
    before = len(cluster.versions())

    cluster.kubelets.start_node("n2")
    cluster.run(30)

    seen = []
    for at, status in cluster.versions()[before:]:
        assert status is not None
        container = status["containerStatuses"][0]
        seen.append((at - healed, next(iter(container["state"])), container["restartCount"], container["ready"]))
    expected = [
        (1.9, "terminated", 0, False),
        (2.9, "terminated", 0, False),
        (3.0, "running", 1, False),
        (3.4, "running", 1, True),
    ]
    assert [what for _, *what in seen] == [what for _, *what in expected]
    for (at, *_), (real, *_) in zip(seen, expected, strict=True):
        assert abs(at - real) <= (3.2 if real == 3.4 else 1.3)  # the readiness probe has a period of 3 s


def test_a_kubelet_stopped_while_it_starts_stays_down(cluster: Any) -> None:
    cluster.kubelets.stop_kubelet("n1")
    cluster.kubelets.start_kubelet("n1")
    cluster.kubelets.stop_kubelet("n1")
    cluster.run(30)

    assert not renewals(cluster)[-1][1]


def test_a_configmap_that_came_during_a_cut_is_found_afterwards(cluster: Any) -> None:
    cluster.plain(envFrom=[{"configMapRef": {"name": "late"}}])
    cluster.run(20)
    cluster.ways.set_cut("node/n1", "api", True)
    meta = {"name": "late", "namespace": "default", "uid": "1"}
    cluster.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {}})
    cluster.run(60)
    cluster.ways.set_cut("node/n1", "api", False)

    cluster.run(40)

    assert cluster.status()["phase"] == "Running"


def test_a_pod_that_others_call_failed_is_stopped(cluster: Any) -> None:
    cluster.plain()
    cluster.run(20)
    pod = cluster.pod()

    cluster.store.put("pods", {**pod, "status": {**pod["status"], "phase": "Failed"}}, actor="test")
    cluster.run(5)

    assert cluster.status()["phase"] == "Failed"
    assert "terminated" in cluster.container()["state"]
    assert not cluster.kubelets.serving("n1", pod["metadata"]["uid"])


def test_a_heal_after_a_long_cut_brings_all_back_within_the_times_that_were_seen(cluster: Any) -> None:
    """Seen after 120 s: +1.2 deleted pod not heard of before stops, +3.4 Ready again, +3.6 node Ready, +6.3 lease."""
    cluster.plain("stays")
    cluster.plain("goes")
    cluster.run(20)
    cluster.ways.set_cut("node/n1", "api", True)
    cluster.run(50)
    mark_unknown(cluster)
    mark_pod_not_ready(cluster, "stays")
    mark_pod_not_ready(cluster, "goes")
    cluster.delete("goes")
    cluster.run(70)
    before = len(cluster.log.events)

    cluster.ways.set_cut("node/n1", "api", False)
    cluster.run(12)

    pods = [
        (event.obj["metadata"]["name"], event.new and conditions(event.new)["Ready"])
        for _, event in cluster.log.events[before:]
        if event.resource == "pods"
    ]
    assert [ready for name, ready in pods if name == "goes"] == ["True", "False", None]
    assert [ready for name, ready in pods if name == "stays"] == ["True"]
    assert conditions(cluster.node())["Ready"] == "True"
    assert renewals(cluster)[-1][1]


def test_errors_that_pass_unannounced_are_outlived(cluster: Any) -> None:
    cluster.run(20)
    cluster.api.fails = ServerError("no", 503, "ServiceUnavailable")
    cluster.ways.touch()
    cluster.run(60)
    assert not renewals(cluster)[-1][1]

    cluster.api.fails = None
    cluster.run(200)

    assert renewals(cluster)[-1][1]
    assert cluster.agenda.pending() == []


def test_a_heal_is_heard_of_at_once_however_long_the_errors_lasted(cluster: Any) -> None:
    cluster.run(20)
    cluster.api.fails = ServerError("no", 503, "ServiceUnavailable")
    cluster.ways.touch()
    cluster.run(1800)

    cluster.api.fails = None
    cluster.ways.touch()
    cluster.run(8)

    assert renewals(cluster)[-1][1]
