"""Validation: what is skipped, and what the recorded answers do not show."""

from __future__ import annotations

from typing import Any

import pytest

from seatrial.fakes.kube.schema import Schema
from seatrial.fakes.kube.schema.validation.schedule import schedule_error

SCHEMA = Schema("1.36")
POD, DEPLOYMENT = SCHEMA.kind("pods"), SCHEMA.kind("deployments.apps")


def make_pod(**spec: Any) -> dict[str, Any]:
    body = {"containers": [{"name": "main", "image": "web:1"}], **spec}
    meta = {"name": "web", "namespace": "default", "resourceVersion": "1", "uid": "u"}
    return SCHEMA.default(POD, {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": body})


def fields(causes: Any) -> list[str]:
    return [cause.field for cause in causes]


def test_what_is_the_same_object_as_before_is_not_looked_at_again() -> None:
    broken = {"metadata": {"name": "a", "namespace": "b", "resourceVersion": "1"}, "spec": {"replicas": -1}}

    causes = SCHEMA.validate(DEPLOYMENT, {**broken, "status": {"replicas": 1}}, broken)

    assert causes == []


def test_a_bad_spec_is_told_every_time_and_under_its_own_path() -> None:
    spec = {"containers": [{"name": "main", "image": ""}]}
    meta = {"name": "a", "namespace": "b"}
    job = SCHEMA.kind("jobs.batch")

    in_pod = [SCHEMA.validate(POD, SCHEMA.default(POD, {"metadata": meta, "spec": spec})) for _ in range(2)]
    wrapped = {"metadata": meta, "spec": {"template": {"spec": {**spec, "restartPolicy": "Never"}}}}
    in_job = SCHEMA.validate(job, SCHEMA.default(job, wrapped))

    assert [fields(causes) for causes in in_pod] == [["spec.containers[0].image"]] * 2
    assert "spec.template.spec.containers[0].image" in fields(in_job)


def test_a_good_template_may_still_be_a_bad_pod() -> None:
    spec = {"containers": [{"name": "main", "image": " web:1"}]}
    meta = {"name": "a", "namespace": "b"}
    labels = {"app": "a"}
    template = {"metadata": {"labels": labels}, "spec": spec}
    deployment = {"metadata": meta, "spec": {"selector": {"matchLabels": labels}, "template": template}}

    whole = SCHEMA.default(DEPLOYMENT, deployment)
    pod = {"metadata": meta, "spec": whole["spec"]["template"]["spec"]}

    assert SCHEMA.validate(DEPLOYMENT, whole) == []
    assert fields(SCHEMA.validate(POD, SCHEMA.default(POD, pod))) == ["spec.containers[0].image"]


def test_a_deadline_may_only_come_nearer() -> None:
    old = make_pod(activeDeadlineSeconds=100)

    sooner = SCHEMA.validate(POD, make_pod(activeDeadlineSeconds=50), old)
    later = SCHEMA.validate(POD, make_pod(activeDeadlineSeconds=200), old)
    never = SCHEMA.validate(POD, make_pod(), old)

    assert sooner == []
    assert fields(later) == ["spec.activeDeadlineSeconds"]
    assert fields(never) == ["spec.activeDeadlineSeconds"]


def test_tolerations_may_be_added_and_their_seconds_changed_but_none_taken() -> None:
    wait = {"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}
    old = make_pod(tolerations=[wait])

    longer = SCHEMA.validate(POD, make_pod(tolerations=[{**wait, "tolerationSeconds": 9}]), old)
    more = SCHEMA.validate(POD, make_pod(tolerations=[wait, {"operator": "Exists"}]), old)
    fewer = SCHEMA.validate(POD, make_pod(tolerations=[]), old)

    assert (longer, more) == ([], [])
    assert fields(fewer) == ["spec.tolerations"]


def test_a_gated_pod_may_be_narrowed_and_its_gates_taken() -> None:
    old = make_pod(schedulingGates=[{"name": "x"}], nodeSelector={"a": "1"})

    opened = SCHEMA.validate(POD, make_pod(nodeSelector={"a": "1"}), old)
    narrowed = SCHEMA.validate(POD, make_pod(schedulingGates=[{"name": "x"}], nodeSelector={"a": "1", "b": "2"}), old)
    moved = SCHEMA.validate(POD, make_pod(schedulingGates=[{"name": "x"}], nodeSelector={"a": "2"}), old)

    assert (opened, narrowed) == ([], [])
    assert fields(moved) == ["spec.nodeSelector"]


def test_an_empty_list_is_no_change() -> None:
    assert SCHEMA.validate(POD, make_pod(hostAliases=[], nodeSelector={}), make_pod()) == []


def test_the_change_that_is_refused_is_named() -> None:
    old, new = make_pod(), make_pod(priority=5)

    (cause,) = SCHEMA.validate(POD, new, old)

    assert cause.field == "spec"
    assert cause.message.endswith("spec.priority: None -> 5")


def test_a_bound_claim_may_grow_but_not_shrink() -> None:
    kind = SCHEMA.kind("persistentvolumeclaims")

    def make(size: str) -> dict[str, Any]:
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, "volumeName": "v"}
        meta = {"name": "data", "namespace": "default", "resourceVersion": "1"}
        status = {"phase": "Bound", "capacity": {"storage": "2Gi"}}
        return SCHEMA.default(kind, {"metadata": meta, "spec": spec, "status": status})

    assert SCHEMA.validate(kind, make("3Gi"), make("2Gi")) == []
    assert fields(SCHEMA.validate(kind, make("1Gi"), make("2Gi"))) == ["spec.resources.requests.storage"]


def test_an_immutable_config_map_stays() -> None:
    kind = SCHEMA.kind("configmaps")
    meta = {"name": "a", "namespace": "b", "resourceVersion": "1"}
    old = {"metadata": meta, "data": {"a": "1"}, "immutable": True}

    causes = SCHEMA.validate(kind, {"metadata": meta, "data": {"a": "2"}}, old)

    assert fields(causes) == ["immutable", "data"]


@pytest.mark.parametrize(
    "text", ["* * * * *", "*/5 0-3,7 1 jan-mar MON", "@daily", "@every 1h30m", "0 0 ? * *", "1-10/2 * * * *"]
)
def test_a_schedule_that_cron_takes_is_taken(text: str) -> None:
    assert schedule_error(text) == ""


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("*/2/3 * * * *", "too many slashes: */2/3"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("* * * * 5-2", "beginning of range (5) beyond end of range (2): 5-2"),
        ("@every soon", 'failed to parse duration @every soon: time: invalid duration "soon"'),
    ],
)
def test_a_schedule_that_cron_refuses_is_refused_in_its_words(text: str, error: str) -> None:
    assert schedule_error(text) == error


def test_an_item_of_a_list_is_judged_though_it_does_not_say_its_kind() -> None:
    kind = SCHEMA.kind("rolebindings.rbac.authorization.k8s.io")
    meta = {"name": "a", "namespace": "b", "resourceVersion": "1"}
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}
    old = {"metadata": meta, "roleRef": ref}

    assert SCHEMA.validate(kind, {**old, "metadata": {**meta, "labels": {"a": "b"}}}, old) == []
    assert fields(SCHEMA.validate(kind, {**old, "roleRef": {**ref, "name": "s"}}, old)) == ["roleRef"]
