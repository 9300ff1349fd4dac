"""A yard for workload controllers: the real store, API server and host, and machines that bind, start and end pods.

The machines are no kubelet: a pod is bound at once to the node it asks for (or the next in turn), is Ready after
`start`, gone `stop` after its deletion, and ends as `ends` says of its image. Images in `broken` never become ready.
"""

from __future__ import annotations

from typing import Any

import pytest

from seatrial.fakes.controllers.words.daemons import target_of
from seatrial.fakes.kube.api import ApiServer
from seatrial.fakes.kube.schema import Schema
from seatrial.fakes.kube.store import Store
from seatrial.fakes.network.links import Links
from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.streams import Streams
from seatrial.harness.kernel.time import SECOND, START, parse_duration, rfc3339
from seatrial.harness.ports.controller import Controller
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Client, NotFound, Write
from seatrial.harness.testing.views import key_of
from seatrial.harness.world.host import Host

KUBELET = Client(name="kubelet", user_agent="kubelet")
USER = Client(name="user", user_agent="kubectl")


class Machines:
    """Plays scheduler and kubelets."""

    def __init__(self, agenda: Agenda, api: ApiServer, nodes: tuple[str, ...]) -> None:
        self.agenda = agenda
        self.api = api
        self.nodes = nodes
        self.start = 1 * SECOND
        self.stop = 1 * SECOND
        self.broken: set[str] = set()
        self.ends: dict[str, tuple[int, int]] = {}  # image or command: (after so long, exit code)
        self.stuck: set[str] = set()  # nodes that no longer answer
        self.turn = 0
        agenda.enlist("machines", self)

    def on_event(self, event: Any) -> None:
        pod, old = event.new, event.old
        if pod is None:
            return
        key = (pod["metadata"]["namespace"], pod["metadata"]["name"], pod["metadata"]["uid"])
        if old is None:
            self.agenda.after(0, "machines", "bind", *key)
        elif "deletionTimestamp" in pod["metadata"] and "deletionTimestamp" not in old["metadata"]:
            self.agenda.after(self.stop, "machines", "end", *key)

    def find(self, space: str, name: str, uid: str) -> Obj | None:
        pod = self.api.core.store.get("pods", space, name)
        return pod if pod is not None and pod["metadata"]["uid"] == uid else None

    def bind(self, *key: str) -> None:
        pod = self.find(*key)
        if pod is None:
            return
        node = target_of(pod) or self.nodes[self.turn % len(self.nodes)]
        self.turn += 1
        body = {"target": {"kind": "Node", "name": node}}
        self.api.submit(Write("bind", Key("pods", key[0], key[1]), body), KUBELET)
        self.agenda.after(self.start, "machines", "run", *key)

    def run(self, *key: str) -> None:
        pod = self.find(*key)
        if pod is None or "deletionTimestamp" in pod["metadata"] or pod["spec"]["nodeName"] in self.stuck:
            return
        container = pod["spec"]["containers"][0]
        image, command = container["image"], " ".join(container.get("command", ()))
        if image in self.broken:
            return
        ends = self.ends.get(image) or self.ends.get(command)
        if ends is not None and ends[0] == 0:
            self.exit(*key, ends[1])
            return
        self.tell(pod, "Running", True)
        if ends is not None:
            self.agenda.after(ends[0], "machines", "exit", *key, ends[1])

    def exit(self, space: str, name: str, uid: str, code: int) -> None:
        pod = self.find(space, name, uid)
        if pod is not None:
            self.tell(pod, "Failed" if code else "Succeeded", False, code)

    def end(self, *key: str) -> None:
        pod = self.find(*key)
        if pod is None or pod["spec"].get("nodeName") in self.stuck:
            return
        if pod["status"]["phase"] == "Running":
            self.tell(pod, "Failed" if pod["spec"]["restartPolicy"] != "Always" else "Succeeded", False, 0)
        self.api.submit(Write("delete", Key("pods", *key[:2]), grace=0), KUBELET)

    def tell(self, pod: Obj, phase: str, ready: bool, code: int | None = None) -> None:
        status = dict(pod["status"])
        kept = [c for c in status.get("conditions", ()) if c["type"] != "Ready"]
        text = rfc3339(self.agenda.time)
        told = {"type": "Ready", "status": str(ready), "lastTransitionTime": text}
        container = {"name": "app", "restartCount": 0, "ready": ready, "image": "x", "imageID": "x"}
        if code is None:
            container["state"] = {"running": {"startedAt": text}}
        else:
            container["state"] = {"terminated": {"exitCode": code, "finishedAt": text}}
        status.update(phase=phase, conditions=[*kept, told], containerStatuses=[container])
        key = Key("pods", pod["metadata"]["namespace"], pod["metadata"]["name"])
        self.api.submit(Write("update", key, {**pod, "status": status}, "status"), KUBELET)


