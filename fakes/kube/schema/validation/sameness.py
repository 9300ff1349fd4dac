"""Whether two versions say the same: absent and empty are one, as in Go's semantic equality.

Source: k8s.io/apimachinery/pkg/api/equality (v0.36.3). Differs from the real one: an absent number and zero stay two.
"""

from __future__ import annotations

from typing import Any

__all__ = ["alike", "changes"]


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def alike(one: Any, other: Any) -> bool:
    """Whether nothing has changed."""
    return one is other or one == other or not changes("", one, other)


def changes(path: str, new: Any, old: Any) -> list[str]:
    """Paths of what differs, each with both values."""
    if new is old or new == old or (_empty(new) and _empty(old)):
        return []
    if isinstance(new, dict) and isinstance(old, dict):
        return [
            line for name in sorted({**new, **old}) for line in changes(f"{path}.{name}", new.get(name), old.get(name))
        ]
    if isinstance(new, list) and isinstance(old, list) and len(new) == len(old):
        pairs = enumerate(zip(new, old, strict=True))
        return [line for index, (one, other) in pairs for line in changes(f"{path}[{index}]", one, other)]
    return [f"{path}: {old!r} -> {new!r}"]
