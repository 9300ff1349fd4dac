"""Record how real kubelets report small pods: every version of their status, and their Events, with times.

    python tests/parity/kubelet/record.py --kubeconfig FILE --node NODE | gzip -n9 > recorded.json.gz

Needs kubectl and a cluster of the minor that is simulated, with the two images on the node. Works in a namespace of
its own and removes it. Times are seconds since the first pod was created.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("pods", HERE / "pods.py")
assert _spec is not None
assert _spec.loader is not None
pods = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pods)

NAMESPACE = "seatrial-kubelet"
SPACING = 1.5  # seconds between two creations, so that no pod waits for another
CONFIGMAP_AFTER = 90  # no-configmap and no-volume get their ConfigMap
DELETED_AFTER = 260
DELETION_SPACING = 0.7
GONE_AFTER = 45


class Cluster:
    """kubectl against one kubeconfig."""

    def __init__(self, kubeconfig: str) -> None:
        self.base = ["kubectl", "--kubeconfig", kubeconfig]

    def run(self, *args: str, body: Any = None) -> str:
        """Run kubectl; the body goes to its standard input."""
        done = subprocess.run(
            [*self.base, *args],
            input=None if body is None else json.dumps(body),
            text=True,
            capture_output=True,
            check=True,
        )
        return done.stdout

    def watch(self, resource: str, start: float, seen: list[tuple[float, Any]]) -> subprocess.Popen[str]:
        """Append every watch event to `seen`, from a thread."""
        process = subprocess.Popen(
            [*self.base, "-n", NAMESPACE, "get", resource, "-w", "--output-watch-events", "-o", "json"],
            stdout=subprocess.PIPE,
            text=True,
        )

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                seen.append((time.monotonic() - start, json.loads(line)))

        threading.Thread(target=read, daemon=True).start()
        return process


def main() -> None:
    """Create, watch, delete, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kubeconfig", required=True)
    parser.add_argument("--node", required=True)
    parser.add_argument("--only", nargs="*", help="names of pods; default all")
    options = parser.parse_args()
    cluster = Cluster(options.kubeconfig)
    cluster.run("create", "namespace", NAMESPACE)
    try:
        time.sleep(2)
        start = time.monotonic()
        pod_events: list[tuple[float, Any]] = []
        event_events: list[tuple[float, Any]] = []
        watches = [cluster.watch("pods", start, pod_events), cluster.watch("events", start, event_events)]
        time.sleep(2)
        created = {}
        for name in options.only or pods.PODS:
            created[name] = time.monotonic() - start
            cluster.run("create", "-f", "-", body=pods.pod_body(name, NAMESPACE, options.node))
            time.sleep(SPACING)
        time.sleep(max(0.0, CONFIGMAP_AFTER - (time.monotonic() - start)))
        config: Any = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "absent"}, "data": {"a": "b"}}
        cluster.run("-n", NAMESPACE, "create", "-f", "-", body=config)
        configured = time.monotonic() - start
        time.sleep(max(0.0, DELETED_AFTER - (time.monotonic() - start)))
        deleted = {}
        for name in options.only or pods.PODS:
            deleted[name] = time.monotonic() - start
            cluster.run("-n", NAMESPACE, "delete", "pod", name, "--wait=false")
            time.sleep(DELETION_SPACING)
        time.sleep(GONE_AFTER)
        for process in watches:
            process.terminate()
        version = json.loads(cluster.run("version", "-o", "json"))["serverVersion"]["gitVersion"]
    finally:
        cluster.run("delete", "namespace", NAMESPACE, "--wait=false")
    shape = shaped(version, created, deleted, configured, pod_events, event_events)
    json.dump(shape, sys.stdout, separators=(",", ":"), sort_keys=True)


def shaped(
    version: str,
    created: dict[str, float],
    deleted: dict[str, float],
    configured: float,
    pod_events: list[tuple[float, Any]],
    event_events: list[tuple[float, Any]],
) -> dict[str, Any]:
    """By pod: the statuses with the time since its creation; and its Events in order."""
    lives: dict[str, dict[str, Any]] = {
        name: {
            "configured": round(configured - at, 2),
            "deleted": round(deleted[name] - at, 2),
            "versions": [],
            "events": [],
        }
        for name, at in created.items()
    }
    for at, event in pod_events:
        pod = event["object"]
        name = pod["metadata"]["name"]
        meta = pod["metadata"]
        lives[name]["versions"].append(
            {
                "at": round(at - created[name], 2),
                "type": event["type"],
                "deleting": "deletionTimestamp" in meta,
                "grace": meta.get("deletionGracePeriodSeconds"),
                "generation": meta.get("generation"),
                "node": pod["spec"].get("nodeName", ""),
                "status": pod.get("status", {}),
            }
        )
    for at, event in event_events:
        body = event["object"]
        name = body["involvedObject"]["name"]
        if name in lives and event["type"] != "DELETED":
            lives[name]["events"].append(
                {
                    "at": round(at - created[name], 2),
                    "type": body["type"],
                    "reason": body["reason"],
                    "message": body["message"],
                    "count": body.get("count", 1),
                    "field": body["involvedObject"].get("fieldPath", ""),
                    "source": body.get("reportingComponent") or body.get("source", {}).get("component", ""),
                }
            )
    return {"version": version, "pods": lives}


if __name__ == "__main__":
    main()
