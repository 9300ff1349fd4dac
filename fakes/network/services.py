"""One Service as traffic sees it: what of it is measured, and what is remembered between two looks."""

from __future__ import annotations

from seatrial.fakes.network.demands import Demand, demand_of
from seatrial.fakes.network.endpoints import Endpoint, Memory, carries, endpoints_of
from seatrial.harness.ports.event import Obj

__all__ = ["Measured", "unmeasured"]


def unmeasured(service: Obj) -> str:
    """Why no flow is kept of a Service; "" if one is."""
    spec = service.get("spec") or {}
    if spec.get("type") == "ExternalName":
        return "ExternalName: requests leave the cluster"
    if not spec.get("selector"):
        return "no selector: its endpoints are not pods that Seatrial knows"
    if spec.get("clusterIP") == "None":
        return "headless: clients choose among the pods themselves"
    ports = spec.get("ports") or ()
    if not any(port.get("protocol", "TCP") == "TCP" for port in ports):
        return "no TCP port: a lost datagram is not an answer"
    return ""


class Measured:
    """A Service whose flows are kept."""

    __slots__ = (
        "_memory",
        "complaints",
        "demand",
        "endpoints",
        "failing",
        "family",
        "flows",
        "key",
        "kind",
        "lag",
        "local",
        "notes",
        "pieces",
        "port",
        "raw",
        "sources",
        "wake",
    )

    def __init__(self, key: tuple[str, str]) -> None:
        self.key = key
        self.pieces: dict[str, Obj] = {}
        self.endpoints: tuple[Endpoint, ...] = ()
        self._memory: Memory = {}
        self.flows: dict[str, Obj] = {}
        self.lag: dict[str, int] = {}  # share of requests that failed when clients last decided to retry, by zone
        self.failing: dict[str, int] = {}  # the same, now
        self.wake = 0  # timer of the next look that time itself asks for
        self.raw: Obj | None = None
        self.sources: tuple[Obj | None, Obj | None, Obj | None] = (None, None, None)
        self.demand = Demand()
        self.complaints: tuple[str, ...] = ()
        self.kind = "tcp"
        self.family = "IPv4"
        self.port = ""
        self.local = False
        self.notes: dict[str, None] = {}

    def __getstate__(self) -> tuple[None, Obj]:
        # The memory goes by identity, which a copy of the world does not share, and holds parts of every slice.
        return None, {**{slot: getattr(self, slot) for slot in self.__slots__}, "_memory": {}}

    def describe(self, service: Obj) -> None:
        """Take the Service's spec in."""
        spec = service["spec"]
        self.raw = service
        self.family = (spec.get("ipFamilies") or ("IPv4",))[0]
        port = next(port for port in spec["ports"] if port.get("protocol", "TCP") == "TCP")
        self.port = port.get("name") or ""
        self.local = spec.get("internalTrafficPolicy") == "Local"

    def gather(self) -> tuple[list[Endpoint], list[Endpoint]]:
        """Take in what the API tells, of every slice in the order of their names: (what is new, what is gone)."""
        known = self._memory
        found: Memory = {}
        for name in sorted(self.pieces):
            if carries(self.pieces[name], self.family, self.port):
                endpoints_of(self.pieces[name], known, found)
        self._memory = found
        added = [memory[1] for place, memory in found.items() if known.get(place) is not memory]
        gone = [memory[1] for place, memory in known.items() if found.get(place) is not memory]
        if not known and self.endpoints:
            # The first look in a copy of the world: only what the endpoints are is known, not where they stand.
            now = {endpoint for _, endpoint in found.values()}
            gone = [endpoint for endpoint in self.endpoints if endpoint not in now]
        if added or gone:
            # An address in two slices, on its way from one to the other, is one endpoint.
            once: dict[str, Endpoint] = {}
            for _, endpoint in found.values():
                once.setdefault(endpoint.address, endpoint)
            self.endpoints = tuple(once.values())
        return added, gone

    def ask(self, pod: Obj | None) -> None:
        """Read the annotations of the Service and of one of its pods, and what a request is."""
        service = self.raw
        notes = None if service is None else service["metadata"].get("annotations")
        pod_notes = None if pod is None else pod["metadata"].get("annotations")
        spec = None if pod is None else pod.get("spec")
        sources = (notes, pod_notes, spec)
        if all(mine is other for mine, other in zip(sources, self.sources, strict=True)):
            return
        self.sources = sources
        self.demand, self.complaints = demand_of(self.key[0], notes or {}, pod_notes or {})
        self.kind = _kind(spec) if spec else "tcp"


def _kind(spec: Obj) -> str:
    for container in spec.get("containers") or ():
        probe = (container.get("readinessProbe") or {}).get("httpGet")
        if probe:
            return f"GET {probe.get('path') or '/'}"
    return "tcp"
