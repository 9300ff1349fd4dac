"""The same pods under our kubelet, and both lives in a form that can be compared: no times, no ids, no repeats."""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
UNRESOLVED = re.compile("failed to resolve reference.*")
ADDRESS = re.compile(r"10\.244\.\d+\.\d+")


def module(name: str, path: Path) -> ModuleType:
    """A module beside the tests, which are no package."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


pods = module("kubelet_parity_pods", HERE / "pods.py")
clusters = module("kubelet_parity_cluster", HERE.parents[1] / "fakes" / "kubelet" / "conftest.py")


@cache
def recorded() -> dict[str, Any]:
    """What a real cluster did."""
    with gzip.open(HERE / "recorded.json.gz") as file:
        lives: dict[str, Any] = json.load(file)["pods"]
    return lives


def text(value: Any) -> str:
    """A message without what differs from run to run."""
    short = UID.sub("UID", str(value))
    short = ADDRESS.sub("ADDRESS", short).replace("_seatrial-kubelet(", "_default(")
    return UNRESOLVED.sub("failed to resolve", short)


def state(of: dict[str, Any]) -> tuple[Any, ...]:
    """One container state."""
    for kind, body in of.items():
        return (kind, body.get("reason", ""), text(body.get("message", "")), body.get("exitCode", ""))
    return ()


def shape(status: dict[str, Any]) -> dict[str, Any]:
    """One version of a status."""
    containers = {}
    for field in ("initContainerStatuses", "containerStatuses"):
        for one in status.get(field, ()):
            containers[one["name"]] = {
                "state": state(one["state"]),
                "last": state(one["lastState"]),
                "ready": one["ready"],
                "started": one.get("started"),
                "restarts": one["restartCount"],
                "fields": tuple(sorted(one)),
            }
    resources = status.get("resources")
    return {
        "phase": status.get("phase", ""),
        "reason": (status.get("reason", ""), status.get("message", "")),
        "conditions": tuple(
            (one["type"], one["status"], one.get("reason", ""), one.get("message", ""), one.get("observedGeneration"))
            for one in status.get("conditions", ())
        ),
        "address": "podIP" in status,
        "containers": containers,
        "qos": status.get("qosClass"),
        # A resync adds the cgroup's "no limit" to a pod without limits; ours does not.
        "requests": (resources or {}).get("requests"),
        "generation": status.get("observedGeneration"),
    }


def story(versions: list[tuple[float, bool, dict[str, Any] | None]]) -> list[tuple[float, Any]]:
    """(seconds, what is new): shapes that differ from the one before; "gone" at the end."""
    told: list[tuple[float, Any]] = []
    before: Any = None
    for at, deleting, status in versions:
        now: Any = "gone" if status is None else {**shape(status), "deleting": deleting}
        if now != before:
            told.append((at, now))
        before = now
    return told


def real_story(name: str) -> list[tuple[float, Any]]:
    """The recorded life, from the binding on."""
    versions = []
    for version in recorded()[name]["versions"]:
        if not version["node"]:
            continue
        gone = version["type"] == "DELETED"
        if version["grace"] == 0 and not gone:
            continue  # the API server's own step between the last status and the end
        versions.append((version["at"], version["deleting"], None if gone else version["status"]))
    return story(versions)


def our_story(name: str, seed: int = 1) -> list[tuple[float, Any]]:
    """The same life under our kubelet: created, configured and deleted at the same times."""
    life = recorded()[name]
    cluster = clusters.Cluster(seed=seed)
    cluster.add_node(cpu="2", memory="4Gi")
    body = pods.pod_body(name, "default", "n1")
    spec = {key: value for key, value in body["spec"].items() if key != "nodeSelector"}
    if name == "wrong-node":
        spec["nodeSelector"] = body["spec"]["nodeSelector"]
    bound = life["versions"][0 if "nodeName" in spec else 1]["at"]
    # What else runs on the real node: a daemon with a request of its own.
    own = {"name": "a", "image": "b", "resources": {"requests": {"cpu": "10m"}}, "imagePullPolicy": "Never"}
    cluster.bind("daemon", {"containers": [own]})
    cluster.run(bound)
    status = next(version["status"] for version in life["versions"] if version["node"])
    cluster.bind(name, spec, annotations=body["metadata"].get("annotations"), status=status)
    cluster.run(life["configured"] - bound)
    meta = {"name": "absent", "namespace": "default", "uid": "1"}
    cluster.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"a": "b"}})
    cluster.run(life["deleted"] - life["configured"])
    if not cluster.gone(name):
        cluster.delete(name)
    cluster.run(60)
    versions = []
    for time, event in cluster.log.events:
        if event.resource == "pods" and event.obj["metadata"]["name"] == name:
            at = round((time - clusters.START) / clusters.SECOND, 2)
            obj = event.obj
            status = None if event.new is None else obj["status"]
            versions.append((at, "deletionTimestamp" in obj["metadata"], status))
    return story(versions)
