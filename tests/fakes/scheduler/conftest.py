"""A cluster around the scheduler, played by hand: it takes writes in and tells of what they change."""

from __future__ import annotations

from typing import Any

import pytest

from seatrial.fakes.scheduler.scheduler import CYCLE, Scheduler
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import SECOND, START
from seatrial.harness.ports.kube import ApiError, Write

Obj = dict[str, Any]
VIEW: Any = None
HANDLERS = {
    "Node": "on_node",
    "Pod": "on_pod",
    "Namespace": "on_namespace",
    "Service": "on_service",
    "ReplicaSet": "on_replica_set",
    "PersistentVolumeClaim": "on_claim",
    "PersistentVolume": "on_volume",
    "StorageClass": "on_storage_class",
    "CSINode": "on_csi_node",
    "PodDisruptionBudget": "on_budget",
}


class Cluster:
    """Objects, a clock, and the scheduler under test."""

    def __init__(self, seed: int = 1, **options: Any) -> None:
        self.scheduler = Scheduler(Stream(seed), **options)
        self.now = START
        self.objects: dict[tuple[str, str], Obj] = {}
        self.writes: list[Write] = []
        self.refuse: dict[str, ApiError] = {}  # verb: what the API answers
        self.after: int | None = None

    def put(self, *objects: Obj) -> None:
        for obj in objects:
            key = (obj["kind"], obj["metadata"]["name"])
            old = self.objects.get(key)
            self.objects[key] = obj
            getattr(self.scheduler, HANDLERS[obj["kind"]])(old, obj, VIEW)

    def remove(self, kind: str, name: str) -> None:
        getattr(self.scheduler, HANDLERS[kind])(self.objects.pop((kind, name)), None, VIEW)

    def pod(self, name: str) -> Obj:
        return self.objects["Pod", name]

    def where(self, name: str) -> str:
        return str(self.pod(name)["spec"].get("nodeName", ""))

    def turn(self) -> list[Write]:
        """One reconcile, its writes taken in."""
        answer = self.scheduler.reconcile(CYCLE, VIEW, self.now)
        self.after = answer.after
        for write in answer.writes:
            self.writes.append(write)
            error = self.refuse.get(write.verb)
            if error is not None:
                self.scheduler.failed(write, error, self.now)
            else:
                self._take(write)
        return list(answer.writes)

    def run(self, *, seconds: int = 0) -> None:
        """Turn until nothing is written, then let time pass second by second."""
        for _ in range(seconds + 1):
            while self.turn():
                pass
            self.now += SECOND
        self.now -= SECOND

    def _take(self, write: Write) -> None:
        name = write.key.name
        if write.key.resource == "persistentvolumeclaims":
            claim = self.objects["PersistentVolumeClaim", name]
            self.put({**claim, "metadata": {**claim["metadata"], **write.body["metadata"]}})
        elif write.verb == "bind":
            pod = self.pod(name)
            self.put({**pod, "spec": {**pod["spec"], "nodeName": write.body["target"]["name"]}})
        elif write.verb == "delete":
            pod = self.pod(name)
            self.put({**pod, "metadata": {**pod["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}})
        elif write.verb == "patch" and write.key.resource == "pods":
            pod = self.pod(name)
            status = dict(pod["status"])
            for condition in write.body["status"].get("conditions", ()):
                others = [c for c in status.get("conditions", ()) if c["type"] != condition["type"]]
                status["conditions"] = [*others, condition]
            if "nominatedNodeName" in write.body["status"]:
                status["nominatedNodeName"] = write.body["status"]["nominatedNodeName"] or ""
            self.put({**pod, "status": status})

    def told(self, reason: str) -> list[str]:
        """The messages of events with a reason."""
        return [w.body["message"] for w in self.writes if w.verb == "event" and w.body["reason"] == reason]

    def condition(self, name: str, kind: str = "PodScheduled") -> Obj:
        found: list[Obj] = [c for c in self.pod(name)["status"].get("conditions", ()) if c["type"] == kind]
        return found[0] if found else {}


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def make_cluster() -> type[Cluster]:
    return Cluster
