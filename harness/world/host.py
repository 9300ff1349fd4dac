"""Runs controllers: work queues, workers, back-off, and the commit of what they decide.

The queue is client-go's: a key that is dirty while it is processed comes back afterwards, so no two workers ever hold
one key and nothing is lost. A reconcile looks at the informers' view and answers with writes; the host commits them in
order at now + cost, with preconditions checked then. With a fast API server (cost 0) this is one synchronous turn.
A process that cannot renew its leader election lease for 10 s ends, and what its controllers remember ends with it;
once the API server takes writes again it starts anew, with first lists (client-go/tools/leaderelection).
Differs from client-go: a key's answer replaces its timer (AddAfter keeps the earlier one), since every answer says
when to look again. There is one process of a kind, not three; it is back 3 s after the API server, whereas a real one
may wait longer (its container's restarts back off).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

from seatrial.harness.kernel.clock import Agenda, Timer
from seatrial.harness.kernel.errors import Bug
from seatrial.harness.kernel.limits import RECONCILES_PER_KEY_AND_INSTANT_MAX, RECONCILES_PER_KEY_AND_MINUTE_MAX
from seatrial.harness.kernel.time import MILLISECOND, MINUTE, SECOND, Duration
from seatrial.harness.ports.controller import Controller, Next
from seatrial.harness.ports.event import Key, Obj, RecordId
from seatrial.harness.ports.kube import Api, ApiError, Client, Replica, View, WatchEvent, Write
from seatrial.harness.ports.note import Note
from seatrial.harness.ports.places import Links
from seatrial.harness.world.informers import Informers

__all__ = ["Host"]

Handler = Callable[[Obj | None, Obj | None, View], Iterable[Key]]

# workqueue.DefaultTypedControllerRateLimiter: 5 ms doubling to 1,000 s for each key.
LEASE_RENEWAL_MAX: Duration = 10 * SECOND  # --leader-elect-renew-deadline
RESTART: Duration = 3 * SECOND  # one retry period of 2 s, and the process's start
RETRY_FIRST: Duration = 5 * MILLISECOND
RETRY_LAST: Duration = 1000 * SECOND


class Work:
    """One controller's queue."""

    __slots__ = (
        "busy",
        "client",
        "controller",
        "dirty",
        "failures",
        "held",
        "instant",
        "minute",
        "newborn",
        "pumping",
        "timers",
        "turns",
        "turns_of_minute",
    )

    def __init__(self, controller: Controller, client: Client) -> None:
        self.controller = controller
        self.client = client
        self.newborn = deepcopy(controller)  # what a restart begins with
        self.dirty: dict[Key, RecordId] = {}
        self.held: dict[Key, bool] = {}  # keys whose writes are under way
        self.timers: dict[Key, Timer] = {}
        self.failures: dict[Key, int] = {}
        self.busy = 0
        self.pumping = False
        self.instant = -1
        self.turns: dict[Key, int] = {}
        self.minute = -1
        self.turns_of_minute: dict[Key, int] = {}

    def reset(self, controller: Controller) -> None:
        """Begin anew."""
        self.controller = controller
        self.dirty = {}
        self.held = {}
        self.timers = {}
        self.failures = {}
        self.busy = 0
        self.pumping = False


