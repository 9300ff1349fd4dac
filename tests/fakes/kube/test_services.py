"""Cluster IPs and node ports."""

import pytest

from seatrial.harness.ports.kube import Invalid


def service(name="s", **spec):
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"ports": [{"port": 80}], **spec},
    }


def test_an_address_comes_from_the_name_and_is_nobody_elses(server):
    made = [server.kube.create("services", "default", service(f"s{number}"))["spec"] for number in range(50)]
    again = type(server)().kube.create("services", "default", service("s0"))["spec"]

    assert len({spec["clusterIP"] for spec in made}) == 50
    assert again["clusterIP"] == made[0]["clusterIP"]
    assert made[0]["clusterIPs"] == [made[0]["clusterIP"]]


def test_a_wanted_address_is_given_once(server):
    server.kube.create("services", "default", service("one", clusterIP="10.96.0.10"))

    with pytest.raises(Invalid, match="provided IP is already allocated"):
        server.kube.create("services", "default", service("two", clusterIP="10.96.0.10"))


def test_headless_and_external_services_have_no_address(server):
    headless = server.kube.create("services", "default", service("h", clusterIP="None"))["spec"]
    external = server.kube.create("services", "default", service("e", type="ExternalName", externalName="a.b"))["spec"]

    assert headless["clusterIPs"] == ["None"]
    assert "clusterIP" not in external


def test_node_ports_are_kept_over_updates_and_given_back_with_the_type(server):
    made = server.kube.create("services", "default", service(type="NodePort"))
    port = made["spec"]["ports"][0]["nodePort"]
    two = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
    kept = server.kube.update("services", "default", service(type="NodePort", ports=two))
    back = server.kube.patch("services", "default", "s", {"spec": {"type": "ClusterIP"}})

    assert 30000 <= port <= 32767
    assert kept["spec"]["ports"][0]["nodePort"] == port
    assert kept["spec"]["clusterIP"] == made["spec"]["clusterIP"]
    assert all("nodePort" not in entry for entry in back["spec"]["ports"])
    assert not server.api.core.allocators.ports


def test_a_refused_service_holds_nothing(server):
    with pytest.raises(Invalid):
        server.kube.create("services", "default", service(type="NodePort", ports=[{"port": 80, "nodePort": 80}]))

    assert not server.api.core.allocators.ports
    assert not server.api.core.allocators.addresses
