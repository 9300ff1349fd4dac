"""A controller's own status coming back as an event, which tells it nothing.

Has no counterpart in the real controllers: they sync once more after each status that they write and find nothing to
do. Here an answer that leaves something for that next turn asks for it (`after=0`), so the event itself can be dropped.
"""

from __future__ import annotations

from seatrial.harness.ports.event import Key, Obj

__all__ = ["Echoes"]


class Echoes:
    """The last status that was written for each key."""

    __slots__ = ("_told",)

    def __init__(self) -> None:
        self._told: dict[Key, Obj] = {}

    def tell(self, key: Key, body: Obj) -> None:
        """This version is being written."""
        self._told[key] = body

    def is_echo(self, key: Key, old: Obj | None, new: Obj) -> bool:
        """Whether a change is nothing but the status (and annotations) that were written."""
        told = self._told.get(key)
        if told is None or old is None:
            return False
        before, after = old["metadata"], new["metadata"]
        return (
            old.get("spec") is new.get("spec")
            and told.get("status") == new.get("status")
            and told["metadata"].get("annotations") == after.get("annotations")
            and before.get("labels") == after.get("labels")
            and before.get("deletionTimestamp") == after.get("deletionTimestamp")
            and before["uid"] == after["uid"]
        )

    def forget(self, key: Key) -> None:
        """The object is gone."""
        self._told.pop(key, None)
