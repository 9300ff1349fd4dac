"""The structure of types as a graph of nodes, linked when they are first walked."""

from __future__ import annotations

from functools import cache
from typing import Any

from seatrial.fakes.kube.schema.kinds import Table, load_table
from seatrial.fakes.kube.schema.zeros import omitted_fields

__all__ = ["Node", "Structures", "structures"]

_GO_PACKAGES = {"intstr": "intstr", "resource": "resource"}


class Node:
    """One place in an object.

    type: object, array, map, string, integer, number, boolean, int-or-string, quantity, any.
    items: of an array, or the values of a map. go: the type's name as Go's decoder prints it.
    omitted: fields that are not written while they are empty.
    """

    __slots__ = (
        "_graph",
        "_items",
        "_object",
        "_properties",
        "enum",
        "format",
        "go",
        "list_map_keys",
        "list_type",
        "map_type",
        "merge_key",
        "nullable",
        "omitted",
        "patch_strategy",
        "preserve",
        "required",
        "type",
    )

    def __init__(self, graph: Structures, raw: dict[str, Any], go: str, name: str = "") -> None:
        self._graph = graph
        self.type: str = raw.get("t", "object")
        self.format: str = raw.get("f", "")
        self.enum: tuple[str, ...] = tuple(raw.get("e", ()))
        self.list_type: str = raw.get("l", "")
        self.list_map_keys: tuple[str, ...] = tuple(raw.get("k", ()))
        self.merge_key: str = raw.get("m", "")
        self.patch_strategy: str = raw.get("s", "")
        self.map_type: str = raw.get("a", "")
        self.required: tuple[str, ...] = tuple(raw.get("q", ()))
        self.preserve: bool = raw.get("x", self.type == "any" or (self.type == "object" and "p" not in raw))
        self.nullable: bool = raw.get("n", False)  # built-in types have none: null means absent there
        self.omitted = omitted_fields(name)
        self.go = go
        self._properties: dict[str, Any] = raw.get("p", {})
        self._object: str = raw.get("o", "")
        self._items: Any = raw.get("i")

    @property
    def int_or_string(self) -> bool:
        """Whether a number or a text may stand here."""
        return self.type == "int-or-string"

    @property
    def properties(self) -> dict[str, Node]:
        """The fields of an object."""
        fields = self._properties
        if fields and not isinstance(next(iter(fields.values())), Node):
            fields = self._properties = {name: self._graph.link(raw) for name, raw in fields.items()}
        return fields

    @property
    def as_object(self) -> Node | None:
        """What an `any` is if it is an object, where that is known."""
        return self._graph.named(self._object) if self._object else None

    @property
    def items(self) -> Node | None:
        """What an array or a map holds."""
        if self._items is not None and not isinstance(self._items, Node):
            self._items = self._graph.link(self._items)
        items: Node | None = self._items
        return items


class Structures:
    """All types of one minor."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._nodes: dict[str, Node] = {}

    def kind(self, api_version: str, kind: str) -> Node | None:
        """The structure of a kind, or None if the API documents none."""
        name = self._table.type_names.get(f"{api_version}/{kind}")
        return None if name is None else self.named(name)

    def meta(self) -> Node:
        """The structure of metadata."""
        return self.named("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")

    def named(self, name: str) -> Node:
        """The node of a type."""
        node = self._nodes.get(name)
        if node is None:
            node = self._nodes[name] = Node(self, self._table.types[name], _go_name(name), name)
        return node

    def link(self, raw: dict[str, Any]) -> Node:
        """The node of a raw entry; a bare reference is shared."""
        name = raw.get("r")
        if name is None:
            return Node(self, raw, _go_type(raw))
        if len(raw) == 1:
            return self.named(name)
        own = {key: raw[key] for key in raw if key != "r"}
        return Node(self, {**self._table.types[name], **own}, _go_name(name), name)


@cache
def structures(minor: str) -> Structures:
    """All types of a minor, shared by every cluster of it: nodes never change."""
    return Structures(load_table(minor))


def _go_name(name: str) -> str:
    """`io.k8s.api.core.v1.Container` is `v1.Container` in Go."""
    *_, package, kind = name.split(".")
    return f"{_GO_PACKAGES.get(package, package)}.{kind}"


def _go_type(raw: dict[str, Any]) -> str:
    kind = raw.get("t")
    if kind == "array":
        inner = raw["i"]
        return "[]" + (_go_name(inner["r"]) if "r" in inner else _go_type(inner))
    if kind == "map":
        inner = raw["i"]
        return "map[string]" + (_go_name(inner["r"]) if "r" in inner else _go_type(inner))
    if kind == "integer":
        return str(raw.get("f", "int64"))
    return {"string": "string", "boolean": "bool", "number": "float64"}.get(str(kind), "interface {}")
