"""Ours makes of each scene in steps.py what a real cluster made of it (SCENE.json, by record_objects.py)."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from seatrial.fakes.controllers.endpointslice import EndpointSliceController
from seatrial.fakes.controllers.garbage_collector import GarbageCollector
from seatrial.fakes.controllers.persistent_volume import PersistentVolumeController
from seatrial.fakes.controllers.serviceaccount import ServiceAccountController
from seatrial.fakes.kube.api import ApiServer
from seatrial.fakes.kube.schema import Schema
from seatrial.fakes.kube.store import Store
from seatrial.fakes.network.links import Links
from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.streams import Streams
from seatrial.harness.kernel.time import SECOND, START
from seatrial.harness.ports.kube import Client
from seatrial.harness.world.host import Host

HERE = Path(__file__).parent
USER = Client("user", "kubectl/v1.36.3", place="outside")


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"lifecycle_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


steps = _load(HERE / "steps.py")


class Cluster:
    """The real store, API server and host of ours, with the controllers that the scenes are about."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.agenda = Agenda(1, START)
        self.note = Recorder(self.agenda)
        self.store = Store(self.agenda, self.note, freezing=True)
        links = Links()
        self.api = ApiServer("c", self.agenda, self.store, Schema("1.36"), links, Streams(1), self.note)
        self.host = Host("kube-controller-manager", self.agenda, self.api, self.store.tables, links, self.note)
        for controller in (
            ServiceAccountController(),
            GarbageCollector(),
            EndpointSliceController(),
            PersistentVolumeController(),
        ):
            self.host.add(controller)
        for resource in self.host.watched():
            self.store.subscribe(resource, self.host.informers)
        self.kube = self.api.kube(USER)
        self.uids: dict[str, str] = {}
        self._make("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        labels = {"topology.kubernetes.io/zone": "seatrial-scene"}
        self._make("nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": steps.NODE, "labels": labels}})
        self.wait(3)

    def _make(self, resource: str, body: Any) -> Any:
        return self.kube.create(resource, "" if resource in steps.CLUSTER_WIDE else self.namespace, body)

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        end = self.agenda.time + seconds * SECOND
        self.agenda.run(end)
        self.agenda.time = end

    def do(self, request: Any) -> None:
        """One request of a scene."""
        verb, resource, name, body = request
        space = "" if resource in steps.CLUSTER_WIDE else self.namespace
        if verb == "create":
            body = json.loads(json.dumps(body).replace("NAMESPACE", self.namespace))
            for reference in body["metadata"].get("ownerReferences", ()):
                reference["uid"] = self.uids[reference["name"]]
            self.uids[name] = self._make(resource, body)["metadata"]["uid"]
        elif verb == "delete":
            self.kube.delete(resource, space, name, propagation=body)
        else:
            self.kube.patch(resource, space, name, body, subresource="status" if verb == "status" else "")

    def look(self, resources: tuple[str, ...]) -> Any:
        """The scene's objects and Events."""
        objects: list[Any] = []
        events: list[Any] = []
        for resource in resources:
            space = "" if resource in steps.CLUSTER_WIDE else self.namespace
            listed = self.kube.list(resource, space or None)
            for item in listed["items"]:
                full = {"kind": listed["kind"].removesuffix("List"), "apiVersion": listed["apiVersion"], **item}
                (events if resource == "events" else objects).append(full)
        return steps.normal(objects, events, self.namespace)


@pytest.mark.parametrize("name", sorted(steps.SCENES))
def test_each_look_at_a_scene_shows_what_the_real_cluster_showed(name: str) -> None:
    scene = steps.SCENES[name]
    real = json.loads((HERE / f"{name}.json").read_text())
    cluster = Cluster(f"seatrial-scene-{name}")

    for number, requests in enumerate(scene.stages):
        for request in requests:
            cluster.do(request)
        cluster.wait(scene.seconds)
        seen = json.loads(json.dumps(cluster.look(scene.resources)))
        assert seen["objects"] == real[number]["objects"], f"look {number}"
        assert seen["events"] == real[number]["events"], f"look {number}"
