"""The cached way and the plain way agree on every node, whatever happened to the cluster before."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from seatrial.fakes.scheduler.cache import PodInfo
from seatrial.fakes.scheduler.diagnosis import Diagnosis
from seatrial.fakes.scheduler.scheduler import Scheduler
from seatrial.harness.kernel.streams import Stream

Obj = dict[str, Any]
VIEW: Any = None
HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
APPS = ("web", "db")
NAMESPACES = ("one", "two")


def _module() -> Any:
    spec = importlib.util.spec_from_file_location("seatrial_reference", Path(__file__).parent / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = _module()


class Plan:
    """Clusters and pods, drawn from a seed: dense enough that rules meet each other."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)

    def one_in(self, count: int) -> bool:
        return self.draw.randrange(count) == 0

    def selector(self) -> Obj:
        if self.one_in(6):
            return self.draw.choice([{}, {"matchExpressions": [{"key": "app", "operator": "Exists"}]}])
        return {"matchLabels": {"app": self.draw.choice(APPS)}}

    def key(self) -> str:
        return self.draw.choice([ZONE, HOSTNAME])

    def node(self) -> Obj:
        draw, name = self.draw, f"n{self.draw.randrange(6)}"
        labels = {HOSTNAME: name}
        if not self.one_in(6):
            labels[ZONE] = draw.choice("abc")
        if self.one_in(2):
            labels["disk"] = "ssd"
        if self.one_in(10):
            del labels[HOSTNAME]
        effects = ["NoSchedule", "PreferNoSchedule", "PreferNoSchedule", "NoExecute"]
        taints = [{"key": draw.choice("ab"), "effect": draw.choice(effects)} for _ in range(draw.randrange(3))]
        have = {
            "cpu": draw.choice("1234"),
            "memory": draw.choice(["1Gi", "3Gi", "8Gi"]),
            "pods": draw.choice(["3", "20"]),
        }
        spec = {"taints": taints if self.one_in(3) else [], "unschedulable": self.one_in(10)}
        return {"metadata": {"name": name, "labels": labels}, "spec": spec, "status": {"allocatable": have}}

    def term(self) -> Obj:
        term: Obj = {"topologyKey": self.key(), "labelSelector": self.selector()}
        if self.one_in(4):
            term["namespaceSelector"] = self.draw.choice([{}, {"matchLabels": {"team": "x"}}])
        elif self.one_in(4):
            term["namespaces"] = self.draw.choice([["one"], ["one", "two"]])
        return term

    def pod_affinity(self) -> Obj:
        body: Obj = {}
        if self.one_in(3):
            body["requiredDuringSchedulingIgnoredDuringExecution"] = [
                self.term() for _ in range(self.draw.randint(1, 2))
            ]
        if self.one_in(2):
            wished = [{"weight": self.draw.randint(1, 100), "podAffinityTerm": self.term()} for _ in range(2)]
            body["preferredDuringSchedulingIgnoredDuringExecution"] = wished
        return body

    def constraint(self) -> Obj:
        action = self.draw.choice(["DoNotSchedule", "ScheduleAnyway"])
        found: Obj = {
            "topologyKey": self.key(),
            "maxSkew": self.draw.randint(1, 3),
            "whenUnsatisfiable": action,
            "labelSelector": self.selector(),
        }
        if action == "DoNotSchedule" and self.one_in(3):
            found["minDomains"] = self.draw.randint(1, 4)
        if self.one_in(3):
            found["nodeAffinityPolicy"] = self.draw.choice(["Honor", "Ignore"])
        if self.one_in(3):
            found["nodeTaintsPolicy"] = self.draw.choice(["Honor", "Ignore"])
        return found

    def affinity(self) -> Obj:
        body = {kind: self.pod_affinity() for kind in ("podAffinity", "podAntiAffinity") if self.one_in(3)}
        ssd = {"matchExpressions": [{"key": "disk", "operator": self.draw.choice(["Exists", "DoesNotExist"])}]}
        if self.one_in(5):
            required = {"nodeSelectorTerms": [ssd]}
            body["nodeAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": required}
        elif self.one_in(4):
            wished = [{"weight": self.draw.randint(1, 100), "preference": ssd}]
            body["nodeAffinity"] = {"preferredDuringSchedulingIgnoredDuringExecution": wished}
        return body

    def pod(self) -> Obj:
        draw = self.draw
        requests = {}
        if self.one_in(2):
            requests["cpu"] = draw.choice(["100m", "350m", "1"])
        if self.one_in(2):
            requests["memory"] = draw.choice(["100Mi", "700Mi", "2Gi"])
        spec: Obj = {"containers": [{"name": "c", "image": "i", "resources": {"requests": requests}}]}
        if self.one_in(3):
            key = draw.choice(["a", "b", "node.kubernetes.io/unschedulable"])
            spec["tolerations"] = [{"key": key, "operator": "Exists"}]
        affinity = self.affinity()
        if affinity:
            spec["affinity"] = affinity
        if self.one_in(2):
            spec["topologySpreadConstraints"] = [self.constraint() for _ in range(draw.randint(1, 3))]
        labels = {} if self.one_in(8) else {"app": draw.choice(APPS)}
        meta = {"name": "new", "namespace": draw.choice(["one", "one", "two"]), "uid": "new", "labels": labels}
        return {"metadata": meta, "spec": spec, "status": {}}

    def step(self, both: Both) -> None:
        draw, dice = self.draw, self.draw.randrange(20)
        if dice < 8:
            both.run(self.pod(), draw.randrange(14), draw.randrange(6))
        elif dice < 11:
            both.stop(draw.randrange(14))
        elif dice < 13:
            both.terminate(draw.randrange(14))
        elif dice < 16:
            both.node(self.node())
        elif dice == 16:
            both.drop(draw.randrange(6))
        elif dice == 17:
            both.namespace(draw.choice(NAMESPACES), self.one_in(2))
        elif dice == 18:
            both.service(draw.choice(NAMESPACES), draw.choice(APPS), not self.one_in(3))
        else:
            both.relabel(draw.randrange(14), draw.choice(APPS))


