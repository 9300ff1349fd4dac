"""The rules once more, written plainly from the Go source over raw objects: no caches, floats as Go has them."""

from __future__ import annotations

import math
from typing import Any

from seatrial.fakes.kube.quantity import milli, units
from seatrial.fakes.kube.selection import matches

__all__ = ["World", "judge"]

Obj = dict[str, Any]
HOSTNAME, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
FAR = "node(s) didn't match pod affinity rules"
APART = "node(s) didn't match pod anti-affinity rules"
UNWELCOME = "node(s) didn't satisfy existing pods anti-affinity rules"
SKEWED = "node(s) didn't match pod topology spread constraints"


class World:
    """All objects by name."""

    def __init__(self) -> None:
        self.nodes: dict[str, Obj] = {}
        self.pods: dict[str, Obj] = {}
        self.namespaces: dict[str, Obj] = {}
        self.services: dict[str, Obj] = {}

    def on(self, node: str) -> list[Obj]:
        return [pod for pod in self.pods.values() if pod["spec"].get("nodeName") == node]

    def placed(self) -> list[tuple[Obj, Obj]]:
        return [
            (p, self.nodes[p["spec"]["nodeName"]]) for p in self.pods.values() if p["spec"]["nodeName"] in self.nodes
        ]


def labels(obj: Obj) -> Obj:
    return obj["metadata"].get("labels") or {}


def asked(pod: Obj, *, counted: bool) -> tuple[int, int]:
    cpu = memory = 0
    for container in pod["spec"]["containers"]:
        requests = (container.get("resources") or {}).get("requests") or {}
        cpu += milli(requests["cpu"]) if "cpu" in requests else 100 if counted else 0
        memory += units(requests["memory"]) if "memory" in requests else 200 * 1024 * 1024 if counted else 0
    return cpu, memory


def tolerated(pod: Obj, taint: Obj) -> bool:
    for t in pod["spec"].get("tolerations") or ():
        if t.get("effect") and t["effect"] != taint["effect"]:
            continue
        if t.get("key") and t["key"] != taint["key"]:
            continue
        if t.get("operator") == "Exists" or t.get("value", "") == taint.get("value", ""):
            return True
    return False


def node_term(term: Obj, node: Obj) -> bool:
    have = labels(node)
    for e in term["matchExpressions"]:
        value = have.get(e["key"])
        good = {
            "In": value in e.get("values", []),
            "NotIn": value not in e.get("values", []),
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }[e["operator"]]
        if not good:
            return False
    return True


def selected(pod: Obj, node: Obj) -> bool:
    if any(labels(node).get(key) != value for key, value in (pod["spec"].get("nodeSelector") or {}).items()):
        return False
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or any(node_term(term, node) for term in required["nodeSelectorTerms"])


def term_means(world: World, owner: Obj, term: Obj, pod: Obj) -> bool:
    chosen = term.get("namespaceSelector")
    namespace = pod["metadata"]["namespace"]
    named = term.get("namespaces") or ([owner["metadata"]["namespace"]] if chosen is None else [])
    spaces = labels(world.namespaces.get(namespace, {"metadata": {}}))
    if namespace not in named and (chosen is None or not matches(chosen, spaces)):
        return False
    return matches(term.get("labelSelector"), labels(pod))


def terms(pod: Obj, kind: str, when: str) -> list[Obj]:
    affinity = (pod["spec"].get("affinity") or {}).get(kind) or {}
    return affinity.get(f"{when}DuringSchedulingIgnoredDuringExecution") or []


def local(world: World, pod: Obj, node: Obj) -> tuple[str, ...]:
    cordon = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    if node["spec"].get("unschedulable") and not tolerated(pod, cordon):
        return ("node(s) were unschedulable",)
    for taint in node["spec"].get("taints") or ():
        if taint["effect"] != "PreferNoSchedule" and not tolerated(pod, taint):
            return ("node(s) had untolerated taint(s)",)
    if not selected(pod, node):
        return ("node(s) didn't match Pod's node affinity/selector",)
    there = world.on(node["metadata"]["name"])
    have = node["status"]["allocatable"]
    cpu, memory = asked(pod, counted=False)
    reasons = []
    if len(there) + 1 > int(have["pods"]):
        reasons.append("Too many pods")
    if cpu and cpu > milli(have["cpu"]) - sum(asked(p, counted=False)[0] for p in there):
        reasons.append("Insufficient cpu")
    if memory and memory > units(have["memory"]) - sum(asked(p, counted=False)[1] for p in there):
        reasons.append("Insufficient memory")
    return tuple(reasons)


