"""Secret data lives in memory only: whatever is written down holds a keyed digest in its place.

The key is drawn from the run's seed, so a replay gives the same bytes; it says whether two values are equal, never
what they are.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from seatrial.harness.ports.event import Obj

__all__ = ["Veil"]

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Veil:
    """Covers Secrets for one run."""

    __slots__ = ("_key",)

    def __init__(self, seed: int) -> None:
        self._key = blake2b(f"seatrial/veil/{seed}".encode(), digest_size=32).digest()

    def digest(self, value: object) -> str:
        """What stands in for a value."""
        return "veiled:" + blake2b(str(value).encode(), digest_size=8, key=self._key).hexdigest()

    def cover(self, resource: str, obj: Obj | None) -> Obj | None:
        """The object as it may be written down; objects other than Secrets come back as they are."""
        if resource != "secrets" or obj is None:
            return obj
        covered = dict(obj)
        for name in ("data", "stringData"):
            if covered.get(name):
                covered[name] = {key: self.digest(value) for key, value in covered[name].items()}
        annotations: dict[str, Any] = covered["metadata"].get("annotations") or {}
        if _LAST_APPLIED in annotations:
            hidden = {**annotations, _LAST_APPLIED: self.digest(annotations[_LAST_APPLIED])}
            covered["metadata"] = {**covered["metadata"], "annotations": hidden}
        return covered
