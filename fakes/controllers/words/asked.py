"""What answers under way ask for: when one write is refused, those after it in its answer are dropped as well."""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import Write

__all__ = ["Asked"]


class Asked:
    """A controller's answers that the host may still be committing, by key. Writes are known by identity."""

    __slots__ = ("_answers",)

    def __init__(self) -> None:
        self._answers: dict[Key, tuple[Write, ...]] = {}

    def note(self, key: Key, writes: Sequence[Write]) -> None:
        """An answer is given; only one that asks for something has to be remembered."""
        if any(write.verb != "event" for write in writes):
            self._answers[key] = tuple(writes)

    def clear(self, key: Key) -> None:
        """The next turn of a key has begun, so its last answer has been dealt with; or the object is gone."""
        self._answers.pop(key, None)

    def dropped(self, write: Write) -> tuple[Key, tuple[Write, ...]] | None:
        """(the key whose answer it is, the refused write and all after it); the answer is forgotten."""
        for key, writes in self._answers.items():
            for place, mine in enumerate(writes):
                if mine is write:
                    del self._answers[key]
                    return key, writes[place:]
        return None
