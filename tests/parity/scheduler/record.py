"""Puts the cases to a real cluster's kube-scheduler and writes down its answers: recorded.json beside this file.

    python tests/parity/scheduler/record.py KUBECONFIG [--missing | name of a case...]

The nodes are objects without kubelets, made Ready by hand for the seconds that a case takes; pods select them by a
label, so that nothing else of the cluster takes part. Everything is removed afterwards. Not part of the tests.
"""

from __future__ import annotations

import base64
import json
import ssl
import sys
import tempfile
import time
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

sys.path.insert(0, str(Path(__file__).parent))

import contextlib

from cases import RUN, cases

Obj = dict[str, Any]
HERE = Path(__file__).parent
NAMESPACE = "seatrial-parity-scheduler"
PATHS = {
    "Node": "/api/v1/nodes",
    "Pod": f"/api/v1/namespaces/{NAMESPACE}/pods",
    "Service": f"/api/v1/namespaces/{NAMESPACE}/services",
    "PersistentVolumeClaim": f"/api/v1/namespaces/{NAMESPACE}/persistentvolumeclaims",
    "PersistentVolume": "/api/v1/persistentvolumes",
    "StorageClass": "/apis/storage.k8s.io/v1/storageclasses",
    "PriorityClass": "/apis/scheduling.k8s.io/v1/priorityclasses",
    "PodDisruptionBudget": f"/apis/policy/v1/namespaces/{NAMESPACE}/poddisruptionbudgets",
    "Namespace": "/api/v1/namespaces",
}
LOOK_SECONDS = 4.0
ANSWER_SECONDS = 10.0


