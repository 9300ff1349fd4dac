"""Record what a real API server answers to the cases: the Status of a refusal, the object of an acceptance.

    python tests/parity/schema/record.py --kubeconfig FILE

Needs kubectl (for `kubectl proxy`) and a cluster of the minor that is simulated. Creates are dry runs; for updates the
valid object is created, changed by a dry run and deleted, in a namespace of their own which is removed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from cases import CREATES, UPDATES  # noqa: E402
from custom import CUSTOM_CASES, CUSTOM_PATH, DEFINITION, OBJECT  # noqa: E402
from manifests import MANIFESTS, PATHS  # noqa: E402
from mutations import mutated  # noqa: E402

GOLDEN = HERE / "recorded.json.gz"
HTTP_OK = 200


class Server:
    """The API behind a `kubectl proxy`."""

    def __init__(self, kubeconfig: str) -> None:
        command = ["kubectl", "--kubeconfig", kubeconfig, "proxy", "--port=0"]
        self.proxy = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.proxy.stdout is not None
        found = re.search(r"127\.0\.0\.1:\d+", self.proxy.stdout.readline())
        assert found is not None
        self.base = f"http://{found[0]}"

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.base + path, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            return error.code, json.loads(text) if text.startswith("{") else {"kind": "Status", "message": text}


def shortened(answer: Any) -> Any:
    """The part of an answer that does not change from one recording to the next."""
    if answer.get("kind") == "Status":
        answer = json.loads(re.sub(r"Bad_[a-z0-9]{5}", "Bad_r24wv", json.dumps(answer)))
        return {name: answer[name] for name in ("message", "reason", "details") if name in answer}
    return {name: value for name, value in answer.items() if name not in ("metadata", "status")} | {
        "labels": answer["metadata"].get("labels")
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", required=True)
    server = Server(parser.parse_args().kubeconfig)
    rows = []
    try:
        server.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "seatrial-parity"}})
        account = "/api/v1/namespaces/seatrial-parity/serviceaccounts"
        server.ask("POST", account, {"metadata": {"name": "default"}})
        for kind, title, changes in CREATES:
            body = mutated(MANIFESTS[kind], changes)
            path = f"{PATHS[kind][1]}?dryRun=All&fieldValidation={'Strict' if 'unknown field' in title else 'Ignore'}"
            code, answer = server.ask("POST", path, body)
            rows.append({"verb": "create", "kind": kind, "title": title, "code": code, "answer": shortened(answer)})
        for kind in sorted({kind for kind, _, _ in UPDATES}):
            rows += updates(server, kind)
        rows += customs(server)
    finally:
        server.ask("DELETE", "/api/v1/namespaces/seatrial-parity")
        server.proxy.terminate()
        server.proxy.wait()
    text = json.dumps(rows, indent=0, sort_keys=True)
    GOLDEN.write_bytes(gzip.compress(text.encode(), mtime=0))


def customs(server: Server) -> list[dict[str, Any]]:
    """Odd objects of a custom kind."""
    definitions = PATHS["crd"][1]
    server.ask("POST", definitions, DEFINITION)
    rows: list[dict[str, Any]] = []
    try:
        for _ in range(100):
            if server.ask("GET", CUSTOM_PATH)[0] == HTTP_OK:
                break
            time.sleep(0.1)
        time.sleep(1)
        for title, changes in CUSTOM_CASES:
            path = f"{CUSTOM_PATH}?dryRun=All&fieldValidation={'Strict' if 'unknown' in title else 'Ignore'}"
            code, answer = server.ask("POST", path, mutated(OBJECT, changes))
            rows.append({"verb": "custom", "kind": "trial", "title": title, "code": code, "answer": shortened(answer)})
    finally:
        server.ask("DELETE", f"{definitions}/{DEFINITION['metadata']['name']}")
    return rows


def updates(server: Server, kind: str) -> list[dict[str, Any]]:
    """Every update of one kind, against the valid object."""
    path = PATHS[kind][1]
    manifest = MANIFESTS[kind]
    if kind == "pod":  # to a scheduler that does not exist, so that nothing else changes it
        manifest = mutated(manifest, {"/spec/schedulerName": "nobody"})
    name = manifest["metadata"]["name"]
    server.ask("POST", path, manifest)
    rows = []
    for title, changes in [(title, changes) for other, title, changes in UPDATES if other == kind]:
        for _ in range(5):
            _, live = server.ask("GET", f"{path}/{name}")
            body = mutated(live, changes)
            code, answer = server.ask("PUT", f"{path}/{name}?dryRun=All&fieldValidation=Ignore", body)
            if "object has been modified" not in str(answer.get("message")):
                break
        live["metadata"].pop("managedFields", None)
        row = {"verb": "update", "kind": kind, "title": title, "code": code, "answer": shortened(answer), "live": live}
        rows.append(row)
    server.ask("DELETE", f"{path}/{name}?gracePeriodSeconds=0&propagationPolicy=Background")
    return rows


if __name__ == "__main__":
    main()
