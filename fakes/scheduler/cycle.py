"""One scheduling cycle: filter, score, choose. Source: pkg/scheduler/schedule_one.go.

Differs from the real one: nodes are looked at one after the other, so that exactly the first feasible ones are
scored (16 goroutines find some few others); ties are broken by a draw of the run's stream.
"""

from __future__ import annotations

from itertools import compress
from operator import add

from seatrial.fakes.scheduler.cache import Cache, NodeInfo, PodInfo
from seatrial.fakes.scheduler.diagnosis import Diagnosis
from seatrial.fakes.scheduler.filters import node_affinity, volume_binding, volume_restrictions, volume_zone
from seatrial.fakes.scheduler.filters.inter_pod_affinity import AffinityRule
from seatrial.fakes.scheduler.filters.pod_topology_spread import SpreadRule
from seatrial.fakes.scheduler.filters.volume_rule import VolumeRule
from seatrial.fakes.scheduler.images import Images
from seatrial.fakes.scheduler.index import Index, local_refusal
from seatrial.fakes.scheduler.nominator import Nominator
from seatrial.fakes.scheduler.refusal import Refusal
from seatrial.fakes.scheduler.scores import inter_pod_affinity
from seatrial.fakes.scheduler.scores import node_affinity as affinity_score
from seatrial.fakes.scheduler.scores import taint_toleration as taint_score
from seatrial.fakes.scheduler.scores.pod_topology_spread import SpreadScore
from seatrial.fakes.scheduler.tally import Tallies
from seatrial.fakes.scheduler.volumes import VolumeBook
from seatrial.fakes.scheduler.workloads import Workloads
from seatrial.harness.kernel.streams import Stream

__all__ = ["Cycle", "Rules"]

FEASIBLE_MIN = 100
_MEMO_MAX = 4096


class Rules:
    """The filters that look beyond one node, ready for one pod."""

    __slots__ = ("affinity", "spread", "volumes")

    def __init__(self, pod: PodInfo, tallies: Tallies, volumes: VolumeBook) -> None:
        shape = pod.shape
        self.volumes = VolumeRule(pod, volumes) if shape.claims or shape.disks else None
        self.spread = SpreadRule(shape, tallies) if shape.spread else None
        self.affinity: AffinityRule | None = None
        if shape.affinity or shape.anti_affinity or tallies.carried:
            rule = AffinityRule(shape, tallies)
            self.affinity = rule if rule else None

    def refuse(self, node: NodeInfo) -> Refusal | None:
        """The first refusal, in the real order: volumes, spread, affinity."""
        refusal = None
        if self.volumes is not None:
            refusal = self.volumes.refuse(node)
        if refusal is None and self.spread is not None:
            refusal = self.spread.refuse(node.slot)
        if refusal is None and self.affinity is not None:
            refusal = self.affinity.refuse(node.slot)
        return refusal


