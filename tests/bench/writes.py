"""Committed writes a second through the API, in process: Pod creates with defaults and validation, status updates."""

from __future__ import annotations

import gc
from time import perf_counter
from typing import Any

from seatrial.fakes.kube.api import ApiServer
from seatrial.fakes.kube.schema import Schema
from seatrial.fakes.kube.store import Store
from seatrial.fakes.network.links import Links
from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Kernel
from seatrial.harness.kernel.streams import Streams
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import Client, Write

__all__ = ["measure"]

PODS = 20_000
CONTROLLER = Client("replicaset-controller", user_agent="kube-controller-manager")
KUBELET = Client("kubelet/n1", user_agent="kubelet", place="node/n1")


def _spec() -> dict[str, Any]:
    return {
        "containers": [
            {
                "name": "web",
                "image": "example.com/web:1",
                "ports": [{"containerPort": 80}],
                "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
                "readinessProbe": {"httpGet": {"path": "/", "port": 80}},
            }
        ]
    }


def _pod(spec: dict[str, Any]) -> dict[str, Any]:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "1", "controller": True}
    meta = {"generateName": "web-", "namespace": "default", "labels": {"app": "web"}, "ownerReferences": [owner]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


def _server() -> tuple[ApiServer, Store]:
    agenda = Kernel(0, 1).agendas[1]
    recorder = Recorder(agenda)
    store = Store(agenda, recorder)
    api = ApiServer("c1", agenda, store, Schema(), Links(), Streams(0), recorder)
    kube = api.kube(CONTROLLER)
    kube.create("namespaces", "", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    kube.create("serviceaccounts", "default", account)
    return api, store


def _creates(api: ApiServer, specs: list[dict[str, Any]]) -> float:
    began = perf_counter()
    for spec in specs:
        api.cost(CONTROLLER, "create", "pods")
        api.submit(Write("create", Key("pods", "default", ""), _pod(spec)), CONTROLLER)
    return len(specs) / (perf_counter() - began)


def measure() -> list[tuple[str, str, str]]:
    """Pods of one template, pods that share nothing, and one status update for each."""
    gc.disable()
    api, store = _server()
    shared = _creates(api, [_spec()] * PODS)
    alone = _creates(api, [_spec() for _ in range(PODS // 4)])
    ready = [{"type": "Ready", "status": "True"}]
    pods = list(store.tables.list("pods", "default"))
    began = perf_counter()
    for pod in pods:
        status = {**pod["status"], "phase": "Running", "conditions": ready}
        api.cost(KUBELET, "update", "pods")
        api.submit(
            Write("update", Key("pods", "default", pod["metadata"]["name"]), {**pod, "status": status}, "status"),
            KUBELET,
        )
    updates = len(pods) / (perf_counter() - began)
    return [
        ("committed writes: status updates", "40,000/s", f"{updates:,.0f}/s"),
        ("committed writes: Pod creates, one template", "10,000/s", f"{shared:,.0f}/s"),
        ("committed writes: Pod creates that share nothing", "", f"{alone:,.0f}/s"),
    ]
