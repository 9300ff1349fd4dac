"""Label selectors as text and as objects, and field selectors, with the API server's words for what is wrong.

Source: k8s.io/apimachinery/pkg/labels/selector.go, pkg/fields (v0.36.3); which fields can be selected:
pkg/apis/*/v1/conversion.go (v1.36.3). Compiled selectors are cached by their text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import BadRequest

__all__ = ["FieldSelector", "LabelSelector", "field_selector", "label_selector"]

_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_TOKEN = re.compile(r"\s*(==|!=|=|!|,|\(|\)|>|<|[^\s=!,()<>]+)")


class Rule(NamedTuple):
    """One requirement."""

    key: str
    operator: str  # in, notin, exists, !, gt, lt
    values: frozenset[str]


class LabelSelector(NamedTuple):
    """A conjunction of requirements."""

    rules: tuple[Rule, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether these labels meet all of them."""
        for key, operator, values in self.rules:
            value = labels.get(key)
            if operator == "in":
                if value not in values:
                    return False
            elif operator == "notin":
                if value is not None and value in values:
                    return False
            elif operator == "exists":
                if value is None:
                    return False
            elif operator == "!":
                if value is not None:
                    return False
            elif value is None or not _compares(operator, value, values):
                return False
        return True


def _compares(operator: str, value: str, values: frozenset[str]) -> bool:
    try:
        left, right = int(value), int(next(iter(values)))
    except ValueError:
        return False
    return left > right if operator == "gt" else left < right


@lru_cache(maxsize=4096)
def label_selector(text: str) -> LabelSelector:
    """Read `a in (x,y),!b,c!=d`; raises BadRequest with the real text."""
    tokens = _tokens(text)
    rules: list[Rule] = []
    at = 0
    while at < len(tokens):
        rule, at = _rule(tokens, at)
        rules.append(rule)
        if at < len(tokens):
            if tokens[at] != ",":
                raise _unreadable(f"found '{tokens[at]}', expected: ',' or 'end of string'")
            at += 1
            if at == len(tokens):
                raise _unreadable("found '', expected: identifier after ','")
    return LabelSelector(tuple(sorted(rules, key=lambda rule: rule.key)))


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            break
        tokens.append(found[1])
        at = found.end()
    return tokens


def _rule(tokens: list[str], at: int) -> tuple[Rule, int]:
    word = tokens[at]
    if word == "!":
        if at + 1 >= len(tokens):
            raise _unreadable("found '', expected: identifier")
        return Rule(_key(tokens[at + 1]), "!", frozenset()), at + 2
    if word in ("=", "==", "!=", ",", "(", ")", "<", ">"):
        raise _unreadable(f"found '{word}', expected: !, identifier, or 'end of string'")
    key = _key(word)
    at += 1
    if at >= len(tokens) or tokens[at] == ",":
        return Rule(key, "exists", frozenset()), at
    operator = tokens[at]
    at += 1
    if operator in ("=", "==", "!="):
        value = tokens[at] if at < len(tokens) and tokens[at] != "," else ""
        at += 1 if value else 0
        return Rule(key, "notin" if operator == "!=" else "in", frozenset((_value(key, value),))), at
    if operator in (">", "<"):
        if at >= len(tokens):
            raise _unreadable("found '', expected: identifier")
        if not re.fullmatch(r"[+-]?\d+", tokens[at]):
            raise _unreadable(
                f'values[0][{key}]: Invalid value: "{tokens[at]}": '
                + "for 'Gt', 'Lt' operators, the value must be an integer"
            )
        return Rule(key, "gt" if operator == ">" else "lt", frozenset((tokens[at],))), at + 1
    if operator in ("in", "notin"):
        values, at = _values(key, tokens, at)
        return Rule(key, operator, values), at
    raise _unreadable(f"found '{operator}', expected: in, notin, =, ==, !=, gt, lt")


def _values(key: str, tokens: list[str], at: int) -> tuple[frozenset[str], int]:
    found = tokens[at] if at < len(tokens) else ""
    if found != "(":
        raise _unreadable(f"found '{found}' expected: '('")
    values: list[str] = []
    at += 1
    last = ","
    while at < len(tokens) and tokens[at] != ")":
        if tokens[at] == ",":
            if last == ",":
                values.append("")
        else:
            values.append(_value(key, tokens[at]))
        last = tokens[at]
        at += 1
    if at >= len(tokens):
        raise _unreadable("found '', expected: ',' or ')'")
    if last == ",":
        values.append("")
    return frozenset(values), at + 1


def _unreadable(why: str) -> BadRequest:
    return BadRequest(f"unable to parse requirement: {why}")


_NAME_RULE = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


def _key(text: str) -> str:
    prefix, slash, name = text.rpartition("/")
    if (slash and not _PREFIX.fullmatch(prefix)) or not _NAME.fullmatch(name) or len(name) > 63:
        raise _unreadable(f'<nil>: Invalid value: "{text}": {_NAME_RULE}')
    return text


def _value(key: str, text: str) -> str:
    if not _VALUE.fullmatch(text) or len(text) > 63:
        raise _unreadable(f'values[0][{key}]: Invalid value: "{text}": {_VALUE_RULE}')
    return text


class FieldSelector(NamedTuple):
    """Terms (path, wanted, equal)."""

    terms: tuple[tuple[str, str, bool], ...]

    def matches(self, obj: Obj) -> bool:
        """Whether the object has these values; a missing field is the empty text."""
        return all((field_value(obj, path) == wanted) is equal for path, wanted, equal in self.terms)


_COMMON = frozenset(("metadata.name", "metadata.namespace"))
_FIELDS: dict[str, frozenset[str]] = {
    "pods": frozenset(
        (
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        )
    ),
    "nodes": frozenset(("spec.unschedulable",)),
    "namespaces": frozenset(("status.phase",)),
    "secrets": frozenset(("type",)),
    "services": frozenset(("spec.clusterIP", "spec.type")),
    "replicationcontrollers": frozenset(("status.replicas",)),
    "replicasets.apps": frozenset(("status.replicas",)),
    "jobs.batch": frozenset(("status.successful",)),
    "certificatesigningrequests.certificates.k8s.io": frozenset(("spec.signerName",)),
    "events": frozenset(
        (
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        )
    ),
}


@lru_cache(maxsize=4096)
def field_selector(resource: str, text: str, extra: tuple[str, ...] = ()) -> FieldSelector:
    """Read `status.phase!=Running,spec.nodeName=n1`; raises BadRequest with the real text."""
    known = _FIELDS.get(resource, frozenset()) | _COMMON | frozenset(extra)
    terms = []
    for part in _split(text):
        if not part:
            continue
        operator = next((sign for sign in ("!=", "==", "=") if sign in part), "")
        if not operator:
            raise BadRequest(f"invalid selector: '{text}'; can't understand '{part}'")
        path, _, value = part.partition(operator)
        equal = operator != "!="
        if path not in known:
            raise BadRequest(
                f"field label not supported: {path}"
                if resource in _FIELDS
                else f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"'
            )
        terms.append((path, value.replace("\\,", ",").replace("\\=", "="), equal))
    return FieldSelector(tuple(terms))


def _split(text: str) -> list[str]:
    return re.split(r"(?<!\\),", text)


def field_value(obj: Any, path: str) -> str:
    """The text that a field selector compares with."""
    for step in path.split("."):
        obj = obj.get(step) if isinstance(obj, dict) else None
        if obj is None:
            return "false" if path in ("spec.unschedulable", "spec.hostNetwork") else ""
    if isinstance(obj, bool):
        return "true" if obj else "false"
    return str(obj)
