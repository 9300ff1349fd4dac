"""Record what a real kube-controller-manager does with nodes that fall silent.

    python tests/parity/lifecycle/record_nodes.py --kubeconfig FILE > tests/parity/lifecycle/nodes.json

The nodes are objects only: this script writes their status and renews their leases, and then stops. They carry a taint
that keeps pods away, live in zones of their own, and are removed at the end. Needs kubectl. Takes four minutes.
Times are seconds since the last renewal of the first node that is lost.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import UTC, datetime
from typing import Any

PREFIX = "seatrial-silent-"
# zone: nodes, and how many of them are lost. `full` and `most` show zone states, `some` an ordinary loss.
ZONES = {"full": (4, 4), "most": (5, 3), "some": (4, 1)}
STEADY = 25.0
LOST = 170.0
HEALED = 20.0


class Api:
    """The API server through kubectl's proxy."""

    def __init__(self, kubeconfig: str) -> None:
        command = ["kubectl", "--kubeconfig", kubeconfig, "proxy", "--port=0"]
        self.proxy = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.proxy.stdout is not None
        self.base = "http://" + self.proxy.stdout.readline().split()[-1]

    def call(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:
        """One request; its answer, read."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method, headers={"Content-Type": kind})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def merge(self, path: str, body: Any) -> Any:
        """A merge patch."""
        return self.call("PATCH", path, body, "application/merge-patch+json")

    def watch(self, path: str, seen: list[tuple[float, Any]]) -> None:
        """Collect a watch's events, with the time of their arrival, in a thread."""
        answer = urllib.request.urlopen(self.base + path, timeout=3600)

        def collect() -> None:
            try:
                for line in answer:
                    seen.append((time.time(), json.loads(line)))
            except (OSError, ValueError, AttributeError):
                pass  # the proxy has ended

        threading.Thread(target=collect, daemon=True).start()


def stamp(moment: float, *, micro: bool = False) -> str:
    """RFC 3339."""
    when = datetime.fromtimestamp(moment, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")


def conditions(ready: str) -> list[Any]:
    """What a kubelet posts."""
    now = stamp(time.time())
    kinds = {"MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False", "Ready": ready}
    return [
        {"type": kind, "status": status, "lastHeartbeatTime": now, "lastTransitionTime": now, "reason": "Kubelet"}
        for kind, status in kinds.items()
    ]


def node(name: str, zone: str) -> Any:
    """A Node that no pod is placed on."""
    labels = {"topology.kubernetes.io/zone": f"seatrial-{zone}", "kubernetes.io/os": "linux"}
    spec = {"taints": [{"key": "seatrial.dev/silent", "effect": "NoSchedule"}]}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "spec": spec}


LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


def lease(name: str) -> Any:
    """A fresh lease."""
    spec = {"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": stamp(time.time(), micro=True)}
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name}, "spec": spec}


def renew(api: Api, name: str) -> float:
    """Renew a lease; returns when."""
    api.merge(f"{LEASES}/{name}", {"spec": {"renewTime": stamp(time.time(), micro=True)}})
    return time.time()


def run(api: Api) -> Any:
    """The whole experiment."""
    names = {f"{PREFIX}{zone}-{n}": (zone, n < lost) for zone, (count, lost) in ZONES.items() for n in range(count)}
    changes: list[tuple[float, Any]] = []
    told: list[tuple[float, Any]] = []
    try:
        for name, (zone, _) in names.items():
            api.call("POST", "/api/v1/nodes", node(name, zone))
            api.merge(f"/api/v1/nodes/{name}/status", {"status": {"conditions": conditions("True")}})
            api.call("POST", LEASES, lease(name))
        version = api.call("GET", "/api/v1/nodes?limit=1")["metadata"]["resourceVersion"]
        api.watch(f"/api/v1/nodes?watch=1&resourceVersion={version}", changes)
        events = "/api/v1/namespaces/default/events"
        version = api.call("GET", f"{events}?limit=1")["metadata"]["resourceVersion"]
        api.watch(f"{events}?watch=1&resourceVersion={version}", told)
        _keep(api, list(names), STEADY)
        last: dict[str, float] = {}
        for name, (_, lost) in names.items():
            if lost:
                last[name] = renew(api, name)
                time.sleep(0.4)
        alive = [name for name, (_, lost) in names.items() if not lost]
        _keep(api, alive, LOST)
        healed = f"{PREFIX}some-0"
        renew(api, healed)
        api.merge(f"/api/v1/nodes/{healed}/status", {"status": {"conditions": conditions("False")}})
        false_at = time.time()
        _keep(api, [*alive, healed], HEALED / 2)
        api.merge(f"/api/v1/nodes/{healed}/status", {"status": {"conditions": conditions("True")}})
        true_at = time.time()
        _keep(api, [*alive, healed], HEALED / 2)
    finally:
        for name in names:
            for path in (f"/api/v1/nodes/{name}", f"{LEASES}/{name}"):
                try:
                    api.call("DELETE", path)
                except OSError as error:
                    sys.stderr.write(f"{path}: {error}\n")
    return _sum_up(last, changes, told, {healed: (false_at, true_at)})


def _keep(api: Api, names: list[str], seconds: float) -> None:
    """Renew leases for a while, as kubelets do every ten seconds."""
    end = time.time() + seconds
    while time.time() < end:
        for name in names:
            renew(api, name)
        time.sleep(max(0.0, min(4.0, end - time.time())))


def _sum_up(last: Any, changes: Any, told: Any, healed: Any) -> Any:
    zero = min(last.values())
    story: list[Any] = []
    steady = {"MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False", "Ready": "True"}
    known = dict.fromkeys(last, (steady, ["seatrial.dev/silent:NoSchedule"]))
    shape: Any = None
    for when, event in changes:
        obj = event["object"]
        name = obj["metadata"]["name"]
        if not name.startswith(PREFIX) or event["type"] == "DELETED":
            continue
        ready = {c["type"]: c["status"] for c in obj.get("status", {}).get("conditions", ())}
        taints = sorted(f"{t['key']}:{t['effect']}" for t in obj["spec"].get("taints", ()))
        before = known.get(name, (ready, taints))
        known[name] = (ready, taints)
        if when < zero:
            continue
        if before[0] != ready:
            story.append([round(when - zero, 2), name, "conditions", ready])
            if ready["Ready"] == "Unknown" and shape is None:
                shape = [c for c in obj["status"]["conditions"] if c["type"] in ("Ready", "MemoryPressure")]
        if before[1] != taints:
            story.append([round(when - zero, 2), name, "taints", taints])
    events = [
        [round(when - zero, 2), event["object"]["involvedObject"]["name"], event["object"]["reason"],
         event["object"]["message"], event["object"]["type"], event["object"]["source"].get("component", "")]
        for when, event in told
        if event["type"] == "ADDED" and event["object"]["involvedObject"]["name"].startswith(PREFIX)
    ]  # fmt: skip
    return {
        "zones": ZONES,
        "renewed": {name: round(when - zero, 2) for name, when in last.items()},
        "healed": {name: [round(when - zero, 2) for when in times] for name, times in healed.items()},
        "story": story,
        "events": events,
        "unknown": shape,
    }


def main() -> None:
    """Run it and print what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", required=True)
    api = Api(parser.parse_args().kubeconfig)
    try:
        json.dump(run(api), sys.stdout, indent=1)
        sys.stdout.write("\n")
    finally:
        api.proxy.terminate()


if __name__ == "__main__":
    main()