class Both:
    """The same cluster twice."""

    def __init__(self) -> None:
        self.scheduler = Scheduler(Stream(1))
        self.world = reference.World()

    def _pod(self, old: Obj | None, new: Obj | None) -> None:
        self.scheduler.on_pod(old, new, VIEW)
        if new is None:
            del self.world.pods[old["metadata"]["uid"]]  # type: ignore[index]
        else:
            self.world.pods[new["metadata"]["uid"]] = new

    def node(self, node: Obj) -> None:
        name = node["metadata"]["name"]
        self.scheduler.on_node(self.world.nodes.get(name), node, VIEW)
        self.world.nodes[name] = node

    def drop(self, number: int) -> None:
        node = self.world.nodes.pop(f"n{number}", None)
        if node is not None:
            self.scheduler.on_node(node, None, VIEW)

    def run(self, pod: Obj, number: int, node: int) -> None:
        uid = f"p{number}"
        if uid not in self.world.pods:
            meta = {**pod["metadata"], "name": uid, "uid": uid}
            self._pod(None, {**pod, "metadata": meta, "spec": {**pod["spec"], "nodeName": f"n{node}"}})

    def stop(self, number: int) -> None:
        old = self.world.pods.get(f"p{number}")
        if old is not None:
            self._pod(old, None)

    def terminate(self, number: int) -> None:
        old = self.world.pods.get(f"p{number}")
        if old is not None:
            meta = {**old["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}
            self._pod(old, {**old, "metadata": meta})

    def namespace(self, name: str, team: bool) -> None:
        new = {"metadata": {"name": name, "labels": {"team": "x"} if team else {}}}
        self.scheduler.on_namespace(self.world.namespaces.get(name), new, VIEW)
        self.world.namespaces[name] = new

    def service(self, namespace: str, app: str, present: bool) -> None:
        old = self.world.services.get(namespace + app)
        if present:
            new = {"metadata": {"name": app, "namespace": namespace}, "spec": {"selector": {"app": app}}}
            self.scheduler.on_service(old, new, VIEW)
            self.world.services[namespace + app] = new
        elif old is not None:
            self.scheduler.on_service(old, None, VIEW)
            del self.world.services[namespace + app]

    def relabel(self, number: int, app: str) -> None:
        old = self.world.pods.get(f"p{number}")
        if old is not None:
            self._pod(old, {**old, "metadata": {**old["metadata"], "labels": {"app": app}}})

    def compare(self, pod: Obj) -> None:
        refused, totals = reference.judge(self.world, pod)
        cycle = self.scheduler.cycle
        found = cycle.rank(PodInfo(pod, self.scheduler.shapes.of(pod)))
        names = [node.name if node is not None else "" for node in cycle.cache.nodes]
        if isinstance(found, Diagnosis):
            assert totals == {}
            assert {names[slot]: refusal.reasons for slot, refusal in found.refusals.items()} == refused
            return
        slots, scores = found
        assert sorted(names[slot] for slot in slots) == sorted(totals)
        if len(slots) > 1:
            assert {names[slot]: score for slot, score in zip(slots, scores, strict=True)} == totals


@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_columns_and_tallies_agree_with_the_plain_rules(seed: int, length: int) -> None:
    plan, both = Plan(seed), Both()
    for _ in range(8):
        both.node(plan.node())
    # The same questions again and again: their columns and tallies have been kept up since the first time.
    questions = [plan.pod() for _ in range(4)]
    for _ in range(length):
        plan.step(both)
        if both.world.nodes:
            if plan.one_in(3):
                # As if there were very many: what counts nobody is given up and counted anew.
                tallies = both.scheduler.cycle.tallies
                tallies._questions_max = tallies._carried_max = 1
            for pod in [*questions, plan.pod()]:
                both.compare(pod)