class Host:
    """One process of controllers: kube-controller-manager, kube-scheduler, or a stand-in of the platform."""

    def __init__(
        self,
        name: str,
        agenda: Agenda,
        api: Api,
        live: Replica,
        links: Links,
        note: Note,
        place: str = "control-plane",
    ) -> None:
        self.name = name
        self.place = place
        self._agenda = agenda
        self._api = api
        self._links = links
        self._note = note
        self.informers = Informers(f"{name}/informers", agenda, live, self)
        self._works: dict[str, Work] = {}
        self._routes: dict[str, list[tuple[Work, str]]] = {}
        self._handlers: dict[str, list[tuple[Work, Handler | None]]] = {}  # made of the routes, when first needed
        self._leading = True
        self._life = 0  # counts restarts: what an earlier life has under way is void
        self._election: Timer = 0
        agenda.enlist(name, self)
        links.subscribe(self)

    def add(self, controller: Controller, client: Client | None = None) -> None:
        """Run a controller here; it is told of everything that exists by `start`."""
        if client is None:
            client = Client(
                name=controller.name,
                user_agent=f"{self.name}/v1.36.3",
                user=f"system:serviceaccount:kube-system:{controller.name}",
                groups=("system:serviceaccounts", "system:authenticated"),
                place=self.place,
            )
        work = self._works[controller.name] = Work(controller, client)
        self._handlers = {}
        for watch in controller.watches:
            self._routes.setdefault(watch.resource, []).append((work, watch.keys))

    def also_watch(self, name: str, resource: str, method: str) -> None:
        """Tell a controller of one more resource from now on; nothing happens if it is not here, or knows of it."""
        work = self._works.get(name)
        routes = self._routes.setdefault(resource, [])
        if work is not None and (work, method) not in routes:
            routes.append((work, method))
            self._handlers = {}

    def drop(self, name: str) -> None:
        """Run a controller no more. Raises KeyError for one that is not here."""
        work = self._works.pop(name)
        self._handlers = {}
        for resource, routes in list(self._routes.items()):
            self._routes[resource] = [route for route in routes if route[0] is not work]

    def names(self) -> tuple[str, ...]:
        """The controllers that run here, by name."""
        return tuple(sorted(self._works))

    def watched(self) -> tuple[str, ...]:
        """The resources that some controller here watches: what to subscribe the informers to."""
        return tuple(sorted(self._routes))

    def start(self) -> None:
        """The informers' first lists."""
        for resource in self.watched():
            self.informers.replay(resource)

    def controller(self, name: str) -> Controller:
        """A controller by name, in its present life."""
        return self._works[name].controller

    def configure(self, name: str, option: str, value: object) -> None:
        """Set an option of a controller, now and for all its lives to come."""
        work = self._works[name]
        setattr(work.controller, option, value)
        setattr(work.newborn, option, value)

    # From the informers.

    def deliver(self, event: WatchEvent) -> None:
        """Turn a change into keys, for every controller that watches the resource."""
        if not self._leading:
            return
        _, _, resource, old, new, record = event
        handlers = self._handlers.get(resource)
        if handlers is None:
            handlers = self._handlers[resource] = self._handling(resource)
        view = self.informers.view
        for work, handler in handlers:
            if handler is not None:
                keys = handler(old, new, view)
            else:
                meta = event.obj["metadata"]
                keys = (Key(resource, meta.get("namespace", ""), meta["name"]),)
            for key in keys:
                if key not in work.dirty:
                    self._enqueue(work, key, record)

    def _handling(self, resource: str) -> list[tuple[Work, Handler | None]]:
        """Who is told of a resource's events, with the controllers' methods looked up: this is asked of every event."""
        return [
            (work, getattr(work.controller, method) if method else None)
            for work, method in self._routes.get(resource, ())
        ]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_handlers": {}}

    def links_changed(self) -> None:
        """The way to the API server, or its to etcd, may have closed or opened."""
        reads = self._links.exchange(self.place, "api")
        if reads:
            self.informers.join()
        else:
            self.informers.cut()
        able = reads and self._links.exchange("api", "etcd")
        if able is self._leading:
            self._agenda.cancel(self._election)
            self._election = 0
        elif not self._election:
            verb = "lead" if able else "resign"
            self._election = self._agenda.after(RESTART if able else LEASE_RENEWAL_MAX, self.name, verb)

    def resign(self) -> None:
        """Act: the lease could not be renewed in time; the process ends."""
        self._election = 0
        self._leading = False
        self._life += 1
        self._handlers = {}
        self._say("has lost its lease and ends")
        for work in self._works.values():
            for timer in work.timers.values():
                self._agenda.cancel(timer)
            work.reset(deepcopy(work.newborn))

    def lead(self) -> None:
        """Act: the process has started again and leads: its controllers know nothing but the first lists."""
        self._election = 0
        self._leading = True
        self._say("has started again and leads")
        self.informers.renew()
        self.start()

    def _say(self, what: str) -> None:
        self._note.write(self.name, "note", Key("note", "", self.name), None, {"what": f"{self.name} {what}"})

    def enqueue(self, controller: str, key: Key) -> None:
        """Queue a key now (a timer, a test)."""
        work = self._works.get(controller)
        if work is None:
            return
        work.timers.pop(key, None)
        self._enqueue(work, key, self._agenda.cause)

    def _enqueue(self, work: Work, key: Key, cause: RecordId) -> None:
        if key not in work.dirty:
            work.dirty[key] = cause
            if not work.pumping:
                work.pumping = True
                self._agenda.after(0, self.name, "pump", work.controller.name)

    # Working.

    def pump(self, controller: str) -> None:
        """Let free workers take keys."""
        work = self._works.get(controller)
        if work is None:
            return
        work.pumping = False
        workers = work.controller.workers
        skipped: dict[Key, RecordId] = {}
        while work.dirty and work.busy < workers:
            key = next(iter(work.dirty))
            cause = work.dirty.pop(key)
            if key in work.held:
                skipped[key] = cause
                continue
            self._turn(work, key, cause)
        for key, cause in skipped.items():
            work.dirty.setdefault(key, cause)

    def _turn(self, work: Work, key: Key, cause: RecordId) -> None:
        agenda = self._agenda
        self._guard(work, key)
        agenda.cause = cause
        answer = work.controller.reconcile(key, self.informers.view, agenda.time)
        self._commit(work, key, answer, 0, False)

    def _guard(self, work: Work, key: Key) -> None:
        now = self._agenda.time
        if work.instant != now:
            work.instant = now
            work.turns = {}
            if work.minute != now // MINUTE:
                work.minute = now // MINUTE
                work.turns_of_minute = {}
        turns = work.turns[key] = work.turns.get(key, 0) + 1
        spins = work.turns_of_minute[key] = work.turns_of_minute.get(key, 0) + 1
        if turns > RECONCILES_PER_KEY_AND_INSTANT_MAX:
            raise Bug(f"controller {work.controller.name} is chasing its own writes at {key}: {turns} turns, no time")
        if spins > RECONCILES_PER_KEY_AND_MINUTE_MAX:
            raise Bug(f"controller {work.controller.name} spins at {key}: {spins} turns within a minute")

    def commit(self, controller: str, key: Key, answer: Next, index: int, paid: bool, life: int) -> None:
        """An answer's next write has arrived at the API server."""
        work = self._works.get(controller)
        if work is None or life != self._life:
            return
        del work.held[key]
        work.busy -= 1
        self._commit(work, key, answer, index, paid)
        if (work.dirty or work.busy == 0) and not work.pumping:
            work.pumping = True
            self._agenda.after(0, self.name, "pump", controller)

    def _commit(self, work: Work, key: Key, answer: Next, index: int, paid: bool) -> None:
        writes = answer.writes
        error: ApiError | None = None
        while index < len(writes):
            write = writes[index]
            if write.verb == "event":
                self._tell(work, write)
                index += 1
                continue
            try:
                if not paid:
                    cost = self._api.cost(work.client, write.verb, write.key.resource)
                    if cost > 0:
                        self._wait(work, key, cost, answer, index)
                        return
                paid = False
                self._api.submit(write, work.client)
            except ApiError as refusal:
                paid = False
                if refusal.reason not in write.tolerate:
                    self._refused(work, write, refusal)
                    error = refusal
                    if not answer.independent:
                        break
            index += 1
        self._settle(work, key, answer, error)

    def _tell(self, work: Work, write: Write) -> None:
        """client-go's recorder sends events beside the work: nobody waits for them, nobody minds their loss."""
        try:
            self._api.cost(work.client, write.verb, "events")
            self._api.submit(write, work.client)
        except ApiError:
            return

    def _wait(self, work: Work, key: Key, cost: Duration, answer: Next, index: int) -> None:
        work.held[key] = True
        work.busy += 1
        self._agenda.after(cost, self.name, "commit", work.controller.name, key, answer, index, True, self._life)

    def _refused(self, work: Work, write: Write, error: ApiError) -> None:
        facts: Obj = {"request": write.verb, "reason": error.reason, "message": error.message, "code": error.code}
        self._note.write(work.controller.name, "reject", write.key, None, facts)
        told: Callable[..., Any] | None = getattr(work.controller, "failed", None)
        if told is not None:
            told(write, error, self._agenda.time)

    def _settle(self, work: Work, key: Key, answer: Next, error: ApiError | None) -> None:
        timer = work.timers.pop(key, None)
        if timer is not None:
            self._agenda.cancel(timer)
        after = answer.after
        if error is None or answer.independent:
            work.failures.pop(key, None)
        else:
            failures = work.failures.get(key, 0)
            work.failures[key] = failures + 1
            retry = min(RETRY_FIRST << min(failures, 40), RETRY_LAST)
            # As AddRateLimited: what the answer planned held only if its writes did.
            after = retry
        if after is not None:
            work.timers[key] = self._agenda.after(after, self.name, "enqueue", work.controller.name, key)
