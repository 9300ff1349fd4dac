"""The due-queue: acts as data, in the order (time, cluster, count within the cluster).

Each cluster has an `Agenda` of its own, so heaps stay small and one run may use several processes; index 0
is the fleet (AWS, waves, people). An act is (actor, verb, arguments): the actor is found by name when the
act is due, so that a world can be pickled, forked and journalled.
"""

from __future__ import annotations

from enum import Enum
from heapq import heapify, heappop, heappush
from typing import Any

from seatrial.harness.kernel.errors import Bug
from seatrial.harness.kernel.limits import ACTS_PER_INSTANT_MAX
from seatrial.harness.kernel.time import Duration, Instant

__all__ = ["Act", "Agenda", "Kernel", "Ran", "Timer"]

# A key is time << COUNT_BITS | count: one integer compares faster than a tuple, and ties are made.
COUNT_BITS = 40
Timer = int


Act = tuple[str, str, tuple[Any, ...], int]
"""(actor, verb, arguments, cause): plain data. `cause` is the record whose handling planned it."""


class Ran(Enum):
    """How a run came to its end."""

    QUIET = "quiet"
    STILL_BUSY = "still busy"
    STOPPED = "stopped"


class Agenda:
    """One cluster's clock and due-queue."""

    __slots__ = ("_acts", "_count", "_heap", "actors", "cause", "index", "stopped", "time")

    def __init__(self, index: int, start: Instant) -> None:
        self.index = index
        self.time = start
        self.cause = 0
        self.stopped = False
        self.actors: dict[str, Any] = {}
        self._heap: list[int] = []
        self._acts: dict[int, Act] = {}
        self._count = 0

    def now(self) -> Instant:
        """The present instant."""
        return self.time

    def enlist(self, name: str, actor: object) -> None:
        """Make an actor known by name; a name is given once."""
        if name in self.actors:
            raise Bug(f"two actors are called {name!r}")
        self.actors[name] = actor

    def dismiss(self, name: str) -> None:
        """Forget an actor; its acts that are still due are dropped silently."""
        self.actors.pop(name, None)

    def at(self, when: Instant, actor: str, verb: str, *args: Any) -> Timer:
        """Plan an act; an instant that has passed means now. Returns the timer to cancel it with."""
        if when < self.time:  # noqa: PLR1730 - a call of max() costs a tenth of the whole act
            when = self.time
        self._count = count = self._count + 1
        key = when << COUNT_BITS | count
        self._acts[key] = (actor, verb, args, self.cause)
        heappush(self._heap, key)
        return key

    def after(self, delay: Duration, actor: str, verb: str, *args: Any) -> Timer:
        """Plan an act `delay` from now."""
        self._count = count = self._count + 1
        key = self.time + delay << COUNT_BITS | count
        self._acts[key] = (actor, verb, args, self.cause)
        heappush(self._heap, key)
        return key

    def cancel(self, timer: Timer) -> None:
        """Take an act back; safe twice, safe when it has happened."""
        heap, acts = self._heap, self._acts
        if acts.pop(timer, None) is not None and len(heap) > 64 and len(heap) > 2 * len(acts):
            # Mostly cancelled: sweep, in place, since `run` holds this list.
            heap[:] = acts
            heapify(heap)

    def next_due(self) -> Instant | None:
        """When the earliest act is due, or None."""
        heap, acts = self._heap, self._acts
        while heap:
            if heap[0] in acts:
                return heap[0] >> COUNT_BITS
            heappop(heap)
        return None

    def pending(self) -> list[tuple[Instant, Act]]:
        """Every act that is due some time, earliest first."""
        return [(key >> COUNT_BITS, self._acts[key]) for key in sorted(self._acts)]

    def run(self, until: Instant) -> None:
        """Do every act due at or before `until`, or up to `stopped`. Leaves `time` at the last act."""
        heap, acts, actors = self._heap, self._acts, self.actors
        last = until + 1 << COUNT_BITS
        instant, turns = -1, 0
        while heap and heap[0] < last:
            key = heappop(heap)
            act = acts.pop(key, None)
            if act is None:
                continue
            when = key >> COUNT_BITS
            if when == instant:
                turns += 1
                if turns > ACTS_PER_INSTANT_MAX:
                    raise Bug(f"{act[0]} ({act[1]}) is chasing its own acts: time has stopped")
            else:
                self.time = instant = when
                turns = 0
            name, verb, args, self.cause = act
            actor = actors.get(name)
            if actor is not None:
                getattr(actor, verb)(*args)
            if self.stopped:
                break
        self.cause = 0


class Kernel:
    """All agendas of one run, merged by (time, cluster index)."""

    __slots__ = ("agendas", "lockstep", "stopping", "time")

    def __init__(self, start: Instant, clusters: int) -> None:
        self.time = start
        self.stopping = False
        # Set while a `when:` condition listens: what it sees in one cluster may start an act of the fleet
        # at once, so no cluster may run ahead.
        self.lockstep = False
        self.agendas = [Agenda(index, start) for index in range(clusters + 1)]

    def now(self) -> Instant:
        """The instant that every cluster has reached."""
        return self.time

    def stop(self) -> None:
        """End the run after the present act (Ctrl-C, a stop condition); between two runs, end the next at once."""
        self.stopping = True
        for agenda in self.agendas:
            agenda.stopped = True

    def run(self, until: Instant) -> Ran:
        """Let time pass to `until`, doing what is due in order.

        A cluster runs ahead on its own up to the next act of the fleet: clusters meet only there.
        """
        fleet = self.agendas[0]
        while not self.stopping:
            meet = self._earliest() if self.lockstep else fleet.next_due()
            if meet is None or meet > until:
                self._run_clusters(until)
                self._reach(until)
                break
            # An act of the fleet comes before every cluster's at the same instant: index 0 is first.
            self._run_clusters(meet - 1)
            self._reach(meet)
            fleet.run(meet)
            if self.lockstep:
                self._run_clusters(meet)
        if self.stopping:
            self.stopping = False
            for agenda in self.agendas:
                agenda.stopped = False
            return Ran.STOPPED
        busy = any(agenda.next_due() is not None for agenda in self.agendas)
        return Ran.STILL_BUSY if busy else Ran.QUIET

    def _earliest(self) -> Instant | None:
        return min((due for agenda in self.agendas if (due := agenda.next_due()) is not None), default=None)

    def _run_clusters(self, until: Instant) -> None:
        for agenda in self.agendas[1:]:
            if not self.stopping:
                agenda.run(until)

    def _reach(self, when: Instant) -> None:
        if self.stopping:
            return
        self.time = when
        for agenda in self.agendas:
            agenda.time = when
