"""Kinds and their names, one table for each Kubernetes minor.

The table is generated (`generate.py`) from a real cluster's discovery; kinds that a CRD adds are put beside it.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.ports.kube import ApiError

__all__ = ["Kind", "Table", "UnknownResource", "load_table", "minors"]


class UnknownResource(ApiError, KeyError):
    """No such resource is served: a KeyError to code, the server's 404 to its callers."""

    def __init__(self, resource: str) -> None:
        super().__init__("the server could not find the requested resource", 404, "NotFound")
        self.resource = resource


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource as the API serves it. `resource` is its name as kubectl writes it: `deployments.apps`."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    preferred: bool = True
    custom: bool = False
    api_version: str = field(init=False)  # apps/v1, v1
    resource: str = field(init=False)  # deployments.apps, pods
    list_kind: str = ""

    def __post_init__(self) -> None:
        # Asked for at every request, so they are made once.
        put = object.__setattr__
        put(self, "api_version", f"{self.group}/{self.version}" if self.group else self.version)
        put(self, "resource", f"{self.plural}.{self.group}" if self.group else self.plural)
        if not self.list_kind:
            put(self, "list_kind", self.kind + "List")


@dataclass(frozen=True)
class Table:
    """What one minor serves: kinds by resource and by (apiVersion, kind), and its types."""

    minor: str
    version: str
    by_resource: dict[str, Kind]
    by_kind: dict[tuple[str, str], Kind]
    type_names: dict[str, str]
    types: dict[str, Any]


def minors() -> tuple[str, ...]:
    """The minors that have a table, oldest first."""
    names = [entry.name for entry in files(f"{__package__}.data").iterdir() if entry.name.endswith(".json.gz")]
    return tuple(sorted((name.removesuffix(".json.gz") for name in names), key=_order))


def _order(minor: str) -> tuple[int, ...]:
    return tuple(int(part) for part in minor.split("."))


@cache
def load_table(minor: str) -> Table:
    """The table of a minor. Raises Unsupported, naming those that there are."""
    place = files(f"{__package__}.data").joinpath(f"{minor}.json.gz")
    if not place.is_file():
        raise Unsupported(f"Kubernetes {minor} has no table here; there are {', '.join(minors())}")
    data = msgspec.json.decode(gzip.decompress(place.read_bytes()))
    by_resource: dict[str, Kind] = {}
    by_kind: dict[tuple[str, str], Kind] = {}
    for row in data["resources"]:
        kind = Kind(
            group=row["group"],
            version=row["version"],
            kind=row["kind"],
            plural=row["plural"],
            namespaced=row["namespaced"],
            singular=row["singular"],
            short_names=tuple(row["short"]),
            categories=tuple(row["categories"]),
            verbs=tuple(row["verbs"]),
            subresources=tuple(row["sub"]),
            preferred=row["preferred"],
        )
        # The preferred version comes first in the file: it is the one that objects are kept in.
        by_resource.setdefault(kind.resource, kind)
        by_kind.setdefault((kind.api_version, kind.kind), kind)
    return Table(minor, data["version"], by_resource, by_kind, data["kinds"], data["types"])
