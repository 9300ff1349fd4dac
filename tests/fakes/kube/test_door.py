"""The way to the API server: cut, shut, slow, failing, without quorum."""

import pickle

import pytest

from seatrial.harness.kernel.time import SECOND
from seatrial.harness.ports.kube import Client, ServerError, TooManyRequests, Unreachable

KUBELET = Client("kubelet/n1", "kubelet/v1", place="node/n1")


def test_a_healthy_call_costs_nothing(server):
    assert server.api.cost(KUBELET, "update", "pods") == 0


def test_a_shut_door_refuses_and_a_cut_way_swallows(server):
    server.links.shut("api", "t")
    with pytest.raises(
        Unreachable, match=r'Put "https://10.96.0.1:443/api/v1/pods": dial tcp .*: connect: connection refused'
    ):
        server.api.cost(KUBELET, "update", "pods")
    server.links.reopen("api", "t")

    server.links.cut("node/n1", "api", "t")
    with pytest.raises(Unreachable, match=r"i/o timeout"):
        server.api.cost(KUBELET, "get", "deployments.apps")
    assert server.api.cost(Client("other"), "get", "pods") == 0


def test_matching_requests_are_slow_until_restored(server):
    server.api.slow("t", 2 * SECOND, verb="update,patch", resource="pods", client="kubelet/n1")

    assert server.api.cost(KUBELET, "patch", "pods") == 2 * SECOND
    assert server.api.cost(KUBELET, "apply", "pods") == 2 * SECOND
    assert server.api.cost(KUBELET, "create", "pods") == 0
    assert server.api.cost(KUBELET, "patch", "nodes") == 0
    server.api.restore("t")
    server.api.restore("t")
    assert server.api.cost(KUBELET, "patch", "pods") == 0


def test_a_share_of_requests_fails_by_the_named_stream(server):
    server.api.fail("t", 429, 300_000, retry_after=3)

    def refused():
        try:
            server.api.cost(KUBELET, "get", "pods")
        except TooManyRequests as error:
            return [error.retry_after]
        return []

    told = [seconds for _ in range(1000) for seconds in refused()]
    assert 240 < len(told) < 360
    assert set(told) == {3}


def test_an_injected_error_is_a_status(server):
    server.api.fail("t", 503, 1_000_000)

    with pytest.raises(ServerError) as caught:
        server.kube.list("pods")
    assert caught.value.status()["reason"] == "ServiceUnavailable"


def test_without_quorum_writes_time_out_and_quorum_reads_fail(server):
    server.kube.create("configmaps", "default", server.config())
    server.links.shut("etcd", "t")

    assert server.api.cost(KUBELET, "update", "pods") == 7 * SECOND
    with pytest.raises(ServerError, match=r"etcdserver: request timed out"):
        server.submit("patch", "configmaps", "c", {"data": {"a": "2"}})
    with pytest.raises(ServerError):
        server.kube.get("configmaps", "default", "c")
    server.links.reopen("etcd", "t")
    assert server.kube.get("configmaps", "default", "c")["data"] == {"a": "1"}


def test_a_server_that_is_pickled_goes_on_where_it_was(server):
    body = {"metadata": {"generateName": "web-", "labels": {"app": "web"}}, "spec": server.pod()["spec"]}
    server.submit("create", "pods", "", body)
    twin = pickle.loads(pickle.dumps(server))

    one, other = server.submit("create", "pods", "", body), twin.submit("create", "pods", "", body)

    assert one == other
