"""Ways between places: cuts, doors, loss, delay, and the quorum of etcd.

Every harm carries a token and is taken back by it, so harms that overlap heal independently.
Differs from a real network: there are no routes, only ends; within a place every way is open; the API server's door
stands in no zone, DNS in every one; etcd has a quorum as soon as one living member exchanges packets with a majority
(no election).
"""

from __future__ import annotations

from typing import TypeVar

from seatrial.harness.kernel.streams import PPM
from seatrial.harness.kernel.time import Duration
from seatrial.harness.ports.places import LinkListener

__all__ = ["ANY", "Links"]

ANY = "*"  # everything but the other end's own zone
EVERYWHERE = "dns"  # stands in every zone, so that a zone cut off from the others still resolves names
Pair = tuple[str, str]
K = TypeVar("K")
V = TypeVar("V")
_NONE: tuple[int, Duration] = (0, 0)


class Links:
    """Implements ports.places.Links."""

    def __init__(self) -> None:
        self._zones: dict[str, str] = {}
        self._cuts: dict[Pair, dict[str, int]] = {}
        self._doors: dict[str, dict[str, int]] = {}
        self._worse: dict[Pair, dict[str, tuple[int, Duration]]] = {}
        self._members: tuple[str, ...] = ()
        self._lost: dict[int, dict[str, int]] = {}
        self._quorum = True
        self._singled: frozenset[str] = frozenset()
        self._ways: dict[Pair, bool] = {}
        self._grades: dict[Pair, tuple[int, Duration]] = {}
        self._listeners: list[LinkListener] = []
        self._holding = 0
        self._owing = False

    # What everyone asks.

    def open(self, source: str, target: str) -> bool:
        """Whether packets get from source to target at all."""
        if not self._cuts and not self._doors and self._quorum:
            return True
        pair = (source, target)
        way = self._ways.get(pair)
        if way is None:
            way = self._ways[pair] = self._find(source, target)
        return way

    def exchange(self, source: str, target: str) -> bool:
        """Whether both directions are open."""
        if not self._cuts and not self._doors and self._quorum:
            return True
        return self.open(source, target) and self.open(target, source)

    def delay(self, source: str, target: str) -> Duration:
        """What is added to one round trip."""
        return self.grade(source, target)[1] if self._worse else 0

    def loss(self, source: str, target: str) -> int:
        """Share of requests that are lost, in parts per million."""
        return self.grade(source, target)[0] if self._worse else 0

    def grade(self, source: str, target: str) -> tuple[int, Duration]:
        """(loss, delay) of an exchange."""
        if not self._worse:
            return _NONE
        pair = (source, target)
        grade = self._grades.get(pair)
        if grade is None:
            grade = self._grades[pair] = self._sum(source, target)
        return grade

    def zone(self, place: str) -> str:
        """Where a place stands; "" for none."""
        return place[5:] if place.startswith("zone/") else self._zones.get(place, "")

    @property
    def calm(self) -> bool:
        """Whether nothing at all is cut, shut, lost or slow."""
        return not (self._cuts or self._doors or self._worse) and self._quorum

    @property
    def singled(self) -> frozenset[str]:
        """Places that some harm names by themselves: they may not see what the rest of their zone sees."""
        return self._singled

    # Who stands where, who listens.

    def locate(self, place: str, zone: str) -> None:
        """Put a place into a zone; "" takes it out."""
        if self._zones.get(place, "") != zone:
            if zone:
                self._zones[place] = zone
            else:
                del self._zones[place]
            if not self.calm:
                self._changed()

    def subscribe(self, listener: LinkListener) -> None:
        """Be told of every change."""
        self._listeners.append(listener)

    def touch(self) -> None:
        """Tell all listeners that something which decides reachability has changed elsewhere."""
        self._changed()

    def hold(self) -> None:
        """Several changes follow: tell of them once, at `release`."""
        self._holding += 1

    def release(self) -> None:
        """The changes since `hold` are complete."""
        self._holding -= 1
        if not self._holding and self._owing:
            self._changed()

    # Harms and their cures; all are safe twice.

    def cut(self, source: str, target: str, token: str) -> None:
        """Drop packets from source to target."""
        self._cuts.setdefault((source, target), {})[token] = 1
        self._changed()

    def join(self, source: str, target: str, token: str) -> None:
        """Take a cut back."""
        if _take(self._cuts, (source, target), token):
            self._changed()

    def shut(self, place: str, token: str) -> None:
        """Close the door of a place (api, etcd, registry, dns): nothing gets in or out."""
        self._doors.setdefault(place, {})[token] = 1
        self._changed()

    def reopen(self, place: str, token: str) -> None:
        """Take a `shut` back."""
        if _take(self._doors, place, token):
            self._changed()

    def degrade(self, source: str, target: str, token: str, *, loss: int = 0, delay: Duration = 0) -> None:
        """Lose a share (ppm) of the exchanges between two places, whoever starts them, or slow them down."""
        self._worse.setdefault((source, target), {})[token] = (loss, delay)
        self._changed()

    def restore(self, source: str, target: str, token: str) -> None:
        """Take a `degrade` back."""
        if _take(self._worse, (source, target), token):
            self._changed()

    # etcd.

    def set_etcd(self, zones: tuple[str, ...]) -> None:
        """One member in each of these zones; "" is a member in no zone."""
        self._members = zones
        self._lost = {}
        self._changed()

    def stop_etcd(self, token: str, *, zone: str | None = None, count: int | None = None) -> None:
        """Take members away: those of a zone, the first `count`, or a majority."""
        members = range(len(self._members))
        if zone is not None:
            gone = [index for index in members if self._members[index] == zone]
        else:
            gone = list(members)[: len(self._members) // 2 + 1 if count is None else count]
        for index in gone:
            self._lost.setdefault(index, {})[token] = 1
        self._changed()

    def start_etcd(self, token: str) -> None:
        """Give back what `stop_etcd` took away under this token."""
        taken = [_take(self._lost, index, token) for index in list(self._lost)]
        if any(taken):
            self._changed()

    @property
    def quorum(self) -> bool:
        """Whether etcd can commit."""
        return self._quorum

    # Within.

    def _changed(self) -> None:
        self._ways = {}
        self._grades = {}
        if self._holding:
            self._owing = True
            return
        self._owing = False
        self._quorum = True
        if self._members and (self._lost or self._cuts):
            self._quorum = self._count_members()
            self._ways = {}
        named = {place for pair in (*self._cuts, *self._worse) for place in pair}
        self._singled = frozenset(place for place in named if place.startswith("node/"))
        for listener in self._listeners:
            listener.links_changed()

    def _count_members(self) -> bool:
        need = len(self._members) // 2 + 1
        alive = [f"zone/{zone}" for index, zone in enumerate(self._members) if index not in self._lost]
        return any(sum(self._joined(one, other) for other in alive) >= need for one in alive)

    def _joined(self, one: str, other: str) -> bool:
        return one == other or (self._find(one, other) and self._find(other, one))

    def _find(self, source: str, target: str) -> bool:
        doors = self._doors
        if source in doors or target in doors:
            return False
        if not self._quorum and {source, target} == {"api", "etcd"}:
            return False
        if source == target or not self._cuts:
            return True
        cuts = self._cuts
        return not any(pair in cuts for pair in self._covering(source, target))

    def _covering(self, source: str, target: str) -> list[Pair]:
        """Every spelling of a way: by place, by zone, by `*` (which leaves out the same zone)."""
        here, there = self.zone(source), self.zone(target)
        if EVERYWHERE in (source, target):
            here = there = here or there
        froms = [source] if not here or source in (f"zone/{here}", EVERYWHERE) else [source, f"zone/{here}"]
        tos = [target] if not there or target in (f"zone/{there}", EVERYWHERE) else [target, f"zone/{there}"]
        pairs = [(one, other) for one in froms for other in tos]
        # A place named by itself is cut from its neighbours, too; a zone is not cut from itself.
        pairs += [(one, ANY) for one in froms if not one.startswith("zone/") or here != there]
        pairs += [(ANY, other) for other in tos if not other.startswith("zone/") or here != there]
        return pairs

    def _sum(self, source: str, target: str) -> tuple[int, Duration]:
        both = dict.fromkeys((*self._covering(source, target), *self._covering(target, source)))
        kept, delay = PPM, 0
        for pair in both:
            for loss, slow in self._worse.get(pair, {}).values():
                kept = kept * (PPM - loss) // PPM
                delay += slow
        return PPM - kept, delay


def _take(held: dict[K, dict[str, V]], key: K, token: str) -> bool:
    tokens = held.get(key)
    if tokens is None or tokens.pop(token, None) is None:
        return False
    if not tokens:
        del held[key]
    return True
