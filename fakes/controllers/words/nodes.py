"""Whether a pod's spec takes a node: nodeSelector, required nodeAffinity, taints.

Sources: k8s.io/component-helpers/scheduling/corev1 (v0.36.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.ports.event import Obj

__all__ = ["matches_node", "matches_node_terms", "tolerates", "untolerated"]


def _holds(rule: Mapping[str, Any], have: Mapping[str, str]) -> bool:
    key, operator, values = rule["key"], rule["operator"], rule.get("values") or ()
    value = have.get(key)
    if operator == "In":
        return value in values
    if operator == "NotIn":
        return value not in values
    if operator in ("Exists", "DoesNotExist"):
        return (operator == "Exists") is (value is not None)
    if operator in ("Gt", "Lt"):
        return value is not None and _compares(operator, value, values)
    raise Unsupported(f"node selector operator {operator!r}")


def _compares(operator: str, have: str, values: Any) -> bool:
    try:
        left, right = int(have), int(values[0])
    except (ValueError, IndexError):
        return False
    return left > right if operator == "Gt" else left < right


def matches_node_terms(terms: Iterable[Obj], labels: Mapping[str, str], name: str) -> bool:
    """Whether any nodeSelectorTerm takes a node; a term without rules takes none."""
    for term in terms:
        rules, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
        if not rules and not fields:
            continue
        if all(_holds(rule, labels) for rule in rules) and all(_holds(f, {"metadata.name": name}) for f in fields):
            return True
    return False


def matches_node(spec: Obj, node: Obj) -> bool:
    """Whether a pod's nodeSelector and required nodeAffinity take a node."""
    meta = node["metadata"]
    labels: Mapping[str, str] = meta.get("labels") or {}
    for key, value in (spec.get("nodeSelector") or {}).items():
        if labels.get(key) != value:
            return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or matches_node_terms(required.get("nodeSelectorTerms") or (), labels, meta["name"])


def tolerates(toleration: Obj, taint: Obj) -> bool:
    """Whether one toleration covers one taint."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    key = toleration.get("key", "")
    if key and key != taint["key"]:
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Exists":
        return True
    if operator == "Equal":
        return bool(toleration.get("value", "") == taint.get("value", ""))
    return operator in ("Gt", "Lt") and _compares(operator, taint.get("value", ""), [toleration.get("value", "")])


def untolerated(taints: Iterable[Obj], tolerations: Iterable[Obj], effects: tuple[str, ...]) -> Obj | None:
    """The first taint with one of the effects that no toleration covers, or None."""
    listed = tuple(tolerations)
    for taint in taints:
        if taint["effect"] in effects and not any(tolerates(toleration, taint) for toleration in listed):
            return taint
    return None
