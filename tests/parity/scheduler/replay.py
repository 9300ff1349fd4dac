"""Puts recorded cases to our scheduler, following the real one's choices among nodes that are equally good."""

from __future__ import annotations

from typing import Any

from seatrial.fakes.scheduler.scheduler import CYCLE, Scheduler
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import SECOND, START
from seatrial.harness.ports.kube import Write

__all__ = ["Replay"]

Obj = dict[str, Any]
VIEW: Any = None
ZONE = "topology.kubernetes.io/zone"
HANDLERS = {
    "Node": "on_node",
    "Pod": "on_pod",
    "Service": "on_service",
    "PersistentVolumeClaim": "on_claim",
    "PersistentVolume": "on_volume",
    "StorageClass": "on_storage_class",
    "PodDisruptionBudget": "on_budget",
}


class Following(Stream):
    """Draws what the real one drew, as long as it is among the best."""

    __slots__ = ("names", "wanted")

    def __init__(self) -> None:
        super().__init__(1)
        self.wanted = ""
        self.names: Any = None

    def pick(self, things: Any) -> Any:
        for thing in things:
            if self.names(thing) == self.wanted:
                return thing
        return things[0]


class Replay:
    """One case in progress. The rest of the cluster is played by hand: API server, volume controller, kubelet."""

    def __init__(self, case: Obj) -> None:
        self.stream = Following()
        self.stream.names = self._name
        self.scheduler = Scheduler(self.stream)
        self.now = START
        self.objects: dict[tuple[str, str], Obj] = {}
        self.selected: list[str] = []
        self.message = ""
        self.events: list[Obj] = []
        for obj in [*case["others"], *case["nodes"], *case["before"]]:
            self.put(obj)
        self.scheduler.reconcile(CYCLE, VIEW, self.now)

    def _name(self, thing: Any) -> str:
        if isinstance(thing, int):
            node = self.scheduler.cycle.cache.nodes[thing]
            return node.name if node is not None else ""
        return str(thing.node.name)

    def put(self, obj: Obj) -> None:
        """A new version of an object."""
        key = (obj["kind"], obj["metadata"]["name"])
        old = self.objects.get(key)
        self.objects[key] = obj
        handler = HANDLERS.get(obj["kind"])
        if handler:
            getattr(self.scheduler, handler)(old, obj, VIEW)

    def remove(self, name: str) -> None:
        """A pod is gone."""
        self.scheduler.on_pod(self.objects.pop(("Pod", name)), None, VIEW)

    def pod(self, name: str) -> Obj:
        return self.objects["Pod", name]

    def run(self, wanted: str, seconds: int = 1) -> None:
        """Let the scheduler work for a while; `wanted` is where the real one put the pod."""
        self.stream.wanted = wanted
        for _ in range(seconds):
            self.now += SECOND
            for _ in range(8):
                answer = self.scheduler.reconcile(CYCLE, VIEW, self.now)
                for write in answer.writes:
                    self._submit(write)
                if not answer.writes:
                    break

    def _submit(self, write: Write) -> None:
        name = write.key.name
        if write.verb == "event":
            self.events.append({"about": name, **write.body})
            return
        if write.key.resource == "persistentvolumes":
            self._bind_volume(name, write.body)
            return
        if write.key.resource == "persistentvolumeclaims":
            claim = self.objects["PersistentVolumeClaim", name]
            self.selected.append(next(iter(write.body["metadata"]["annotations"].values())))
            self.put({**claim, "metadata": {**claim["metadata"], **write.body["metadata"]}})
            return
        pod = self.pod(name)
        if write.verb == "bind":
            node = write.body["target"]["name"]
            zone = self.objects["Node", node]["metadata"]["labels"].get(ZONE)
            labels = {**(pod["metadata"].get("labels") or {}), **({ZONE: zone} if zone else {})}
            status = {key: value for key, value in pod["status"].items() if key != "nominatedNodeName"}
            meta = {**pod["metadata"], "labels": labels}
            self.put({**pod, "metadata": meta, "spec": {**pod["spec"], "nodeName": node}, "status": status})
        elif write.verb == "delete":
            self.put({**pod, "metadata": {**pod["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}})
        else:
            self._patch_status(pod, write.body["status"])

    def _patch_status(self, pod: Obj, body: Obj) -> None:
        status = dict(pod["status"])
        for condition in body.get("conditions", ()):
            others = [c for c in status.get("conditions", ()) if c["type"] != condition["type"]]
            status["conditions"] = [*others, condition]
        if "nominatedNodeName" in body:
            status["nominatedNodeName"] = body["nominatedNodeName"] or ""
        self.put({**pod, "status": status})

    def _bind_volume(self, name: str, body: Obj) -> None:
        volume = self.objects["PersistentVolume", name]
        self.put({**volume, "spec": {**volume["spec"], **body["spec"]}})
        claim = self.objects["PersistentVolumeClaim", body["spec"]["claimRef"]["name"]]
        notes = {**claim["metadata"].get("annotations", {}), "pv.kubernetes.io/bind-completed": "yes"}
        spec = {**claim["spec"], "volumeName": name}
        self.put({**claim, "metadata": {**claim["metadata"], "annotations": notes}, "spec": spec})

    def told(self, name: str) -> Obj:
        """What became of a pod, as the record has it."""
        pod = self.pod(name)
        conditions = [c for c in pod["status"].get("conditions", ()) if c["type"] == "PodScheduled"]
        condition = conditions[0] if conditions else {}
        bound = pod["spec"].get("nodeName", "")
        found: Obj = {
            "bound": bound,
            "reason": "" if bound else condition.get("reason", ""),
            "message": "" if bound else condition.get("message", ""),
            "nominated": pod["status"].get("nominatedNodeName", ""),
        }
        victims = [
            key[1] for key, obj in self.objects.items() if key[0] == "Pod" and "deletionTimestamp" in obj["metadata"]
        ]
        if victims:
            found["victims"] = sorted(victims)
        return found
