"""Makes room for a pod by deleting pods of lower priority. Source: framework/preemption, plugins/defaultpreemption.

Differs from the real one: nodes are tried one after the other. Ties and the offset of the search are drawn from the
run's stream where Go draws from its own or takes a map's order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from seatrial.fakes.kube.selection import matches
from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.cycle import Cycle
from seatrial.fakes.scheduler.diagnosis import Diagnosis, histogram
from seatrial.fakes.scheduler.refusal import Refusal
from seatrial.harness.ports.event import Obj

__all__ = ["Candidate", "Preemption"]

NEVER = "preemption: not eligible due to preemptionPolicy=Never."
TERMINATING = "preemption: not eligible due to a terminating pod on the nominated node."
NOT_HELPFUL = "Preemption is not helpful for scheduling"
NO_VICTIMS = Refusal("DefaultPreemption", ("No preemption victims found for incoming pod",), False)
BY_SCHEDULER = "PreemptionByScheduler"
# DefaultPreemptionArgs: how many candidates are enough.
CANDIDATES_SHARE_PERCENT = 10
CANDIDATES_MIN = 100
_LATER = "~"  # sorts after every RFC 3339 time: a pod that has not started


class Candidate(NamedTuple):
    """A node, and the pods to delete there, most important first."""

    node: NodeInfo
    victims: tuple[PodInfo, ...]
    violations: int


def _started(pod: PodInfo) -> str:
    return (pod.obj.get("status") or {}).get("startTime") or _LATER


def _importance(pod: PodInfo) -> tuple[int, str]:
    return -pod.shape.priority, _started(pod)


class Preemption:
    """The post-filter."""

    __slots__ = ("_memo", "_memo_moment", "budgets", "cycle")

    def __init__(self, cycle: Cycle) -> None:
        self.cycle = cycle
        self.budgets: dict[tuple[str, str], Obj] = {}
        self._memo: dict[int, str] = {}
        self._memo_moment: object = None

    def budget(self, old: Obj | None, new: Obj | None) -> None:
        """A PodDisruptionBudget came, changed or went."""
        meta = (new or old or {})["metadata"]
        key = (meta["namespace"], meta["name"])
        if new is None:
            self.budgets.pop(key, None)
        else:
            self.budgets[key] = new

    def attempt(self, pod: PodInfo, diagnosis: Diagnosis) -> tuple[Candidate | None, str, bool]:
        """(whom to delete where, what to say if nobody, whether a nomination stands)."""
        if pod.shape.never_preempts:
            return None, NEVER, True
        if not self._eligible(pod, diagnosis):
            return None, TERMINATING, True
        # Without victims the answer is the same for all pods of the kind until something changes.
        moment = self.cycle.moment
        if moment != self._memo_moment:
            self._memo_moment = moment
            self._memo.clear()
        known = self._memo.get(pod.shape.number)
        if known is not None and not pod.shape.claims:
            return None, known, False
        candidates, refusals = self._candidates(pod, diagnosis)
        if not candidates:
            text = "preemption: " + histogram(diagnosis.nodes, refusals, NOT_HELPFUL)
            self._memo[pod.shape.number] = text
            return None, text, False
        return self._best(candidates), "", True

    def _eligible(self, pod: PodInfo, diagnosis: Diagnosis) -> bool:
        name = (pod.obj.get("status") or {}).get("nominatedNodeName")
        node = self.cycle.cache.by_name.get(name) if name else None
        if node is None:
            return True
        refusal = diagnosis.everywhere or diagnosis.refusals.get(node.slot) or diagnosis.absent
        if refusal is not None and not refusal.curable:
            return True
        priority = pod.shape.priority
        return not any(other.shape.priority < priority and _preempted(other) for other in node.pods.values())

    def _candidates(self, pod: PodInfo, diagnosis: Diagnosis) -> tuple[list[Candidate], list[Refusal]]:
        nodes = self.cycle.cache.nodes
        if diagnosis.everywhere is not None:
            potential = list(self.cycle.cache.order()) if diagnosis.everywhere.curable else []
        else:
            potential = [slot for slot, refusal in diagnosis.refusals.items() if refusal.curable]
        if not potential:
            return [], []
        enough = min(max(len(potential) * CANDIDATES_SHARE_PERCENT // 100, CANDIDATES_MIN), len(potential))
        kind, lower, hopeless = [], self._lower(pod), []
        offset = self.cycle.stream.below(len(potential)) if lower else 0
        gentle = False
        for slot in potential[offset:] + potential[:offset]:
            node = nodes[slot]
            assert node is not None
            found = self._try(pod, node) if lower else NO_VICTIMS
            if isinstance(found, Refusal):
                hopeless.append(found)
                continue
            kind.append(found)
            gentle = gentle or not found.violations
            if gentle and len(kind) >= enough:
                break
        return kind, hopeless

    def _lower(self, pod: PodInfo) -> bool:
        # Most clusters know one priority only: then nobody is looked at.
        return min(self.cycle.priorities, default=0) < pod.shape.priority

    def _try(self, pod: PodInfo, node: NodeInfo) -> Candidate | Refusal:
        """The least that must go from a node, or why that does not help (SelectVictimsOnNode)."""
        cycle, priority = self.cycle, pod.shape.priority
        lower = [other for other in node.pods.values() if other.shape.priority < priority]
        if not lower:
            return NO_VICTIMS
        before = dict(node.pods)
        moment = len(cycle.cache.log), cycle.volumes.version
        for other in lower:
            cycle.take(other)
        absent = {other.uid: other for other in lower}
        try:
            refusal = cycle.refuse(pod, node)
            if refusal is not None:
                return refusal
            lower.sort(key=_importance)
            breaking, harmless = self._by_budget(lower)
            victims: list[PodInfo] = []
            violations = 0
            for other in (*breaking, *harmless):
                cycle.put(other)
                del absent[other.uid]
                if cycle.refuse(pod, node) is not None:
                    cycle.take(other)
                    absent[other.uid] = other
                    victims.append(other)
                    violations += other in breaking
            victims.sort(key=_importance)
            return Candidate(node, tuple(victims), violations)
        finally:
            for other in absent.values():
                cycle.put(other)
            # All is as it was, the order of pods included: nobody needs to look again.
            node.pods = before
            del cycle.cache.log[moment[0] :]
            cycle.volumes.version = moment[1]

    def _by_budget(self, pods: Iterable[PodInfo]) -> tuple[list[PodInfo], list[PodInfo]]:
        """Those whose deletion breaks a disruption budget, and the others."""
        allowed = {key: (b.get("status") or {}).get("disruptionsAllowed") or 0 for key, b in self.budgets.items()}
        breaking: list[PodInfo] = []
        harmless: list[PodInfo] = []
        for pod in pods:
            broken = False
            for key, budget in self.budgets.items():
                selector = budget["spec"].get("selector")
                if key[0] != pod.namespace or not selector or not pod.shape.labels:
                    continue
                if not matches(selector, pod.shape.labels):
                    continue
                if pod.name in ((budget.get("status") or {}).get("disruptedPods") or {}):
                    continue
                allowed[key] -= 1
                broken = broken or allowed[key] < 0
            (breaking if broken else harmless).append(pod)
        return breaking, harmless

    def _best(self, candidates: list[Candidate]) -> Candidate:
        """pickOneNodeForPreemption: each rule decides among those that the one before left."""
        best = [c for c in candidates if not c.violations] or candidates
        ranked = [(_rank(candidate), candidate) for candidate in best]
        least = min(rank for rank, _ in ranked)
        best = [candidate for rank, candidate in ranked if rank == least]
        latest = max(_earliest_start(candidate) for candidate in best)
        best = [candidate for candidate in best if _earliest_start(candidate) == latest]
        return best[0] if len(best) == 1 else self.cycle.stream.pick(best)


def _rank(candidate: Candidate) -> tuple[int, int, int, int]:
    """Budgets broken, the highest priority, the sum of priorities, the number of pods."""
    priorities = [victim.shape.priority for victim in candidate.victims]
    return candidate.violations, priorities[0], sum(p + 2**31 for p in priorities), len(priorities)


def _earliest_start(candidate: Candidate) -> str:
    highest = candidate.victims[0].shape.priority
    return min(_started(victim) for victim in candidate.victims if victim.shape.priority == highest)


def _preempted(pod: PodInfo) -> bool:
    if not pod.terminating:
        return False
    for condition in (pod.obj.get("status") or {}).get("conditions") or ():
        if condition["type"] == "DisruptionTarget":
            return bool(condition["status"] == "True" and condition.get("reason") == BY_SCHEDULER)
    return False
