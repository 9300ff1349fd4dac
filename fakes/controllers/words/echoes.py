"""A controller's own status writes: when they come back as events, and whether its view has them yet.

Source: pkg/controller/util/consistency (gates StaleControllerConsistency*, on in v1.36): a key is not synced before the
informer has seen what the controller itself wrote for it. Differs from the real one: known by the status of the object
alone, not by the versions of all that was written.
Dropping the echo has no counterpart: the real ones sync once more after each status and find nothing to do. An answer
that leaves something for that next turn asks for it (`after=0`).
"""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Write

__all__ = ["Echoes"]


class Echoes:
    """The last status that was written for each key, and the version that it was written over."""

    __slots__ = ("_told",)

    def __init__(self) -> None:
        self._told: dict[Key, tuple[Obj, str]] = {}

    def note(self, key: Key, obj: Obj, writes: Iterable[Write]) -> None:
        """An answer is given: `obj` is the version that it was decided on."""
        for write in writes:
            if write.subresource == "status" and write.key == key:
                self._told[key] = (write.body, obj["metadata"].get("resourceVersion", ""))

    def is_echo(self, key: Key, old: Obj | None, new: Obj) -> bool:
        """Whether a change is nothing but the status (and annotations) that were written."""
        entry = self._told.get(key)
        if entry is None or old is None:
            return False
        told = entry[0]
        before, after = old["metadata"], new["metadata"]
        return (
            old.get("spec") is new.get("spec")
            and told.get("status") == new.get("status")
            and told["metadata"].get("annotations") == after.get("annotations")
            and before.get("labels") == after.get("labels")
            and before.get("deletionTimestamp") == after.get("deletionTimestamp")
            and before["uid"] == after["uid"]
        )

    def is_fresh(self, key: Key, obj: Obj) -> bool:
        """Whether the view has what was written last. If it has not, its event will wake the key."""
        entry = self._told.get(key)
        if entry is None or entry[0].get("status") == obj.get("status"):
            return True
        del self._told[key]  # from now on the event is news, no echo
        return bool(obj["metadata"].get("resourceVersion", "") != entry[1])

    def forget(self, key: Key) -> None:
        """The write was refused, or the object is gone."""
        self._told.pop(key, None)
