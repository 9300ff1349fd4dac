"""Makes `data/MINOR.json.gz` from a live cluster: every resource it serves and the structure of every type.

    python -m seatrial.fakes.kube.schema.generate --kubeconfig FILE --out fakes/kube/schema/data

A developer's tool, imported by nothing. It keeps structure alone (properties, types, formats, enums, required, list and
map types, merge keys); descriptions and `default` stay behind: the published defaults are mostly zeros and never apply.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

__all__ = ["main"]

REF = "#/components/schemas/"
JSON_SCHEMA = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
SPECIAL = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"t": "int-or-string"},
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"t": "quantity"},
    "io.k8s.apimachinery.pkg.runtime.RawExtension": {"t": "any"},
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": {"t": "any"},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": {"t": "any"},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": {"t": "any", "o": JSON_SCHEMA},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": {"t": "any", "o": JSON_SCHEMA},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": {"t": "any"},
}


def get(kubeconfig: str, path: str) -> Any:
    """One answer of the API server."""
    command = ["kubectl", "--kubeconfig", kubeconfig, "get", "--raw", path]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603


def node(schema: dict[str, Any]) -> dict[str, Any]:
    """The compact form of one schema node."""
    if "allOf" in schema and len(schema["allOf"]) == 1:
        schema = {**schema, **schema["allOf"][0]}
    out: dict[str, Any] = {}
    for short, long in (
        ("l", "x-kubernetes-list-type"),
        ("k", "x-kubernetes-list-map-keys"),
        ("m", "x-kubernetes-patch-merge-key"),
        ("s", "x-kubernetes-patch-strategy"),
        ("a", "x-kubernetes-map-type"),
    ):
        if long in schema:
            out[short] = schema[long]
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REF)
        return {**out, **SPECIAL[name]} if name in SPECIAL else {**out, "r": name}
    if "type" not in schema:
        return {**out, "t": "any"}
    out["t"] = schema["type"]
    if "format" in schema:
        out["f"] = schema["format"]
    if "enum" in schema:
        out["e"] = schema["enum"]
    if schema["type"] == "array":
        out["i"] = node(schema["items"])
    elif schema["type"] == "object":
        if "additionalProperties" in schema:
            out["t"], out["i"] = "map", node(schema["additionalProperties"])
        elif "properties" in schema:
            out["p"] = {name: node(value) for name, value in sorted(schema["properties"].items())}
            if schema.get("required"):
                out["q"] = sorted(schema["required"])
    return out


def resources(kubeconfig: str) -> list[dict[str, Any]]:
    """Every resource of every served group and version, preferred versions first."""
    versions = [("", "v1", True)]
    for group in get(kubeconfig, "/apis")["groups"]:
        preferred = group["preferredVersion"]["version"]
        versions += [(group["name"], item["version"], item["version"] == preferred) for item in group["versions"]]
    out = []
    for group_name, version, is_preferred in sorted(versions, key=lambda entry: (entry[0], not entry[2], entry[1])):
        path = f"/apis/{group_name}/{version}" if group_name else "/api/v1"
        listed = get(kubeconfig, path)["resources"]
        subs: dict[str, list[str]] = {}
        for item in listed:
            plural, slash, sub = item["name"].partition("/")
            if slash:
                subs.setdefault(plural, []).append(sub)
        for item in listed:
            if "/" in item["name"]:
                continue
            out.append(
                {
                    "group": group_name,
                    "version": version,
                    "kind": item["kind"],
                    "plural": item["name"],
                    "singular": item["singularName"],
                    "namespaced": item["namespaced"],
                    "short": item.get("shortNames", []),
                    "categories": item.get("categories", []),
                    "verbs": item["verbs"],
                    "sub": sorted(subs.get(item["name"], [])),
                    "preferred": is_preferred,
                }
            )
    return out


def types(kubeconfig: str) -> tuple[dict[str, Any], dict[str, str]]:
    """(structure by type name, type name by `apiVersion/Kind`)."""
    found: dict[str, Any] = {}
    kinds: dict[str, str] = {}
    for path in sorted(get(kubeconfig, "/openapi/v3")["paths"]):
        if path != "api/v1" and path.count("/") != 2:
            continue
        for name, schema in get(kubeconfig, f"/openapi/v3/{path}").get("components", {}).get("schemas", {}).items():
            if name in SPECIAL:
                continue
            found[name] = node(schema)
            for gvk in schema.get("x-kubernetes-group-version-kind", ()):
                api_version = "/".join(filter(None, (gvk["group"], gvk["version"])))
                if name.rpartition(".")[2] == gvk["kind"]:
                    kinds.setdefault(f"{api_version}/{gvk['kind']}", name)
    return found, kinds


def main() -> None:
    """Ask the cluster and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", required=True)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    version = get(options.kubeconfig, "/version")
    minor = f"{version['major']}.{version['minor']}"
    found, kinds = types(options.kubeconfig)
    listed = resources(options.kubeconfig)
    wanted = {(f"{r['group']}/{r['version']}" if r["group"] else r["version"]) + "/" + r["kind"] for r in listed}
    table = {
        "version": version["gitVersion"],
        "resources": listed,
        "kinds": {key: name for key, name in sorted(kinds.items()) if key in wanted or key.endswith("/Scale")},
        "types": dict(sorted(found.items())),
    }
    text = json.dumps(table, separators=(",", ":"), sort_keys=True).encode()
    (options.out / f"{minor}.json.gz").write_bytes(gzip.compress(text, mtime=0))


if __name__ == "__main__":
    main()