class Api:
    """The API server, by client certificate."""

    def __init__(self, kubeconfig: str) -> None:
        config = yaml.safe_load(Path(kubeconfig).read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        with tempfile.NamedTemporaryFile(suffix=".pem") as pem:
            pem.write(base64.b64decode(user["client-certificate-data"]))
            pem.write(base64.b64decode(user["client-key-data"]))
            pem.flush()
            context.load_cert_chain(pem.name)
        address = urlsplit(cluster["server"])
        self._connection = HTTPSConnection(address.hostname or "", address.port, context=context)

    def call(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Obj:
        text = None if body is None else json.dumps(body)
        self._connection.request(method, path, text, {"Content-Type": kind})
        answer: Obj = json.loads(self._connection.getresponse().read())
        if answer.get("kind") == "Status" and answer.get("status") == "Failure":
            raise RuntimeError(f"{method} {path}: {answer['message']}")
        return answer

    def create(self, obj: Obj) -> Obj:
        for _ in range(20):
            try:
                return self.call("POST", PATHS[obj["kind"]], obj)
            except RuntimeError as error:
                # Admission's informers lag behind what was made a moment ago.
                if "forbidden" not in str(error) and "being deleted" not in str(error):
                    raise
                time.sleep(0.3)
        raise RuntimeError(f"{obj['kind']} {obj['metadata']['name']} is refused for good")

    def patch(self, kind: str, name: str, body: Obj, sub: str = "") -> Obj:
        return self.call("PATCH", f"{PATHS[kind]}/{name}{sub}", body, "application/merge-patch+json")

    def get(self, kind: str, name: str) -> Obj | None:
        try:
            return self.call("GET", f"{PATHS[kind]}/{name}")
        except RuntimeError:
            return None

    def list(self, kind: str) -> list[Obj]:
        items: list[Obj] = self.call("GET", PATHS[kind])["items"]
        return [{"kind": kind, **item} for item in items]

    def delete(self, kind: str, name: str) -> None:
        try:
            self.call("DELETE", f"{PATHS[kind]}/{name}", {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})
        except RuntimeError as error:
            if "not found" not in str(error):
                raise


BOILERPLATE = {
    "dnsPolicy", "enableServiceLinks", "restartPolicy", "securityContext", "serviceAccount", "serviceAccountName",
    "automountServiceAccountToken", "imagePullPolicy", "terminationMessagePath", "terminationMessagePolicy",
    "preemptionPolicy",
}  # fmt: skip


def bare(obj: Obj) -> Obj:
    """Without what the scheduler does not read."""
    dropped = {"managedFields", "resourceVersion", "creationTimestamp", "generation"}
    meta = {key: value for key, value in obj["metadata"].items() if key not in dropped}
    found = {**obj, "metadata": meta}
    if obj["kind"] == "Pod":
        spec = {k: v for k, v in obj["spec"].items() if k not in BOILERPLATE or v == "Never"}
        for field in ("containers", "initContainers"):
            if field in spec:
                spec[field] = [
                    {k: v for k, v in c.items() if k not in BOILERPLATE or v == "Always"} for c in spec[field]
                ]
                for container in spec[field]:
                    container.pop("imagePullPolicy", None)
        found["spec"] = spec
    return found


def slim_node(obj: Obj) -> Obj:
    meta, status = obj["metadata"], obj["status"]
    labels = {key: value for key, value in meta.get("labels", {}).items() if not key.startswith("beta.")}
    return {
        "kind": "Node",
        "metadata": {"name": meta["name"], "labels": labels},
        "spec": {key: value for key, value in obj["spec"].items() if key in {"taints", "unschedulable"}},
        "status": {"allocatable": status.get("allocatable", {}), "images": status.get("images", [])},
    }


def without_images(node: Obj) -> Obj:
    return {**node, "status": {**node["status"], "images": []}}


def make_node(api: Api, obj: Obj) -> None:
    name = obj["metadata"]["name"]
    api.create({key: value for key, value in obj.items() if key != "status"})
    ready = [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": ""}]
    api.patch("Node", name, {"status": {**obj["status"], "conditions": ready}}, "/status")
    # Admission taints a new node; the lifecycle controller would take that back some seconds later.
    taints = obj["spec"]["taints"]
    if obj["spec"].get("unschedulable"):
        taints = [*taints, {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]
    api.patch("Node", name, {"spec": {"taints": taints}})


def hold_taints(api: Api, nodes: list[Obj]) -> None:
    """Until the lifecycle controller leaves the taints alone."""
    calm = 0
    while calm < 4:
        calm += 1
        for obj in nodes:
            name, wanted = obj["metadata"]["name"], obj["spec"]["taints"]
            present = (api.get("Node", name) or {"spec": {}})["spec"].get("taints", [])
            extra = [t for t in present if t["key"] == "node.kubernetes.io/not-ready"]
            if extra:
                calm = 0
                cordon = [t for t in present if t["key"] == "node.kubernetes.io/unschedulable"]
                api.patch("Node", name, {"spec": {"taints": wanted + cordon}})
        time.sleep(0.15)


def foreign(api: Api) -> list[Obj]:
    """Pods of others on the case's nodes: those of DaemonSets that take every node."""
    names = {node["metadata"]["name"] for node in ours(api)}
    found = []
    for pod in api.call("GET", "/api/v1/pods")["items"]:
        if pod["metadata"]["namespace"] != NAMESPACE and pod["spec"].get("nodeName") in names:
            spec = {key: pod["spec"][key] for key in ("nodeName", "priority", "containers") if key in pod["spec"]}
            spec["containers"] = [
                {key: c[key] for key in ("name", "resources", "ports") if key in c} for c in spec["containers"]
            ]
            meta = {
                key: pod["metadata"][key] for key in ("name", "namespace", "uid", "labels") if key in pod["metadata"]
            }
            found.append({"kind": "Pod", "metadata": meta, "spec": spec, "status": {}})
    return found


def host_others(api: Api, nodes: int) -> None:
    """Until the DaemonSets of others have put their pods on the case's nodes."""
    sets = api.call("GET", "/apis/apps/v1/daemonsets")["items"]
    everywhere = sum(not s["spec"]["template"]["spec"].get("nodeSelector") for s in sets)
    for _ in range(40):
        if len(foreign(api)) >= everywhere * nodes:
            return
        time.sleep(0.25)


def ours(api: Api) -> list[Obj]:
    return [slim_node(n) for n in api.list("Node") if RUN in n["metadata"].get("labels", {})]


def scheduled(pod: Obj) -> Obj | None:
    for condition in pod.get("status", {}).get("conditions", []):
        if condition["type"] == "PodScheduled":
            found: Obj = condition
            return found
    return None


def answer(api: Api, name: str, step: Obj) -> Obj:
    """What became of a pod."""
    pod = api.get("Pod", name)
    assert pod is not None
    condition = scheduled(pod) or {}
    found: Obj = {
        "bound": pod["spec"].get("nodeName", ""),
        "reason": condition.get("reason", ""),
        "message": condition.get("message", ""),
        "nominated": pod.get("status", {}).get("nominatedNodeName", ""),
    }
    victims = [other["metadata"]["name"] for other in api.list("Pod") if "deletionTimestamp" in other["metadata"]]
    if victims:
        found["victims"] = sorted(victims)
    if step.get("claims"):
        claims = [api.get("PersistentVolumeClaim", claim) for claim in step["claims"]]
        found["selected"] = [
            claim["metadata"].get("annotations", {}).get("volume.kubernetes.io/selected-node", "")
            for claim in claims
            if claim
        ]
    return found


def settle(api: Api, name: str, seconds: float, *, refused_is_final: bool) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pod = api.get("Pod", name)
        if pod is None or pod["spec"].get("nodeName"):
            return
        condition = scheduled(pod)
        if refused_is_final and condition and condition["status"] == "False":
            # Preemption nominates and deletes right after.
            time.sleep(0.4)
            return
        time.sleep(0.05)


def take(api: Api, step: Obj) -> Obj:
    """One step and its answer, as it goes into the record."""
    if "create" in step:
        made = api.create(step["create"])
        name = made["metadata"]["name"]
        settle(api, name, ANSWER_SECONDS if not step.get("claims") else 3.0, refused_is_final=not step.get("claims"))
        return {"create": bare(made), "answer": answer(api, name, step)}
    if "delete" in step:
        names = [step["delete"]]
        if step["delete"] == "victims":
            names = [pod["metadata"]["name"] for pod in api.list("Pod") if "deletionTimestamp" in pod["metadata"]]
        for name in names:
            api.delete("Pod", name)
        return {"delete": sorted(names)}
    if "patch" in step:
        wanted = step["patch"]
        made = api.patch(wanted["kind"], wanted["name"], wanted["body"], "/status" if wanted.get("status") else "")
        return {"update": slim_node(made) if wanted["kind"] == "Node" else bare({"kind": wanted["kind"], **made})}
    settle(api, step["look"], LOOK_SECONDS, refused_is_final=False)
    return {"look": step["look"], "answer": answer(api, step["look"], step)}


def run(api: Api, wanted: Obj) -> Obj:
    """A case from its nodes to its last answer."""
    made: list[Obj] = []
    try:
        others = [without_images(slim_node(n)) for n in api.list("Node") if RUN not in n["metadata"].get("labels", {})]
        for obj in wanted["nodes"]:
            make_node(api, obj)
            made.append(obj)
        host_others(api, len(wanted["nodes"]))
        hold_taints(api, wanted["nodes"])
        for obj in wanted["nodes"]:
            # The scheduler's idea of who holds an image is as old as a node's last change.
            api.patch("Node", obj["metadata"]["name"], {"metadata": {"annotations": {"seatrial.dev/touch": "1"}}})
        before = []
        for obj in wanted["before"]:
            before.append(bare({"kind": obj["kind"], **api.create(obj)}))
            made.append(obj)
        time.sleep(1.0 if wanted["before"] else 0.3)
        nodes = ours(api)
        before = [bare({"kind": o["kind"], **(api.get(o["kind"], o["metadata"]["name"]) or o)}) for o in before]
        before += foreign(api)
        steps = []
        present = nodes
        for step in wanted["steps"]:
            steps.append(take(api, step))
            # What the lifecycle controller did meanwhile is part of the case.
            after = ours(api)
            if after != present:
                steps[-1]["nodes"] = present = after
        return {"name": wanted["name"], "nodes": nodes, "others": others, "before": before, "steps": steps}
    finally:
        strangers = foreign(api)
        for pod in api.list("Pod"):
            api.delete("Pod", pod["metadata"]["name"])
        for obj in reversed(made):
            api.delete(obj["kind"], obj["metadata"]["name"])
            if obj["kind"] in {"PersistentVolumeClaim", "PersistentVolume"}:
                with contextlib.suppress(RuntimeError):
                    api.patch(obj["kind"], obj["metadata"]["name"], {"metadata": {"finalizers": None}})
        # Their deletion would wake the next case's pods some time later.
        for pod in strangers:
            meta = pod["metadata"]
            path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
            with contextlib.suppress(RuntimeError):
                api.call("DELETE", path, {"gracePeriodSeconds": 0})


def main() -> None:
    api = Api(sys.argv[1])
    chosen = sys.argv[2:]
    file = HERE / "recorded.json"
    recorded = json.loads(file.read_text())["cases"] if chosen and file.exists() else []
    if chosen == ["--missing"]:
        have = {found["name"] for found in recorded}
        chosen = [found["name"] for found in cases() if found["name"] not in have]
    while api.get("Namespace", NAMESPACE):
        time.sleep(0.5)
    api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    time.sleep(1.5)
    run_name = "".join("abcdefghij"[int(digit)] for digit in str(int(time.time()) % 10_000))
    kept = {found["name"]: found for found in recorded}
    try:
        for wanted in cases(run_name):
            if chosen and wanted["name"] not in chosen:
                continue
            kept[wanted["name"]] = run(api, wanted)
            [step["answer"] for step in kept[wanted["name"]]["steps"] if "answer" in step]
    finally:
        api.delete("Namespace", NAMESPACE)
        version = api.call("GET", "/version")["gitVersion"]
        listed = [kept[found["name"]] for found in cases() if found["name"] in kept]
        text = ",\n".join(json.dumps(found, sort_keys=True, separators=(",", ":")) for found in listed)
        file.write_text(f'{{"version":"{version}","cases":[\n{text}\n]}}\n')


if __name__ == "__main__":
    main()
