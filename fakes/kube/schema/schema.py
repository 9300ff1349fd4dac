"""One API server's schema: the table of its minor, and what CRDs have added."""

from __future__ import annotations

from seatrial.fakes.kube.schema.custom.kinds import CustomKind, custom_kinds, unevaluated
from seatrial.fakes.kube.schema.decode import decode, refuse_unknown
from seatrial.fakes.kube.schema.defaults import default
from seatrial.fakes.kube.schema.kinds import Kind, UnknownResource, load_table
from seatrial.fakes.kube.schema.structure import Node, structures
from seatrial.fakes.kube.schema.validation.judge import validate
from seatrial.fakes.kube.schema.versions import converted
from seatrial.fakes.kube.schema.zeros import without_zeros, without_zeros_in_meta
from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import Cause

__all__ = ["Schema"]


class Schema:
    """Answers for one minor. Pickled by its minor and its CRDs alone; everything else is worked out again."""

    def __init__(self, minor: str = "1.36", definitions: tuple[Obj, ...] = ()) -> None:
        self.minor = minor
        self._table = load_table(minor)
        self._structures = structures(minor)
        self._definitions: dict[str, Obj] = {}
        self._custom: dict[tuple[str, str], CustomKind] = {}  # by (apiVersion, kind)
        self._custom_resources: dict[str, Kind] = {}
        self._nodes: dict[tuple[str, str], Node] = {}
        for definition in definitions:
            self.define(definition)

    def __reduce__(self) -> tuple[type[Schema], tuple[str, tuple[Obj, ...]]]:
        return (Schema, (self.minor, tuple(self._definitions.values())))

    def kind(self, resource: str) -> Kind:
        """The kind of a resource such as `deployments.apps`. Raises UnknownResource, a KeyError."""
        found = self._table.by_resource.get(resource) or self._custom_resources.get(resource)
        if found is None:
            raise UnknownResource(resource)
        return found

    def by_kind(self, api_version: str, kind: str) -> Kind | None:
        """The kind of an object, or None."""
        found = self._table.by_kind.get((api_version, kind))
        if found is not None:
            return found
        custom = self._custom.get((api_version, kind))
        return custom.kind if custom is not None else None

    def by_name(self, name: str) -> Kind | None:
        """The kind that a person means: plural, singular, short name or kind, with or without its group."""
        wanted = name.lower()
        for kind in self.kinds():
            named = (kind.plural, kind.singular, kind.kind.lower(), *kind.short_names)
            if wanted == kind.resource or wanted in named or wanted in [f"{word}.{kind.group}" for word in named]:
                return kind
        return None

    def kinds(self) -> tuple[Kind, ...]:
        """Every kind that is served, in the version that is kept, by resource; custom ones last."""
        return (
            *(kind for _, kind in sorted(self._table.by_resource.items())),
            *(kind for _, kind in sorted(self._custom_resources.items())),
        )

    def versions(self, resource: str) -> tuple[Kind, ...]:
        """Every served version of a resource."""
        built_in = [kind for _, kind in sorted(self._table.by_kind.items()) if kind.resource == resource]
        custom = [held.kind for _, held in sorted(self._custom.items()) if held.kind.resource == resource]
        return (*built_in, *custom)

    def structure(self, kind: Kind) -> Node:
        """The structure of a kind. Raises Unsupported where the API documents none."""
        key = (kind.api_version, kind.kind)
        node = self._nodes.get(key)
        if node is not None:
            return node
        custom = self._custom.get(key) if kind.custom else None
        found = custom.structure(self._structures) if custom is not None else self._structures.kind(*key)
        if found is None:
            raise Unsupported(f"{kind.api_version} {kind.kind} has no documented structure")
        self._nodes[key] = found
        return found

    def kept(self, obj: Obj) -> Obj:
        """An object in the version that its resource is kept in; the same object if it is, or is not known at all.

        Raises Unsupported where that would need a conversion that is not written.
        """
        written = self.by_kind(obj.get("apiVersion", ""), obj.get("kind", ""))
        if written is None:
            return obj
        kept = self.kind(written.resource)
        if kept.version == written.version:
            return obj
        definition = self._definitions.get(written.resource)
        if definition is not None and (definition["spec"].get("conversion") or {}).get("strategy") == "Webhook":
            words = f"it is written as {written.version} and kept as {kept.version}"
            raise Unsupported(f"{written.resource}: conversion by webhook: {words}")
        return converted(obj, written, kept)

    def decode(self, kind: Kind, obj: Obj, strictness: str = "Warn") -> tuple[Obj, list[str]]:
        """The object as the server reads it, and warnings. Raises BadRequest.

        strictness is fieldValidation: Ignore drops unknown fields silently, Warn says so, Strict refuses.
        """
        if kind.custom:
            return self._custom[kind.api_version, kind.kind].decode(obj, strictness, self._structures.meta())
        kept = self._table.by_resource[kind.resource]
        if kept.version != kind.version:
            raise Unsupported(f"{kind.resource} in version {kind.version}: objects are kept as {kept.version}")
        read, unknown = decode(kind, self.structure(kind), obj)
        return read, refuse_unknown(kind, unknown, strictness)

    def written(self, kind: Kind, obj: Obj) -> Obj:
        """A decoded object as Go writes it: without the empty values that its types leave out."""
        if kind.custom:
            return without_zeros_in_meta(self._structures.meta(), obj)
        return without_zeros(self.structure(kind), obj)

    def default(self, kind: Kind, obj: Obj) -> Obj:
        """The object with what the server fills in; the same object if nothing is absent."""
        if kind.custom:
            return self._custom[kind.api_version, kind.kind].default(obj)
        return default(kind, obj)

    def validate(self, kind: Kind, new: Obj, old: Obj | None = None, subresource: str = "") -> list[Cause]:
        """Everything that is wrong with a new object, or with a new version of `old`."""
        if kind.custom:
            return self._custom[kind.api_version, kind.kind].validate(new, old, subresource)
        return validate(kind, new, old, subresource)

    # What CRDs add.

    def define(self, definition: Obj) -> list[str]:
        """Serve a valid CustomResourceDefinition's kind from now on; warnings name what is not evaluated."""
        self.undefine(definition)
        kinds = custom_kinds(definition)
        warnings: list[str] = []
        for held in kinds:
            self._custom[held.kind.api_version, held.kind.kind] = held
            rules = unevaluated(held.schema)
            if rules:
                places = ", ".join(rules)
                warnings.append(
                    f"{held.kind.resource} {held.kind.version}: x-kubernetes-validations not evaluated: {places}"
                )
        self._custom_resources[kinds[0].kind.resource] = kinds[0].kind
        self._definitions[kinds[0].kind.resource] = definition
        return warnings

    def undefine(self, definition: Obj) -> None:
        """Serve its kind no more; nothing happens if it was not served."""
        spec = definition["spec"]
        resource = f"{spec['names']['plural']}.{spec['group']}"
        self._custom_resources.pop(resource, None)
        self._definitions.pop(resource, None)
        for key in [key for key, held in self._custom.items() if held.kind.resource == resource]:
            del self._custom[key]
            self._nodes.pop(key, None)

    def scale(self, kind: Kind) -> Obj | None:
        """Where a custom kind keeps its replicas: specReplicasPath, statusReplicasPath, labelSelectorPath."""
        return self._custom[kind.api_version, kind.kind].scale

    def columns(self, kind: Kind) -> list[Obj]:
        """What kubectl shows of a custom kind: additionalPrinterColumns."""
        return self._custom[kind.api_version, kind.kind].columns
