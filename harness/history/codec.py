"""Records as JSON Lines: one header, then one line a record with the paths that changed.

A line is `{"at", "cluster", "seq", "cause", "actor", "verb", "key", ...}` with `new` (a whole object or the facts of a
record that is about none), or `set` and `gone` (what an update changed). Reading rebuilds the full versions, so that a
checker cannot tell a history that was read from one that was lived.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from seatrial.harness.history.changes import GONE, Change, apply, changes
from seatrial.harness.history.secrets import Veil
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.ports.event import Key, Obj, Record, record_id, split_id

__all__ = ["API_VERSION", "decode", "encode", "header"]

API_VERSION = "seatrial.dev/v1alpha1"
_OBJECT_VERBS = frozenset({"create", "update", "delete"})
_encoder = msgspec.json.Encoder(order="deterministic")


def header(**facts: Any) -> bytes:
    """The first line: what made this history. Stands outside the digest."""
    return _encoder.encode({"apiVersion": API_VERSION, "kind": "History", **facts})


def encode(record: Record, veil: Veil) -> bytes:
    """One line, without its newline."""
    cause = record.cause
    line: dict[str, Any] = {
        "at": record.time,
        "cluster": record.cluster,
        "seq": record.seq,
        "actor": record.actor,
        "verb": record.verb,
        "key": list(record.key),
    }
    if cause:
        line["cause"] = list(split_id(cause))
    resource = record.key.resource
    old, new = record.old, record.new
    if resource == "secrets":
        old, new = veil.cover(resource, old), veil.cover(resource, new)
    if old is not None and new is not None and record.verb in _OBJECT_VERBS:
        sets, gone = [], []
        for path, value in changes(old, new):
            if value is GONE:
                gone.append(path)
            else:
                sets.append((path, value))
        if sets:
            line["set"] = sets
        if gone:
            line["gone"] = gone
    elif new is not None:
        line["new"] = new
    return _encoder.encode(line)


def decode(lines: Iterable[bytes]) -> Iterator[Record]:
    """Rebuild the records of a history; the header must have been read already. Raises BadInput with the line."""
    versions: dict[tuple[int, Key], Obj] = {}
    for number, text in enumerate(lines, start=2):
        if not text.strip():
            continue
        try:
            line = msgspec.json.decode(text)
            key = Key(*line["key"])
            place = (line["cluster"], key)
            old, new = _versions(line, versions.get(place))
        except (msgspec.DecodeError, KeyError, TypeError, IndexError, AssertionError) as error:
            raise BadInput(f"line {number} of the history cannot be read ({error}); was the file cut off?") from error
        if line["verb"] in _OBJECT_VERBS:
            if new is None:
                versions.pop(place, None)
            else:
                versions[place] = new
        cause = record_id(*line["cause"]) if "cause" in line else 0
        yield Record(line["at"], line["cluster"], line["seq"], cause, line["actor"], line["verb"], key, old, new)


def _versions(line: dict[str, Any], before: Obj | None) -> tuple[Obj | None, Obj | None]:
    verb = line["verb"]
    if verb not in _OBJECT_VERBS:
        return None, line.get("new")
    if verb == "delete":
        return before, None
    if "new" in line:
        return before, line["new"]
    if before is None:
        raise KeyError(f"an update of {line['key']} without an earlier version")
    listed: list[Change] = [(tuple(path), value) for path, value in line.get("set", ())]
    listed += [(tuple(path), GONE) for path in line.get("gone", ())]
    return before, apply(before, listed)
