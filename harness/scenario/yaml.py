"""Reads YAML as kubectl does, with the place of every value, and with its bounds met before anything is copied.

libyaml hands out events; values are built from them in one pass. What an alias stands for is shared, not copied, yet it
counts each time that it is named, so that a bomb is refused after as many steps as it has lines.
"""

from __future__ import annotations

import base64
import binascii
import gc
import re
import sys
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.limits import INPUT_BYTES_MAX, INPUT_DEPTH_MAX, INPUT_NODES_MAX
from seatrial.harness.scenario.scalars import HINTS, MERGE, key_text, resolve

__all__ = ["STDIN", "Document", "Mark", "PathKey", "load_text", "read_text"]

STDIN = "-"
PathKey = tuple[str | int, ...]
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_SOURCE = re.compile(r"^# Source: (\S.*?)\s*$", re.MULTILINE)
_TAG = "tag:yaml.org,2002:"
_ALL_DEPTHS = INPUT_DEPTH_MAX


class Mark(NamedTuple):
    """Where something stands, counted from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Document:
    """One YAML document: its value, and where its parts were written."""

    value: Any
    file: str
    values: dict[PathKey, Mark] = field(repr=False)
    keys: dict[PathKey, Mark] = field(repr=False)
    source: str = ""  # helm's `# Source:` comment
    warnings: tuple[str, ...] = ()

    def mark(self, path: PathKey = (), *, key: bool = False) -> Mark:
        """The nearest place that is known for a path: its own, else that of what holds it."""
        table = self.keys if key else self.values
        for length in range(len(path), -1, -1):
            found = table.get(path[:length]) or self.values.get(path[:length])
            if found is not None:
                return found
        return Mark(1, 1)

    def place(self, path: PathKey = (), *, key: bool = False) -> str:
        """`FILE:LINE:COLUMN` of a path; with a helm source it is named as well."""
        mark = self.mark(path, key=key)
        place = f"{self.file}:{mark.line}:{mark.column}"
        return f"{place} ({self.source})" if self.source else place


def read_text(path: str, bytes_max: int = INPUT_BYTES_MAX) -> str:
    """A file's text, or standard input's for `-`. Never reads more than the bound. Raises BadInput."""
    name = "<stdin>" if path == STDIN else path
    try:
        if path == STDIN:
            if sys.stdin is None:
                raise BadInput(f"{name}: is closed; pipe the text in, or name a file")
            data = sys.stdin.buffer.read(bytes_max + 1)
        else:
            file = Path(path)
            size = file.stat().st_size
            if size > bytes_max:
                raise BadInput(f"{name}: {size:,} bytes; more than {bytes_max:,} are not read")
            with file.open("rb") as stream:
                data = stream.read(bytes_max + 1)
    except OSError as error:
        raise BadInput(f"{name}: cannot be read: {error.strerror or error}") from error
    if len(data) > bytes_max:
        raise BadInput(f"{name}: more than {bytes_max:,} bytes are not read")
    return _decoded(data, name)


def load_text(
    text: str,
    file: str,
    *,
    aliases: bool = True,
    unique_keys: bool = False,
    places_depth: int = _ALL_DEPTHS,
    nodes_max: int = INPUT_NODES_MAX,
) -> tuple[Document, ...]:
    """All documents of a text; empty ones are left out. Raises BadInput with file:line:column.

    aliases: whether anchors and aliases may stand there. unique_keys: whether a key that comes twice is an error
    (else the last one wins, as for kubectl, with a warning). places_depth: down to which depth places are kept.
    """
    control = _CONTROL.search(text)
    if control is not None:
        mark = _mark_at(text, control.start())
        code = ord(control.group())
        what = "NUL byte" if code == 0 else f"control character U+{code:04X}"
        raise BadInput(f"{file}:{mark.line}:{mark.column}: a {what} cannot stand in YAML")
    builder = _Builder(file, aliases, unique_keys, places_depth, nodes_max)
    sources = [(text.count("\n", 0, found.start()) + 1, found.group(1)) for found in _SOURCE.finditer(text)]
    # Millions of small values that all stay: the collector would look at them again and again for nothing.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return tuple(builder.documents(yaml.parse(text, Loader=yaml.CSafeLoader), sources))
    except yaml.MarkedYAMLError as error:
        raise BadInput(_syntax(error, text, file)) from error
    except yaml.YAMLError as error:
        raise BadInput(f"{file}: is no YAML: {error}") from error
    finally:
        if collecting:
            gc.enable()


def _decoded(data: bytes, name: str) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise BadInput(
            f"{name}:{line}:{column}: byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"
        ) from error


def _mark_at(text: str, offset: int) -> Mark:
    return Mark(text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1)


def _syntax(error: yaml.MarkedYAMLError, text: str, file: str) -> str:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return f"{file}: is no YAML: {error.problem}"
    line = text.split("\n", mark.line + 1)[mark.line] if mark.line <= text.count("\n") else ""
    problem = error.problem or "cannot be read"
    if "\t" in line[: mark.column + 1].replace(line.lstrip(), "", 1) or line[mark.column : mark.column + 1] == "\t":
        problem = "a tab cannot indent YAML; use spaces"
    context = f" ({error.context}, line {error.context_mark.line + 1})" if error.context and error.context_mark else ""
    return f"{file}:{mark.line + 1}:{mark.column + 1}: {problem}{context}"


class _Anchored(NamedTuple):
    value: Any
    nodes: int
    depth: int


class _Open:
    """A list or mapping that is being built."""

    __slots__ = ("anchor", "before", "deepest", "key", "keys_seen", "merges", "value")

    def __init__(self, value: Any, anchor: str | None, before: int, depth: int) -> None:
        self.value = value
        self.anchor = anchor
        self.before = before
        self.deepest = depth
        self.key: str | None = None  # of the pair that is begun
        self.keys_seen: set[str] = set()
        self.merges: list[Any] | None = None


class _Builder:
    def __init__(self, file: str, aliases: bool, unique_keys: bool, places_depth: int, nodes_max: int) -> None:
        self._file = file
        self._aliases = aliases
        self._unique_keys = unique_keys
        self._places_depth = places_depth
        self._nodes_max = nodes_max
        self._nodes = 0
        self._begin()

    def _begin(self) -> None:
        self._stack: list[_Open] = []
        self._path: list[str | int] = []
        self._anchors: dict[str, _Anchored | None] = {}
        self._values: dict[PathKey, Mark] = {}
        self._keys: dict[PathKey, Mark] = {}
        self._warnings: list[str] = []
        self._root: Any = None

    def documents(self, events: Iterator[Any], sources: list[tuple[int, str]]) -> Iterator[Document]:
        lines = [line for line, _ in sources]
        begun = 0
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._open(event, {} if kind is yaml.MappingStartEvent else [])
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._close()
            elif kind is yaml.AliasEvent:
                self._alias(event)
            elif kind is yaml.DocumentStartEvent:
                self._begin()
            elif kind is yaml.DocumentEndEvent and self._root is not None:
                last = bisect_left(lines, self._values[()].line) - 1
                source = sources[last][1] if last >= 0 and lines[last] > begun else ""
                begun = self._values[()].line
                yield Document(self._root, self._file, self._values, self._keys, source, tuple(self._warnings))

    def _fail(self, event: Any, text: str) -> BadInput:
        mark = event.start_mark
        return BadInput(f"{self._file}:{mark.line + 1}:{mark.column + 1}: {text}")

    def _count(self, event: Any, nodes: int, depth: int) -> None:
        self._nodes += nodes
        if self._nodes > self._nodes_max:
            raise self._fail(
                event, f"more than {self._nodes_max:,} values with all aliases written out; is this a YAML bomb?"
            )
        if depth > INPUT_DEPTH_MAX:
            raise self._fail(event, f"nested deeper than {INPUT_DEPTH_MAX} levels")

    def _note_anchor(self, event: Any) -> None:
        if event.anchor is not None and not self._aliases:
            raise self._fail(event, f"anchors and aliases (&{event.anchor}) cannot stand here; write the value out")

    def _scalar(self, event: Any) -> None:
        stack = self._stack
        self._nodes = nodes = self._nodes + 1
        if nodes > self._nodes_max or len(stack) >= INPUT_DEPTH_MAX:
            self._count(event, 0, len(stack) + 1)
        if event.anchor is not None:
            self._note_anchor(event)
        top = stack[-1] if stack else None
        as_key = top is not None and top.key is None and type(top.value) is dict
        text = event.value
        # Nearly all are words: quoted, or beginning with a letter that no number and no truth value begins with.
        if event.tag is None and (not event.implicit[0] or (text and text[0] not in HINTS and text != MERGE)):
            value: Any = text
        else:
            try:
                value = self._value(event)
                if as_key and text == MERGE and event.implicit[0]:
                    assert top is not None
                    top.key, top.merges = MERGE, top.merges or []
                    return
                if as_key:
                    value = key_text(value)
            except BadInput as error:
                raise self._fail(event, str(error)) from error
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(value, 1, 1)
        if as_key:
            self._take_key(event, value)
        else:
            self._put(event, value)

    def _value(self, event: Any) -> Any:
        tag, text = event.tag, event.value
        if tag is None or tag == "!":
            return resolve(text) if event.implicit[0] and tag is None else text
        name = tag.removeprefix(_TAG)
        if name == tag or name not in ("str", "int", "float", "bool", "null", "binary", "timestamp"):
            raise BadInput(f"the tag {_short(tag)} cannot stand here")
        if name in ("str", "timestamp"):
            return text
        if name == "binary":
            try:
                return base64.b64decode("".join(text.split()), validate=True).decode()
            except (binascii.Error, UnicodeDecodeError) as error:
                raise BadInput("!!binary holds no base64 of UTF-8 text") from error
        value = resolve(text)
        want = {"int": int, "float": (int, float), "bool": bool, "null": type(None)}[name]
        if not isinstance(value, want) or (isinstance(value, bool) and name != "bool"):  # type: ignore[arg-type]
            raise BadInput(f"{text!r} is no {name}, as its tag says")
        return value

    def _open(self, event: Any, value: Any) -> None:
        depth = len(self._stack) + 1
        self._count(event, 1, depth)
        self._note_anchor(event)
        if event.tag is not None and event.tag not in ("!", _TAG + "map", _TAG + "seq"):
            raise self._fail(event, f"the tag {_short(event.tag)} cannot stand here")
        top = self._stack[-1] if self._stack else None
        if top is not None and type(top.value) is dict and top.key is None:
            raise self._fail(event, "a key must be a word or a number, not a list or a mapping")
        if event.anchor is not None:
            self._anchors[event.anchor] = None  # open: an alias to it now would contain itself
        self._put(event, value)
        self._stack.append(_Open(value, event.anchor, self._nodes - 1, depth))
        self._path.append(0)

    def _close(self) -> None:
        closed = self._stack.pop()
        self._path.pop()
        if closed.merges:
            merged: dict[str, Any] = {}
            for other in closed.merges:
                for key, value in other.items():
                    merged.setdefault(key, value)
            for key, value in merged.items():
                closed.value.setdefault(key, value)
        if closed.anchor is not None:
            depth = closed.deepest - len(self._stack)
            self._anchors[closed.anchor] = _Anchored(closed.value, self._nodes - closed.before, depth)
        if self._stack:
            self._stack[-1].deepest = max(self._stack[-1].deepest, closed.deepest)
            self._advance()

    def _alias(self, event: Any) -> None:
        if not self._aliases:
            raise self._fail(event, f"anchors and aliases (*{event.anchor}) cannot stand here; write the value out")
        if event.anchor not in self._anchors:
            raise self._fail(event, f"there is no anchor &{event.anchor} before this alias")
        found = self._anchors[event.anchor]
        if found is None:
            raise self._fail(event, f"the alias *{event.anchor} stands inside what it names")
        depth = len(self._stack) + found.depth
        self._count(event, found.nodes, depth)
        top = self._stack[-1] if self._stack else None
        if top is not None:
            top.deepest = max(top.deepest, depth)
            if type(top.value) is dict and top.key is None:
                if isinstance(found.value, (dict, list)):
                    raise self._fail(event, "a key must be a word or a number, not a list or a mapping")
                self._take_key(event, key_text(found.value))
                return
        self._put(event, found.value)
        if isinstance(found.value, (dict, list)):
            self._advance()

    def _take_key(self, event: Any, key: str) -> None:
        top = self._stack[-1]
        if key in top.keys_seen:
            text = f"the key {key!r} stands here twice"
            if self._unique_keys:
                raise self._fail(event, text)
            mark = event.start_mark
            self._warnings.append(
                f"{self._file}:{mark.line + 1}:{mark.column + 1}: {text}; the last one wins, as for kubectl"
            )
        top.keys_seen.add(key)
        top.key = key
        self._path[-1] = key
        if len(self._path) <= self._places_depth:
            mark = event.start_mark
            self._keys[tuple(self._path)] = Mark(mark.line + 1, mark.column + 1)

    def _put(self, event: Any, value: Any) -> None:
        if len(self._path) <= self._places_depth:
            mark = event.start_mark
            self._values[tuple(self._path)] = Mark(mark.line + 1, mark.column + 1)
        if not self._stack:
            self._root = value
            return
        top = self._stack[-1]
        holder = top.value
        done = not isinstance(value, (dict, list))
        if type(holder) is list:
            holder.append(value)
            if done:
                self._path[-1] = len(holder)
            return
        if top.key == MERGE and top.merges is not None and MERGE not in top.keys_seen:
            self._merge(event, top, value)
        else:
            assert top.key is not None
            holder[top.key] = value
        if done:
            top.key = None

    def _merge(self, event: Any, top: _Open, value: Any) -> None:
        assert top.merges is not None
        # A list of mappings is filled only later, so the list itself is kept and looked at when the mapping closes.
        if isinstance(value, dict):
            top.merges.append(value)
        elif isinstance(value, list):
            top.merges.append(_Several(value))
        else:
            raise self._fail(event, "<< wants a mapping or a list of mappings")

    def _advance(self) -> None:
        """The value at the present path is complete."""
        top = self._stack[-1]
        if type(top.value) is list:
            self._path[-1] = len(top.value)
        else:
            top.key = None


class _Several:
    """The mappings of `<<: [*a, *b]`; the first that has a key wins."""

    def __init__(self, parts: list[Any]) -> None:
        self._parts = parts

    def items(self) -> Iterator[tuple[str, Any]]:
        for part in self._parts:
            if isinstance(part, dict):
                yield from part.items()


def _short(tag: str) -> str:
    return "!!" + tag.removeprefix(_TAG) if tag.startswith(_TAG) else tag
