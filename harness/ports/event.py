"""What the history is made of: one record for each thing that happened."""

from __future__ import annotations

from typing import Any, NamedTuple

from seatrial.harness.kernel.time import Instant

__all__ = ["CLUSTER_BITS", "Key", "Obj", "Record", "RecordId", "record_id", "split_id"]

Obj = dict[str, Any]
"""A JSON object. Shared and never mutated: a change is a new dict along the changed path only."""

RecordId = int
"""(cluster index << 40) | seq; 0 means none. Fits every Python int and sorts by cluster, then seq."""

CLUSTER_BITS = 40


def record_id(cluster: int, seq: int) -> RecordId:
    """The id of a record."""
    return cluster << CLUSTER_BITS | seq


def split_id(identity: RecordId) -> tuple[int, int]:
    """(cluster index, seq)."""
    return identity >> CLUSTER_BITS, identity & (1 << CLUSTER_BITS) - 1


class Key(NamedTuple):
    """Names one object of a cluster. `resource` is as kubectl writes it: `pods`, `deployments.apps`.

    Records that are not about an API object use a resource without a plural: `fault`, `phase`, `flow`, `note`.
    """

    resource: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.resource}/{self.namespace}/{self.name}" if self.namespace else f"{self.resource}/{self.name}"


class Record(NamedTuple):
    """One thing that happened.

    verb: `create`, `update`, `delete` for API objects (status and other subresources are `update`);
    `event` (a Kubernetes Event: reason, message, type in `new`), `inject`, `heal`, `felt`, `phase`, `flow`,
    `note`, `reject` (an API request that failed) for the rest.
    old, new: the object's versions (None before a create, after a delete); for the rest `new` holds the facts.
    """

    time: Instant
    cluster: int
    seq: int
    cause: RecordId
    actor: str
    verb: str
    key: Key
    old: Obj | None
    new: Obj | None

    @property
    def id(self) -> RecordId:
        """The packed (cluster, seq)."""
        return self.cluster << CLUSTER_BITS | self.seq