class Cycle:
    """Finds a node for a pod."""

    __slots__ = (
        "_memo",
        "_memo_moment",
        "_next_start",
        "_spread",
        "_spread_of",
        "cache",
        "images",
        "index",
        "nominator",
        "percentage",
        "priorities",
        "stream",
        "tallies",
        "volumes",
        "workloads",
    )

    def __init__(self, stream: Stream, percentage: int) -> None:
        self.stream = stream
        self.percentage = percentage
        self.cache = Cache()
        self.tallies = Tallies(self.cache)
        self.index = Index()
        self.images = Images()
        self.nominator = Nominator()
        self.priorities: dict[int, int] = {}  # how many placed pods have each
        self.workloads = Workloads()
        self.volumes = VolumeBook()
        self._next_start = 0
        self._spread: dict[int, SpreadScore] = {}
        self._spread_of = 0
        self._memo: dict[int, Diagnosis] = {}
        self._memo_moment: object = None

    @property
    def moment(self) -> tuple[int, int, int, int]:
        """Two equal moments have seen the same cluster."""
        return self.cache.moment, self.nominator.version, self.volumes.version, self.tallies.relabelled

    # The cluster as it changes.

    def put(self, pod: PodInfo) -> None:
        """A pod runs on its node, or is assumed to."""
        node = self.cache.by_name.get(pod.node)
        if node is None:
            self.cache.stray(pod)
            return
        node.add(pod)
        priority = pod.shape.priority
        self.priorities[priority] = self.priorities.get(priority, 0) + 1
        self.tallies.count(pod, node.slot, 1)
        self.volumes.use(pod, 1)
        self.cache.touch(node.slot)

    def take(self, pod: PodInfo) -> None:
        """A pod is no longer there."""
        node = self.cache.by_name.get(pod.node)
        if node is None or pod.uid not in node.pods:
            self.cache.forget_stray(pod)
            return
        node.remove(pod)
        priority = pod.shape.priority
        self.priorities[priority] -= 1
        if not self.priorities[priority]:
            del self.priorities[priority]
        self.tallies.count(pod, node.slot, -1)
        self.volumes.use(pod, -1)
        self.cache.touch(node.slot)

    # Choosing.

    def place(self, pod: PodInfo) -> int | Diagnosis:
        """The slot for a pod, or why there is none. There must be nodes."""
        ranked = self.rank(pod)
        if isinstance(ranked, Diagnosis):
            return ranked
        feasible, totals = ranked
        if len(feasible) == 1:
            return feasible[0]
        best = max(totals)
        ties = totals.count(best)
        if ties == 1:
            return feasible[totals.index(best)]
        return self.stream.pick(list(compress(feasible, map(best.__eq__, totals))))

    def rank(self, pod: PodInfo) -> tuple[list[int], list[int]] | Diagnosis:
        """The feasible slots that count and their total scores (none for a single one), or why there is none."""
        self.images.look(self.cache)
        known = self._known(pod)
        if known is not None:
            return known
        early = self._pre_filter(pod)
        if early is not None:
            return Diagnosis(len(self.cache), {}, everywhere=early)
        rules = Rules(pod, self.tallies, self.volumes)
        nominated = (pod.obj.get("status") or {}).get("nominatedNodeName")
        if nominated:
            node = self.cache.by_name.get(nominated)
            if node is not None and self.refuse(pod, node, rules) is None:
                return [node.slot], []
        if pod.shape.node_names is not None:
            return self._rank_named(pod, pod.shape.node_names, rules)
        slots = self._visits()
        feasible, values, visited = self._feasible(pod, slots, self._wanted(len(slots)), rules)
        self._next_start = (self._next_start + visited) % len(self.cache)
        if not feasible:
            return self._explain(pod, slots, rules)
        return feasible, self._totals(pod, feasible, values) if len(feasible) > 1 else []

    def _rank_named(self, pod: PodInfo, names: frozenset[str], rules: Rules) -> tuple[list[int], list[int]] | Diagnosis:
        # Each pod of a DaemonSet names its own node: a column for each of them would cost a look at all nodes.
        by_name = self.cache.by_name
        refusals: dict[int, Refusal] = {}
        feasible = []
        for name in sorted(names):
            node = by_name.get(name)
            if node is not None:
                refusal = self.refuse(pod, node, rules)
                if refusal is None:
                    feasible.append(node.slot)
                else:
                    refusals[node.slot] = refusal
        self._next_start = (self._next_start + len(feasible) + len(refusals)) % len(self.cache)
        if not feasible:
            return Diagnosis(len(self.cache), refusals, absent=node_affinity.UNNAMED)
        if len(feasible) == 1:
            return feasible, []
        values = list(map(self.index.column(pod.shape, self.cache).values.__getitem__, feasible))
        return feasible, self._totals(pod, feasible, values)

    def refuse(self, pod: PodInfo, node: NodeInfo, rules: Rules | None = None) -> Refusal | None:
        """All filters for one node, with the pods nominated to it there and without them."""
        rivals = self.nominator.rivals(pod, node.name)
        if rivals:
            for rival in rivals:
                node.add(rival)
                self.tallies.count(rival, node.slot, 1)
            refusal = self._refuse(pod, node, None)
            for rival in rivals:
                node.remove(rival)
                self.tallies.count(rival, node.slot, -1)
            if refusal is not None:
                return refusal
        return self._refuse(pod, node, rules)

    def _refuse(self, pod: PodInfo, node: NodeInfo, rules: Rules | None) -> Refusal | None:
        refusal = local_refusal(pod.shape, node)
        if refusal is None:
            refusal = (rules or Rules(pod, self.tallies, self.volumes)).refuse(node)
        return refusal

    def _known(self, pod: PodInfo) -> Diagnosis | None:
        # A pod that fits nowhere tells the same of all its kind until something changes.
        moment = self.moment
        if moment != self._memo_moment or len(self._memo) > _MEMO_MAX:
            self._memo_moment = moment
            self._memo.clear()
            return None
        return self._memo.get(pod.shape.number) if self._typical(pod) else None

    def _typical(self, pod: PodInfo) -> bool:
        # Claims and names are each pod's own; a nomination leaves room for one pod of the kind only.
        return not pod.shape.claims and pod.shape.node_names is None and not self.nominator.has(pod.uid)

    def _pre_filter(self, pod: PodInfo) -> Refusal | None:
        shape = pod.shape
        if shape.node_names is not None and not shape.node_names:
            return node_affinity.CONFLICT
        if not shape.claims:
            return None
        book = self.volumes
        return (
            volume_restrictions.pre_filter(pod, book)
            or volume_binding.pre_filter(pod, book)
            or volume_zone.pre_filter(pod, book)
        )

    def _visits(self) -> list[int]:
        """All nodes, from where the last search ended."""
        order, start = self.cache.order(), self._next_start
        return order[start:] + order[:start] if start else order

    def _wanted(self, nodes: int) -> int:
        """How many feasible nodes end the search (numFeasibleNodesToFind)."""
        if nodes < FEASIBLE_MIN:
            return nodes
        percentage = self.percentage or max(50 - nodes // 125, 5)
        return max(nodes * percentage // 100, FEASIBLE_MIN)

    def _feasible(self, pod: PodInfo, slots: list[int], wanted: int, rules: Rules) -> tuple[list[int], list[int], int]:
        """The first feasible slots, their base scores, and how many were looked at."""
        column = self.index.column(pod.shape, self.cache)
        get = column.values.__getitem__
        special = self._special(pod)
        found: list[int] = []
        values: list[int] = []
        at, missing = 0, wanted
        while missing > 0 and at < len(slots):
            chunk = slots[at : at + max(missing, 128)]
            cells = list(map(get, chunk))
            if rules.volumes is not None or special:
                cells = [
                    -1 if cell >= 0 and (self._stricken(pod, slot, special, rules)) else cell
                    for slot, cell in zip(chunk, cells, strict=True)
                ]
            if rules.spread is not None:
                cells = rules.spread.strike(chunk, cells)
            if rules.affinity is not None:
                cells = rules.affinity.strike(chunk, cells)
            bad = cells.count(-1)
            if bad:
                pairs = [(slot, cell) for slot, cell in zip(chunk, cells, strict=True) if cell >= 0]
                chunk_found = [slot for slot, _ in pairs]
                cells = [cell for _, cell in pairs]
            else:
                chunk_found = chunk
            if len(chunk_found) > missing:
                last = chunk_found[missing - 1]
                visited = at + chunk.index(last) + 1
                return found + chunk_found[:missing], values + cells[:missing], visited
            if len(chunk_found) == missing and chunk_found:
                return found + chunk_found, values + cells, at + chunk.index(chunk_found[-1]) + 1
            found += chunk_found
            values += cells
            missing -= len(chunk_found)
            at += len(chunk)
        return found, values, min(at, len(slots))

    def _special(self, pod: PodInfo) -> frozenset[int]:
        """Slots where a nominated pod of no lower priority must be imagined."""
        by_name = self.cache.by_name
        return frozenset(
            by_name[name].slot
            for name in self.nominator.nodes()
            if name in by_name and self.nominator.rivals(pod, name)
        )

    def _stricken(self, pod: PodInfo, slot: int, special: frozenset[int], rules: Rules) -> bool:
        node = self.cache.nodes[slot]
        assert node is not None
        if slot in special:
            return self.refuse(pod, node, rules) is not None
        return rules.volumes is not None and rules.volumes.refuse(node) is not None

    def _explain(self, pod: PodInfo, slots: list[int], rules: Rules) -> Diagnosis:
        """Each node's refusal."""
        column = self.index.column(pod.shape, self.cache)
        nodes, special = self.cache.nodes, self._special(pod)
        refusals: dict[int, Refusal] = {}
        for slot in slots:
            refusal = column.refusals[slot]
            if refusal is None:
                node = nodes[slot]
                assert node is not None
                refusal = self.refuse(pod, node, rules) if slot in special else rules.refuse(node)
                assert refusal is not None
            refusals[slot] = refusal
        diagnosis = Diagnosis(len(self.cache), refusals)
        if self._typical(pod):
            self._memo[pod.shape.number] = diagnosis
        return diagnosis

    def _totals(self, pod: PodInfo, slots: list[int], values: list[int]) -> list[int]:
        """The weighted sum of all scores for each feasible node."""
        shape, tallies = pod.shape, self.tallies
        column = self.index.column(shape, self.cache)
        totals = values
        if column.soft_taints:
            taints = list(map(column.taints.__getitem__, slots))
            if any(taints):
                # The base scores hold a full mark for taints.
                lost = [score - 100 for score in taint_score.normalized(taints)]
                totals = _plus(totals, lost, taint_score.WEIGHT)
        if shape.fixed.preferred:
            wished = affinity_score.normalized(list(map(column.affinity.__getitem__, slots)))
            totals = _plus(totals, wished, affinity_score.WEIGHT)
        constraints = shape.spread_soft if shape.own_spread else self.workloads.constraints(pod)
        if constraints:
            if self._spread_of != tallies.trimmed or len(self._spread) > _MEMO_MAX:
                self._spread.clear()
                self._spread_of = tallies.trimmed
            spread = self._spread.get(shape.number)
            if spread is None or spread.constraints is not constraints:
                spread = SpreadScore(shape, constraints, tallies, strict=shape.own_spread)
                self._spread[shape.number] = spread
            totals = list(map(add, totals, spread.weighted(slots, len(self.cache))))
        if shape.preferred or shape.preferred_anti or tallies.carried:
            sums = inter_pod_affinity.raw(shape, tallies, slots)
            if sums is not None:
                totals = _plus(totals, inter_pod_affinity.scores(sums), inter_pod_affinity.WEIGHT)
        local = self.images.scores(shape, self.cache)
        if local:
            totals = [total + local.get(slot, 0) for total, slot in zip(totals, slots, strict=True)]
        return totals


def _plus(totals: list[int], scores: list[int], weight: int) -> list[int]:
    return list(map(add, totals, [weight * score for score in scores]))
