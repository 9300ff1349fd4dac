"""A whole history: all clusters' records in one order, with settle folded, its digest, and reading from a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from heapq import merge
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec

from seatrial.harness.history.codec import API_VERSION, decode, encode, header
from seatrial.harness.history.secrets import Veil
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.event import Key, Record

__all__ = ["Digest", "History", "fold_settle"]

_OBJECT_VERBS = frozenset({"create", "update", "delete"})


def fold_settle(records: Iterable[Record], storm: Instant | None) -> Iterator[Record]:
    """Before the storm only the outcome counts: one create for each object that exists when it begins.

    storm: when it began; None if it never did, and all was settling. Records that are no object versions (phases,
    flows, notes) stay, the last of each key; rejections and Kubernetes Events of the settling do not. Folding twice is
    folding once: what happened at the storm's own instant stays as it is, since time does not tell on which side of it
    it was.
    """
    settling: dict[tuple[Key, str], Record] = {}
    later = iter(records)
    for record in later:
        if storm is not None and record.time >= storm:
            later = chain((record,), later)
            break
        if record.verb in _OBJECT_VERBS:
            slot = (record.key, "")
            settling.pop(slot, None)
            if record.new is not None:
                settling[slot] = record._replace(verb="create", old=None)
        elif record.verb not in ("reject", "event"):
            slot = (record.key, record.verb)
            settling.pop(slot, None)
            settling[slot] = record
    yield from sorted(settling.values(), key=lambda kept: kept.seq)
    yield from later


class History:
    """Read-only: the records of every cluster, by (time, cluster, seq)."""

    __slots__ = ("_clusters", "_digests", "facts", "seed")

    def __init__(
        self,
        clusters: Iterable[Iterable[Record]],
        seed: int,
        *,
        digests: Sequence[str | None] | None = None,
        **facts: Any,
    ) -> None:
        self._clusters = [list(records) for records in clusters]
        # Of clusters whose records were not kept (`--history digest`); None for those whose were.
        self._digests = tuple(digests or [None] * len(self._clusters))
        self.seed = seed
        self.facts = facts

    def __iter__(self) -> Iterator[Record]:
        return merge(*self._clusters, key=itemgetter(0, 1, 2))

    def __len__(self) -> int:
        return sum(map(len, self._clusters))

    def cluster(self, index: int) -> list[Record]:
        """One cluster's records in order; 0 is the fleet."""
        return self._clusters[index]

    def find(self, cluster: int, seq: int) -> Record | None:
        """The record with this id, or None when it was folded."""
        records = self._clusters[cluster] if cluster < len(self._clusters) else []
        low, high = 0, len(records)
        while low < high:
            middle = (low + high) // 2
            if records[middle].seq < seq:
                low = middle + 1
            else:
                high = middle
        return records[low] if low < len(records) and records[low].seq == seq else None

    def why(self, record: Record) -> list[Record]:
        """The walk along the causes, from the record back to where it began."""
        walk = [record]
        while walk[-1].cause:
            cause = self.find(walk[-1].cause >> 40, walk[-1].cause & (1 << 40) - 1)
            if cause is None or cause.id == walk[-1].id:
                break
            walk.append(cause)
        return walk

    def folded(self) -> History:
        """The same history with settle folded."""
        storm = self._storm()
        return History((fold_settle(records, storm) for records in self._clusters), self.seed, **self.facts)

    def digest(self) -> str:
        """Of all records in order, settle folded, without the header: equal digests, equal histories.

        Each cluster is hashed on its own and the results together, so that clusters may run in different processes.
        """
        storm = self._storm()
        return join_digests(
            cluster_digest(fold_settle(records, storm), self.seed) if told is None else told
            for records, told in zip(self._clusters, self._digests, strict=True)
        )

    def _storm(self) -> Instant | None:
        """When the storm began: the fleet's records say so, for all clusters."""
        return next((record.time for record in self._clusters[0] if record.verb == "phase" and _is_past(record)), None)

    def write(self, path: Path) -> None:
        """As JSON Lines."""
        veil = Veil(self.seed)
        with path.open("wb") as file:
            file.write(header(seed=self.seed, clusters=len(self._clusters), **self.facts) + b"\n")
            for record in self:
                file.write(encode(record, veil) + b"\n")

    @classmethod
    def read(cls, path: Path) -> History:
        """From JSON Lines. Raises BadInput for what is newer than this version reads, or cannot be read."""
        with path.open("rb") as file:
            try:
                head = msgspec.json.decode(file.readline())
            except msgspec.DecodeError as error:
                raise BadInput(
                    f"{path}:1: this is not a history ({error}); expected history.jsonl of a report"
                ) from error
            if not isinstance(head, dict) or head.get("kind") != "History" or head.get("apiVersion") != API_VERSION:
                raise BadInput(f"{path}:1: expected kind History of {API_VERSION}; a newer Seatrial may read it")
            clusters: list[list[Record]] = [[] for _ in range(head["clusters"])]
            for record in decode(file):
                clusters[record.cluster].append(record)
        seed = head.pop("seed")
        facts = {name: value for name, value in head.items() if name not in ("apiVersion", "kind", "clusters")}
        return cls(clusters, seed, **facts)


def _is_past(record: Record) -> bool:
    """Whether a phase's record is the first after the settling."""
    return record.key.name in ("storm", "heal", "calm", "end")


class Digest:
    """The digest of one cluster's folded records, taken in as they are written: nothing needs to be kept for it."""

    __slots__ = ("_state", "_veil")

    def __init__(self, seed: int) -> None:
        self._veil = Veil(seed)
        self._state = sha256()

    def take(self, record: Record) -> None:
        """Take one record in. A tap of a recorder whose settling is folded already."""
        self._state.update(encode(record, self._veil))
        self._state.update(b"\n")

    def hexdigest(self) -> str:
        """Of all records so far."""
        return self._state.hexdigest()


def cluster_digest(records: Iterable[Record], seed: int) -> str:
    """The digest of one cluster's folded records."""
    digest = Digest(seed)
    for record in records:
        digest.take(record)
    return digest.hexdigest()


def join_digests(digests: Iterable[str]) -> str:
    """One digest for a fleet, from those of its clusters in order."""
    return sha256("\n".join(digests).encode()).hexdigest()
