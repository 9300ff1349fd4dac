"""Records what a real cluster makes of the situations: `python record.py KUBECONFIG [NAME...]` writes recorded/*.json.

Needs kubectl in the path and a kind cluster with workers ref-worker, ref-worker2, ref-worker3 that have the images of
situations.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from normal import LOOKED_AT, normal
from situations import CRONJOB, SITUATIONS, Situation, Step

HERE = Path(__file__).parent
AT_ONCE = 4


class Cluster:
    """kubectl in one namespace."""

    def __init__(self, config: str, space: str) -> None:
        self.head = ["kubectl", "--kubeconfig", config, "-n", space]

    def run(self, *words: str, stdin: str = "") -> str:
        done = subprocess.run([*self.head, *words], input=stdin, capture_output=True, text=True, check=True)
        return done.stdout

    def do(self, step: Step) -> None:
        if step.verb == "apply":
            for obj in step.args:
                self.run("create", "-f", "-", stdin=json.dumps(obj))
        elif step.verb == "patch":
            resource, name, body = step.args
            self.run("patch", resource, name, "--type=merge", "-p", json.dumps(body))
        elif step.verb == "delete":
            self.run("delete", *step.args, "--wait=false")
        time.sleep(step.seconds)

    def objects(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for resource in LOOKED_AT:
            found += json.loads(self.run("get", resource, "-o", "json"))["items"]
        return found


def record(config: str, situation: Situation) -> None:
    """Run one situation and write what was seen after each step."""
    space = f"parity-{situation.name}"
    cluster = Cluster(config, space)
    subprocess.run([*cluster.head[:3], "create", "namespace", space], check=True, capture_output=True)
    try:
        time.sleep(2)
        seen = []
        for step in situation.steps:
            cluster.do(step)
            seen.append(normal(cluster.objects()))
        path = HERE / "recorded" / f"{situation.name}.json"
        path.write_text(json.dumps(seen, indent=1, sort_keys=True) + "\n")
        print(situation.name, "recorded", flush=True)
    finally:
        subprocess.run([*cluster.head[:3], "delete", "namespace", space, "--wait=false"], check=False)


HELD = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "held", "finalizers": ["example.com/keep"]},
}


def record_objects(config: str) -> None:
    """A CronJob with the first Job that it makes, and a namespace whose end a finalizer holds up."""
    cluster = Cluster(config, "parity-objects")
    subprocess.run([*cluster.head[:3], "create", "namespace", "parity-objects"], check=True, capture_output=True)
    time.sleep(2)
    cluster.do(Step("apply", (HELD, CRONJOB), 68))
    items = json.loads(cluster.run("get", "cronjobs,jobs", "-o", "json"))["items"]
    _write("cronjob", {item["kind"]: item for item in items})
    subprocess.run([*cluster.head[:3], "delete", "namespace", "parity-objects", "--wait=false"], check=True)
    time.sleep(14)
    _write("namespace", json.loads(cluster.run("get", "namespace", "parity-objects", "-o", "json")))
    cluster.do(Step("patch", ("configmaps", "held", {"metadata": {"finalizers": None}}), 0))


def _write(name: str, value: Any) -> None:
    for obj in value.values() if "kind" not in value else (value,):
        obj["metadata"].pop("managedFields", None)
    (HERE / "objects").mkdir(exist_ok=True)
    (HERE / "objects" / f"{name}.json").write_text(json.dumps(value, indent=1, sort_keys=True) + "\n")


def main() -> None:
    """Record all, or those that are named; `objects` is for single objects."""
    config, names = sys.argv[1], sys.argv[2:]
    if not names or "objects" in names:
        record_objects(config)
    chosen = [situation for situation in SITUATIONS if not names or situation.name in names]
    (HERE / "recorded").mkdir(exist_ok=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(record, config, situation) for situation in chosen]:
            done.result()


if __name__ == "__main__":
    main()
