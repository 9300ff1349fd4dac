"""Which workload stands behind a Service, whether it is under test, and what would help it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seatrial.harness.checkers.flows import Name, Seen, letter, listed, main_cause, sent_to
from seatrial.harness.checkers.subjects import selected
from seatrial.harness.ports.checker import Trial
from seatrial.harness.ports.event import Key, Obj, Record

__all__ = ["CATALOGUED", "Catalogue", "advise", "spread_advice"]

ZONE_LABEL = "topology.kubernetes.io/zone"
_WORKLOADS = ("deployments.apps", "statefulsets.apps", "daemonsets.apps")
CATALOGUED = frozenset({"services", *_WORKLOADS})


class Catalogue:
    """The newest version of every Service and workload; plain data."""

    __slots__ = ("_behind", "_objects", "_trial")

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._objects: dict[Key, Obj] = {}
        self._behind: dict[Name, tuple[Key, Obj] | None] = {}

    def take(self, record: Record) -> bool:
        """True if the record was about a Service or a workload."""
        if record.key.resource not in CATALOGUED:
            return False
        old = self._objects.get(record.key)
        if record.new is None:
            self._objects.pop(record.key, None)
        else:
            self._objects[record.key] = record.new
        # A change of status alone, by far the most frequent, moves no selector.
        if old is None or record.new is None or old.get("spec") is not record.new.get("spec"):
            self._behind.clear()
        return True

    def service(self, name: Name) -> Obj | None:
        """The Service."""
        return self._objects.get(Key("services", *name))

    def services(self) -> list[Name]:
        """All Services, by name."""
        return sorted((key.namespace, key.name) for key in self._objects if key.resource == "services")

    def workload(self, name: Name) -> tuple[Key, Obj] | None:
        """The workload whose pods the Service selects."""
        if name not in self._behind:
            self._behind[name] = self._find(name)
        return self._behind[name]

    def _find(self, name: Name) -> tuple[Key, Obj] | None:
        service = self.service(name)
        labels = (service or {}).get("spec", {}).get("selector")
        if not labels:
            return None
        for key, obj in self._objects.items():
            if key.namespace != name[0] or key.resource not in _WORKLOADS:
                continue
            tags = obj.get("spec", {}).get("template", {}).get("metadata", {}).get("labels")
            if selected({"matchLabels": labels}, tags):
                return key, obj
        return None

    def under_test(self, name: Name, of: str) -> bool:
        """Whether `of:` means this Service: app and service mean all of the app's, else a name."""
        if of in ("", "app", "service"):
            behind = self.workload(name)
            return behind is None or not self._trial.apps or str(behind[0]) in self._trial.apps
        words = of.split("/")
        return words[-1] == name[1] and (len(words) < 3 or words[-2] == name[0])

    def asked(self, of: str) -> list[Name]:
        """Services under test to which clients can send: with a selector and an address of their own."""
        found = []
        for name in self.services():
            spec = (self.service(name) or {}).get("spec", {})
            reachable = spec.get("selector") and spec.get("clusterIP") != "None" and spec.get("type") != "ExternalName"
            if reachable and self.under_test(name, of):
                found.append(name)
        return found


def advise(
    catalogue: Catalogue, name: Name, before: Iterable[Seen], failed: Iterable[Seen], zones: Sequence[str]
) -> str:
    """What would help a Service whose requests failed; before: its flows when all was well, zones: what was lost."""
    now = list(failed)
    cause = main_cause(now)
    if cause in ("dead-node", "cut-off", "no-endpoints") and zones:
        count, whole = sent_to(before, zones)
        if count:
            return spread_advice(catalogue, name, count, whole, zones)
    if cause == "dependency":
        called = sorted({other for flow, _, _ in now for other in flow.get("calls", ())})
        return f"it fails because a Service that it calls does: see {listed(called)}"
    if cause == "refused":
        return _refused_advice(catalogue.workload(name))
    return _BY_CAUSE.get(cause, "")


def _refused_advice(found: tuple[Key, Obj] | None) -> str:
    """A pod got requests and did not listen: too early, if nothing tells when it is ready, else too late."""
    spec = found[1].get("spec", {}).get("template", {}).get("spec", {}) if found else {}
    blind = [one.get("name", "") for one in spec.get("containers") or () if not one.get("readinessProbe")]
    if found and blind and len(blind) == len(spec["containers"]):
        return (
            f"the pods of {found[1].get('kind', 'workload')} {found[0].name} count as ready before they listen, as no "
            f"container has a readinessProbe: give {listed(blind)} one"
        )
    return _BY_CAUSE["refused"]


_BY_CAUSE = {
    "dead-node": "nodes died under its pods: let it have more replicas, on more nodes",
    "cut-off": "its pods cannot be reached from there: let it have pods on both sides of the cut",
    "no-endpoints": "none of its pods was ready: look at why in `replicas-kept` and `no-pod-stuck`",
    "refused": (
        "its pods stop before kube-proxy leaves them out: let them serve on for some seconds after SIGTERM "
        "(a preStop hook with sleep)"
    ),
    "overloaded": "the pods that are left cannot carry the load: more replicas, so that all zones but one suffice",
    "timeout": "its queues outlast its clients' patience: more replicas, a shorter queue, or fewer retries",
    "dns": "names do not resolve: let clients keep what they have looked up",
    "link-loss": "requests are lost on the way: let clients retry, with back-off",
}


def spread_advice(catalogue: Catalogue, name: Name, count: int, whole: int, zones: Sequence[str]) -> str:
    """What to do about `count` of a Service's endpoints that stood in zones that were lost."""
    where = listed(sorted(letter(zone) for zone in zones))
    fact = f"{count} of {whole} endpoints of Service {name[1]} {'was' if count == 1 else 'were'} in zone {where}"
    found = catalogue.workload(name)
    if found is None:
        return f"{fact}; spread its pods over zones by {ZONE_LABEL}"
    key, obj = found
    kind = f"{obj.get('kind', 'workload')} {key.name}"
    spec = obj.get("spec", {})
    if key.resource == "daemonsets.apps":
        return f"{fact}; {kind} runs where nodes are: let it have nodes in every zone"
    hard = [
        rule.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule"
        for rule in spec.get("template", {}).get("spec", {}).get("topologySpreadConstraints") or ()
        if rule.get("topologyKey") == ZONE_LABEL
    ]
    if spec.get("replicas", 1) < 2:
        return f"{fact}; give {kind} at least 2 replicas and a topologySpreadConstraint on {ZONE_LABEL}"
    if not hard:
        return f"{fact}; add a topologySpreadConstraint on {ZONE_LABEL} to {kind}"
    if not any(hard):
        return (
            f"{fact}; the topologySpreadConstraint of {kind} on {ZONE_LABEL} is ScheduleAnyway, which allows that: "
            "make it DoNotSchedule"
        )
    return f"{fact}, as the constraint of {kind} allows; give it more replicas, so that the other zones can carry on"
