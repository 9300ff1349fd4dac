"""What our schema answers to odd objects is what a real API server answered (`record.py`)."""

from __future__ import annotations

import gzip
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from seatrial.fakes.kube.schema import Schema
from seatrial.harness.ports.kube import BadRequest, Cause

HERE = Path(__file__).parent


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


mutated = _load("mutations").mutated
MANIFESTS: dict[str, Any] = _load("manifests").MANIFESTS
PATHS: dict[str, tuple[str, str]] = sys.modules["manifests"].PATHS
CASES = _load("cases")
ROWS = json.loads(gzip.decompress((HERE / "recorded.json.gz").read_bytes()))
BY_NAME = {(row["verb"], row["kind"], row["title"]): row for row in ROWS}
SCHEMA = Schema("1.36")

# Answers of admission, of the storage or of the allocator: not this folder's.
ELSEWHERE = (403, 409, 500)
# Admission puts a pod's default tolerations back before they could be missed.
MENDED = {("pod", "tolerations gone")}
# Go's maps have no order.
UNORDERED = {("configmap", "key bad")}
UID = "00000000-0000-4000-8000-000000000001"


def answered(verb: str, kind: str, title: str) -> Any:
    """The recorded answer."""
    return BY_NAME[verb, kind, title]


def prepared(kind: str, obj: Any) -> Any:
    """What lies between defaults and validation in the API server: names, addresses, generated selectors."""
    meta = dict(obj.get("metadata") or {})
    known = SCHEMA.kind(PATHS[kind][0])
    if known.namespaced:
        meta["namespace"] = "seatrial-parity"
    if not meta.get("name") and meta.get("generateName"):
        meta["name"] = meta["generateName"] + "r24wv"
    obj = {**obj, "metadata": {**meta, "uid": UID}}
    spec = obj.get("spec") or {}
    if kind == "service" and spec.get("type") != "ExternalName":
        address = spec.get("clusterIP") or "10.96.0.77"
        obj = {**obj, "spec": {**spec, "clusterIP": address, "clusterIPs": [address]}}
    if kind == "pod" and not spec.get("serviceAccountName"):
        obj = {**obj, "spec": {**spec, "serviceAccountName": "default"}}
    if kind == "job" and not spec.get("manualSelector"):
        uid = _job_uid(BY_NAME)
        marks = {"batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": "once"}
        marks |= {"controller-uid": uid, "job-name": "once"}
        template = spec["template"]
        template = {**template, "metadata": {**(template.get("metadata") or {}), "labels": marks}}
        given = (spec.get("selector") or {}).get("matchLabels") or {}
        matched = {**given, "batch.kubernetes.io/controller-uid": uid}
        obj = {**obj, "spec": {**spec, "template": template, "selector": {"matchLabels": matched}}}
        obj["metadata"]["uid"] = uid
    return obj


def _job_uid(rows: Any) -> str:
    causes = rows["create", "job", "selector given"]["answer"]["details"]["causes"]
    return str(
        json.loads(causes[0]["message"].split(": ", 1)[1].rpartition(": ")[0])["matchLabels"][
            "batch.kubernetes.io/controller-uid"
        ]
    )


def plain(causes: list[Cause]) -> list[tuple[str, str, str]]:
    """Causes as they are compared: what the server appends of its internal types is left out."""
    return [(cause.field, cause.reason, _without_dump(cause.message)) for cause in causes]


def _without_dump(message: str) -> str:
    if message.startswith('Invalid value: [{"Name":'):
        return message.rpartition("]: ")[2]
    head, newline, _ = message.partition("\n")
    if newline:
        return head
    if message.startswith(("Invalid value: {", "Invalid value: [{")) and message.count('"Spec"') + len(message) // 2500:
        return message.rpartition(": ")[2]
    if message.startswith("Invalid value: {") and message.endswith("field is immutable"):
        return "field is immutable"
    return message


def expected(answer: Any) -> list[tuple[str, str, str]]:
    """The recorded causes."""
    given = answer["details"]["causes"]
    return plain([Cause(cause["reason"], cause["message"], cause["field"]) for cause in given])


CUSTOM = _load("custom")
CUSTOM_SCHEMA = Schema("1.36")
CUSTOM_SCHEMA.define(CUSTOM.DEFINITION)
CREATES = [case for case in CASES.CREATES if answered("create", case[0], case[1])["code"] not in ELSEWHERE]
UPDATES = [
    case
    for case in CASES.UPDATES
    if answered("update", case[0], case[1])["code"] not in ELSEWHERE and case[:2] not in MENDED
]


@pytest.mark.parametrize(("kind", "title", "changes"), CREATES, ids=[f"{kind}: {title}" for kind, title, _ in CREATES])
def test_a_new_object_is_judged_as_by_a_real_server(kind: str, title: str, changes: dict[str, Any]) -> None:
    row = answered("create", kind, title)
    known = SCHEMA.kind(PATHS[kind][0])
    body = mutated(MANIFESTS[kind], changes)
    strictness = "Strict" if "unknown field" in title else "Ignore"
    if row["code"] == 400:
        with pytest.raises(BadRequest) as refusal:
            SCHEMA.decode(known, body, strictness)
        assert refusal.value.message == row["answer"]["message"]
        return

    decoded, _ = SCHEMA.decode(known, body, strictness)
    obj = prepared(kind, SCHEMA.default(known, decoded))
    causes = SCHEMA.validate(known, obj)

    seen, wanted = plain(causes), [] if row["code"] < 300 else expected(row["answer"])
    if (kind, title) in UNORDERED:
        seen, wanted = sorted(seen), sorted(wanted)
    assert seen == wanted


