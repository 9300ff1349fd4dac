"""Calls between Services (`seatrial.dev/depends-on`): who asks whom, callers first.

A request to web needs one to db, made from the zone of web's pod. Differs from reality: each request makes every call
once; a cycle is refused, since no order would give each Service its load before it answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

__all__ = ["Calls"]

Service = tuple[str, str]


class Calls:
    """The graph of the Services' dependencies."""

    __slots__ = ("_below", "_groups")

    def __init__(self) -> None:
        self._below: dict[Service, tuple[Service, ...]] = {}
        self._groups: dict[Service, tuple[Service, ...]] = {}

    def below(self, service: Service) -> tuple[Service, ...]:
        """Whom a Service asks."""
        return self._below.get(service, ())

    def any(self) -> bool:
        """Whether any Service asks another."""
        return bool(self._below)

    def set(self, service: Service, wanted: Iterable[str]) -> tuple[bool, tuple[str, ...]]:
        """Declare dependencies: (whether something changed, those refused since they close a cycle)."""
        named = []
        for text in wanted:
            namespace, _, name = text.partition("/")
            named.append((namespace, name))
        kept: list[Service] = []
        refused = []
        for other in named:
            if other == service or self._leads(other, service):
                refused.append(f"{other[0]}/{other[1]}")
            else:
                kept.append(other)
        if tuple(kept) == self.below(service):
            return False, tuple(refused)
        if kept:
            self._below[service] = tuple(kept)
        else:
            del self._below[service]
        self._groups = {}
        return True, tuple(refused)

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
