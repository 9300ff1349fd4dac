"""How endpoints are laid into slices: few changes, no endpoint twice, none lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.fakes.controllers.slices.endpoints import endpoint_of, families, in_endpoints, port_key, ports_of
from seatrial.fakes.controllers.slices.layout import Wanted, lay_out
from seatrial.harness.testing.builders import make_node, make_pod, make_service

HTTP = [{"name": "", "port": 80, "protocol": "TCP"}]
DNS = [{"name": "dns", "port": 53, "protocol": "UDP"}]


def wanted(name, version=0, ports=HTTP, uid=None):
    endpoint = {
        "addresses": [name],
        "conditions": {"ready": bool(version)},
        "targetRef": {"name": name, "uid": uid or name},
    }
    return Wanted(port_key(ports), ports, endpoint)


def a_slice(name, *pods, ports=HTTP):
    return {
        "metadata": {"name": name},
        "ports": ports or None,
        "endpoints": [wanted(pod, ports=ports).endpoint for pod in pods] or None,
    }


def names(ends):
    return [end["targetRef"]["name"] for end in ends]


def test_the_first_endpoints_make_a_slice():
    layout = lay_out([], {"a": wanted("a"), "b": wanted("b")})

    assert [(ports, names(ends)) for ports, ends in layout.creates] == [(HTTP, ["a", "b"])]


def test_without_endpoints_there_is_an_empty_slice():
    assert lay_out([], {}).creates == [([], [])]
    assert lay_out([a_slice("s", ports=[])], {}) == ([], {}, [])


def test_an_endpoint_that_changes_keeps_its_place_and_the_others_their_identity():
    before = a_slice("s", "a", "b", "c")
    layout = lay_out([before], {"b": wanted("b", version=1)})

    _, ends = layout.updates["s"]
    assert names(ends) == ["a", "b", "c"]
    assert ends[0] is before["endpoints"][0]
    assert ends[2] is before["endpoints"][2]


def test_a_change_that_changes_nothing_writes_nothing():
    assert lay_out([a_slice("s", "a", "b")], {"b": wanted("b")}) == ([], {}, [])


def test_a_pod_of_the_same_name_but_another_identity_goes_to_the_end():
    layout = lay_out([a_slice("s", "a", "b")], {"a": wanted("a", uid="new")})

    assert names(layout.updates["s"][1]) == ["b", "a"]


def test_the_last_endpoint_leaves_its_slice_empty_under_its_name():
    layout = lay_out([a_slice("s", "a")], {"a": None})

    assert layout == ([], {"s": ([], [])}, [])


def test_an_empty_slice_is_filled_under_its_name():
    layout = lay_out([a_slice("s", ports=[])], {"a": wanted("a")})

    assert {name: (ports, names(ends)) for name, (ports, ends) in layout.updates.items()} == {"s": (HTTP, ["a"])}
    assert layout.creates == layout.deletes == []


def test_pods_with_other_ports_get_a_slice_of_their_own():
    layout = lay_out([a_slice("s", "a")], {"b": wanted("b", ports=DNS)})

    assert layout.updates == {}
    assert [(ports, names(ends)) for ports, ends in layout.creates] == [(DNS, ["b"])]


def test_what_is_left_goes_into_the_slice_that_it_fits_best():
    slices = [a_slice("wide", "a"), a_slice("tight", "b", "c"), a_slice("full", "d", "e", "f", "g")]
    layout = lay_out(slices, {"new": wanted("new")}, size_max=4)

    assert list(layout.updates) == ["tight"]


def test_slices_that_change_anyway_are_filled_first_the_fullest_before_the_others():
    slices = [a_slice("one", "a", "b"), a_slice("two", "c", "d", "e"), a_slice("three", "f")]
    changes = {"a": wanted("a", 1), "c": wanted("c", 1), "x": wanted("x"), "y": wanted("y")}
    layout = lay_out(slices, changes, size_max=4)

    assert {name: names(ends) for name, (_, ends) in layout.updates.items()} == {
        "one": ["a", "b", "y"],
        "two": ["c", "d", "e", "x"],
    }


def test_more_endpoints_than_fit_make_more_slices():
    layout = lay_out([], {f"p{number:03}": wanted(f"p{number:03}") for number in range(250)})

    assert [len(ends) for _, ends in layout.creates] == [100, 100, 50]


pods = st.sampled_from([f"p{number}" for number in range(12)])
states = st.sampled_from([None, (0, "http"), (1, "http"), (0, "dns")])


@settings(deadline=None)
@given(st.lists(st.dictionaries(pods, states, max_size=6), max_size=12))
def test_slices_always_hold_each_wanted_endpoint_once_and_nothing_else(steps):
    slices, model, count = {}, {}, 0
    for step in steps:
        changes = {}
        for pod, state in step.items():
            changes[pod] = None if state is None else wanted(pod, state[0], HTTP if state[1] == "http" else DNS)
            if state is None:
                model.pop(pod, None)
            else:
                model[pod] = changes[pod]
        layout = lay_out(list(slices.values()), changes, size_max=3)
        for name in layout.deletes:
            del slices[name]
        for name, (ports, ends) in layout.updates.items():
            slices[name] = {"metadata": {"name": name}, "ports": ports, "endpoints": ends}
        for ports, ends in layout.creates:
            count += 1
            slices[f"s{count}"] = {"metadata": {"name": f"s{count}"}, "ports": ports, "endpoints": ends}

        held = [
            (end["targetRef"]["name"], port_key(piece["ports"]), end)
            for piece in slices.values()
            for end in piece["endpoints"]
        ]
        assert sorted(name for name, _, _ in held) == sorted(model)
        assert all(model[name].key == key and model[name].endpoint == end for name, key, end in held)
        assert all(len(piece["endpoints"]) <= 3 for piece in slices.values())
        assert slices
        if not model:
            assert all(not piece["endpoints"] for piece in slices.values())


def with_status(pod, **status):
    return {**pod, "status": {**pod["status"], **status}}


def web(name="web-1", ready=True, ips=("10.0.0.1",), **more):
    pod = make_pod(name, node="n1", ready=ready, **more)
    return with_status(pod, podIP=ips[0], podIPs=[{"ip": ip} for ip in ips])


def test_an_endpoint_tells_address_conditions_pod_node_and_zone():
    pod = web()

    assert endpoint_of(pod, make_node("n1", zone="a"), make_service(), "IPv4") == {
        "addresses": ["10.0.0.1"],
        "conditions": {"ready": True, "serving": True, "terminating": False},
        "targetRef": {"kind": "Pod", "namespace": "default", "name": "web-1", "uid": pod["metadata"]["uid"]},
        "nodeName": "n1",
        "zone": "a",
    }


def test_a_terminating_pod_still_serves_but_is_not_ready():
    end = endpoint_of(web(deleted=0), None, make_service(), "IPv4")

    assert end["conditions"] == {"ready": False, "serving": True, "terminating": True}


def test_published_addresses_are_ready_whatever_the_pod_says():
    end = endpoint_of(web(ready=False), None, make_service(publishNotReadyAddresses=True), "IPv4")

    assert end["conditions"] == {"ready": True, "serving": False, "terminating": False}


def test_hints_go_to_ready_endpoints_only():
    node = make_node("n1", zone="a")
    same_node, same_zone = (
        make_service(trafficDistribution="PreferSameNode"),
        make_service(trafficDistribution="PreferClose"),
    )

    assert endpoint_of(web(), node, same_zone, "IPv4")["hints"] == {"forZones": [{"name": "a"}]}
    assert endpoint_of(web(), node, same_node, "IPv4")["hints"] == {
        "forZones": [{"name": "a"}],
        "forNodes": [{"name": "n1"}],
    }
    assert "hints" not in endpoint_of(web(ready=False), node, same_node, "IPv4")
    assert "hints" not in endpoint_of(web(), make_node("n1"), same_zone, "IPv4")


def test_a_hostname_is_told_under_the_subdomains_own_service():
    pod = web(hostname="web-1", subdomain="db")

    assert endpoint_of(pod, None, make_service("db"), "IPv4")["hostname"] == "web-1"
    assert "hostname" not in endpoint_of(pod, None, make_service("web"), "IPv4")


def test_each_family_has_its_addresses():
    pod, service = web(ips=("10.0.0.1", "fd00::1")), make_service(ipFamilies=["IPv6", "IPv4"])

    assert [endpoint_of(pod, None, service, family)["addresses"] for family in families(service)] == [
        ["fd00::1"],
        ["10.0.0.1"],
    ]
    assert endpoint_of(web(), None, service, "IPv6") is None


def test_named_ports_are_looked_up_by_name_and_protocol_in_containers_and_sidecars():
    ports = [
        {"name": "http", "containerPort": 8080, "protocol": "TCP"},
        {"name": "x", "containerPort": 9, "protocol": "UDP"},
    ]
    sidecar = {"name": "proxy", "restartPolicy": "Always", "ports": [{"name": "admin", "containerPort": 15000}]}
    pod = web(initContainers=[sidecar])
    pod["spec"]["containers"][0]["ports"] = ports
    service = make_service(
        ports=[
            {"name": "a", "port": 80, "targetPort": "http", "protocol": "TCP"},
            {"name": "b", "port": 81, "targetPort": "x", "protocol": "TCP"},
            {"name": "c", "port": 82, "targetPort": "admin", "protocol": "TCP", "appProtocol": "http"},
        ]
    )

    assert ports_of(service, pod) == [
        {"name": "a", "port": 8080, "protocol": "TCP"},
        {"name": "c", "port": 15000, "protocol": "TCP", "appProtocol": "http"},
    ]


def test_pods_that_have_finished_or_have_no_address_are_no_endpoints():
    assert in_endpoints(web())
    assert not in_endpoints(with_status(web(), phase="Succeeded"))
    assert not in_endpoints(make_pod(node="n1"))
