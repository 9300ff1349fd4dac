"""Quotas and limit ranges."""

import pytest

from seatrial.harness.ports.kube import Forbidden


def quota(server, hard, **spec):
    body = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": hard, **spec}}
    server.kube.create("resourcequotas", "default", body)
    status = {"hard": hard, "used": dict.fromkeys(hard, "0")}
    server.kube.patch("resourcequotas", "default", "q", {"status": status}, subresource="status")


def used(server):
    return server.kube.get("resourcequotas", "default", "q")["status"]["used"]


def asking(server, name, **requests):
    return server.pod(name, containers=[{"name": "m", "image": "i", "resources": {"requests": requests}}])


def test_what_fits_is_booked_at_once_and_what_does_not_is_told_with_numbers(server):
    quota(server, {"pods": "3", "requests.cpu": "1"})
    server.kube.create("pods", "default", asking(server, "one", cpu="0.75"))

    with pytest.raises(Forbidden) as caught:
        server.kube.create("pods", "default", asking(server, "two", cpu="500m"))
    assert caught.value.message == (
        'pods "two" is forbidden: exceeded quota: q, requested: requests.cpu=500m, used: requests.cpu=750m, '
        "limited: requests.cpu=1"
    )
    assert used(server) == {"pods": "1", "requests.cpu": "750m"}


def test_a_quota_of_cpu_demands_requests(server):
    quota(server, {"requests.cpu": "1"})

    with pytest.raises(Forbidden, match=r"failed quota: q: must specify requests.cpu for: main"):
        server.kube.create("pods", "default", server.pod())


def test_a_quota_that_nobody_has_counted_yet_refuses(server):
    server.kube.create(
        "resourcequotas",
        "default",
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": {"pods": "1"}}},
    )
    server.kube.patch("resourcequotas", "default", "q", {"status": {"hard": {"pods": "1"}}}, subresource="status")

    with pytest.raises(Forbidden, match=r"status unknown for quota: q, resources: pods"):
        server.kube.create("pods", "default", server.pod())


def test_scopes_choose_the_pods_that_count(server):
    quota(server, {"pods": "0"}, scopes=["BestEffort"])

    server.kube.create("pods", "default", asking(server, "burst", cpu="1m"))
    with pytest.raises(Forbidden, match=r"exceeded quota"):
        server.kube.create("pods", "default", server.pod("lazy"))


def test_updates_are_charged_the_difference(server):
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"ports": [{"name": "a", "port": 1}, {"name": "b", "port": 2}]},
    }
    quota(server, {"services": "1", "services.nodeports": "1"})
    server.kube.create("services", "default", service)

    with pytest.raises(Forbidden, match=r"requested: services.nodeports=2, used: services.nodeports=0"):
        server.kube.patch("services", "default", "s", {"spec": {"type": "NodePort"}})
    assert not server.api.core.allocators.ports


def test_a_dry_run_is_checked_but_not_booked(server):
    quota(server, {"configmaps": "1"})
    server.kube.create("configmaps", "default", server.config(), dry_run=True)

    assert used(server) == {"configmaps": "0"}


def test_pods_of_one_spec_are_charged_one_by_one(server):
    quota(server, {"pods": "2"})
    body = {"metadata": {"generateName": "web-", "labels": {"app": "web"}}, "spec": server.pod()["spec"]}
    for _ in range(2):
        server.submit("create", "pods", "", body)

    with pytest.raises(Forbidden, match=r"exceeded quota"):
        server.submit("create", "pods", "", body)


def limits(server, **limit):
    body = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "l"}, "spec": {"limits": [limit]}}
    server.kube.create("limitranges", "default", body)


def test_a_limit_range_fills_in_and_says_so(server):
    limits(server, type="Container", default={"cpu": "2"}, defaultRequest={"cpu": "1", "memory": "1Gi"})
    made = server.kube.create("pods", "default", server.pod())

    assert made["spec"]["containers"][0]["resources"] == {
        "requests": {"cpu": "1", "memory": "1Gi"},
        "limits": {"cpu": "2"},
    }
    assert made["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == (
        "LimitRanger plugin set: cpu, memory request for container main; cpu limit for container main"
    )
    assert made["status"]["qosClass"] == "Burstable"


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ({"type": "Container", "min": {"cpu": "2"}}, "minimum cpu usage per Container is 2, but request is 1"),
        ({"type": "Container", "max": {"cpu": "500m"}}, "maximum cpu usage per Container is 500m, but request is 1"),
        ({"type": "Pod", "max": {"cpu": "500m"}}, "maximum cpu usage per Pod is 500m.  No limit is specified"),
        (
            {"type": "Container", "maxLimitRequestRatio": {"cpu": "2"}},
            "cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0",
        ),
    ],
)
def test_a_limit_range_refuses_with_its_bound(server, limit, told):
    limits(server, **limit)

    with pytest.raises(Forbidden) as caught:
        server.submit("create", "pods", "", asking(server, "p", cpu="1"))
    assert caught.value.message.startswith(f'pods "p" is forbidden: {told}')
