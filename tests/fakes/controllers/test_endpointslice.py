"""The EndpointSlice controller on a store: it follows pods, Services, nodes and other people's changes."""

import pickle

from seatrial.fakes.controllers.endpointslice import EndpointSliceController
from seatrial.harness.kernel.time import START
from seatrial.harness.ports.kube import Conflict
from seatrial.harness.testing.builders import make_condition, make_namespace, make_node, make_pod, make_service

SLICES = "endpointslices.discovery.k8s.io"


def web(number, ready=True, node="n1", **more):
    pod = make_pod(f"web-{number}", labels={"app": "web"}, node=node, ready=ready, **more)
    address = f"10.0.{number // 250}.{number % 250}"
    return {**pod, "status": {**pod["status"], "podIP": address, "podIPs": [{"ip": address}]}}


def town(stage, *objects):
    s = stage(EndpointSliceController())
    s.put(make_node("n1", zone="a"), make_service(), *objects)
    s.until(1)
    return s


def ends(stage, index=0):
    return [
        (end["targetRef"]["name"], end["conditions"]["ready"]) for end in stage.list(SLICES)[index]["endpoints"] or ()
    ]


def test_a_service_without_pods_has_an_empty_slice_of_its_name(stage):
    s = town(stage)

    (piece,) = s.list(SLICES)
    meta = piece["metadata"]
    assert meta["name"].startswith("web-")
    assert meta["labels"] == {
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }
    assert meta["ownerReferences"][0]["kind"] == "Service"
    assert meta["annotations"] == {"endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00Z"}
    assert (piece["addressType"], piece["ports"], piece["endpoints"]) == ("IPv4", None, None)


def test_pods_come_and_go_in_one_slice_that_keeps_its_name(stage):
    s = town(stage)
    name = s.list(SLICES)[0]["metadata"]["name"]
    s.put(web(1), web(2, ready=False))
    s.until(2)
    assert ends(s) == [("web-1", True), ("web-2", False)]
    s.change("pods", "web-2", status={"conditions": [make_condition("Ready", True)]})
    s.remove("pods", "web-1")
    s.until(3)
    assert ends(s) == [("web-2", True)]
    s.remove("pods", "web-2")
    s.until(4)

    (piece,) = s.list(SLICES)
    assert (piece["metadata"]["name"], piece["endpoints"], piece["ports"]) == (name, None, None)


def test_a_change_that_no_client_could_see_writes_nothing(stage):
    s = town(stage, web(1), web(2))
    before = len(s.writes(SLICES))
    s.change(
        "pods", "web-1", status={"conditions": [make_condition("ContainersReady", True), make_condition("Ready", True)]}
    )
    s.change("pods", "web-2", metadata={"annotations": {"a": "b"}})
    s.until(2)

    assert len(s.writes(SLICES)) == before


def test_a_pod_whose_labels_change_moves_to_the_other_service(stage):
    s = town(stage, make_service("api"), web(1))
    s.change("pods", "web-1", metadata={"labels": {"app": "api"}})
    s.until(2)

    held = {p["metadata"]["labels"]["kubernetes.io/service-name"]: len(p["endpoints"] or ()) for p in s.list(SLICES)}
    assert held == {"web": 0, "api": 1}


def test_many_pods_fill_slices_of_a_hundred_and_one_change_rewrites_one_slice(stage):
    s = town(stage, *(web(number) for number in range(250)))
    assert sorted(len(piece["endpoints"]) for piece in s.list(SLICES)) == [50, 100, 100]
    before = len(s.writes(SLICES))
    s.change("pods", "web-7", status={"conditions": [make_condition("Ready", False)]})
    s.until(2)

    assert len(s.writes(SLICES)) == before + 1


def test_selectors_and_ports_that_change_are_followed(stage):
    s = town(stage, web(1), make_pod("other", labels={"app": "other"}))
    s.change("services", "web", spec={"ports": [{"port": 81, "targetPort": 9000, "protocol": "TCP"}]})
    s.until(2)
    assert [piece["ports"][0]["port"] for piece in s.list(SLICES)] == [9000]
    s.change("services", "web", spec={"selector": {"app": "other"}})
    s.until(3)

    assert ends(s) == []


