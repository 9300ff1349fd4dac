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
        self._told: dict[Key, tuple[tuple[Obj, ...], str]] = {}

    def note(self, key: Key, obj: Obj, writes: Iterable[Write]) -> None:
        """An answer is given: `obj` is the version that it was decided on."""
        bodies = tuple(write.body for write in writes if write.subresource == "status" and write.key == key)
        if bodies:
            self._told[key] = (bodies, obj["metadata"].get("resourceVersion", ""))

    def drop(self, key: Key, writes: Iterable[Write]) -> None:
        """These were refused or never sent; a status that went before them is still on its way back."""
        entry = self._told.get(key)
        if entry is None:
            return
        lost = [write.body for write in writes]
        bodies = tuple(body for body in entry[0] if not any(body is other for other in lost))
        if bodies:
            self._told[key] = (bodies, entry[1])
        else:
            del self._told[key]

    def is_echo(self, key: Key, old: Obj | None, new: Obj) -> bool:
        """Whether a change is nothing but the status (and annotations) that were written."""
        entry = self._told.get(key)
        if entry is None or old is None:
            return False
        told = entry[0][-1]
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
        if entry is None or entry[0][-1].get("status") == obj.get("status"):
            return True
        if obj["metadata"].get("resourceVersion", "") == entry[1]:
            self._told[key] = ((_NEWS,), entry[1])  # from now on the event is news, no echo
            return False
        del self._told[key]
        return True

    def forget(self, key: Key) -> None:
        """The object is gone."""
        self._told.pop(key, None)


# Stands for a status that the view has not shown yet: equal to none.
_NEWS: Obj = {"status": None, "metadata": {}}