class Yard:
    """One cluster with the controllers under test."""

    def __init__(self, *controllers: Controller, nodes: int | tuple[str, ...] = 3, seed: int = 1) -> None:
        self.agenda = Agenda(1, START)
        self.note = Recorder(self.agenda)
        streams = Streams(seed)
        self.store = Store(self.agenda, self.note, freezing=True)
        self.links = Links()
        self.api = ApiServer("yard", self.agenda, self.store, Schema("1.36"), self.links, streams, self.note)
        self.view = self.store.tables
        self.host = Host("kube-controller-manager", self.agenda, self.api, self.view, self.links, self.note)
        for controller in controllers:
            self.host.add(controller)
        for resource in self.host.watched():
            self.store.subscribe(resource, self.host.informers)
        names = nodes if isinstance(nodes, tuple) else tuple(f"n{number}" for number in range(1, nodes + 1))
        self.machines = Machines(self.agenda, self.api, names)
        self.store.subscribe("pods", self.machines)
        self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})
        for name in names:
            self.add_node(name)

    def add_node(self, name: str, **spec: Any) -> None:
        labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}
        meta = {"name": name, "labels": labels}
        self.create({"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": spec})
        # Admission taints a new node as not ready; no node lifecycle controller is here to take that back.
        taints = [taint for taint in self.get("nodes", name, "")["spec"]["taints"] if "not-ready" not in taint["key"]]
        self.patch("nodes", name, {"spec": {"taints": taints or None}}, "")

    def create(self, *objects: Obj) -> None:
        """A user applies manifests."""
        for obj in objects:
            meta = {k: v for k, v in obj["metadata"].items() if k not in _SERVER}
            body = {k: v for k, v in {**obj, "metadata": meta}.items() if k != "status"}
            self.api.submit(Write("create", key_of(obj), body), USER)

    def submit(self, write: Write) -> None:
        """Any request of a user."""
        self.api.submit(write, USER)

    def patch(self, resource: str, name: str, body: Obj, namespace: str = "default") -> None:
        """kubectl patch --type=merge."""
        self.api.submit(Write("patch", Key(resource, namespace, name), body), USER)

    def delete(self, resource: str, name: str, namespace: str = "default", **options: Any) -> None:
        self.api.submit(Write("delete", Key(resource, namespace, name), **options), USER)

    def run(self, length: str) -> None:
        """Let time pass."""
        end = self.agenda.time + parse_duration(length)
        self.agenda.run(end)
        self.agenda.time = end

    def get(self, resource: str, name: str, namespace: str = "default") -> Obj:
        found = self.store.get(resource, namespace, name)
        if found is None:
            raise NotFound(resource, name)
        return found

    def list(self, resource: str, namespace: str | None = "default") -> list[Obj]:
        return list(self.view.list(resource, namespace))

    def names(self, resource: str) -> list[str]:
        return [obj["metadata"]["name"] for obj in self.list(resource)]

    def events(self, reason: str = "") -> list[str]:
        """Messages of Kubernetes Events."""
        told = [r.new for r in self.note.records if r.verb == "event" and r.new is not None]
        return [body["message"] for body in told if reason in ("", body["reason"])]

    def conditions(self, resource: str, name: str) -> dict[str, tuple[str, str]]:
        """type: (status, reason)."""
        listed = self.get(resource, name)["status"].get("conditions", ())
        return {c["type"]: (c["status"], c.get("reason", "")) for c in listed}

    def history(self, resource: str, field: str) -> list[Any]:
        """The values that a status field has had."""
        values: list[Any] = []
        for record in self.note.records:
            if record.key.resource == resource and record.new is not None and record.verb != "event":
                value = (record.new.get("status") or {}).get(field)
                if not values or values[-1] != value:
                    values.append(value)
        return values


_SERVER = ("uid", "resourceVersion", "creationTimestamp", "generation")


@pytest.fixture
def yard() -> type[Yard]:
    """The yard's class: `yard(ReplicaSetController())`."""
    return Yard
