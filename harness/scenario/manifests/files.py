"""Collects objects from files, folders, standard input and built-in apps; opens Lists."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.limits import INPUT_DEPTH_MAX
from seatrial.harness.ports.event import Obj
from seatrial.harness.scenario.library import BUILTIN, builtin_app
from seatrial.harness.scenario.problems import Problems
from seatrial.harness.scenario.values import kind_of
from seatrial.harness.scenario.yaml import STDIN, Document, PathKey, load_text, read_text

__all__ = ["Found", "collect"]

_SUFFIXES = (".yaml", ".yml", ".json")
_KUSTOMIZE = ("kustomization.yaml", "kustomization.yml", "Kustomization")
# Deep enough to tell the items of a List apart and their names.
_PLACES_DEPTH = 4


class Found(NamedTuple):
    """An object as it was written, and where."""

    obj: Obj
    place: str


def collect(paths: Sequence[str], problems: Problems, warnings: list[str]) -> list[Found]:
    """Every object of the paths, in their order. Raises BadInput for what cannot be read at all."""
    found: list[Found] = []
    for file, text in _texts(paths):
        for document in _documents(text, file):
            warnings += document.warnings
            found += _objects(document, document.value, (), problems)
    return found


def _texts(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    if list(paths).count(STDIN) > 1:
        raise BadInput("--app - can be given once: standard input is read once")
    for path in paths:
        if path.startswith(BUILTIN):
            for source in builtin_app(path):
                yield source.file, source.text
        elif path != STDIN and Path(path).is_dir():
            files = list(_files(path))
            if not files:
                raise BadInput(f"{path}: holds no .yaml, .yml or .json file")
            for file in files:
                yield file, read_text(file)
        elif path != STDIN and not Path(path).exists():
            raise BadInput(f"{path}: there is no such file or folder (built-in apps are called {BUILTIN}NAME)")
        else:
            yield ("<stdin>" if path == STDIN else path), read_text(path)


def _files(folder: str) -> Iterator[str]:
    """Manifests below a folder, by name; hidden folders are left out, links to folders are not followed."""
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if "Chart.yaml" in names:
            raise BadInput(f"{at}: is a Helm chart; write `helm template {at} | seatrial run ... --app -`")
        if any(name in names for name in _KUSTOMIZE):
            raise BadInput(f"{at}: is a kustomize folder; write `kubectl kustomize {at} | seatrial run ... --app -`")
        for name in sorted(names):
            if name.endswith(_SUFFIXES) and not name.startswith("."):
                yield os.path.join(at, name)


def _documents(text: str, file: str) -> Iterable[Document]:
    if not text.strip():
        return ()
    try:
        return load_text(text, file, places_depth=_PLACES_DEPTH)
    except BadInput:
        # Several JSON objects one after the other, or JSON that is indented with tabs: no YAML, yet kubectl takes it.
        if not text.lstrip().startswith("{"):
            raise
        stream = _json(text, file)
        if stream is None:
            raise
        return stream


def _json(text: str, file: str) -> list[Document] | None:
    documents = []
    decoder = json.JSONDecoder()
    at = 0
    try:
        while at < len(text):
            value, end = decoder.raw_decode(text, at)
            if _depth(value) > INPUT_DEPTH_MAX:
                return None
            documents.append(Document(value, file, {}, {}))
            at = end + len(text[end:]) - len(text[end:].lstrip())
    except (ValueError, RecursionError):
        return None
    return documents


def _depth(value: Any) -> int:
    deepest, level = 0, [value]
    while level and deepest <= INPUT_DEPTH_MAX:
        deepest += 1
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
        ]
    return deepest


def _objects(document: Document, value: Any, path: PathKey, problems: Problems) -> Iterator[Found]:
    place = document.place(path)
    if not isinstance(value, dict):
        problems.add(place, f"a manifest must be a mapping, not {kind_of(value)}")
        return
    kind, version = value.get("kind"), value.get("apiVersion")
    if not isinstance(kind, str) or not kind or not isinstance(version, str) or not version:
        lacks = " and ".join(word for word, given in (("apiVersion", version), ("kind", kind)) if not _filled(given))
        problems.add(place, f"is no manifest: {lacks} must be given as text")
        return
    if kind.endswith("List") and isinstance(value.get("items", ()), (list, tuple)) and "items" in value:
        # In a typed list (`PodList`) the items leave out what the list's name says.
        inner = {"apiVersion": version, "kind": kind.removesuffix("List")} if kind != "List" else {}
        for index, item in enumerate(value["items"]):
            one = {**inner, **item} if isinstance(item, dict) else item
            yield from _objects(document, one, (*path, "items", index), problems)
        return
    if kind in ("Kustomization", "Component") and "kustomize" in version:
        problems.add(place, "is a kustomization; give its output: `kubectl kustomize DIR | seatrial run ... --app -`")
        return
    if version.startswith("seatrial.dev/"):
        problems.add(place, f"{kind} of {version} is no object of a cluster")
        return
    meta = value.get("metadata")
    if not isinstance(meta, dict):
        problems.add(place, f"{kind}: metadata must be a mapping, not {kind_of(meta)}")
        return
    if not _filled(meta.get("name")) and not _filled(meta.get("generateName")):
        problems.add(place, f"{kind}: metadata.name must be text, not {kind_of(meta.get('name'))}")
        return
    if meta.get("namespace") is not None and not isinstance(meta["namespace"], str):
        problems.add(
            place, f"{kind} {meta.get('name')}: metadata.namespace must be text, not {kind_of(meta['namespace'])}"
        )
        return
    yield Found(value, place)


def _filled(value: Any) -> bool:
    return isinstance(value, str) and bool(value)
