"""Makes `data/zeros.json`: which fields of which type Go leaves out of JSON while they hold nothing.

    python -m seatrial.fakes.kube.schema.generate_zeros --modules DIR --minor 1.36 --out fakes/kube/schema/data

A developer's tool, imported by nothing. DIR holds the modules of Kubernetes' types as the Go tool unpacks them
(`api@v0.36.3`, ...). Only json tags and whether a field is a pointer are read: `omitempty` on a text, number, truth
value, list or map. Structs are never empty to Go, nor are pointers that point somewhere.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from seatrial.fakes.kube.schema.kinds import load_table

__all__ = ["main"]

PLAIN = frozenset(("string", "integer", "number", "boolean", "array", "map"))
# An empty list of managedFields in a request is an order to forget everyone.
SAID_BY_BEING_EMPTY = frozenset(("managedFields",))
_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r'^\t(?:\w+\s+)?([\w.\[\]*]+)\s+`[^`]*json:"([^"]*)"', re.MULTILINE)
# Go packages by what OpenAPI calls them.
_PACKAGES = {
    "io.k8s.apimachinery.pkg.apis.meta.v1": "apimachinery@*/pkg/apis/meta/v1",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1": "apiextensions-apiserver@*/pkg/apis/apiextensions/v1",
    "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1": "kube-aggregator@*/pkg/apis/apiregistration/v1",
}

Fields = dict[str, list[tuple[str, str, str]]]
"""By struct: (Go type, name in JSON, options of the tag)."""


def structs(folder: Path) -> Fields:
    """The fields of every struct of a package."""
    found: Fields = {}
    for file in sorted(folder.glob("*.go")):
        if file.name.startswith(("zz_", "generated")) or file.name.endswith("_test.go"):
            continue
        text = re.sub(r"^\s*//.*\n", "", file.read_text(), flags=re.MULTILINE)
        for name, body in _STRUCT.findall(text):
            found[name] = [(go, *tag.partition(",")[::2]) for go, tag in _FIELD.findall(body)]
    return found


def omitted(fields: Fields, struct: str) -> Iterable[str]:
    """The fields of a struct that are left out while they are empty; embedded structs count as its own."""
    for go, name, options in fields.get(struct, ()):
        if not name and "inline" in options:
            yield from omitted(fields, go.rpartition(".")[2])
        elif "omitempty" in options and not go.startswith("*") and name not in SAID_BY_BEING_EMPTY:
            yield name


def zeros(modules: Path, minor: str) -> dict[str, str]:
    """The rule for every type of a minor; names of fields in one text, so that the file stays readable."""
    types = load_table(minor).types
    packages: dict[str, Fields] = {}
    rows: dict[str, str] = {}
    for name, raw in sorted(types.items()):
        package, _, struct = name.rpartition(".")
        if package not in packages:
            packages[package] = structs(_folder(modules, package, minor))
        mine = [field for field in omitted(packages[package], struct) if _plain(raw, field)]
        if mine:
            rows[name] = " ".join(sorted(mine))
    return rows


def _plain(raw: dict[str, Any], field: str) -> bool:
    known = raw.get("p", {}).get(field, {})
    return known.get("t") in PLAIN and known.get("f") != "date-time"


def _folder(modules: Path, package: str, minor: str) -> Path:
    pattern = _PACKAGES.get(package) or "api@*/" + "/".join(package.removeprefix("io.k8s.api.").split("."))
    wanted = f"@v0.{minor.partition('.')[2]}."
    return next((path for path in sorted(modules.glob(pattern)) if wanted in str(path)), modules / "none")


def main() -> None:
    """Read the modules and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", required=True, type=Path)
    parser.add_argument("--minor", default="1.36")
    parser.add_argument("--out", required=True, type=Path)
    options = parser.parse_args()
    rows = [
        f"{json.dumps(name)}: {json.dumps(fields)}" for name, fields in zeros(options.modules, options.minor).items()
    ]
    (options.out / "zeros.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    main()