# What admission, allocators and strategies add or drop between defaults and the answer.
ADDED = {
    "pod": ("serviceAccount", "serviceAccountName", "tolerations", "priority", "preemptionPolicy"),
    "job": ("selector",),
    "service": ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"),
    "pvc": ("storageClassName", "dataSource"),
    "namespace": ("finalizers",),
    "node": ("taints", "configSource"),
    "lease": ("strategy",),
}
DIFFERENT = {("pod", "grace negative"), ("endpointslice", "zone topology")}


def comparable(kind: str, obj: Any) -> Any:
    """An object without what others than the defaults have their hands in."""
    obj = {name: value for name, value in obj.items() if name not in ("metadata", "status", "labels")}
    spec = {name: value for name, value in (obj.get("spec") or {}).items() if name not in ADDED.get(kind, ())}
    if kind == "pod":
        spec["volumes"] = [one for one in spec["volumes"] if not one["name"].startswith("kube-api-access")]
        for field in ("containers", "initContainers"):
            spec[field] = [_without_token(container) for container in spec.get(field) or ()]
    if kind == "job":
        spec["template"] = {**spec["template"], "metadata": {}}
    if kind == "service":
        ports = spec.get("ports") or ()
        spec["ports"] = [{name: port[name] for name in port if name != "nodePort"} for port in ports]
    return {**obj, "spec": spec}


def _without_token(container: Any) -> Any:
    mounts = [one for one in container.get("volumeMounts") or () if "serviceaccount" not in one["mountPath"]]
    return {**container, "volumeMounts": mounts}


ACCEPTED = [
    case for case in CREATES if answered("create", *case[:2])["code"] < 300 and tuple(case[:2]) not in DIFFERENT
]


@pytest.mark.parametrize(
    ("kind", "title", "changes"), ACCEPTED, ids=[f"{kind}: {title}" for kind, title, _ in ACCEPTED]
)
def test_defaults_are_those_of_a_real_server(kind: str, title: str, changes: dict[str, Any]) -> None:
    row = answered("create", kind, title)
    known = SCHEMA.kind(PATHS[kind][0])

    decoded, _ = SCHEMA.decode(known, mutated(MANIFESTS[kind], changes), "Ignore")
    obj = SCHEMA.default(known, decoded)

    assert comparable(kind, obj) == comparable(kind, row["answer"])
    assert SCHEMA.default(known, obj) is obj


@pytest.mark.parametrize(("kind", "title", "changes"), UPDATES, ids=[f"{kind}: {title}" for kind, title, _ in UPDATES])
def test_a_new_version_is_judged_as_by_a_real_server(kind: str, title: str, changes: dict[str, Any]) -> None:
    row = answered("update", kind, title)
    known = SCHEMA.kind(PATHS[kind][0])
    live = row["live"]

    decoded, _ = SCHEMA.decode(known, mutated(live, changes), "Ignore")
    new = SCHEMA.default(known, decoded)
    if kind == "service" and not new["spec"].get("clusterIPs"):
        held = {name: live["spec"][name] for name in ("clusterIP", "clusterIPs")}
        new = {**new, "spec": {**new["spec"], **held}}
    causes = SCHEMA.validate(known, new, live)

    assert plain(causes) == ([] if row["code"] < 300 else expected(row["answer"]))


@pytest.mark.parametrize(("title", "changes"), CUSTOM.CUSTOM_CASES, ids=[title for title, _ in CUSTOM.CUSTOM_CASES])
def test_a_custom_object_is_judged_as_by_a_real_server(title: str, changes: dict[str, Any]) -> None:
    row = answered("custom", "trial", title)
    known = CUSTOM_SCHEMA.kind("trials.parity.example.com")
    body = mutated(CUSTOM.OBJECT, changes)
    strictness = "Strict" if "unknown" in title else "Ignore"
    if row["code"] == 400:
        with pytest.raises(BadRequest) as refusal:
            CUSTOM_SCHEMA.decode(known, body, strictness)
        assert refusal.value.message == row["answer"]["message"]
        return

    decoded, _ = CUSTOM_SCHEMA.decode(known, body, strictness)
    obj = CUSTOM_SCHEMA.default(known, {name: value for name, value in decoded.items() if name != "status"})
    obj = {**obj, "metadata": {**obj["metadata"], "namespace": "seatrial-parity"}}
    causes = CUSTOM_SCHEMA.validate(known, obj)

    assert sorted(plain(causes)) == ([] if row["code"] < 300 else sorted(expected(row["answer"])))
    if row["code"] < 300:
        assert obj.get("spec") == row["answer"].get("spec")
