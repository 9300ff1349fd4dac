"""What the EndpointSlice controller remembers of a Service between two looks at it.

Has no counterpart in the real one, which looks at every pod each time (but for its tracker of slices' versions, which
tells own writes from others' as `is_ours` does).
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.fakes.controllers.slices.layout import Held, held_by, reread
from seatrial.harness.ports.event import Obj

__all__ = ["Memory", "held_in", "is_ours"]


class Memory:
    """What is known of one Service between two looks at it."""

    __slots__ = ("deleting", "dirty", "full", "held", "known", "placed", "triggers", "written")

    def __init__(self) -> None:
        self.full = True  # look at every pod and every slice
        self.known = False
        self.dirty: dict[str, None] = {}
        self.placed: dict[str, None] = {}  # pods that have an endpoint in some slice
        self.held: dict[str, tuple[Obj, Held]] = {}  # slice, as it was read, and what it holds
        self.triggers: dict[str, str] = {}  # pod to the time of its last change of readiness
        self.written: list[Obj] = []  # bodies whose commit has not been seen yet
        self.deleting: dict[str, None] = {}  # slices whose end has not been seen yet


def held_in(memory: Memory, slices: Sequence[Obj]) -> dict[str, Held]:
    """What each slice holds, read anew where it has changed."""
    found: dict[str, Held] = {}
    known, memory.held = memory.held, {}
    for piece in slices:
        name = piece["metadata"]["name"]
        entry = known.get(name)
        if entry is None:
            entry = (piece, held_by(piece))
        elif entry[0] is not piece:
            entry = (piece, reread(entry[1], entry[0], piece))
        memory.held[name] = entry
        found[name] = entry[1]
    return found


def is_ours(memory: Memory, piece: Obj) -> bool:
    """Whether a slice is as it was written here."""
    for index, body in enumerate(memory.written):
        have, sent = piece.get("endpoints") or [], body.get("endpoints") or []
        if (have is sent or have == sent) and piece["metadata"]["labels"] == body["metadata"]["labels"]:
            del memory.written[index]
            return True
    return False
