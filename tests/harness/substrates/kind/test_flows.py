"""Flows from what sampled connections met."""

from seatrial.harness.substrates.kind.flows import Window, endpoints_of, parse, proxied_nodes, targets
from seatrial.harness.substrates.kind.volumes import CLASS, volume_for

TWO = [("us-east-1a", "n1"), ("us-east-1b", "n2")]


def service(name, namespace="shop", **spec):
    spec = {"clusterIP": "10.96.0.9", "selector": {"app": name}, "ports": [{"port": 80}], **spec}
    return {"metadata": {"name": name, "namespace": namespace}, "spec": spec}


def seen(*came, endpoints=TWO, dead=frozenset()):
    window = Window()
    for one in came:
        window.add(one, endpoints, dead)
    return window.flow("web", "us-east-1b", endpoints)


def test_only_services_that_a_client_can_ask_are_targets():
    found = targets(
        [
            service("web"),
            service("db", clusterIP="None"),
            service("dns", "kube-system"),
            service("kubernetes", "default", selector=None),
            service("log", ports=[{"port": 514, "protocol": "UDP"}]),
        ]
    )

    assert [target.word for target in found] == ["shop/web|10.96.0.9|80"]


def test_a_share_is_that_of_the_last_connections():
    flow = seen("timeout", "ok", "ok", "ok", dead=frozenset({"n1"}))

    assert (flow["served_ppm"], flow["failed"]) == (750_000, {"dead-node": 250_000})
    assert (flow["endpoints"], flow["to"]) == (2, {"us-east-1a": 500_000, "us-east-1b": 500_000})
    assert seen("timeout", "ok", "ok", "ok", "ok")["served_ppm"] == 1_000_000


def test_a_cause_is_told_by_how_it_failed():
    assert list(seen("refused", endpoints=[])["failed"]) == ["no-endpoints"]
    assert list(seen("refused")["failed"]) == ["refused"]
    assert list(seen("timeout")["failed"]) == ["timeout"]


def test_a_cause_stays_what_it_was_when_it_failed():
    window = Window()
    window.add("refused", [], frozenset())
    window.add("ok", TWO, frozenset())

    assert window.flow("web", "us-east-1b", TWO)["failed"] == {"no-endpoints": 500_000}


def test_a_node_sends_nothing_on_before_its_kube_proxy_is_ready():
    def proxy(node, ready):
        status = {"conditions": [{"type": "Ready", "status": ready}]}
        return {"metadata": {"labels": {"k8s-app": "kube-proxy"}}, "spec": {"nodeName": node}, "status": status}

    assert proxied_nodes([proxy("n1", "True"), proxy("n2", "False")]) == {"n1"}


def test_lines_of_the_probe_alone_are_answers():
    assert parse("shop/web refused\n") == ("shop", "web", "refused")
    assert parse("bash: warning") is None


def test_endpoints_that_are_not_ready_are_not_sent_to():
    ready, unready = (
        {"nodeName": "n1", "zone": "us-east-1a", "conditions": {"ready": ready}} for ready in (True, False)
    )
    meta = {"namespace": "shop", "labels": {"kubernetes.io/service-name": "web"}}

    assert endpoints_of([{"metadata": meta, "endpoints": [ready, unready]}], "shop", "web") == [("us-east-1a", "n1")]
    assert endpoints_of([{"metadata": meta, "endpoints": None}], "shop", "web") == []


def test_a_claim_of_our_class_gets_a_volume_in_its_pods_zone():
    claim = {
        "metadata": {"name": "data", "namespace": "shop", "uid": "7"},
        "spec": {"storageClassName": CLASS, "resources": {"requests": {"storage": "5Gi"}}},
    }

    volume = volume_for(claim, "us-east-1a")

    assert volume["spec"]["claimRef"]["uid"] == "7"
    term = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]
    assert (term["key"], term["values"]) == ("topology.kubernetes.io/zone", ["us-east-1a"])
    assert volume_for(claim, "") is None
    assert volume_for({**claim, "spec": {**claim["spec"], "volumeName": "pvc-7"}}, "us-east-1a") is None
