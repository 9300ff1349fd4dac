"""A cluster small enough to see through: the real store, an API that only commits, links that can be cut."""

from __future__ import annotations

from typing import Any

import pytest

from seatrial.fakes.kube.store import Store
from seatrial.fakes.kubelet.kubelets import WATCHED, Kubelets
from seatrial.fakes.kubelet.stages import load
from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.errors import Bug
from seatrial.harness.kernel.ids import Ids
from seatrial.harness.kernel.streams import Streams
from seatrial.harness.kernel.time import SECOND, START, Duration, Instant, rfc3339
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Client, Conflict, NotFound, Unreachable, WatchEvent, Write
from seatrial.harness.ports.places import LinkListener
from seatrial.harness.testing.builders import make_node
from seatrial.harness.testing.views import resource_of


class Ways:
    """Links: everything is open but what is cut."""

    def __init__(self) -> None:
        self.cut: set[tuple[str, str]] = set()
        self.listeners: list[LinkListener] = []

    def open(self, source: str, target: str) -> bool:
        return (source, target) not in self.cut and ("*", target) not in self.cut

    def exchange(self, source: str, target: str) -> bool:
        return self.open(source, target) and self.open(target, source)

    def delay(self, source: str, target: str) -> Duration:
        return 0

    def loss(self, source: str, target: str) -> int:
        return 0

    def subscribe(self, listener: LinkListener) -> None:
        self.listeners.append(listener)

    def touch(self) -> None:
        for listener in self.listeners:
            listener.links_changed()

    def set_cut(self, source: str, target: str, cut: bool) -> None:
        (self.cut.add if cut else self.cut.discard)((source, target))
        self.touch()


class Door:
    """An API that commits what it is given: no defaults, no validation, deletion with grace."""

    def __init__(self, store: Store, ways: Ways) -> None:
        self.store = store
        self.ways = ways
        self.costs: Duration = 0
        self.fails: Any = None
        self.events: list[tuple[Instant, Key, Obj]] = []
        self.writes = 0
        self.telling = 0

    def cost(self, client: Client, verb: str, resource: str) -> Duration:
        if not self.ways.exchange(client.place, "api"):
            raise Unreachable("connection refused")
        if self.fails is not None:
            raise self.fails
        return self.costs

    def store_is_busy(self) -> bool:
        return self.telling > 0

    def submit(self, write: Write, client: Client) -> Obj | None:
        if self.store_is_busy():
            raise Bug(f"written while a commit was under way: {write}")
        self.writes += 1
        key = write.key
        if write.verb == "event":
            self.events.append((self.store.agenda.time, key, write.body))
            return None
        if write.verb == "create":
            return self.store.put(key.resource, write.body, actor=client.name)
        live = self.store.get(*key)
        if live is None:
            raise NotFound(key.resource, key.name)
        if write.uid and live["metadata"]["uid"] != write.uid:
            raise Conflict("uid")
        if write.verb == "update":
            if write.body["metadata"] != live["metadata"]:
                raise Conflict.modified(key.resource, key.name)
            return self.store.put(key.resource, {**live, "status": write.body["status"]}, actor=client.name)
        if write.verb == "delete" and write.grace == 0:
            self.store.remove(key, actor=client.name)
            return None
        raise Bug(f"the test's API does not know {write}")


class Log:
    """Every event of a resource."""

    def __init__(self, agenda: Agenda) -> None:
        self.agenda = agenda
        self.events: list[tuple[Instant, WatchEvent]] = []

    def on_event(self, event: WatchEvent) -> None:
        self.events.append((self.agenda.time, event))


class Guard:
    """Tells the door when the kubelets are being told: they must not write then."""

    def __init__(self, door: Door, kubelets: Kubelets) -> None:
        self.door = door
        self.kubelets = kubelets

    def on_event(self, event: WatchEvent) -> None:
        self.door.telling += 1
        self.kubelets.on_event(event)
        self.door.telling -= 1


class Felt:
    """A listener of the machines."""

    def __init__(self, agenda: Agenda) -> None:
        self.agenda = agenda
        self.told: list[tuple[Instant, str]] = []

    def machine_changed(self, node: str) -> None:
        self.told.append((self.agenda.time, node))


