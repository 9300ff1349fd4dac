"""Quotas, limit ranges, and the classes that a request may name or be given."""

import pytest

from seatrial.harness.ports.kube import Forbidden, Invalid


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


def runtime_class(server, **fields):
    body = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "vm"}, "handler": "vm"}
    server.kube.create("runtimeclasses.node.k8s.io", "", {**body, **fields})


def test_a_runtime_class_brings_overhead_and_place(server):
    runtime_class(
        server,
        overhead={"podFixed": {"cpu": "100m"}},
        scheduling={"nodeSelector": {"vm": "yes"}, "tolerations": [{"key": "vm", "operator": "Exists"}]},
    )
    spec = server.kube.create("pods", "default", server.pod(runtimeClassName="vm"))["spec"]

    assert spec["overhead"] == {"cpu": "100m"}
    assert spec["nodeSelector"] == {"vm": "yes"}
    assert {"key": "vm", "operator": "Exists"} in spec["tolerations"]


def test_a_runtime_class_must_exist_and_agree(server):
    with pytest.raises(Forbidden, match='pod rejected: RuntimeClass "vm" not found'):
        server.kube.create("pods", "default", server.pod(runtimeClassName="vm"))
    runtime_class(server, scheduling={"nodeSelector": {"vm": "yes"}})

    with pytest.raises(Forbidden, match="conflict: runtimeClass"):
        server.kube.create("pods", "default", server.pod(runtimeClassName="vm", nodeSelector={"vm": "no"}))


def test_an_ingress_without_class_gets_the_default_one(server):
    server.kube.create(
        "ingressclasses.networking.k8s.io",
        "",
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IngressClass",
            "metadata": {"name": "edge", "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}},
            "spec": {"controller": "x.io/edge"},
        },
    )
    backend = {"service": {"name": "s", "port": {"number": 80}}}
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "i"},
        "spec": {"defaultBackend": backend},
    }

    made = server.kube.create("ingresses.networking.k8s.io", "default", ingress)

    assert made["spec"]["ingressClassName"] == "edge"


def test_a_claim_grows_when_it_is_bound_and_its_class_allows_it(server):
    for name, allowed in (("fixed", False), ("growing", True)):
        server.kube.create(
            "storageclasses.storage.k8s.io",
            "",
            {
                "apiVersion": "storage.k8s.io/v1",
                "kind": "StorageClass",
                "metadata": {"name": name},
                "provisioner": "x.io/y",
                "allowVolumeExpansion": allowed,
            },
        )
        server.kube.create(
            "persistentvolumeclaims",
            "default",
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": name},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "storageClassName": name,
                    "resources": {"requests": {"storage": "1Gi"}},
                },
            },
        )
    grow = {"spec": {"resources": {"requests": {"storage": "2Gi"}}}}

    def patch(name, body, **door):
        return server.kube.patch("persistentvolumeclaims", "default", name, body, **door)

    with pytest.raises(Invalid, match=r"except resources\.requests and volumeAttributesClassName for bound claims"):
        server.submit("patch", "persistentvolumeclaims", "growing", grow)
    for name in ("fixed", "growing"):
        claim = server.kube.get("persistentvolumeclaims", "default", name)
        bound = {**claim, "spec": {**claim["spec"], "volumeName": f"pv-{name}"}}
        server.submit("update", "persistentvolumeclaims", name, bound)
        patch(name, {"status": {"phase": "Bound"}}, subresource="status")
    assert patch("growing", grow)["spec"]["resources"]["requests"]["storage"] == "2Gi"
    with pytest.raises(Forbidden, match="only dynamically provisioned pvc can be resized"):
        patch("fixed", grow)
