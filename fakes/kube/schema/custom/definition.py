"""CustomResourceDefinitions as objects: their names, versions, columns, subresources.

Source: k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go (v0.36.3). The server keeps what
all versions share (always, if there is one alone) beside them, so that causes lie under `spec.validation` then. Differs
from the real one: versions are shown without their schemas. Not modelled: selectable fields, caBundle.
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.schema.custom.structural import check_schema
from seatrial.fakes.kube.schema.validation.causes import Causes, immutable, invalid, not_supported, required
from seatrial.fakes.kube.schema.validation.names import dns_service, dns_subdomain
from seatrial.harness.ports.event import Obj

__all__ = ["definition", "definition_update"]

COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
_APPROVED = "api-approved.kubernetes.io"
_PATH = "must be a simple json path starting with ."


def definition(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A new definition."""
    spec, meta = obj.get("spec") or {}, obj.get("metadata") or {}
    names, group = spec.get("names") or {}, spec.get("group", "")
    name = meta.get("name", "")
    if name and name != f"{names.get('plural', '')}.{group}":
        invalid(out, "metadata.name", name, 'must be spec.names.plural+"."+spec.group')
    _group(out, group)
    scope = spec.get("scope", "")
    if not scope:
        required(out, "spec.scope")
    elif scope not in ("Cluster", "Namespaced"):
        not_supported(out, "spec.scope", scope, ("Cluster", "Namespaced"))
    versions = spec.get("versions") or []
    _versions(out, versions)
    _names(out, "spec.names", names)
    if _shared(versions):
        _version(out, "spec", versions[0], "spec.validation")
    conversion = spec.get("conversion") or {}
    _conversion(out, "spec.conversion", conversion)
    stored = (obj.get("status") or {}).get("storedVersions") or [
        version.get("name", "") for version in versions if version.get("storage")
    ]
    if not stored:
        invalid(out, "status.storedVersions", None, "must have at least one stored version")
    if (group + ".").endswith((".k8s.io.", ".kubernetes.io.")) and not (meta.get("annotations") or {}).get(_APPROVED):
        text = (
            f'protected groups must have approval annotation "{_APPROVED}", see '
            "https://github.com/kubernetes/enhancements/pull/1111"
        )
        required(out, f"metadata.annotations[{_APPROVED}]", text)
    if spec.get("preserveUnknownFields"):
        text = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        invalid(out, "spec.preserveUnknownFields", spec["preserveUnknownFields"], text)


def _group(out: Causes, group: str) -> None:
    if not group:
        required(out, "spec.group")
        return
    messages = dns_subdomain(group)
    if messages:
        invalid(out, "spec.group", group, ",".join(messages))
    elif "." not in group:
        invalid(out, "spec.group", group, "should be a domain with at least one dot")


def _label(out: Causes, path: str, text: str, *, mixed: bool = False) -> None:
    messages = dns_service(text.lower() if mixed else text) if text else ()
    if messages:
        prefix = "may have mixed case, but should otherwise match: " if mixed else ""
        invalid(out, path, text, prefix + ",".join(messages))


def _names(out: Causes, path: str, names: Obj) -> None:
    for field in ("plural", "singular", "kind", "listKind"):
        if not names.get(field):
            required(out, f"{path}.{field}")
    _label(out, f"{path}.plural", names.get("plural", ""))
    _label(out, f"{path}.singular", names.get("singular", ""))
    _label(out, f"{path}.kind", names.get("kind", ""), mixed=True)
    _label(out, f"{path}.listKind", names.get("listKind", ""), mixed=True)
    for index, name in enumerate(names.get("shortNames") or ()):
        _label(out, f"{path}.shortNames[{index}]", name)
    if names.get("kind") and names["kind"] == names.get("listKind"):
        invalid(out, f"{path}.listKind", names["listKind"], "kind and listKind may not be the same")
    for index, name in enumerate(names.get("categories") or ()):
        _label(out, f"{path}.categories[{index}]", name)


def _shared(versions: list[Obj]) -> bool:
    """Whether all versions are alike in schema, subresources and columns."""
    fields = ("schema", "subresources", "additionalPrinterColumns")
    return bool(versions) and all(
        version.get(field) == versions[0].get(field) for version in versions for field in fields
    )