def counts(world: World, pod: Obj, constraint: Obj, node: Obj) -> bool:
    """Whether a node counts for a constraint."""
    if constraint.get("nodeAffinityPolicy", "Honor") == "Honor" and not selected(pod, node):
        return False
    if constraint.get("nodeTaintsPolicy", "Ignore") == "Honor":
        for taint in node["spec"].get("taints") or ():
            if taint["effect"] != "PreferNoSchedule" and not tolerated(pod, taint):
                return False
    return True


def of_kind(world: World, pod: Obj, constraint: Obj, node: Obj) -> int:
    selector = constraint.get("labelSelector")
    if not selector or not (selector.get("matchLabels") or selector.get("matchExpressions")):
        return 0
    found = 0
    for other in world.on(node["metadata"]["name"]):
        if "deletionTimestamp" in other["metadata"] or other["metadata"]["namespace"] != pod["metadata"]["namespace"]:
            continue
        found += matches(selector, labels(other))
    return found


def constraints(pod: Obj, action: str) -> list[Obj]:
    return [c for c in pod["spec"].get("topologySpreadConstraints") or () if c["whenUnsatisfiable"] == action]


def spread(world: World, pod: Obj, node: Obj) -> str:
    hard = constraints(pod, "DoNotSchedule")
    for constraint in hard:
        key = constraint["topologyKey"]
        if key not in labels(node):
            return SKEWED + " (missing required label)"
        domains: dict[str, int] = {}
        for other in world.nodes.values():
            if all(c["topologyKey"] in labels(other) for c in hard) and counts(world, pod, constraint, other):
                value = labels(other)[key]
                domains[value] = domains.get(value, 0) + of_kind(world, pod, constraint, other)
        least = min(domains.values(), default=2**31 - 1)
        if len(domains) < (constraint.get("minDomains") or 1):
            least = 0
        own = int(matches(constraint.get("labelSelector"), labels(pod)))
        if domains.get(labels(node)[key], 0) + own - least > constraint["maxSkew"]:
            return SKEWED
    return ""


def affinity(world: World, pod: Obj, node: Obj) -> str:
    near = terms(pod, "podAffinity", "required")
    found: dict[tuple[str, str], int] = {}
    for other, where in world.placed():
        if near and all(term_means(world, pod, term, other) for term in near):
            for term in near:
                if term["topologyKey"] in labels(where):
                    spot = (term["topologyKey"], labels(where)[term["topologyKey"]])
                    found[spot] = found.get(spot, 0) + 1
    there = True
    for term in near:
        value = labels(node).get(term["topologyKey"])
        if value is None:
            return FAR
        there = there and found.get((term["topologyKey"], value), 0) > 0
    if not there and (found or not all(term_means(world, pod, term, pod) for term in near)):
        return FAR
    for term in terms(pod, "podAntiAffinity", "required"):
        value = labels(node).get(term["topologyKey"])
        for other, where in world.placed():
            here = value is not None and labels(where).get(term["topologyKey"]) == value
            if here and term_means(world, pod, term, other):
                return APART
    for other, where in world.placed():
        for term in terms(other, "podAntiAffinity", "required"):
            value = labels(where).get(term["topologyKey"])
            here = value is not None and labels(node).get(term["topologyKey"]) == value
            if here and term_means(world, other, term, pod):
                return UNWELCOME
    return ""


