"""Makes `data/MINOR.json.gz`: every resource that a cluster serves and the structure of every type.

    python -m seatrial.fakes.kube.schema.generate --kubeconfig FILE --out fakes/kube/schema/data
    python -m seatrial.fakes.kube.schema.generate --checkout DIR --minor 1.35 --out fakes/kube/schema/data

From a live cluster, or from the descriptions in a checkout of Kubernetes' source (`api/`) where no cluster of that
minor is at hand; those list all that could be switched on, so that versions in alpha and beta are left out.

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


class Cluster:
    """A live API server, through kubectl."""

    def __init__(self, kubeconfig: str) -> None:
        self.command = ["kubectl", "--kubeconfig", kubeconfig, "get", "--raw"]

    def get(self, path: str) -> Any:
        """One answer."""
        return json.loads(subprocess.run([*self.command, path], check=True, capture_output=True).stdout)  # noqa: S603


class Checkout:
    """The descriptions that lie beside Kubernetes' source."""

    def __init__(self, folder: Path, minor: str) -> None:
        self.discovery = folder / "api/discovery"
        self.types = folder / "api/openapi-spec/v3"
        self.minor = minor

    def get(self, path: str) -> Any:
        """What a cluster with everything that is stable would answer."""
        if path == "/version":
            major, _, minor = self.minor.partition(".")
            return {"major": major, "minor": minor, "gitVersion": f"v{self.minor}"}
        if path == "/openapi/v3":
            names = [file.name.removesuffix("_openapi.json") for file in self.types.glob("*_openapi.json")]
            return {"paths": {name.replace("__", "/"): {} for name in names if stable(name.rpartition("__")[2])}}
        if path.startswith("/openapi/v3/"):
            name = path.removeprefix("/openapi/v3/").replace("/", "__")
            return json.loads((self.types / f"{name}_openapi.json").read_bytes())
        answer = json.loads((self.discovery / (path.strip("/").replace("/", "__") + ".json")).read_bytes())
        for group in answer.get("groups", ()):
            group["versions"] = [item for item in group["versions"] if stable(item["version"])]
        if "groups" in answer:
            answer["groups"] = [group for group in answer["groups"] if group["versions"]]
        return answer


def stable(version: str) -> bool:
    """Whether a version is neither alpha nor beta."""
    return "alpha" not in version and "beta" not in version


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


def resources(source: Cluster | Checkout) -> list[dict[str, Any]]:
    """Every resource of every served group and version, preferred versions first."""
    versions = [("", "v1", True)]
    for group in source.get("/apis")["groups"]:
        preferred = group["preferredVersion"]["version"]
        versions += [(group["name"], item["version"], item["version"] == preferred) for item in group["versions"]]
    out = []
    for group_name, version, is_preferred in sorted(versions, key=lambda entry: (entry[0], not entry[2], entry[1])):
        path = f"/apis/{group_name}/{version}" if group_name else "/api/v1"
        listed = source.get(path)["resources"]
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


def types(source: Cluster | Checkout) -> tuple[dict[str, Any], dict[str, str]]:
    """(structure by type name, type name by `apiVersion/Kind`)."""
    found: dict[str, Any] = {}
    kinds: dict[str, str] = {}
    for path in sorted(source.get("/openapi/v3")["paths"]):
        if path != "api/v1" and path.count("/") != 2:
            continue
        for name, schema in source.get(f"/openapi/v3/{path}").get("components", {}).get("schemas", {}).items():
            if name in SPECIAL:
                continue
            found[name] = node(schema)
            for gvk in schema.get("x-kubernetes-group-version-kind", ()):
                api_version = "/".join(filter(None, (gvk["group"], gvk["version"])))
                if name.rpartition(".")[2] == gvk["kind"]:
                    kinds.setdefault(f"{api_version}/{gvk['kind']}", name)
    return found, kinds


def main() -> None:
    """Ask, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig")
    parser.add_argument("--checkout", type=Path)
    parser.add_argument("--minor")
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    source = Checkout(options.checkout, options.minor) if options.checkout else Cluster(options.kubeconfig)
    version = source.get("/version")
    minor = f"{version['major']}.{version['minor']}"
    found, kinds = types(source)
    listed = resources(source)
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
