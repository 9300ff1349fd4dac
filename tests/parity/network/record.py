"""Ask the kube-proxies of a real cluster which endpoints they have programmed, for every case; writes choices.json.

    KUBECONFIG=... python tests/parity/network/record.py

Needs kubectl and docker on the PATH, and a kind cluster in iptables mode with the workers of `network_cases.NODES`.
Makes one namespace and removes it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from network_cases import CASES, NODES, service_object, slice_object

NAMESPACE = "seatrial-parity-network"
HERE = Path(__file__).parent


def run(*words: str, given: str = "") -> str:
    done = subprocess.run(words, input=given, capture_output=True, text=True, check=True)
    return done.stdout


def chosen(rules: str, address: str) -> list[str]:
    """The endpoints that a Service's address leads to inside the cluster: its chain's DNAT targets."""
    entry = re.search(rf"-A KUBE-SERVICES -d {re.escape(address)}/32 .*-j (KUBE-S[\w-]+)", rules)
    if entry is None:
        return []
    targets = re.findall(rf"-A {entry.group(1)} .*-j (KUBE-SEP-\w+)", rules)
    found = [re.search(rf"-A {target} .*--to-destination ([\d.]+):", rules) for target in targets]
    return sorted(match.group(1) for match in found if match is not None)


def main() -> None:
    run("kubectl", "create", "namespace", NAMESPACE)
    try:
        objects = []
        for name, case in CASES.items():
            objects.append(service_object(name, case))
            objects += [slice_object(name, number, ends) for number, ends in enumerate(case.slices)]
        listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        run("kubectl", "-n", NAMESPACE, "apply", "-f", "-", given=listed)
        services = json.loads(run("kubectl", "-n", NAMESPACE, "get", "services", "-o", "json"))["items"]
        addresses = {service["metadata"]["name"]: service["spec"]["clusterIP"] for service in services}
        time.sleep(10)
        answers: dict[str, dict[str, list[str]]] = {name: {} for name in CASES}
        for node in NODES:
            rules = run("docker", "exec", node, "iptables-save", "-t", "nat")
            for name in CASES:
                answers[name][node] = chosen(rules, addresses[name])
        version = json.loads(run("kubectl", "version", "-o", "json"))["serverVersion"]["gitVersion"]
        told = {"version": version, "choices": answers}
        (HERE / "choices.json").write_text(json.dumps(told, indent=1) + "\n")
    finally:
        run("kubectl", "delete", "namespace", NAMESPACE, "--wait=false")


if __name__ == "__main__":
    main()