def _versions(out: Causes, versions: list[Obj]) -> None:
    shared = _shared(versions)
    for index, version in enumerate(versions):
        if not (version.get("schema") or {}).get("openAPIV3Schema"):
            required(out, f"spec.versions[{index}].schema.openAPIV3Schema")
    for index, version in enumerate(versions):
        _label(out, f"spec.versions[{index}].name", version.get("name", "") or "-")
        if not shared:
            _version(out, f"spec.versions[{index}]", version, f"spec.versions[{index}].schema")
    names = [version.get("name") for version in versions]
    if len(set(names)) != len(names):
        invalid(out, "spec.versions", _as_shown(versions), "must contain unique version names")
    if sum(bool(version.get("storage")) for version in versions) != 1:
        text = "must have exactly one version marked as storage version"
        invalid(out, "spec.versions", _as_shown(versions), text)
    if names:
        _label(out, "spec.version", names[0] or "-")


def _as_shown(versions: list[Obj]) -> list[Any]:
    return [
        {
            "Name": version.get("name", ""),
            "Served": bool(version.get("served")),
            "Storage": bool(version.get("storage")),
            "Deprecated": bool(version.get("deprecated")),
            "DeprecationWarning": version.get("deprecationWarning"),
            "Schema": None,
            "Subresources": None,
            "AdditionalPrinterColumns": None,
            "SelectableFields": None,
        }
        for version in versions
    ]


def _version(out: Causes, path: str, version: Obj, schema_path: str) -> None:
    schema = (version.get("schema") or {}).get("openAPIV3Schema")
    if schema:
        check_schema(out, f"{schema_path}.openAPIV3Schema", schema)
    _scale(out, f"{path}.subresources.scale", (version.get("subresources") or {}).get("scale"))
    for index, column in enumerate(version.get("additionalPrinterColumns") or ()):
        _column(out, f"{path}.additionalPrinterColumns[{index}]", column)


def _scale(out: Causes, path: str, scale: Obj | None) -> None:
    if scale is None:
        return
    for field, root in (("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")):
        text = scale.get(field, "")
        if not text:
            required(out, f"{path}.{field}")
        elif not text.startswith(".") or "[" in text:
            invalid(out, f"{path}.{field}", text, _PATH)
        elif not text.startswith(root):
            invalid(out, f"{path}.{field}", text, f"should be a json path under {root[:-1]}")
    text = scale.get("labelSelectorPath")
    if text:
        if not text.startswith(".") or "[" in text:
            invalid(out, f"{path}.labelSelectorPath", text, _PATH)
        elif not text.startswith((".spec.", ".status.")):
            invalid(out, f"{path}.labelSelectorPath", text, "should be a json path under either .status or .spec")


def _column(out: Causes, path: str, column: Obj) -> None:
    if not column.get("name"):
        required(out, f"{path}.name")
    kind = column.get("type")
    if not kind:
        required(out, f"{path}.type", f"must be one of {','.join(COLUMN_TYPES)}")
    elif kind not in COLUMN_TYPES:
        invalid(out, f"{path}.type", kind, f"must be one of {','.join(COLUMN_TYPES)}")
    text = column.get("jsonPath", "")
    if not text:
        required(out, f"{path}.JSONPath")
    elif not text.startswith("."):
        invalid(out, f"{path}.JSONPath", text, _PATH)


def _conversion(out: Causes, path: str, conversion: Obj) -> None:
    strategy = conversion.get("strategy", "")
    if not strategy:
        required(out, f"{path}.strategy")
    elif strategy not in ("None", "Webhook"):
        not_supported(out, f"{path}.strategy", strategy, ("None", "Webhook"))
    if strategy != "Webhook":
        return
    webhook = conversion.get("webhook") or {}
    if not webhook.get("clientConfig"):
        required(out, f"{path}.webhookClientConfig", "required when strategy is set to Webhook")
    if not webhook.get("conversionReviewVersions"):
        required(out, f"{path}.conversionReviewVersions")


def definition_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of a definition: once it is served, what it is called stays."""
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    if spec is before:
        return
    definition(out, obj)
    immutable(out, "spec.group", spec.get("group"), before.get("group"))
    immutable(out, "spec.names.plural", spec.get("names", {}).get("plural"), before.get("names", {}).get("plural"))
    conditions = (old.get("status") or {}).get("conditions") or ()
    if any(entry.get("type") == "Established" and entry.get("status") == "True" for entry in conditions):
        immutable(out, "spec.scope", spec.get("scope"), before.get("scope"))
        immutable(out, "spec.names.kind", spec.get("names", {}).get("kind"), before.get("names", {}).get("kind"))
    names = {version.get("name") for version in spec.get("versions") or ()}
    for index, stored in enumerate((old.get("status") or {}).get("storedVersions") or ()):
        if stored not in names:
            text = (
                f"missing from spec.versions; {stored} was previously a storage version, and must remain in "
                f"spec.versions until a storage migration ensures no data remains persisted in {stored} and removes "
                f"{stored} from status.storedVersions"
            )
            invalid(out, f"status.storedVersions[{index}]", stored, text)