class Cluster:
    """Nodes `n1`... and a pod's life from binding to deletion."""

    def __init__(self, *, seed: int = 1, personality: str = "general", chatty: bool = False) -> None:
        self.agenda = Agenda(1, START)
        self.recorder = Recorder(self.agenda)
        self.store = Store(self.agenda, self.recorder, freezing=True)
        self.view = self.store.tables
        self.ways = Ways()
        self.api = Door(self.store, self.ways)
        self.ids = Ids(seed, "c1")
        self.kubelets = Kubelets(
            self.agenda,
            self.api,
            self.view,
            self.store,
            self.ways,
            Streams(seed),
            self.recorder,
            stages=load(personality),
            chatty=chatty,
        )
        self.agenda.enlist("kubelets", self.kubelets)
        for resource in WATCHED:
            self.store.subscribe(resource, Guard(self.api, self.kubelets))
        self.ways.subscribe(self.kubelets)
        self.log = Log(self.agenda)
        self.store.subscribe("pods", self.log)
        self.store.subscribe("nodes", self.log)
        self.store.subscribe("renewals", self.log)
        self.felt = Felt(self.agenda)
        self.kubelets.subscribe(self.felt)
        self.agenda.enlist("test", self)

    def add_node(self, name: str = "n1", annotations: Obj | None = None, **more: Any) -> None:
        node = make_node(name, ready=False, **more)
        status = {**node["status"], "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}]}
        del status["conditions"]
        head = {**node["metadata"], "annotations": annotations or {}}
        spec = {**node["spec"], "podCIDR": "10.244.1.0/24"}
        self.kubelets.add_node({**node, "metadata": head, "spec": spec, "status": status})
        self.run(0)

    def put(self, obj: Obj) -> Obj:
        return self.store.put(resource_of(obj), obj, actor="test")

    def bind(
        self,
        name: str,
        spec: Obj,
        node: str = "n1",
        annotations: Obj | None = None,
        status: Obj | None = None,
        **meta: Any,
    ) -> Obj:
        """A pod as it is right after its binding."""
        now = rfc3339(self.agenda.time)
        head = {
            "name": name,
            "namespace": "default",
            "uid": self.ids.uid("pods", "default", name),
            "creationTimestamp": now,
            "generation": 1,
            **meta,
        }
        if annotations:
            head["annotations"] = annotations
        bound = {"lastProbeTime": None, "lastTransitionTime": now, "status": "True", "type": "PodScheduled"}
        full = {"restartPolicy": "Always", "terminationGracePeriodSeconds": 30, **spec, "nodeName": node}
        return self.put(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": head,
                "spec": full,
                "status": status or {"phase": "Pending", "conditions": [bound]},
            }
        )

    def plain(self, name: str = "p", annotations: Obj | None = None, **container: Any) -> Obj:
        main = {"name": "app", "image": "app:1", "imagePullPolicy": "Never", **container}
        return self.bind(name, {"containers": [main]}, annotations=annotations)

    def delete(self, name: str, grace: int | None = None) -> None:
        pod = self.pod(name)
        if pod["status"].get("phase") in ("Succeeded", "Failed"):
            self.store.remove(Key("pods", "default", name), actor="test")
            return
        meta = pod["metadata"]
        seconds = pod["spec"]["terminationGracePeriodSeconds"] if grace is None else grace
        head = {
            **meta,
            "deletionTimestamp": rfc3339(self.agenda.time + seconds * SECOND),
            "deletionGracePeriodSeconds": seconds,
            "generation": meta["generation"] + 1,
        }
        self.store.put("pods", {**pod, "metadata": head}, actor="test")

    def force(self, name: str) -> None:
        """Deletion with grace period 0: the object is gone at once."""
        self.store.remove(Key("pods", "default", name), actor="test")

    def pod(self, name: str = "p") -> Obj:
        found = self.view.get("pods", "default", name)
        assert found is not None, f"pod {name} is gone"
        return found

    def gone(self, name: str = "p") -> bool:
        return self.view.get("pods", "default", name) is None

    def status(self, name: str = "p") -> Obj:
        status: Obj = self.pod(name)["status"]
        return status

    def node(self, name: str = "n1") -> Obj:
        found = self.view.get("nodes", "", name)
        assert found is not None
        return found

    def condition(self, kind: str, name: str = "p") -> str:
        found = {c["type"]: c["status"] for c in self.status(name)["conditions"]}
        status: str = found.get(kind, "")
        return status

    def container(self, name: str = "p", which: str = "app") -> Obj:
        status = self.status(name)
        for container in (*status.get("initContainerStatuses", ()), *status["containerStatuses"]):
            if container["name"] == which:
                found: Obj = container
                return found
        raise AssertionError(f"no container {which}")

    def run(self, seconds: float) -> None:
        """Let time pass; whole milliseconds."""
        until = self.agenda.time + round(seconds * 1000) * SECOND // 1000
        self.agenda.run(until)
        self.agenda.time = until

    def at(self, seconds: float, verb: str, *args: Any) -> None:
        """Do something later."""
        self.agenda.at(START + round(seconds * 1000) * SECOND // 1000, "test", verb, *args)

    def versions(self, name: str = "p") -> list[tuple[float, Obj | None]]:
        """The statuses of a pod with the seconds since the start; None for its end."""
        found: list[tuple[float, Obj | None]] = []
        for time, event in self.log.events:
            if event.resource == "pods" and event.obj["metadata"]["name"] == name:
                found.append(((time - START) / SECOND, None if event.new is None else event.new["status"]))
        return found

    def reasons(self, name: str = "p") -> list[str]:
        return [body["reason"] for _, key, body in self.api.events if key.name == name]


@pytest.fixture
def cluster() -> Cluster:
    """One node, n1, with a working kubelet."""
    made = Cluster()
    made.add_node()
    return made
