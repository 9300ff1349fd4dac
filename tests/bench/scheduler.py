"""Pods placed a second on 5,000 nodes: `python tests/bench/scheduler.py`."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from seatrial.fakes.scheduler.scheduler import CYCLE, Scheduler
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import START

__all__ = ["measure"]

Obj = dict[str, Any]
NODES = 5_000
PLAIN = 4_000
SPREAD = 1_000
VIEW: Any = None


def _node(number: int) -> Obj:
    labels = {"kubernetes.io/hostname": f"n{number}", "topology.kubernetes.io/zone": "abc"[number % 3]}
    allocatable = {"cpu": "16", "memory": "64Gi", "pods": "110"}
    return {
        "metadata": {"name": f"n{number}", "uid": f"node-{number}", "labels": labels},
        "spec": {},
        "status": {"allocatable": allocatable},
    }


def _pod(app: str, number: int, spec: Obj) -> Obj:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": app, "uid": app, "controller": True}
    container = {"name": "main", "image": "app:1", "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}}}
    meta = {
        "name": f"{app}-{number}",
        "namespace": "default",
        "uid": f"{app}-{number}",
        "labels": {"app": app},
        "ownerReferences": [owner],
    }
    return {"metadata": meta, "spec": {"containers": [container], **spec}, "status": {}}


def _spread(app: str) -> Obj:
    selector = {"matchLabels": {"app": app}}
    apart = {"labelSelector": selector, "topologyKey": "kubernetes.io/hostname"}
    return {
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [apart]}},
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": selector,
            }
        ],
    }


def _cluster() -> Scheduler:
    scheduler = Scheduler(Stream(7))
    for number in range(NODES):
        scheduler.on_node(None, _node(number), VIEW)
    for app in ("web", "db"):
        meta = {"name": app, "namespace": "default"}
        replica_set = {"metadata": meta, "spec": {"selector": {"matchLabels": {"app": app}}}}
        scheduler.on_replica_set(None, replica_set, VIEW)
    return scheduler


def _bound(pod: Obj, node: str) -> Obj:
    """As the API server answers: with the node's zone among the pod's labels."""
    meta = pod["metadata"]
    labels = {**meta["labels"], "topology.kubernetes.io/zone": "abc"[int(node[1:]) % 3]}
    return {**pod, "metadata": {**meta, "labels": labels}, "spec": {**pod["spec"], "nodeName": node}}


def _rate(pods: list[Obj]) -> int:
    """Create, place and confirm; whole pods a second."""
    scheduler = _cluster()
    by_name = {pod["metadata"]["name"]: pod for pod in pods}
    bound = 0
    start = perf_counter()
    for pod in pods:
        scheduler.on_pod(None, pod, VIEW)
    while True:
        answer = scheduler.reconcile(CYCLE, VIEW, START)
        for write in answer.writes:
            if write.verb == "bind":
                pod = by_name[write.key.name]
                placed = _bound(pod, write.body["target"]["name"])
                scheduler.on_pod(pod, placed, VIEW)
                bound += 1
        if bound == len(pods):
            break
    assert bound == len(pods)
    return int(bound / (perf_counter() - start))


def _best(pods: list[Obj]) -> int:
    return max(_rate(pods) for _ in range(3))


def measure() -> dict[str, int]:
    """Pods a second, best of three: plain ones of a ReplicaSet (default spread); with zone spread and anti-affinity."""
    plain = [_pod("web", number, {}) for number in range(PLAIN)]
    spread = [_pod("db", number, _spread("db")) for number in range(SPREAD)]
    return {"scheduler, plain pods": _best(plain), "scheduler, spread and anti-affinity": _best(spread)}


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value}/s")
