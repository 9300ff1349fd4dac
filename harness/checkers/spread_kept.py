"""spread-kept: at the end every hard placement constraint is met; soft spread that is lopsided is advice.

Hard: topologySpreadConstraints with DoNotSchedule, and required pod anti-affinity. Kubernetes never moves a running pod
back, so ScheduleAnyway may stay lopsided after a zone has come back: said, never counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from seatrial.harness.checkers.findings import no_subject
from seatrial.harness.checkers.placement import Placement
from seatrial.harness.checkers.subjects import is_bound, is_ending, owner_of, selected
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.checker import Finding, Query, Standing, Trial, Verdict
from seatrial.harness.ports.event import Obj, Record

__all__ = ["SpreadKept"]

CLAIM = "every hard spread and anti-affinity constraint is met at the end"


@dataclass(frozen=True)
class Running:
    """Pods that run at the end, in order; `alike` holds the places of those whose labels no selector can tell apart."""

    pods: list[Obj]
    alike: dict[tuple[str, tuple[tuple[str, str], ...]], list[int]]

    def selected(self, namespaces: Sequence[str], selector: Obj | None) -> list[Obj]:
        """The pods of these namespaces that a LabelSelector selects, in order."""
        places: list[int] = []
        for (namespace, labels), group in self.alike.items():
            if namespace in namespaces and selected(selector, dict(labels)):
                places += group
        return [self.pods[place] for place in sorted(places)]


@dataclass(frozen=True)
class SpreadKept:
    """At the end every hard spread and anti-affinity constraint is met; lopsided soft spread is advice."""

    name: ClassVar[str] = "spread-kept"
    reads: ClassVar[Query] = Query(frozenset({"nodes", "pods"}))

    def start(self, trial: Trial) -> Placement:
        """Nothing seen yet."""
        return Placement(trial)

    def step(self, state: Placement, record: Record) -> Placement:
        """Keep what exists."""
        state.take(record)
        return state

    def finish(self, state: Placement, end: Instant) -> tuple[Finding, ...]:
        """One finding for each constraint of each owner."""
        findings: dict[str, Finding] = {}
        running = _group(pod for pod in state.pods.values() if is_bound(pod) and not is_ending(pod))
        seen: dict[tuple[str, str], bool] = {}
        for pod in running.pods:
            owner = _owner(pod)
            for constraint in pod["spec"].get("topologySpreadConstraints") or ():
                slot = (owner, f"spread/{constraint['topologyKey']}/{constraint['whenUnsatisfiable']}")
                if slot not in seen:
                    seen[slot] = True
                    finding = self._spread(state, running, pod, owner, constraint, end)
                    findings[finding.id + slot[1]] = finding
            for term in _anti(pod):
                slot = (owner, f"anti-affinity/{term['topologyKey']}")
                finding = self._apart(state, running, pod, owner, term, end)
                before = findings.get(finding.id)
                if before is None or before.verdict is Verdict.HELD:
                    findings[finding.id] = finding
                seen[slot] = True
        return tuple(findings.values()) or (no_subject(self.name, CLAIM, "no pod has a spread constraint"),)

    def _spread(
        self, state: Placement, running: Running, pod: Obj, owner: str, constraint: Obj, end: Instant
    ) -> Finding:
        topology = constraint["topologyKey"]
        counts: dict[str, int] = {}
        for node in state.nodes.values():
            domain = _label(node, topology)
            if domain is not None and _eligible(pod, node, constraint):
                counts.setdefault(domain, 0)
        for group in running.alike.values():
            if _counts_in(pod, running.pods[group[0]], constraint):
                for place in group:
                    domain = _domain(state, running.pods[place], topology)
                    if domain in counts:
                        counts[str(domain)] += 1
        fewest = min(counts.values(), default=0)
        if len(counts) < constraint.get("minDomains", 1):
            fewest = 0
        skew = max(counts.values(), default=0) - fewest
        hard = constraint["whenUnsatisfiable"] == "DoNotSchedule"
        broken = skew > constraint["maxSkew"]
        listed = ", ".join(f"{domain}: {count}" for domain, count in sorted(counts.items()))
        return Finding(
            checker=self.name,
            object=owner,
            field=f"topologySpreadConstraints[{topology}]",
            verdict=Verdict.BROKEN if broken and hard else Verdict.HELD,
            claim=CLAIM if hard else "soft spread is even at the end (advice)",
            seen=f"skew {skew} of at most {constraint['maxSkew']} over {topology} ({listed})",
            moment=end if broken and hard else None,
            advice=""
            if not broken
            else "see which pods could not move: something holds them where they are"
            if hard
            else "Kubernetes does not move running pods back: restart the workload, or run the descheduler",
            standing=Standing.COUNTED if hard else Standing.ADVICE,
            cluster=state.trial.cluster,
        )

    def _apart(self, state: Placement, running: Running, pod: Obj, owner: str, term: Obj, end: Instant) -> Finding:
        topology = term["topologyKey"]
        home = _domain(state, pod, topology)
        namespaces = term.get("namespaces") or [pod["metadata"]["namespace"]]
        together = [
            other["metadata"]["name"]
            for other in running.selected(namespaces, term.get("labelSelector"))
            if other is not pod and home is not None and _domain(state, other, topology) == home
        ]
        return Finding(
            checker=self.name,
            object=owner,
            field=f"podAntiAffinity[{topology}]",
            verdict=Verdict.BROKEN if together else Verdict.HELD,
            claim=CLAIM,
            seen=f"{pod['metadata']['name']} shares {topology}={home} with {', '.join(together[:3])}"
            if together
            else f"no two of them share a {topology}",
            moment=end if together else None,
            advice="see who bound them: the scheduler would not have" if together else "",
            cluster=state.trial.cluster,
        )


def _group(pods: Iterable[Obj]) -> Running:
    running = Running([], {})
    for place, pod in enumerate(pods):
        meta = pod["metadata"]
        labels = tuple(sorted((meta.get("labels") or {}).items()))
        running.pods.append(pod)
        running.alike.setdefault((meta["namespace"], labels), []).append(place)
    return running


def _owner(pod: Obj) -> str:
    owner = owner_of(pod)
    meta = pod["metadata"]
    return (
        f"{owner['kind']}/{meta['namespace']}/{owner['name']}" if owner else f"Pod/{meta['namespace']}/{meta['name']}"
    )


def _anti(pod: Obj) -> Iterable[Obj]:
    affinity: dict[str, Any] = pod["spec"].get("affinity") or {}
    terms = (affinity.get("podAntiAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution")
    return terms or ()


def _label(node: Obj, key: str) -> str | None:
    value: str | None = node["metadata"].get("labels", {}).get(key)
    return value


def _domain(state: Placement, pod: Obj, topology: str) -> str | None:
    node = state.nodes.get(pod["spec"]["nodeName"])
    return None if node is None else _label(node, topology)


def _counts_in(pod: Obj, other: Obj, constraint: Obj) -> bool:
    if other["metadata"]["namespace"] != pod["metadata"]["namespace"]:
        return False
    labels, mine = other["metadata"].get("labels") or {}, pod["metadata"].get("labels") or {}
    if any(labels.get(key) != mine.get(key) for key in constraint.get("matchLabelKeys") or ()):
        return False
    return selected(constraint.get("labelSelector"), labels)


def _eligible(pod: Obj, node: Obj, constraint: Obj) -> bool:
    """Whether the scheduler counts this node's domain: nodeSelector and, if asked for, taints.

    Differs from the scheduler: required node affinity is not looked at, so a domain that only affinity excludes counts.
    """
    if constraint.get("nodeAffinityPolicy", "Honor") == "Honor":
        labels = node["metadata"].get("labels") or {}
        wanted: dict[str, str] = pod["spec"].get("nodeSelector") or {}
        if any(labels.get(key) != value for key, value in wanted.items()):
            return False
    if constraint.get("nodeTaintsPolicy", "Ignore") == "Honor":
        return not any(taint["effect"] != "PreferNoSchedule" for taint in node["spec"].get("taints") or ())
    # A control-plane node has no zone label, so it is no domain of a zone spread; by hostname it would be.
    return True
