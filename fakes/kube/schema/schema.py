"""One API server's schema: the table of its minor, and what CRDs have added."""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.schema.decode import decode
from seatrial.fakes.kube.schema.defaults import default
from seatrial.fakes.kube.schema.kinds import Kind, UnknownResource, load_table
from seatrial.fakes.kube.schema.structure import Node, Structures
from seatrial.fakes.kube.schema.validation import validate
from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import BadRequest, Cause

__all__ = ["Schema"]


class Schema:
    """Answers for one minor. Pickled by its minor and its CRDs alone."""

    def __init__(self, minor: str = "1.36") -> None:
        self.minor = minor
        self._table = load_table(minor)
        self._structures = Structures(self._table)
        self._memo: dict[int, tuple[Any, Any]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return (Schema, (self.minor,))

    def kind(self, resource: str) -> Kind:
        """The kind of a resource such as `deployments.apps`. Raises UnknownResource."""
        found = self._table.by_resource.get(resource)
        if found is None:
            raise UnknownResource(resource)
        return found

    def by_kind(self, api_version: str, kind: str) -> Kind | None:
        """The kind of an object, or None."""
        return self._table.by_kind.get((api_version, kind))

    def kinds(self) -> tuple[Kind, ...]:
        """Every kind that is served, by resource."""
        return tuple(kind for _, kind in sorted(self._table.by_resource.items()))

    def structure(self, kind: Kind) -> Node:
        """The structure of a kind. Raises Unsupported where the API documents none."""
        node = self._structures.kind(kind.api_version, kind.kind)
        if node is None:
            raise Unsupported(f"{kind.api_version} {kind.kind} has no documented structure")
        return node

    def decode(self, kind: Kind, obj: Obj, strictness: str = "Warn") -> tuple[Obj, list[str]]:
        """The object as the server reads it, and warnings. Raises BadRequest.

        strictness is fieldValidation: Ignore drops unknown fields silently, Warn says so, Strict refuses.
        """
        read, unknown = decode(kind, self.structure(kind), obj)
        if strictness == "Ignore" or not unknown:
            return read, []
        warnings = [f'unknown field "{path}"' for path in unknown]
        if strictness == "Strict":
            raise BadRequest(
                f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
                f"strict decoding error: {', '.join(warnings)}"
            )
        return read, warnings

    def default(self, kind: Kind, obj: Obj) -> Obj:
        """The object with what the server fills in; the same object if nothing is absent."""
        return default(kind, obj)

    def validate(self, kind: Kind, new: Obj, old: Obj | None = None, subresource: str = "") -> list[Cause]:
        """Everything that is wrong with a new object, or with a new version of `old`."""
        return validate(kind, new, old, subresource)
