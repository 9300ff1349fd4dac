"""Makes `inline.json` from a live cluster: which fields of which Go struct are structs themselves, not pointers.

    python -m seatrial.fakes.kube.fields.generate --kubeconfig FILE --out fakes/kube/fields/inline.json

A developer's tool, imported by nothing. OpenAPI tells by the default `{}`. Types are named as Go names them
(`v1.PodSpec`); where two groups have a type of one name the fields of both are listed, since no field is in both.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

__all__ = ["main"]


def get(kubeconfig: str, path: str) -> Any:
    """One answer of the API server."""
    command = ["kubectl", "--kubeconfig", kubeconfig, "get", "--raw", path]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)  # noqa: S603


def inline_fields(kubeconfig: str) -> dict[str, list[str]]:
    """Struct fields by type."""
    found: dict[str, set[str]] = {}
    for path in sorted(get(kubeconfig, "/openapi/v3")["paths"]):
        for name, schema in get(kubeconfig, f"/openapi/v3/{path}").get("components", {}).get("schemas", {}).items():
            if not name.startswith("io.k8s.") or name.endswith("List"):
                continue
            fields = [
                field
                for field, value in schema.get("properties", {}).items()
                if value.get("default") == {} and ("allOf" in value or "$ref" in value)
            ]
            *_, package, kind = name.split(".")
            if fields:
                found.setdefault(f"{package}.{kind}", set()).update(fields)
    return {name: sorted(fields) for name, fields in sorted(found.items())}


def main() -> None:
    """Ask the cluster and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", required=True)
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    rows = [f"{json.dumps(name)}: {json.dumps(fields)}" for name, fields in inline_fields(options.kubeconfig).items()]
    options.out.write_text("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    main()
