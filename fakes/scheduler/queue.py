"""Where pods wait to be placed: active, back-off, unschedulable. Source: pkg/scheduler/backend/queue.

Differs from the real one: nothing happens while a pod is being placed, so no events are kept for pods in flight.
Times are given at `settle`, because events come without one.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Protocol

from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.filters.node_resources_fit import Room
from seatrial.fakes.scheduler.refusal import Change
from seatrial.harness.kernel.time import MINUTE, SECOND, Duration, Instant

__all__ = ["WINDOW", "Entry", "Hints", "Queue"]

BACKOFF_FIRST: Duration = SECOND
BACKOFF_MAX: Duration = 10 * SECOND
# Back-off ends at whole seconds (backoffQOrderingWindowDuration), so that priorities count among those that end.
WINDOW: Duration = SECOND
UNSCHEDULABLE_MAX: Duration = 5 * MINUTE
FLUSH_PERIOD: Duration = 30 * SECOND
# Up to this many refused pods all that may be helped wake, as really; beyond it each change at a node would cost as
# many refusals as pods wait.
CROWD_MIN = 100
CROWD_SPARE = 10

INCOMING, ACTIVE, BACKOFF, ERRORS, POOL, WOKEN, OUT = range(7)
Group = tuple[int, str]  # shape, and what sets a pod apart from others of it: "gated", or its uid if it has claims


class Hints(Protocol):
    """Which changes are worth a try."""

    def listens(self, plugins: frozenset[str], kind: str) -> bool:
        """Whether one of the plugins looks at changes of this kind at all."""
        ...

    def node_of(self, plugins: frozenset[str], change: Change) -> NodeInfo | None:
        """The one node where a change may help pods that these plugins refused; None where it may help elsewhere."""
        ...

    def wakes(self, plugins: frozenset[str], change: Change, pod: PodInfo) -> bool:
        """Whether one of the plugins that refused a pod may let it in now."""
        ...


class Entry:
    """A waiting pod."""

    __slots__ = (
        "attempts",
        "errors",
        "failures",
        "gates",
        "plugins",
        "pod",
        "since",
        "ticket",
        "until",
        "where",
    )

    def __init__(self, pod: PodInfo) -> None:
        self.pod = pod
        self.where = OUT
        self.ticket = 0
        self.since: Instant = 0
        self.until: Instant = 0
        self.attempts = 0
        self.failures = 0
        self.errors = 0
        self.plugins: frozenset[str] = frozenset()
        self.gates = False


class Queue:
    """All waiting pods. Heaps hold (order..., ticket, uid); an entry that moved has another ticket."""

    __slots__ = (
        "_active",
        "_backoff",
        "_errors",
        "_oldest",
        "_pool",
        "_pooled_count",
        "_tickets",
        "_unsettled",
        "entries",
        "hints",
    )

    def __init__(self, hints: Hints) -> None:
        self.hints = hints
        self.entries: dict[str, Entry] = {}
        self._active: list[tuple[int, Instant, int, str]] = []
        self._backoff: list[tuple[Instant, int, Instant, int, str]] = []
        self._errors: list[tuple[Instant, int, str]] = []
        self._pool: dict[frozenset[str], dict[Group, dict[str, Entry]]] = {}
        self._oldest: list[tuple[Instant, int, str]] = []
        self._unsettled: list[Entry] = []
        self._tickets = 0
        self._pooled_count = 0

    # Coming and going.

    def add(self, pod: PodInfo) -> None:
        """A pod is to be placed."""
        entry = self.entries[pod.uid] = Entry(pod)
        entry.where = INCOMING
        self._unsettled.append(entry)

    def update(self, pod: PodInfo, changes: list[str]) -> None:
        """A waiting pod's object changed."""
        entry = self.entries[pod.uid]
        old, where = entry.pod, entry.where
        if where == POOL:
            group = self._leave_pool(entry)
            entry.pod = pod
            woken = entry.gates and not gated(pod)
            for kind in changes:
                woken = woken or (not entry.gates and self.hints.wakes(entry.plugins, Change(kind, old, pod), pod))
            if woken:
                self._wake(entry)
            else:
                self._join_pool(entry, group[1])
        else:
            entry.pod = pod

    def remove(self, uid: str) -> None:
        """A pod is placed or gone."""
        entry = self.entries.pop(uid, None)
        if entry is not None:
            if entry.where == POOL:
                self._leave_pool(entry)
            entry.where = OUT

    def requeue(self, entry: Entry, now: Instant, plugins: frozenset[str]) -> None:
        """A pod could not be placed: it waits for an event; after an error (no plugins) for its back-off."""
        entry.plugins = plugins
        entry.since = now
        self.entries[entry.pod.uid] = entry
        if plugins:
            entry.failures += 1
            entry.errors = 0
            entry.until = self._end_of_backoff(entry, now)
            self._join_pool(entry, self._kind(entry.pod))
        else:
            entry.errors += 1
            entry.until = self._end_of_backoff(entry, now)
            self._push_errors(entry)

    # Waking.

    def move(self, change: Change) -> None:
        """Something happened: wake whom it may help."""
        hints = self.hints
        crowded = self._pooled_count > CROWD_MIN
        rows: list[dict[str, Entry]] = []
        target: NodeInfo | None = None
        for plugins in list(self._pool):
            if not plugins or not hints.listens(plugins, change.kind):
                continue
            node = hints.node_of(plugins, change) if crowded else None
            for group, row in list(self._pool[plugins].items()):
                # Pods of one shape and one set of refusals are all helped or none is.
                first = next(iter(row.values()))
                if group[1] == "gated" or not hints.wakes(plugins, change, first.pod):
                    continue
                if node is not None:
                    target = node
                    rows.append(row)
                elif crowded:
                    # Who is placed changes things for the next ones: they wake then.
                    self._wake_all(list(row.values())[:CROWD_MIN])
                else:
                    self._wake_all(list(row.values()))
        if target is not None:
            self._wake_for(rows, target)

    def _wake_for(self, rows: list[dict[str, Entry]], node: NodeInfo) -> None:
        # Really all wake, and all but a few are refused again. In a crowd only those that the node could take wake,
        # first come, first served, and some more, since not everybody who wakes will go there.
        room, whole = Room(node), Room(node)
        heap: list[tuple[int, Instant, int, int]] = []
        queues = [list(row.values()) for row in rows]
        for index, entries in enumerate(queues):
            if whole.holds(entries[0].pod.shape.request):
                heap.append((-entries[0].pod.shape.priority, entries[0].since, entries[0].ticket, index))
        heapify(heap)
        spare = CROWD_SPARE
        while heap:
            *_, index = heappop(heap)
            entries = queues[index]
            request = entries[0].pod.shape.request
            if room.holds(request):
                room.take(request)
            elif spare:
                spare -= 1
            else:
                continue
            self._wake_all([entries.pop(0)])
            if entries:
                heappush(heap, (-entries[0].pod.shape.priority, entries[0].since, entries[0].ticket, index))

    def _wake_all(self, entries: list[Entry]) -> None:
        for entry in entries:
            self._leave_pool(entry)
            self._wake(entry)

    def activate(self, uid: str) -> None:
        """Wake one pod, whatever it waits for."""
        entry = self.entries.get(uid)
        if entry is not None and entry.where == POOL:
            self._leave_pool(entry)
            self._wake(entry)

    @property
    def waiting(self) -> bool:
        """Whether there is anything to do at once."""
        return bool(self._unsettled or self._active or self._backoff)

    def settle(self, now: Instant) -> None:
        """Give those who came or woke since the last time their place."""
        unsettled, self._unsettled = self._unsettled, []
        window = now - now % WINDOW
        for entry in unsettled:
            if entry.where == INCOMING:
                entry.since = now
                if gated(entry.pod):
                    entry.gates = True
                    self._join_pool(entry, "gated")
                else:
                    self._push_active(entry)
            elif entry.where == WOKEN:
                if entry.gates and gated(entry.pod):
                    self._join_pool(entry, "gated")
                elif (entry.failures or entry.errors) and entry.until >= window:
                    self._push_backoff(entry)
                else:
                    entry.gates = False
                    self._push_active(entry)

    def flush(self, now: Instant) -> None:
        """Those whose back-off or longest wait is over become active."""
        window = now - now % WINDOW
        heap: list[tuple[Instant, int, str]] = self._errors
        while heap and heap[0][0] < window:
            _until, ticket, uid = heappop(heap)
            self._if_current(uid, ticket, ERRORS)
        backoff = self._backoff
        while backoff and backoff[0][0] < window:
            *_, ticket, uid = heappop(backoff)
            self._if_current(uid, ticket, BACKOFF)
        tick = now - now % FLUSH_PERIOD
        oldest = self._oldest
        while oldest and oldest[0][0] + UNSCHEDULABLE_MAX < tick:
            _, ticket, uid = heappop(oldest)
            entry = self.entries.get(uid)
            if entry is not None and entry.ticket == ticket and entry.where == POOL and not entry.gates:
                self._leave_pool(entry)
                self._push_active(entry)

    def _if_current(self, uid: str, ticket: int, where: int) -> None:
        entry = self.entries.get(uid)
        if entry is not None and entry.ticket == ticket and entry.where == where:
            self._push_active(entry)

    def pop(self) -> Entry | None:
        """The next pod: highest priority first, then longest waiting; if none is active, one that backs off."""
        active = self._active
        while active:
            _, _, ticket, uid = heappop(active)
            entry = self.entries.get(uid)
            if entry is not None and entry.ticket == ticket and entry.where == ACTIVE:
                return self._out(entry)
        backoff = self._backoff
        while backoff:
            *_, ticket, uid = heappop(backoff)
            entry = self.entries.get(uid)
            if entry is not None and entry.ticket == ticket and entry.where == BACKOFF:
                return self._out(entry)
        return None

    def next_due(self) -> Instant | None:
        """When the next wait ends by itself."""
        due: list[Instant] = []
        if self._errors:
            due.append(self._errors[0][0] + WINDOW)
        oldest = self._oldest
        while oldest and not self._pooled(oldest[0][2], oldest[0][1]):
            heappop(oldest)
        if oldest:
            # The pass that finds it strictly older than the bound.
            due.append(((oldest[0][0] + UNSCHEDULABLE_MAX) // FLUSH_PERIOD + 1) * FLUSH_PERIOD)
        return min(due, default=None)

    # Places.

    def _pooled(self, uid: str, ticket: int) -> bool:
        entry = self.entries.get(uid)
        return entry is not None and entry.ticket == ticket and entry.where == POOL

    def _out(self, entry: Entry) -> Entry:
        entry.where = OUT
        entry.attempts += 1
        del self.entries[entry.pod.uid]
        return entry

    def _ticket(self, entry: Entry, where: int) -> int:
        self._tickets += 1
        entry.where = where
        entry.ticket = self._tickets
        return self._tickets

    def _push_active(self, entry: Entry) -> None:
        ticket = self._ticket(entry, ACTIVE)
        heappush(self._active, (-entry.pod.shape.priority, entry.since, ticket, entry.pod.uid))

    def _push_backoff(self, entry: Entry) -> None:
        ticket = self._ticket(entry, BACKOFF)
        heappush(self._backoff, (entry.until, -entry.pod.shape.priority, entry.since, ticket, entry.pod.uid))

    def _push_errors(self, entry: Entry) -> None:
        heappush(self._errors, (entry.until, self._ticket(entry, ERRORS), entry.pod.uid))

    def _wake(self, entry: Entry) -> None:
        entry.where = WOKEN
        self._unsettled.append(entry)

    def _kind(self, pod: PodInfo) -> str:
        return pod.uid if pod.shape.claims else ""

    def _group(self, entry: Entry, kind: str) -> Group:
        return (entry.pod.shape.number, kind)

    def _join_pool(self, entry: Entry, kind: str) -> None:
        ticket = self._ticket(entry, POOL)
        self._pooled_count += 1
        groups = self._pool.setdefault(entry.plugins, {})
        groups.setdefault(self._group(entry, kind), {})[entry.pod.uid] = entry
        if not entry.gates:
            heappush(self._oldest, (entry.since, ticket, entry.pod.uid))

    def _leave_pool(self, entry: Entry) -> Group:
        group = self._group(entry, "gated" if entry.gates else self._kind(entry.pod))
        groups = self._pool[entry.plugins]
        self._pooled_count -= 1
        row = groups[group]
        del row[entry.pod.uid]
        if not row:
            del groups[group]
            if not groups:
                del self._pool[entry.plugins]
        entry.where = OUT
        return group

    def _end_of_backoff(self, entry: Entry, now: Instant) -> Instant:
        count = entry.errors or entry.failures
        end = now + min(BACKOFF_FIRST << min(count - 1, 10), BACKOFF_MAX)
        return end - end % WINDOW


def gated(pod: PodInfo) -> bool:
    """Whether scheduling gates hold a pod back."""
    return bool(pod.obj["spec"].get("schedulingGates"))
