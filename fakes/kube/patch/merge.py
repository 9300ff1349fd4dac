"""JSON Merge Patch (RFC 7396)."""

from __future__ import annotations

from typing import Any

__all__ = ["merge"]


def merge(target: Any, patch: Any) -> Any:
    """The target with the patch merged in; the same object where nothing changes."""
    if not isinstance(patch, dict):
        return target if target is patch or _same(target, patch) else patch
    if not isinstance(target, dict):
        return _without_nulls(patch)
    out: dict[str, Any] | None = None
    for key, value in patch.items():
        if value is None:
            if key in target:
                out = dict(target) if out is None else out
                del out[key]
        elif key in target:
            old = target[key]
            new = merge(old, value)
            if new is not old:
                out = dict(target) if out is None else out
                out[key] = new
        else:
            out = dict(target) if out is None else out
            out[key] = _without_nulls(value)
    return target if out is None else out


def _same(one: Any, other: Any) -> bool:
    # 1 == True and 1 == 1.0 in Python; in JSON they are different values.
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _without_nulls(item) for key, item in value.items() if item is not None}
