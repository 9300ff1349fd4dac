"""What changed between two versions: paths added, modified, removed.

Source: sigs.k8s.io/structured-merge-diff/v6/typed/compare.go. Parts that are the same object are not looked into.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from seatrial.fakes.kube.fields.sets import MEMBER, Paths, recursive_difference, union
from seatrial.fakes.kube.fields.typed import (
    ABSENT,
    MAP,
    SCALAR,
    FieldNode,
    child_of,
    element_of,
    is_atomic,
    shape,
    shown,
    standing,
)

__all__ = ["Comparison", "compare"]


class Comparison(NamedTuple):
    """Three sets of paths."""

    added: Paths
    modified: Paths
    removed: Paths

    def without(self, ignored: Paths) -> Comparison:
        """The same but for what a strategy resets."""
        if not ignored:
            return self
        return Comparison(*(recursive_difference(paths, ignored) for paths in self))

    @property
    def touched(self) -> Paths:
        """Added or modified."""
        return union(self.added, self.modified)


def compare(old: Any, new: Any, node: FieldNode | None, *, structs: bool) -> Comparison:
    """structs: both sides are Go structs (built-in kinds), not plain JSON (custom resources)."""
    out = Comparison({}, {}, {})
    _compare(old, new, node, out, structs)
    return out


def _compare(old: Any, new: Any, node: FieldNode | None, out: Comparison, structs: bool) -> None:
    """Fill the three sets of this place."""
    if old is new:
        return
    before, after = shape(node, old), shape(node, new)
    if new is ABSENT:
        leaf = _visit(before, old, new, node, out, structs)
    elif old is ABSENT or before == after:
        leaf = _visit(after, old, new, node, out, structs)
    else:
        _visit(before, old, ABSENT if before != SCALAR else new, node, out, structs)
        leaf = _visit(after, ABSENT if after != SCALAR else old, new, node, out, structs)
    if not leaf:
        if old is ABSENT:
            out.added[MEMBER] = True
        elif new is ABSENT:
            out.removed[MEMBER] = True


def _leaf(old: Any, new: Any, out: Comparison) -> bool:
    if old is ABSENT:
        out.added[MEMBER] = True
    elif new is ABSENT:
        out.removed[MEMBER] = True
    elif old != new or isinstance(old, bool) is not isinstance(new, bool):
        out.modified[MEMBER] = True
    return True


def _visit(form: str, old: Any, new: Any, node: FieldNode | None, out: Comparison, structs: bool) -> bool:
    """Look at one form of a value; True if it is a leaf here."""
    if form == SCALAR or is_atomic(node, form):
        return _leaf(old, new, out)
    empty = not (old is not ABSENT and old) and not (new is not ABSENT and new)
    if form == MAP:
        kept = standing(node) if structs else ()
        if empty and not kept:
            return _leaf(old, new, out)
        _visit_map(old, new, node, out, structs, kept)
        return False
    if empty:
        return _leaf(old, new, out)
    _visit_list(old, new, node, out, structs)
    return False


def _visit_map(
    old: Any, new: Any, node: FieldNode | None, out: Comparison, structs: bool, kept: tuple[str, ...]
) -> None:
    left = old if isinstance(old, dict) else {}
    right = new if isinstance(new, dict) else {}
    has_left, has_right = isinstance(old, dict), isinstance(new, dict)
    for name in dict.fromkeys((*left, *right, *kept)):
        one = shown(node, left, name, structs=structs) if has_left else ABSENT
        other = shown(node, right, name, structs=structs) if has_right else ABSENT
        if one is other or (one is ABSENT and other is ABSENT):
            continue
        below = Comparison({}, {}, {})
        _compare(one, other, child_of(node, name), below, structs)
        _attach(out, f"f:{name}", below)


def _visit_list(old: Any, new: Any, node: FieldNode | None, out: Comparison, structs: bool) -> None:
    assert node is not None
    left = _by_element(old, node)
    right = _by_element(new, node)
    for element in dict.fromkeys((*left, *right)):
        ones, others = left.get(element, []), right.get(element, [])
        below = Comparison({}, {}, {})
        if len(ones) <= 1 and len(others) <= 1:
            one = ones[0] if ones else ABSENT
            other = others[0] if others else ABSENT
            _compare(one, other, node.items, below, structs)
        elif len(ones) > 1 and len(others) > 1:
            if ones != others:
                below.modified[MEMBER] = True
        elif len(ones) > 1:
            if others:
                _compare(ABSENT, others[0], node.items, below, structs)
            below.removed[MEMBER] = True
        else:
            if ones:
                _compare(ones[0], ABSENT, node.items, below, structs)
            below.added[MEMBER] = True
        _attach(out, element, below)


def _by_element(items: Any, node: FieldNode) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in items if isinstance(items, list) else ():
        found.setdefault(element_of(node, item), []).append(item)
    return found


def _attach(out: Comparison, element: str, below: Comparison) -> None:
    if below.added:
        out.added[element] = below.added
    if below.modified:
        out.modified[element] = below.modified
    if below.removed:
        out.removed[element] = below.removed
