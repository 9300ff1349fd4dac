"""Defaults: filled by path copy, worked out once for a shared spec."""

from __future__ import annotations

from typing import Any

import pytest

from seatrial.fakes.kube.schema import Schema

SCHEMA = Schema("1.36")
POD = SCHEMA.kind("pods")


def make_pod(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def test_pods_that_share_a_spec_share_what_becomes_of_it() -> None:
    spec = {"containers": [{"name": "main", "image": "web:1"}]}

    one, other = (SCHEMA.default(POD, make_pod(name, spec)) for name in ("a", "b"))

    assert one["spec"] is other["spec"]
    assert one["spec"]["terminationGracePeriodSeconds"] == 30
    assert spec == {"containers": [{"name": "main", "image": "web:1"}]}


def test_a_defaulted_object_is_left_as_it_is() -> None:
    once = SCHEMA.default(POD, make_pod("a", {"containers": [{"name": "main", "image": "web:1"}]}))

    assert SCHEMA.default(POD, once) is once
    assert SCHEMA.default(POD, {**once, "metadata": {"name": "b"}})["spec"] is once["spec"]


def test_requests_come_from_limits_in_pods_but_not_in_templates() -> None:
    container = {"name": "main", "image": "web:1", "resources": {"limits": {"cpu": "1"}}}
    deployment = {"metadata": {"name": "a"}, "spec": {"template": {"spec": {"containers": [container]}}}}

    pod = SCHEMA.default(POD, make_pod("a", {"containers": [container]}))
    template = SCHEMA.default(SCHEMA.kind("deployments.apps"), deployment)["spec"]["template"]

    assert pod["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}
    assert template["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "1"}}


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1", "IfNotPresent"),
        ("registry.example.com:5000/team/nginx", "Always"),
        ("registry.example.com:5000/team/nginx:1", "IfNotPresent"),
        ("nginx@sha256:" + "0" * 64, "IfNotPresent"),
        ("NGINX", "IfNotPresent"),
    ],
)
def test_the_pull_policy_follows_the_tag(image: str, policy: str) -> None:
    pod = SCHEMA.default(POD, make_pod("a", {"containers": [{"name": "main", "image": image}]}))

    assert pod["spec"]["containers"][0]["imagePullPolicy"] == policy


@pytest.mark.parametrize(
    ("written", "kept"),
    [(0.5, "500m"), (1, "1"), ("1024Mi", "1Gi"), ("1500m", "1500m"), ("0.1m", "1m"), ("1e3", "1e3")],
)
def test_amounts_are_written_as_the_server_writes_them(written: Any, kept: str) -> None:
    container = {"name": "main", "image": "web:1", "resources": {"requests": {"memory": written}}}

    pod = SCHEMA.default(POD, make_pod("a", {"containers": [container]}))

    assert pod["spec"]["containers"][0]["resources"]["requests"] == {"memory": kept}


def test_pod_level_requests_are_what_the_containers_need_at_any_moment() -> None:
    def asks(name: str, cpu: str, **more: str) -> dict[str, Any]:
        return {"name": name, "image": "x:1", "resources": {"requests": {"cpu": cpu}}, **more}

    spec = {
        "resources": {"limits": {"cpu": "4"}},
        "containers": [asks("a", "100m"), asks("b", "200m")],
        "initContainers": [asks("s", "50m", restartPolicy="Always"), asks("i", "900m")],
    }

    pod = SCHEMA.default(POD, make_pod("a", spec))

    assert pod["spec"]["resources"]["requests"] == {"cpu": "950m"}


def test_a_limit_range_passes_its_limits_on_to_defaults_and_requests() -> None:
    limits = [{"type": "Container", "max": {"cpu": "2"}, "min": {"memory": "1Mi"}}]

    done = SCHEMA.default(SCHEMA.kind("limitranges"), {"metadata": {"name": "a"}, "spec": {"limits": limits}})

    assert done["spec"]["limits"][0]["default"] == {"cpu": "2"}
    assert done["spec"]["limits"][0]["defaultRequest"] == {"cpu": "2", "memory": "1Mi"}
