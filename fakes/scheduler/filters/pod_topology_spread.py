"""Hard topology spread constraints. Source: podtopologyspread/filtering.go."""

from __future__ import annotations

from seatrial.fakes.scheduler.cache import PodInfo
from seatrial.fakes.scheduler.refusal import Change, Refusal
from seatrial.fakes.scheduler.signature import Shape
from seatrial.fakes.scheduler.tally import Tallies
from seatrial.fakes.scheduler.terms import Constraint, Term
from seatrial.fakes.scheduler.topology import Mask

__all__ = ["NAME", "SKEWED", "UNLABELLED", "SpreadRule", "mask_of", "selected", "wakes"]

NAME = "PodTopologySpread"
SKEWED = Refusal(NAME, ("node(s) didn't match pod topology spread constraints",), True)
UNLABELLED = Refusal(NAME, ("node(s) didn't match pod topology spread constraints (missing required label)",), False)


def mask_of(constraint: Constraint, keys: tuple[str, ...], shape: Shape) -> Mask:
    """The nodes that a constraint counts."""
    fixed = shape.fixed
    picky = fixed.node_selector or fixed.node_terms is not None
    return Mask(
        keys,
        # What does not look at nodes is one mask for all pods.
        fixed._replace(tolerations=(), preferred=()) if constraint.honor_affinity and picky else None,
        fixed._replace(node_selector=(), node_terms=None, preferred=()) if constraint.honor_taints else None,
    )


def selected(constraint: Constraint, shape: Shape) -> tuple[Term, ...]:
    """The question that a constraint's tally answers; an empty selector counts nobody (countPodsMatchSelector)."""
    selector = constraint.selector
    if selector is not None and not selector.requirements:
        selector = None
    return (Term((shape.namespace,), None, selector, ""),)


class SpreadRule:
    """The hard constraints of one pod, ready to be asked about nodes."""

    __slots__ = ("_parts",)

    def __init__(self, shape: Shape, tallies: Tallies) -> None:
        keys = tuple(sorted({constraint.key for constraint in shape.spread}))
        self._parts: list[tuple[list[str | None], dict[str, int], int]] = []
        for constraint in shape.spread:
            tally = tallies.selected(selected(constraint, shape), alive=True)
            domains = tallies.in_domains(tally, constraint.key, mask_of(constraint, keys, shape))
            least = domains.least
            # Go starts from MaxInt32 where no node is eligible: then nothing is skewed.
            low = 2**31 - 1 if least is None else least
            if len(domains.counts) < constraint.min_domains:
                low = 0
            itself = 1 if constraint.selector is not None and constraint.selector.selects(shape.labels) else 0
            at = tallies.topology(constraint.key).at
            self._parts.append((at, domains.counts, constraint.max_skew - itself + low))

    def strike(self, slots: list[int], values: list[int]) -> list[int]:
        """The values, -1 where the rule refuses."""
        for at, counts, limit in self._parts:
            get = counts.get
            values = [
                value if (domain := at[slot]) is not None and get(domain, 0) <= limit else -1
                for slot, value in zip(slots, values, strict=True)
            ]
        return values

    def refuse(self, slot: int) -> Refusal | None:
        """The filter for one node."""
        for at, counts, limit in self._parts:
            domain = at[slot]
            if domain is None:
                return UNLABELLED
            if counts.get(domain, 0) > limit:
                return SKEWED
        return None


def wakes(change: Change, pod: PodInfo) -> bool:
    """Whether a pod that was refused here should be tried again."""
    kind, old, new = change
    shape = pod.shape
    if kind.startswith("node/"):
        return _node_wakes(kind, old, new, shape)
    if kind not in {"pod/add", "pod/delete", "pod/label", "pod/toleration"}:
        return False
    if any(p is not None and p.uid != pod.uid and (p.namespace != pod.namespace or not p.node) for p in (old, new)):
        return False
    if kind == "pod/toleration":
        return new.uid == pod.uid and any(constraint.honor_taints for constraint in shape.spread)
    selectors = [constraint.selector for constraint in shape.spread if constraint.selector is not None]
    if kind == "pod/label":
        return any(s.selects(old.shape.labels) != s.selects(new.shape.labels) for s in selectors)
    other = new if new is not None else old
    return any(selector.selects(other.shape.labels) for selector in selectors)


def _node_wakes(kind: str, old: object, new: object, shape: Shape) -> bool:
    if kind not in {"node/add", "node/delete", "node/label", "node/taint"}:
        return False
    keys = [constraint.key for constraint in shape.spread]
    before, after = getattr(old, "labels", None), getattr(new, "labels", None)
    was = before is not None and all(key in before for key in keys)
    now = after is not None and all(key in after for key in keys)
    if before is None or after is None:
        return was or now
    if was != now:
        return True
    moved = any(before[key] != after[key] for key in keys) if now else False
    return now and (moved or getattr(old, "taints", ()) != getattr(new, "taints", ()))
