"""Label selectors and node selector terms, as apimachinery and component-helpers judge them.

Sources: k8s.io/apimachinery/pkg/labels, k8s.io/component-helpers/scheduling/corev1/nodeaffinity (v0.36.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.ports.event import Obj

__all__ = ["is_everything", "matches", "matches_node", "matches_node_terms"]


def is_everything(selector: Mapping[str, Any] | None) -> bool:
    """Whether a LabelSelector is present but empty."""
    return selector is not None and not selector.get("matchLabels") and not selector.get("matchExpressions")


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str] | None) -> bool:
    """Whether a LabelSelector takes these labels: None takes nothing, an empty one everything."""
    if selector is None:
        return False
    have = labels or {}
    for key, value in (selector.get("matchLabels") or {}).items():
        if have.get(key) != value:
            return False
    return all(_holds(rule, have) for rule in selector.get("matchExpressions") or ())


def _holds(rule: Mapping[str, Any], have: Mapping[str, str]) -> bool:
    key, operator, values = rule["key"], rule["operator"], rule.get("values") or ()
    present = key in have
    if operator == "In":
        return present and have[key] in values
    if operator == "NotIn":
        return not present or have[key] not in values
    if operator == "Exists":
        return present
    if operator == "DoesNotExist":
        return not present
    if operator in ("Gt", "Lt"):
        return present and _compares(operator, have[key], values)
    raise Unsupported(f"selector operator {operator!r}")


def _compares(operator: str, have: str, values: Any) -> bool:
    try:
        left, right = int(have), int(values[0])
    except (ValueError, IndexError):
        return False
    return left > right if operator == "Gt" else left < right


def matches_node_terms(terms: list[Obj], labels: Mapping[str, str], name: str) -> bool:
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
    return required is None or matches_node_terms(required.get("nodeSelectorTerms") or [], labels, meta["name"])
