"""What two answers may differ in: ids, versions, times, addresses that each server draws for itself."""

from __future__ import annotations

import re
from typing import Any, TypeVar

__all__ = ["dig", "normal", "resolved"]

S = TypeVar("S", bound=Any)
_UID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_ADDRESS = re.compile(r"\b10\.(9[6-9]|1[01]\d)\.\d+\.\d+\b")
_SUFFIX = re.compile(r"\b(gen-|kube-api-access-)[a-z0-9]{5}\b")
_RECORD = re.compile(r"ResourceVersion in record \(\d+\)")
_CURRENT = re.compile(r"current: \d+")
_KEPT_UIDS = ("00000000-", "11111111-")


def dig(obj: Any, path: str) -> Any:
    """The value at a dotted path, or None."""
    for part in path.split("."):
        obj = obj.get(part) if isinstance(obj, dict) else None
    return obj


def resolved(step: S, answers: list[Any]) -> S:
    """The step with every `@N.path` replaced."""
    return step._replace(**{name: _resolve(getattr(step, name), answers) for name in step._fields})


def _resolve(value: Any, answers: list[Any]) -> Any:
    if isinstance(value, str) and value.startswith("@"):
        number, _, path = value[1:].partition(".")
        return dig(answers[int(number)], path)
    if isinstance(value, dict):
        return {key: _resolve(item, answers) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolve(item, answers) for item in value]
    return value


def normal(value: Any, key: str = "") -> Any:
    """An answer without what is drawn; nulls count as absent."""
    if isinstance(value, dict):
        return {
            normal(name): normal(item, name)
            for name, item in sorted(value.items())
            if item is not None
            and not (name == "f:creationTimestamp" or (item == {} and name in ("annotations", "details")))
        }
    if isinstance(value, list):
        return [normal(item) for item in value]
    if key in ("resourceVersion", "continue", "uid") and isinstance(value, str):
        return key
    if key in ("nodePort", "healthCheckNodePort"):
        return key
    if isinstance(value, str):
        return _text(value)
    return value


def _text(text: str) -> str:
    # After this line the real server prints a diff of Go values.
    text = re.sub(r"(previously negative\)).*", r"\1", text, flags=re.DOTALL)
    text = _UID.sub(lambda found: found[0] if found[0].startswith(_KEPT_UIDS) else "UID", text)
    text = _CURRENT.sub("current: N", text)
    text = _RECORD.sub("ResourceVersion in record (N)", text)
    return _SUFFIX.sub(r"\1xxxxx", _ADDRESS.sub("ADDRESS", _TIME.sub("TIME", text)))
