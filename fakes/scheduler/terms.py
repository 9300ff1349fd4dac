"""Selectors, tolerations and affinity terms in forms that can be compared, hashed and asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from seatrial.fakes.kube.selection import Requirement, Selection
from seatrial.harness.ports.event import Obj

__all__ = [
    "Constraint",
    "NodeTerm",
    "Term",
    "Toleration",
    "Weighted",
    "constraints_of",
    "node_terms_of",
    "pod_terms_of",
    "term_matches",
    "tolerates",
    "tolerations_of",
    "weighted_terms_of",
]

Labels = Mapping[str, str]
HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"


class Toleration(NamedTuple):
    """A toleration's four fields."""

    key: str
    operator: str
    value: str
    effect: str


def tolerations_of(spec: Obj) -> tuple[Toleration, ...]:
    """Those of a pod's spec."""
    return tuple(
        Toleration(t.get("key") or "", t.get("operator") or "Equal", t.get("value") or "", t.get("effect") or "")
        for t in spec.get("tolerations") or ()
    )


def tolerates(tolerations: tuple[Toleration, ...], key: str, value: str, effect: str) -> bool:
    """Whether one of them tolerates this taint."""
    for toleration in tolerations:
        if toleration.effect and toleration.effect != effect:
            continue
        if toleration.key and toleration.key != key:
            continue
        if toleration.operator == "Exists" or (toleration.operator == "Equal" and toleration.value == value):
            return True
    return False


class NodeTerm(NamedTuple):
    """One nodeSelectorTerm: labels and metadata.name, all of them."""

    labels: tuple[Requirement, ...]
    fields: tuple[Requirement, ...]

    def selects(self, labels: Labels, name: str) -> bool:
        """Whether a node matches; an empty term matches none."""
        if not self.labels and not self.fields:
            return False
        for requirement in self.labels:
            if not _node_label(requirement, labels.get(requirement.key)):
                return False
        for key, operator, values in self.fields:
            if key != "metadata.name" or (name in values) is not (operator == "In"):
                return False
        return True


def _node_label(requirement: Requirement, value: str | None) -> bool:
    _, operator, values = requirement
    if operator == "In":
        return value in values
    if operator == "NotIn":
        return value not in values
    if operator == "Exists":
        return value is not None
    if operator == "DoesNotExist":
        return value is None
    if value is None:
        return False
    try:
        have, bound = int(value), int(values[0])
    except ValueError:
        return False
    return have > bound if operator == "Gt" else have < bound


def _requirements(clauses: Any) -> tuple[Requirement, ...]:
    return tuple(Requirement(c["key"], c["operator"], tuple(c.get("values") or ())) for c in clauses or ())


def node_terms_of(terms: Any) -> tuple[NodeTerm, ...]:
    """From nodeSelectorTerms."""
    return tuple(NodeTerm(_requirements(t.get("matchExpressions")), _requirements(t.get("matchFields"))) for t in terms)


class Term(NamedTuple):
    """A pod affinity term. A selector of None selects nothing."""

    namespaces: tuple[str, ...]
    namespace_selector: Selection | None
    selector: Selection | None
    key: str


class Weighted(NamedTuple):
    """A preferred term."""

    weight: int
    term: Term


def term_matches(term: Term, namespace: str, namespace_labels: Labels, labels: Labels) -> bool:
    """Whether a pod of this namespace and these labels is meant."""
    if namespace not in term.namespaces:
        chosen = term.namespace_selector
        if chosen is None or not chosen.selects(namespace_labels):
            return False
    return term.selector is not None and term.selector.selects(labels)


def _selection(selector: Any) -> Selection | None:
    return None if selector is None else Selection.of(selector)


def _with_keys(selector: Any, labels: Labels, same: Any, other: Any) -> Selection | None:
    # The API server writes these keys into the selector when the pod is made; twice is the same as once.
    chosen = _selection(selector)
    if chosen is None or not (same or other):
        return chosen
    more = [Requirement(key, "In", (labels[key],)) for key in same or () if key in labels]
    more += [Requirement(key, "NotIn", (labels[key],)) for key in other or () if key in labels]
    return Selection(tuple(sorted({*chosen.requirements, *more})))


def _pod_term(term: Obj, namespace: str, labels: Labels) -> Term:
    chosen = term.get("namespaceSelector")
    named = tuple(sorted(term.get("namespaces") or ()))
    return Term(
        named if named or chosen is not None else (namespace,),
        _selection(chosen),
        _with_keys(term.get("labelSelector"), labels, term.get("matchLabelKeys"), term.get("mismatchLabelKeys")),
        term["topologyKey"],
    )


def pod_terms_of(affinity: Obj | None, namespace: str, labels: Labels) -> tuple[Term, ...]:
    """The required terms of a podAffinity or podAntiAffinity."""
    listed = (affinity or {}).get("requiredDuringSchedulingIgnoredDuringExecution") or ()
    return tuple(_pod_term(term, namespace, labels) for term in listed)


def weighted_terms_of(affinity: Obj | None, namespace: str, labels: Labels) -> tuple[Weighted, ...]:
    """The preferred terms of a podAffinity or podAntiAffinity."""
    listed = (affinity or {}).get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    return tuple(Weighted(w["weight"], _pod_term(w["podAffinityTerm"], namespace, labels)) for w in listed)


class Constraint(NamedTuple):
    """A topology spread constraint, defaults filled in."""

    key: str
    max_skew: int
    selector: Selection | None
    min_domains: int = 1
    honor_affinity: bool = True
    honor_taints: bool = False


def constraints_of(spec: Obj, labels: Labels, action: str) -> tuple[Constraint, ...]:
    """Those of a pod's spec with this whenUnsatisfiable."""
    return tuple(
        Constraint(
            c["topologyKey"],
            c["maxSkew"],
            _with_keys(c.get("labelSelector"), labels, c.get("matchLabelKeys"), ()),
            c.get("minDomains") or 1,
            c.get("nodeAffinityPolicy", "Honor") == "Honor",
            c.get("nodeTaintsPolicy", "Ignore") == "Honor",
        )
        for c in spec.get("topologySpreadConstraints") or ()
        if c.get("whenUnsatisfiable", "DoNotSchedule") == action
    )
