"""What a controller has asked for and not yet seen, so that an old view never makes it ask twice.

Source: ControllerExpectations in pkg/controller/controller_utils.go (v1.36.3): creations are counted, deletions are
known by name, both are given up after five minutes.
"""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.harness.kernel.time import MINUTE, Duration, Instant
from seatrial.harness.ports.event import Key

__all__ = ["TIMEOUT", "Expectations"]

TIMEOUT: Duration = 5 * MINUTE


class Expectations:
    """One controller's expectations, by the key of its object."""

    __slots__ = ("_creations", "_deletions", "_since")

    def __init__(self) -> None:
        self._creations: dict[Key, int] = {}
        self._deletions: dict[Key, dict[str, None]] = {}
        self._since: dict[Key, Instant] = {}

    def expect(self, key: Key, now: Instant, creations: int = 0, deletions: Iterable[str] = ()) -> None:
        """Replace what is expected of `key`."""
        self.forget(key)
        gone = dict.fromkeys(deletions)
        if creations > 0:
            self._creations[key] = creations
        if gone:
            self._deletions[key] = gone
        if creations > 0 or gone:
            self._since[key] = now

    def created(self, key: Key, count: int = 1) -> None:
        """A creation was seen, or will never be."""
        left = self._creations.get(key)
        if left is not None:
            if left > count:
                self._creations[key] = left - count
            else:
                del self._creations[key]
                self._tidy(key)

    def deleted(self, key: Key, name: str) -> None:
        """A deletion was seen (the stamp counts), or will never be."""
        names = self._deletions.get(key)
        if names is not None and name in names:
            del names[name]
            if not names:
                del self._deletions[key]
                self._tidy(key)

    def creations(self, key: Key) -> int:
        """How many creations are still to be seen."""
        return self._creations.get(key, 0)

    def deletions(self, key: Key) -> Iterable[str]:
        """Names whose deletion is still to be seen."""
        return self._deletions.get(key, ())

    def wait(self, key: Key, now: Instant) -> Duration:
        """0 if all was seen or given up, else how long it will be waited for at most."""
        since = self._since.get(key)
        return 0 if since is None else max(0, since + TIMEOUT - now)

    def forget(self, key: Key) -> None:
        """Expect nothing more of `key`."""
        if self._since.pop(key, None) is not None:
            self._creations.pop(key, None)
            self._deletions.pop(key, None)

    def _tidy(self, key: Key) -> None:
        if key not in self._creations and key not in self._deletions:
            self._since.pop(key, None)
