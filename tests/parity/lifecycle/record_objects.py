"""Record what real controllers make of the scenes in steps.py.

    python tests/parity/lifecycle/record_objects.py --kubeconfig FILE [SCENE...]

Writes tests/parity/lifecycle/SCENE.json. Works in a namespace of its own; the Node that its pods are bound to is an
object only, tainted, with a lease that this script renews. Everything is removed at the end. Needs kubectl.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent


def load(name: str) -> ModuleType:
    """A neighbour of this script."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


steps = load("steps")
nodes = load("record_nodes")
MERGE = "application/merge-patch+json"


class Stage:
    """One namespace of a real cluster, and the node."""

    def __init__(self, api: Any, namespace: str) -> None:
        self.api = api
        self.namespace = namespace
        self.uids: dict[str, str] = {}
        self.made: list[tuple[str, str]] = []
        api.call("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
        api.call("POST", "/api/v1/nodes", nodes.node(steps.NODE, "scene"))
        api.merge(f"/api/v1/nodes/{steps.NODE}/status", {"status": {"conditions": nodes.conditions("True")}})
        api.call("POST", nodes.LEASES, nodes.lease(steps.NODE))
        self.going = True
        self.thread = threading.Thread(target=self._renew)
        self.thread.start()

    def _renew(self) -> None:
        while self.going:
            nodes.renew(self.api, steps.NODE)
            for _ in range(8):
                if self.going:
                    time.sleep(1)

    def do(self, request: Any) -> None:
        """One request of a scene."""
        verb, resource, name, body = request
        where = steps.path(resource, self.namespace, name)
        if verb == "create":
            body = json.loads(json.dumps(body).replace("NAMESPACE", self.namespace))
            for reference in body["metadata"].get("ownerReferences", ()):
                reference["uid"] = self.uids[reference["name"]]
            made = self.api.call("POST", steps.path(resource, self.namespace), body)
            self.uids[name] = made["metadata"]["uid"]
            self.made.append((resource, name))
        elif verb == "delete":
            self.api.call("DELETE", where, {"propagationPolicy": body})
        else:
            self.api.merge(where + ("/status" if verb == "status" else ""), body)

    def look(self, resources: tuple[str, ...]) -> Any:
        """The scene's objects and Events."""
        objects, events = [], []
        for resource in resources:
            answer = self.api.call("GET", steps.path(resource, self.namespace))
            kind, version = answer["kind"].removesuffix("List"), answer["apiVersion"]
            for entry in answer["items"]:
                item = {"kind": kind, "apiVersion": version, **entry}
                if resource == "events":
                    events.append(item)
                elif resource not in steps.CLUSTER_WIDE or item["metadata"]["name"].startswith(steps.PREFIX):
                    objects.append(item)
        return steps.normal(objects, events, self.namespace)

    def close(self) -> None:
        """Remove all of it."""
        self.going = False
        self.thread.join()
        for resource, name in reversed(self.made):
            where = steps.path(resource, self.namespace, name)
            for act in (
                lambda where=where: self.api.merge(where, {"metadata": {"finalizers": None}}),
                lambda where=where: self.api.call("DELETE", where, {"gracePeriodSeconds": 0}),
                lambda where=where: self.api.merge(where, {"metadata": {"finalizers": None}}),
            ):
                try:
                    act()
                except OSError:
                    continue
        for where in (
            f"/api/v1/namespaces/{self.namespace}",
            f"/api/v1/nodes/{steps.NODE}",
            f"{nodes.LEASES}/{steps.NODE}",
        ):
            self.api.call("DELETE", where)


def record(api: Any, name: str) -> Any:
    """One scene, look by look."""
    scene = steps.SCENES[name]
    stage = Stage(api, f"seatrial-scene-{name}")
    try:
        looks = []
        time.sleep(3)  # the namespace's service account
        for requests in scene.stages:
            for request in requests:
                stage.do(request)
            time.sleep(scene.seconds)
            looks.append(stage.look(scene.resources))
        return looks
    finally:
        stage.close()


def main() -> None:
    """Record and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", required=True)
    parser.add_argument("scenes", nargs="*", default=list(steps.SCENES))
    given = parser.parse_args()
    api = nodes.Api(given.kubeconfig)
    try:
        for name in given.scenes:
            looks = record(api, name)
            (HERE / f"{name}.json").write_text(json.dumps(looks, indent=1) + "\n")
    finally:
        api.proxy.terminate()


if __name__ == "__main__":
    main()
