"""Flows from samples: what clients of a zone met at a Service lately, in the simulator's shape. Pure.

Differs from the simulator: a share is that of the last few connections, not an exact one; a request is a TCP connect
whatever the readiness probe asks; a cause is told by how a connect failed and by which nodes we have stopped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from seatrial.harness.ports.event import Obj

__all__ = ["PROBE", "Target", "Window", "endpoints_of", "parse", "proxied_nodes", "targets", "unmeasured"]

PPM = 1_000_000
WINDOW = 4  # connections, 2 s
RATE = 2  # a second
SERVICE_LABEL = "kubernetes.io/service-name"
SYSTEM = ("kube-system", "kube-node-lease", "kube-public")

# A shell's own connect, so that nothing need be in the node but bash: prints `NAMESPACE/SERVICE ok|refused|timeout`.
PROBE = r"""
probe() {
  told=$(timeout 1 bash -c "exec 3<>/dev/tcp/$2/$3" 2>&1); code=$?
  case "$code $told" in
    "0 "*) echo "$1 ok" ;;
    *refused*) echo "$1 refused" ;;
    *) echo "$1 timeout" ;;
  esac
}
while :; do
  for target in "$@"; do
    IFS='|' read -r name address port <<< "$target"
    probe "$name" "$address" "$port" &
  done
  sleep 0.5
  wait
done
"""


class Target(NamedTuple):
    """A Service and where it is asked."""

    namespace: str
    name: str
    address: str
    port: int

    @property
    def word(self) -> str:
        """As the probe takes it."""
        return f"{self.namespace}/{self.name}|{self.address}|{self.port}"


def unmeasured(service: Obj) -> str:
    """Why a Service is not measured, "" if it is."""
    spec = service.get("spec") or {}
    if spec.get("clusterIP") in (None, "", "None"):
        return "headless: its clients choose a pod by themselves"
    if not spec.get("selector"):
        return "no selector: its endpoints are not pods that Seatrial knows"
    if not any(port.get("protocol", "TCP") == "TCP" for port in spec.get("ports") or ()):
        return "no TCP port"
    return ""


def targets(services: Iterable[Obj]) -> tuple[Target, ...]:
    """What is to be asked: the first TCP port of each Service of the users' own."""
    found = []
    for service in services:
        meta = service["metadata"]
        if meta["namespace"] in SYSTEM or unmeasured(service):
            continue
        port = next(port["port"] for port in service["spec"]["ports"] if port.get("protocol", "TCP") == "TCP")
        found.append(Target(meta["namespace"], meta["name"], service["spec"]["clusterIP"], port))
    return tuple(found)


def parse(line: str) -> tuple[str, str, str] | None:
    """(namespace, service, what came of it) of a line of the probe; None for any other."""
    place, _, came = line.strip().partition(" ")
    namespace, slash, name = place.partition("/")
    return (namespace, name, came) if slash and came in ("ok", "refused", "timeout") else None


def endpoints_of(slices: Iterable[Obj], namespace: str, name: str) -> list[tuple[str, str]]:
    """(zone, node) of each endpoint that kube-proxy sends to."""
    return [
        (one.get("zone") or "", one.get("nodeName") or "")
        for piece in slices
        if piece["metadata"]["namespace"] == namespace
        and (piece["metadata"].get("labels") or {}).get(SERVICE_LABEL) == name
        for one in piece.get("endpoints") or ()
        if (one.get("conditions") or {}).get("ready", True) is not False
    ]


def proxied_nodes(pods: Iterable[Obj]) -> frozenset[str]:
    """The nodes whose kube-proxy is Ready."""
    return frozenset(
        pod["spec"].get("nodeName", "")
        for pod in pods
        if (pod["metadata"].get("labels") or {}).get("k8s-app") == "kube-proxy"
        and any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for condition in (pod.get("status") or {}).get("conditions") or ()
        )
    )


class Window:
    """The last connections of one zone's clients to one Service."""

    def __init__(self) -> None:
        self.last: deque[str] = deque(maxlen=WINDOW)  # "" for an answer, else why there was none
        self.told: Obj | None = None

    def add(self, came: str, endpoints: list[tuple[str, str]], dead: frozenset[str]) -> None:
        """One more connection; endpoints: (zone, node) at its end; dead: nodes that we have stopped."""
        self.last.append("" if came == "ok" else _cause(came, endpoints, dead))

    def flow(self, name: str, zone: str, endpoints: list[tuple[str, str]]) -> Obj:
        """The flow as it is now."""
        whole = len(self.last)
        failed: dict[str, int] = {}
        for cause in self.last:
            if cause:
                failed[cause] = failed.get(cause, 0) + 1
        shares = {cause: count * PPM // whole for cause, count in sorted(failed.items())}
        to: dict[str, int] = {}
        for place, _ in endpoints:
            to[place] = to.get(place, 0) + 1
        return {
            "service": name,
            "zone": zone,
            "kind": "connect",
            "rate": RATE,
            "served_ppm": PPM - sum(shares.values()),
            "failed": shares,
            "endpoints": len(endpoints),
            "to": {place: count * PPM // len(endpoints) for place, count in sorted(to.items())},
            "latency": "normal",
        }


def _cause(came: str, endpoints: list[tuple[str, str]], dead: frozenset[str]) -> str:
    if not endpoints:
        return "no-endpoints"
    if came == "refused":
        return "refused"
    return "dead-node" if any(node in dead for _, node in endpoints) else "timeout"