def test_the_slices_carry_the_services_labels(stage):
    s = town(stage, web(1))
    s.change("services", "web", metadata={"labels": {"team": "x"}})
    s.until(2)

    assert s.list(SLICES)[0]["metadata"]["labels"]["team"] == "x"


def test_a_headless_service_says_so(stage):
    s = stage(EndpointSliceController())
    s.put(make_service("db", cluster_ip="None", ports=[]))
    s.until(1)

    assert s.list(SLICES)[0]["metadata"]["labels"]["service.kubernetes.io/headless"] == ""


def test_services_without_selector_and_external_names_get_none(stage):
    s = stage(EndpointSliceController())
    external = make_service("far", type="ExternalName")
    manual = make_service("manual")
    s.put(external, {**manual, "spec": {**manual["spec"], "selector": None}})
    s.until(1)

    assert s.list(SLICES) == []


def test_somebody_elses_change_is_put_right(stage):
    s = town(stage, web(1))
    name = s.list(SLICES)[0]["metadata"]["name"]
    s.change(SLICES, name, endpoints=None)
    s.until(2)
    assert ends(s) == [("web-1", True)]
    s.remove(SLICES, name)
    s.until(3)

    assert ends(s) == [("web-1", True)]


def test_slices_of_an_earlier_service_of_the_name_go(stage):
    s = town(stage, web(1))
    old = s.list(SLICES)[0]["metadata"]["name"]
    s.remove("services", "web")
    newer = make_service()
    s.put({**newer, "metadata": {**newer["metadata"], "uid": "another"}})
    s.until(2)

    (piece,) = s.list(SLICES)
    assert piece["metadata"]["name"] != old
    assert piece["metadata"]["ownerReferences"][0]["uid"] == "another"
    assert ends(s) == [("web-1", True)]


def test_a_pod_on_an_unknown_node_waits_for_the_node(stage):
    s = town(stage, web(1, node="later"))
    assert ends(s) == []
    s.put(make_node("later", zone="b"))
    s.until(2)

    assert ends(s) == [("web-1", True)]
    assert s.list(SLICES)[0]["endpoints"][0]["zone"] == "b"


def test_a_refused_write_is_made_again(stage):
    s = town(stage, web(1))
    s.desk.errors.append(Conflict.modified(SLICES, "web"))
    s.put(web(2))
    s.until(2)

    assert ends(s) == [("web-1", True), ("web-2", True)]


def test_nothing_is_created_in_a_namespace_or_for_a_service_that_ends(stage):
    s = stage(EndpointSliceController())
    ending = make_namespace("default")
    ending["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    service = make_service("other", namespace="n2")
    service["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    s.put(ending, make_service(), service)
    s.until(1)

    assert s.list(SLICES) == []


def test_the_trigger_is_the_first_change_of_readiness_among_those_of_one_turn(stage):
    s = town(stage, web(1), web(2))
    s.until(60)
    for number, second in ((1, 40), (2, 30)):
        condition = make_condition("Ready", False, since=START + second * 10**9)
        s.change("pods", f"web-{number}", status={"conditions": [condition]})
    s.until(61)

    annotations = s.list(SLICES)[0]["metadata"]["annotations"]
    assert annotations == {"endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:30Z"}


def test_the_memory_survives_pickling(stage):
    s = town(stage, web(1))
    twin = pickle.loads(pickle.dumps(s.host.controller("endpointslice-controller")))

    assert twin.slices == s.host.controller("endpointslice-controller").slices


def test_a_controller_that_starts_anew_finds_its_slices(stage):
    s = town(stage, web(1))
    again = stage(EndpointSliceController())
    for resource in ("nodes", "services", "pods", SLICES):
        again.put(*s.list(resource))
    again.until(1)

    assert again.writes(SLICES) == []
