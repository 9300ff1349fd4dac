"""Labels, annotations and selectors.

Source: k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go, pkg/api/validation/objectmeta.go (v0.36.3).
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.schema.validation.causes import Causes, forbidden, invalid, required, too_long
from seatrial.fakes.kube.schema.validation.names import label_value, qualified_name
from seatrial.harness.ports.event import Obj

__all__ = ["annotation_map", "label_name", "labels", "matches", "selector", "selector_shown"]

ANNOTATIONS_MAX = 256 * 1024
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def label_name(out: Causes, path: str, name: str) -> None:
    """A label's key, where one is named."""
    for message in qualified_name(name):
        invalid(out, path, name, message)


def labels(out: Causes, path: str, given: Obj | None) -> None:
    """A map of labels."""
    if not given:
        return
    for name, value in given.items():
        if qualified_name(name) or label_value(value):
            break
    else:
        return
    for name, value in sorted(given.items()):
        label_name(out, path, name)
        for message in label_value(value):
            invalid(out, path, value, message)


def annotation_map(out: Causes, path: str, given: Obj | None) -> None:
    """A map of annotations: keys as labels have them, in lower case, and a bound on the whole."""
    if not given:
        return
    size = 0
    for name, value in given.items():
        for message in qualified_name(name.lower()):
            invalid(out, path, name, message)
        size += len(name) + (len(value) if value.isascii() else len(value.encode()))
    if size > ANNOTATIONS_MAX:
        too_long(out, path, ANNOTATIONS_MAX)


def selector(out: Causes, path: str, given: Obj | None) -> None:
    """A LabelSelector."""
    if not given:
        return
    labels(out, f"{path}.matchLabels", given.get("matchLabels"))
    for index, rule in enumerate(given.get("matchExpressions") or ()):
        _requirement(out, f"{path}.matchExpressions[{index}]", rule)


def _requirement(out: Causes, path: str, rule: Obj) -> None:
    operator = rule.get("operator", "")
    values = rule.get("values") or ()
    if operator in ("In", "NotIn"):
        if not values:
            required(out, f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            forbidden(out, f"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    else:
        invalid(out, f"{path}.operator", operator, "not a valid selector operator")
    label_name(out, f"{path}.key", rule.get("key", ""))
    for index, value in enumerate(values):
        for message in label_value(value):
            invalid(out, f"{path}.values[{index}]", value, message)


def selector_shown(given: Obj | None) -> Any:
    """A selector as the server prints it: its fields in the order of the type."""
    if given is None:
        return None
    shown: Obj = {}
    if given.get("matchLabels"):
        shown["matchLabels"] = dict(sorted(given["matchLabels"].items()))
    if given.get("matchExpressions"):
        shown["matchExpressions"] = [
            {name: rule[name] for name in ("key", "operator", "values") if rule.get(name) is not None}
            for rule in given["matchExpressions"]
        ]
    return shown


def matches(given: Obj, named: Obj) -> bool | None:
    """Whether a selector takes these labels; None if it cannot be read."""
    for name, value in (given.get("matchLabels") or {}).items():
        if qualified_name(name) or label_value(value):
            return None
        if named.get(name) != value:
            return False
    verdict = True
    for rule in given.get("matchExpressions") or ():
        operator, values = rule.get("operator", ""), rule.get("values") or ()
        if operator not in _OPERATORS or bool(values) != (operator in ("In", "NotIn")):
            return None
        held = named.get(rule.get("key", ""))
        if operator == "In":
            verdict = verdict and held in values
        elif operator == "NotIn":
            verdict = verdict and (held is None or held not in values)
        else:
            verdict = verdict and (held is not None) == (operator == "Exists")
    return verdict
