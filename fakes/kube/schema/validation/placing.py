"""Where a pod may run: affinity, tolerations, spread.

Source: validateAffinity, ValidateTolerations, validateTopologySpreadConstraints in
pkg/apis/core/validation/validation.go (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.schema.validation.causes import (
    Causes,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    one_of,
    required,
)
from seatrial.fakes.kube.schema.validation.labels import label_name, selector
from seatrial.fakes.kube.schema.validation.names import dns_label, dns_subdomain, label_value
from seatrial.harness.ports.event import Obj

__all__ = ["affinity", "node_selector", "spread", "tolerations"]

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_REQUIRED, _PREFERRED = (
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
)
_WHEN = ("DoNotSchedule", "ScheduleAnyway")
_INCLUSION = ("Honor", "Ignore")


def affinity(out: Causes, path: str, given: Obj) -> None:
    """`affinity` of a pod."""
    node = given.get("nodeAffinity")
    if node:
        required_terms = node.get(_REQUIRED)
        if required_terms is not None:
            node_selector(out, f"{path}.nodeAffinity.{_REQUIRED}", required_terms)
        for index, term in enumerate(node.get(_PREFERRED) or ()):
            place = f"{path}.nodeAffinity.{_PREFERRED}[{index}]"
            _weight(out, place, term)
            _node_term(out, f"{place}.preference", term.get("preference") or {}, values=False)
    for side in ("podAffinity", "podAntiAffinity"):
        terms = given.get(side)
        if terms:
            _pod_terms(out, f"{path}.{side}", terms)


def _weight(out: Causes, path: str, term: Obj) -> None:
    weight = term.get("weight", 0)
    if not 1 <= weight <= 100:
        invalid(out, f"{path}.weight", weight, "must be in the range 1-100")


def node_selector(out: Causes, path: str, given: Obj) -> None:
    """A NodeSelector that has to hold."""
    terms = given.get("nodeSelectorTerms") or ()
    if not terms:
        required(out, f"{path}.nodeSelectorTerms", "must have at least one node selector term")
    for index, term in enumerate(terms):
        _node_term(out, f"{path}.nodeSelectorTerms[{index}]", term, values=True)


def _node_term(out: Causes, path: str, term: Obj, *, values: bool) -> None:
    for index, rule in enumerate(term.get("matchExpressions") or ()):
        _expression(out, f"{path}.matchExpressions[{index}]", rule, values=values)
    for index, rule in enumerate(term.get("matchFields") or ()):
        _field(out, f"{path}.matchFields[{index}]", rule)


def _expression(out: Causes, path: str, rule: Obj, *, values: bool) -> None:
    operator, given = rule.get("operator", ""), rule.get("values") or ()
    if operator in ("In", "NotIn"):
        if not given:
            required(out, f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in ("Exists", "DoesNotExist"):
        if given:
            forbidden(out, f"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    elif operator in ("Gt", "Lt"):
        if len(given) != 1:
            required(out, f"{path}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'")
    else:
        invalid(out, f"{path}.operator", operator, "not a valid selector operator")
    label_name(out, f"{path}.key", rule.get("key", ""))
    if values:
        for index, value in enumerate(given):
            for message in label_value(value):
                invalid(out, f"{path}.values[{index}]", value, message)


def _field(out: Causes, path: str, rule: Obj) -> None:
    operator, values = rule.get("operator", ""), rule.get("values") or ()
    if operator in ("In", "NotIn"):
        if len(values) != 1:
            text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
            required(out, f"{path}.values", text)
    else:
        invalid(out, f"{path}.operator", operator, "not a valid selector operator")
    if rule.get("key") != "metadata.name":
        invalid(out, f"{path}.key", rule.get("key", ""), "not a valid field selector key")
        return
    for index, value in enumerate(values):
        for message in dns_subdomain(value):
            invalid(out, f"{path}.values[{index}]", value, message)


def _pod_terms(out: Causes, path: str, given: Obj) -> None:
    for index, term in enumerate(given.get(_REQUIRED) or ()):
        _pod_term(out, f"{path}.{_REQUIRED}[{index}]", term)
    for index, weighted in enumerate(given.get(_PREFERRED) or ()):
        place = f"{path}.{_PREFERRED}[{index}]"
        _weight(out, place, weighted)
        _pod_term(out, f"{place}.podAffinityTerm", weighted.get("podAffinityTerm") or {})


def _pod_term(out: Causes, path: str, term: Obj) -> None:
    selector(out, f"{path}.labelSelector", term.get("labelSelector"))
    selector(out, f"{path}.namespaceSelector", term.get("namespaceSelector"))
    for name in term.get("namespaces") or ():
        for message in dns_label(name):
            invalid(out, f"{path}.namespace", name, message)
    _label_keys(out, path, term, ("matchLabelKeys", "mismatchLabelKeys"))
    key = term.get("topologyKey", "")
    if not key:
        required(out, f"{path}.topologyKey", "can not be empty")
    label_name(out, f"{path}.topologyKey", key)


def _label_keys(out: Causes, path: str, term: Obj, fields: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for field in fields:
        keys = term.get(field) or ()
        if keys and term.get("labelSelector") is None:
            forbidden(out, f"{path}.{field}", "must not be specified when labelSelector is not set")
            continue
        for index, key in enumerate(keys):
            label_name(out, f"{path}.{field}[{index}]", key)
            if key in seen:
                invalid(out, f"{path}.{field}[{index}]", key, "exists in both matchLabelKeys and mismatchLabelKeys")
        if field == fields[0]:
            seen.update(keys)


def tolerations(out: Causes, path: str, given: list[Obj]) -> None:
    """`tolerations` of a pod."""
    for index, toleration in enumerate(given):
        _toleration(out, f"{path}[{index}]", toleration)


def _toleration(out: Causes, path: str, toleration: Obj) -> None:
    key, operator = toleration.get("key"), toleration.get("operator", "")
    effect, value = toleration.get("effect", ""), toleration.get("value", "")
    if key:
        label_name(out, f"{path}.key", key)
    elif operator != "Exists":
        text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        invalid(out, f"{path}.operator", operator, text)
    if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
        invalid(out, f"{path}.effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")
    if operator in ("Equal", ""):
        messages = label_value(value)
        if messages:
            invalid(out, f"{path}.operator", value, ";".join(messages))
    elif operator == "Exists":
        if value:
            invalid(out, f"{path}.operator", value, "value must be empty when `operator` is 'Exists'")
    elif operator in ("Lt", "Gt"):
        # Behind the gate TaintTolerationComparisonOperators, which is off.
        not_supported(out, f"{path}.operator", operator, ("Equal", "Exists", "Lt", "Gt"))
    else:
        not_supported(out, f"{path}.operator", operator, ("Equal", "Exists"))
    if effect and effect not in EFFECTS:
        not_supported(out, f"{path}.effect", effect, EFFECTS)


def spread(out: Causes, path: str, given: list[Obj]) -> None:
    """`topologySpreadConstraints` of a pod."""
    for index, constraint in enumerate(given):
        place = f"{path}[{index}]"
        skew, key, when = constraint.get("maxSkew", 0), constraint.get("topologyKey", ""), _when(constraint)
        if skew <= 0:
            invalid(out, f"{place}.maxSkew", skew, "must be greater than zero")
        if not key:
            required(out, f"{place}.topologyKey", "can not be empty")
        if when not in _WHEN:
            not_supported(out, f"{place}.whenUnsatisfiable", when, _WHEN)
        if any(other.get("topologyKey", "") == key and _when(other) == when for other in given[index + 1 :]):
            duplicate(out, f"{place}.{{topologyKey, whenUnsatisfiable}}", f"{{{key}, {when}}}")
        _domains(out, f"{place}.minDomains", constraint.get("minDomains"), when)
        for field in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            one_of(out, f"{place}.{field}", constraint.get(field), _INCLUSION)
        _label_keys(out, place, constraint, ("matchLabelKeys",))
        selector(out, f"{place}.labelSelector", constraint.get("labelSelector"))


def _when(constraint: Obj) -> str:
    return str(constraint.get("whenUnsatisfiable", ""))


def _domains(out: Causes, path: str, count: int | None, when: str) -> None:
    if count is None:
        return
    if count <= 0:
        invalid(out, path, count, "must be greater than zero")
    if when != "DoNotSchedule":
        text = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {when}"
        invalid(out, path, count, text)
