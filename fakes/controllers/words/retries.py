"""How long failed pods of a DaemonSet have to stay.

Source: k8s.io/client-go/util/flowcontrol/backoff.go (v0.36.3), as pkg/controller/daemon uses it.
"""

from __future__ import annotations

from seatrial.harness.kernel.time import MINUTE, SECOND, Duration, Instant

__all__ = ["Retries"]

RETRY_FIRST: Duration = SECOND
RETRY_LAST: Duration = 15 * MINUTE


class Retries:
    """Back-off of failed pods by set, generation and node, as client-go's flowcontrol.Backoff keeps it."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: dict[tuple[str, int], dict[str, tuple[Duration, Instant]]] = {}

    def waits(self, lineage: tuple[str, int], now: Instant) -> dict[str, Duration]:
        """How long the failed pods of nodes have to stay."""
        entries = self._entries.get(lineage, {})
        return {node: since + delay - now for node, (delay, since) in entries.items() if since + delay > now}

    def step(self, lineage: tuple[str, int], node: str, now: Instant) -> None:
        """A failed pod goes: the next one has to stay twice as long."""
        entries = self._entries.setdefault(lineage, {})
        delay, since = entries.get(node, (0, now))
        fresh = not delay or now - since > 2 * RETRY_LAST
        entries[node] = (RETRY_FIRST if fresh else min(2 * delay, RETRY_LAST), now)

    def forget(self, uid: str) -> None:
        """The set is gone."""
        for lineage in [found for found in self._entries if found[0] == uid]:
            del self._entries[lineage]
