"""Asks a real API server what `cases.py` says and keeps its answers.

    python tests/parity/api/record.py --kubeconfig FILE [--only CASE]

A developer's tool. It makes a namespace for each case and deletes it afterwards.
"""

from __future__ import annotations

import argparse
import base64
import json
import ssl
import sys
import tempfile
import time
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import yaml

sys.path.insert(0, str(Path(__file__).parent))
from cases import CASES, Step, deployment
from normal import dig, resolved
from written import written

HERE = Path(__file__).parent
STORIES = {**CASES, **written(Step, deployment)}
GROUPS = {
    "": "/api/v1",
    "apps": "/apis/apps/v1",
    "policy": "/apis/policy/v1",
    "coordination.k8s.io": "/apis/coordination.k8s.io/v1",
    "apiextensions.k8s.io": "/apis/apiextensions.k8s.io/v1",
    "seatrial.test": "/apis/seatrial.test/v1",
    "networking.k8s.io": "/apis/networking.k8s.io/v1",
    "discovery.k8s.io": "/apis/discovery.k8s.io/v1",
}
PATCHES = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
METHODS = {"create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE", "deletecollection": "DELETE"}


class Server:
    """One connection."""

    def __init__(self, kubeconfig: str) -> None:
        data = yaml.safe_load(Path(kubeconfig).read_text())
        cluster, user = data["clusters"][0]["cluster"], data["users"][0]["user"]
        context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        with tempfile.NamedTemporaryFile() as pair:
            for field in ("client-certificate-data", "client-key-data"):
                pair.write(base64.b64decode(user[field]))
            pair.flush()
            context.load_cert_chain(pair.name)
        place = urlsplit(cluster["server"])
        self._connection = HTTPSConnection(place.hostname or "", place.port, context=context)

    def ask(self, method: str, path: str, body: Any = None, content: str = "application/json") -> tuple[int, Any]:
        """(code, body)."""
        text = None if body is None else json.dumps(body)
        headers = {"Content-Type": content, "Accept": "application/json", "User-Agent": "tester/1"}
        self._connection.request(method, path, text, headers)
        answer = self._connection.getresponse()
        read = answer.read()
        try:
            return answer.status, json.loads(read)
        except ValueError:
            return answer.status, read.decode()


def path_of(step: Step, namespace: str) -> str:
    """The request's path and query."""
    plural, _, group = step.resource.partition(".")
    parts = [GROUPS[group]]
    if not step.cluster:
        parts += ["namespaces", namespace]
    parts.append(plural)
    parts += [part for part in (step.name, step.subresource) if part]
    query = {
        "fieldManager": step.manager if step.verb in ("create", "update", "patch") else "",
        "force": "true" if step.force else "",
        "dryRun": "All" if step.dry_run else "",
        "fieldValidation": step.validation,
        "labelSelector": step.labels,
        "fieldSelector": step.fields,
        "limit": str(step.limit) if step.limit else "",
        "resourceVersion": step.version if step.verb in ("get", "list") else "",
        "resourceVersionMatch": step.match,
    }
    used = urlencode({name: value for name, value in query.items() if value})
    return "/".join(parts) + (f"?{used}" if used else "")


def options(step: Step) -> Any:
    """DeleteOptions."""
    body: dict[str, Any] = {"kind": "DeleteOptions", "apiVersion": "v1"}
    if step.grace >= 0:
        body["gracePeriodSeconds"] = step.grace
    if step.dry_run:
        body["dryRun"] = ["All"]
    if step.propagation:
        body["propagationPolicy"] = step.propagation
    wanted = {"uid": step.uid, "resourceVersion": step.version}
    wanted = {name: value for name, value in wanted.items() if value}
    if wanted:
        body["preconditions"] = wanted
    return body


def tell(server: Server, step: Step, namespace: str, answers: list[Any]) -> tuple[int, Any]:
    """One step."""
    step = resolved(step, answers)
    path = path_of(step, namespace)
    if step.verb in ("adopt", "await"):
        for _ in range(100):
            if dig(server.ask("GET", path)[1], step.until) is not None:
                time.sleep(1)
                return server.ask("GET", path)
            time.sleep(0.2)
        raise SystemExit(f"{step.resource}/{step.name}: {step.until} never came")
    if step.verb in ("get", "list"):
        return server.ask("GET", path)
    body = options(step) if step.verb.startswith("delete") else step.body
    return server.ask(METHODS[step.verb], path, body, PATCHES.get(step.kind, "application/json"))


def main() -> None:
    """Record all cases, or one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", required=True)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    target = HERE / "answers.json"
    kept = json.loads(target.read_text()) if target.exists() else {}
    server = Server(chosen.kubeconfig)
    for name, steps in STORIES.items():
        if chosen.only and chosen.only != name:
            continue
        namespace = f"seatrial-{name}"
        server.ask("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
        for _ in range(100):
            if server.ask("GET", f"/api/v1/namespaces/{namespace}/serviceaccounts/default")[0] == 200:
                break
            time.sleep(0.1)
        answers: list[Any] = []
        told = []
        for step in steps:
            code, body = tell(server, step, namespace, answers)
            answers.append(body)
            told.append({"code": code, "body": body})
        kept[name] = told
        server.ask("DELETE", f"/api/v1/namespaces/{namespace}")
    kept = {name: kept[name] for name in STORIES if name in kept}
    target.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
