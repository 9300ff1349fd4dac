"""How Go prints a JSON value with %v: some of the server's error texts contain it."""

from __future__ import annotations

from typing import Any

__all__ = ["go_text"]


def go_text(value: Any) -> str:
    """`map[a:1 b:[x y]]`."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go_text(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(go_text, value)) + "]"
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
