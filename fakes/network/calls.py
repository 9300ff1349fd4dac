"""Calls between Services (`seatrial.dev/depends-on`): who asks whom, callers first.

A request to web needs one to db, made from the zone of web's pod. Differs from reality: each request makes every call
once; what closes a cycle is not followed, since no order would give each Service its load before it answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

__all__ = ["Calls"]

Service = tuple[str, str]


class Calls:
    """The graph of the Services' dependencies."""

    __slots__ = ("_below", "_groups", "_refused", "_wanted")

    def __init__(self) -> None:
        self._wanted: dict[Service, tuple[Service, ...]] = {}
        self._below: dict[Service, tuple[Service, ...]] = {}
        self._refused: dict[Service, tuple[Service, ...]] = {}
        self._groups: dict[Service, tuple[Service, ...]] = {}

    def below(self, service: Service) -> tuple[Service, ...]:
        """Whom a Service asks."""
        return self._below.get(service, ())

    def above(self, service: Service) -> tuple[Service, ...]:
        """Who asks a Service."""
        return tuple(one for one, asked in self._below.items() if service in asked)

    def refused(self, service: Service) -> tuple[Service, ...]:
        """Whom it would ask, if that did not close a cycle."""
        return self._refused.get(service, ())

    def set(self, service: Service, wanted: Iterable[str]) -> tuple[Service, ...]:
        """Declare what a Service depends on (NAMESPACE/NAME); returns all whose load or answers that changes."""
        named = tuple((namespace, name) for namespace, _, name in (text.partition("/") for text in wanted))
        if named == self._wanted.get(service, ()):
            return ()
        if named:
            self._wanted[service] = named
        else:
            del self._wanted[service]
        before = self._below
        self._build()
        touched: dict[Service, None] = {}
        for one in sorted({*before, *self._below}):
            old, new = before.get(one, ()), self.below(one)
            if old != new:
                touched.update(dict.fromkeys((one, *old, *new)))
        return tuple(touched)

    def _build(self) -> None:
        """Follow all that is wanted, by name, save what would close a cycle: it must not matter who came first."""
        self._below, self._refused, self._groups = {}, {}, {}
        for service, wanted in sorted(self._wanted.items()):
            for other in wanted:
                if other == service or self._leads(other, service):
                    self._refused[service] = (*self.refused(service), other)
                else:
                    self._below[service] = (*self.below(service), other)

    def _leads(self, start: Service, goal: Service) -> bool:
        seen = {start: None}
        return any(one == goal for one in _grown(seen, self.below))

    def together(self, service: Service) -> tuple[Service, ...]:
        """All Services whose load or answers hang together with this one's, callers first."""
        if not self._below:
            return (service,)
        group = self._groups.get(service)
        if group is None:
            above: dict[Service, list[Service]] = {}
            for caller, asked in self._below.items():
                for one in asked:
                    above.setdefault(one, []).append(caller)
            members = {service: None}
            for _ in _grown(members, lambda one: (*self.below(one), *above.get(one, ()))):
                pass
            group = self._order(sorted(members), above)
            for one in group:
                self._groups[one] = group
        return group

    def _order(self, members: list[Service], above: dict[Service, list[Service]]) -> tuple[Service, ...]:
        waiting = {one: len(above.get(one, ())) for one in members}
        free = [one for one in members if not waiting[one]]
        ordered: list[Service] = []
        for one in free:
            ordered.append(one)
            for other in self.below(one):
                waiting[other] -= 1
                if not waiting[other]:
                    free.append(other)
        return tuple(ordered)


def _grown(seen: dict[Service, None], next_of: Callable[[Service], Iterable[Service]]) -> Iterable[Service]:
    """Walk from what is seen to all that can be reached, adding to `seen`."""
    queue = list(seen)
    for one in queue:
        yield one
        for other in next_of(one):
            if other not in seen:
                seen[other] = None
                queue.append(other)
