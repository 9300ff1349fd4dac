"""What differs between two versions of an object: paths and values, found fast because versions share what they can."""

from __future__ import annotations

from typing import Any

from seatrial.harness.ports.event import Obj

__all__ = ["Change", "apply", "changes"]

Path = tuple[str | int, ...]
Change = tuple[Path, Any]
"""(path, new value); the value is `GONE` where the path was removed."""


class _Gone:
    """Marks a removed path; encoded by its own list, never as a value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "GONE"


GONE = _Gone()


def changes(old: Obj, new: Obj) -> list[Change]:
    """Every path that was set or removed between two versions, in the order of the new one."""
    out: list[Change] = []
    _compare(old, new, (), out)
    return out


def _compare(old: dict[str, Any], new: dict[str, Any], path: Path, out: list[Change]) -> None:
    for name, value in new.items():
        before = old.get(name, GONE)
        if value is before:
            continue
        if type(value) is not type(before):
            out.append(((*path, name), value))
        elif isinstance(value, dict):
            _compare(before, value, (*path, name), out)
        elif isinstance(value, list):
            _compare_lists(before, value, (*path, name), out)
        elif value != before:
            out.append(((*path, name), value))
    if len(old) > len(new) or not old.keys() <= new.keys():
        out.extend(((*path, name), GONE) for name in old if name not in new)


def _compare_lists(old: list[Any], new: list[Any], path: Path, out: list[Change]) -> None:
    if len(old) != len(new):
        out.append((path, new))
        return
    for index, value in enumerate(new):
        before = old[index]
        if value is before:
            continue
        if isinstance(value, dict) and isinstance(before, dict):
            _compare(before, value, (*path, index), out)
        elif isinstance(value, list) and isinstance(before, list):
            _compare_lists(before, value, (*path, index), out)
        elif value != before or type(value) is not type(before):
            out.append(((*path, index), value))


def apply(old: Obj, listed: list[Change]) -> Obj:
    """The version that `changes` was computed for; `old` stays as it is."""
    new: Any = old
    for path, value in listed:
        new = _set(new, path, value)
    result: Obj = new
    return result


def _set(node: Any, path: Path, value: Any) -> Any:
    head, rest = path[0], path[1:]
    if isinstance(node, list):
        assert isinstance(head, int)
        return [*node[:head], _set(node[head], rest, value) if rest else value, *node[head + 1 :]]
    if rest:
        return {**node, head: _set(node[head], rest, value)}
    if value is GONE:
        return {name: item for name, item in node.items() if name != head}
    return {**node, head: value}
