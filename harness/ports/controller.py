"""The shape of every controller: it looks at what is, decides, and hands its writes back as data.

Differs from client-go: a reconcile returns its writes instead of making them. The host commits them in order at
now + cost, with preconditions checked then; the first error drops the rest and the key comes back with back-off.
So a slow or dead API server needs no code in any controller, and `decide()` stays pure.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Protocol

from seatrial.harness.kernel.time import Duration, Instant
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, View, Write

__all__ = ["DONE", "Controller", "Next", "Refusable", "Watch", "again", "own_key"]


class Watch(NamedTuple):
    """Which resource is watched and how a change becomes keys.

    keys: name of the controller's method `(old, new, view) -> Iterable[Key]`; "" queues the object's own key.
    The method is called once for each event, in order, so it may also keep the controller's caches.
    The resource `renewals` is no API object: its events say that a node's lease has ceased or begun again to be
    renewed; old and new are `{"metadata": {"name": NODE}, "renewed": INSTANT, "renewing": BOOL}`.
    """

    resource: str
    keys: str = ""


class Next(NamedTuple):
    """A reconcile's answer: what to write, and when to look again without being told (None: on events only).

    independent: an error of one write does not drop those after it (a scheduler's bindings); each error is told
    to the controller's `failed`.
    """

    writes: tuple[Write, ...] = ()
    after: Duration | None = None
    independent: bool = False


DONE = Next()


def again(after: Duration, *writes: Write) -> Next:
    """Write, and look again `after` from now."""
    return Next(writes, after)


class Controller(Protocol):
    """Every controller file: docstring with its source and its differences, `decide()`, the class.

    A controller is plain data besides its code (it is pickled with the world): no closures, no locks.
    State that must survive belongs into the API; a controller's own attributes are its memory, lost at a restart.
    """

    name: ClassVar[str]
    watches: ClassVar[tuple[Watch, ...]]
    workers: ClassVar[int]

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Look at `key` and decide. Must not write anywhere but into its own attributes."""
        ...


class Refusable(Controller, Protocol):
    """A controller that wants to be told when a write of its last answer was refused (expectations, assumed pods)."""

    def failed(self, write: Write, error: ApiError, now: Instant) -> None:
        """Take note; the key comes back by itself."""
        ...


def own_key(resource: str, obj: Obj) -> Key:
    """The key of an object."""
    meta = obj["metadata"]
    return Key(resource, meta.get("namespace", ""), meta["name"])