def resource_scores(world: World, pod: Obj, node: Obj) -> int:
    there = world.on(node["metadata"]["name"])
    have = [milli(node["status"]["allocatable"]["cpu"]), units(node["status"]["allocatable"]["memory"])]
    wants, counted = asked(pod, counted=False), asked(pod, counted=True)
    least = []
    before, after = [], []
    for index in (0, 1):
        total = sum(asked(p, counted=True)[index] for p in there) + counted[index]
        least.append((have[index] - total) * 100 // have[index] if total <= have[index] else 0)
        used = sum(asked(p, counted=False)[index] for p in there)
        before.append(min(used / have[index], 1.0))
        after.append(min((used + wants[index]) / have[index], 1.0))
    score = sum(least) // 2
    if any(wants):
        with_pod = int((1 - abs((after[0] - after[1]) / 2)) * 100)
        without = int((1 - abs((before[0] - before[1]) / 2)) * 100)
        score += 50 + int((50 + with_pod - without) / 2)
    return score


def default_scores(raw: list[int], *, reverse: bool = False) -> list[int]:
    most = max(raw, default=0)
    if most == 0:
        return [100 if reverse else 0] * len(raw)
    return [100 - 100 * r // most if reverse else 100 * r // most for r in raw]


def spread_scores(world: World, pod: Obj, nodes: list[Obj]) -> list[int]:
    own = bool(pod["spec"].get("topologySpreadConstraints"))
    soft = constraints(pod, "ScheduleAnyway") if own else default_constraints(world, pod)
    if not soft:
        return [0] * len(nodes)
    ignored = [own and any(c["topologyKey"] not in labels(n) for c in soft) for n in nodes]
    shown = [n for n, skip in zip(nodes, ignored, strict=True) if not skip]
    weights = []
    for c in soft:
        size = len(shown)
        if c["topologyKey"] != HOSTNAME:
            size = len({labels(n).get(c["topologyKey"], "") for n in shown})
        weights.append(math.log(size + 2))
    raw = []
    for node in nodes:
        score = 0.0
        for c, weight in zip(soft, weights, strict=True):
            key = c["topologyKey"]
            if key not in labels(node):
                continue
            if key == HOSTNAME:
                count = of_kind(world, pod, c, node)
            else:
                count = sum(
                    of_kind(world, pod, c, other)
                    for other in world.nodes.values()
                    if labels(other).get(key) == labels(node)[key]
                    and counts(world, pod, c, other)
                    and not (own and any(d["topologyKey"] not in labels(other) for d in soft))
                )
            score += float(count) * weight + float(c["maxSkew"] - 1)
        raw.append(math.floor(score + 0.5))
    kept = [r for r, skip in zip(raw, ignored, strict=True) if not skip]
    low, high = min(kept, default=0), max(kept, default=0)
    final = []
    for r, skip in zip(raw, ignored, strict=True):
        final.append(0 if skip else 100 if high == 0 else 100 * (high + low - r) // high)
    return final


def default_constraints(world: World, pod: Obj) -> list[Obj]:
    wanted: Obj = {}
    for service in world.services.values():
        selector = service["spec"]["selector"]
        here = service["metadata"]["namespace"] == pod["metadata"]["namespace"]
        if here and all(labels(pod).get(key) == value for key, value in selector.items()):
            wanted.update(selector)
    if not wanted:
        return []
    selector = {"matchLabels": wanted}
    return [
        {"topologyKey": HOSTNAME, "maxSkew": 3, "labelSelector": selector},
        {"topologyKey": ZONE, "maxSkew": 5, "labelSelector": selector},
    ]


def affinity_scores(world: World, pod: Obj, nodes: list[Obj]) -> list[int]:
    worth: dict[tuple[str, str], int] = {}

    def give(term: Obj, where: Obj, weight: int) -> None:
        key = term["topologyKey"]
        if key in labels(where):
            spot = (key, labels(where)[key])
            worth[spot] = worth.get(spot, 0) + weight

    for other, where in world.placed():
        for kind, sign in (("podAffinity", 1), ("podAntiAffinity", -1)):
            for wished in terms(pod, kind, "preferred"):
                if term_means(world, pod, wished["podAffinityTerm"], other):
                    give(wished["podAffinityTerm"], where, sign * wished["weight"])
            for wished in terms(other, kind, "preferred"):
                if term_means(world, other, wished["podAffinityTerm"], pod):
                    give(wished["podAffinityTerm"], where, sign * wished["weight"])
        for term in terms(other, "podAffinity", "required"):
            if term_means(world, other, term, pod):
                give(term, where, 1)
    raw = [sum(w for (key, value), w in worth.items() if labels(n).get(key) == value) for n in nodes]
    low, high = min(raw, default=0), max(raw, default=0)
    return [int(100.0 * (float(r - low) / float(high - low))) if high > low else 0 for r in raw]


def judge(world: World, pod: Obj) -> tuple[dict[str, tuple[str, ...]], dict[str, int]]:
    """(reasons of the nodes that refuse, total scores of the others)."""
    refused: dict[str, tuple[str, ...]] = {}
    feasible = []
    for name, node in world.nodes.items():
        reasons = local(world, pod, node)
        if not reasons:
            text = spread(world, pod, node) or affinity(world, pod, node)
            reasons = (text,) if text else ()
        if reasons:
            refused[name] = reasons
        else:
            feasible.append(node)
    taints = default_scores([soft_taints(pod, node) for node in feasible], reverse=True)
    wishes = default_scores([wished_nodes(pod, node) for node in feasible])
    groups, pulls = spread_scores(world, pod, feasible), affinity_scores(world, pod, feasible)
    totals = {}
    for node, taint, wish, group, pull in zip(feasible, taints, wishes, groups, pulls, strict=True):
        total = resource_scores(world, pod, node) + 3 * taint + 2 * wish + 2 * group + 2 * pull
        totals[node["metadata"]["name"]] = total
    return refused, totals


def soft_taints(pod: Obj, node: Obj) -> int:
    taints = [t for t in node["spec"].get("taints") or () if t["effect"] == "PreferNoSchedule"]
    return sum(not tolerated(pod, taint) for taint in taints)


def wished_nodes(pod: Obj, node: Obj) -> int:
    return sum(w["weight"] for w in terms(pod, "nodeAffinity", "preferred") if node_term(w["preference"], node))
