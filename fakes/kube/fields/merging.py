"""An applied configuration laid over the live object, and items taken out of an object by their paths.

Source: sigs.k8s.io/structured-merge-diff/v6/typed (merge.go, remove.go).
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.fields.sets import MEMBER, Paths
from seatrial.fakes.kube.fields.typed import (
    ABSENT,
    LIST,
    MAP,
    SCALAR,
    FieldNode,
    child_of,
    element_of,
    is_atomic,
    shape,
)
from seatrial.harness.ports.kube import ApiError

__all__ = ["merge_applied", "remove_items", "with_named_members"]


def merge_applied(live: Any, config: Any, node: FieldNode | None) -> Any:
    """Nothing is removed; leaves are the configuration's; the same object where nothing changes."""
    if config is ABSENT or config is live:
        return live
    form = shape(node, config)
    if live is ABSENT:
        live = None
        if form == SCALAR or is_atomic(node, form):
            return config
    if form == SCALAR or is_atomic(node, form):
        return live if isinstance(live, bool) is isinstance(config, bool) and live == config else config
    if not live and not config:
        return config
    if form == MAP:
        return _merged_map(live if isinstance(live, dict) else {}, config or {}, node)
    assert node is not None
    return _merged_list(live if isinstance(live, list) else [], config or [], node)


def _merged_map(live: dict[str, Any], config: dict[str, Any], node: FieldNode | None) -> dict[str, Any]:
    out: dict[str, Any] | None = None
    for name, value in config.items():
        old = live.get(name, ABSENT)
        new = merge_applied(old, value, child_of(node, name))
        if new is not old:
            if out is None:
                out = dict(live)
            out[name] = new
    return live if out is None else out


def _merged_list(live: list[Any], config: list[Any], node: FieldNode) -> list[Any]:
    rights: dict[str, Any] = {}
    for item in config:
        element = element_of(node, item)
        if element in rights:
            raise ApiError(f"duplicate entries for key {element[2:]}", 500, "")
        rights[element] = item
    left_elements = [element_of(node, item) for item in live]
    lefts: dict[str, Any] = {}
    for element, item in zip(left_elements, live, strict=True):
        lefts[element] = ABSENT if element in lefts else item
    out = _interleaved(live, left_elements, lefts, rights, node)
    same = len(out) == len(live) and all(one is other for one, other in zip(out, live, strict=True))
    return live if same else out


def _interleaved(
    live: list[Any], left_elements: list[str], lefts: dict[str, Any], rights: dict[str, Any], node: FieldNode
) -> list[Any]:
    """Ordered like the live list where the configuration says nothing, else like the configuration."""
    right_elements = list(rights)
    shared = [element for element in right_elements if element in lefts]
    turn = 0
    merged: set[str] = set()
    out: list[Any] = []
    left, right = 0, 0
    while left < len(left_elements) or right < len(right_elements):
        if left < len(left_elements) and right < len(right_elements):
            element = left_elements[left]
            if element == right_elements[right]:
                merged.add(element)
                out.append(merge_applied(lefts[element], rights[element], node.items))
                left += 1
                right += 1
                turn += 1
                continue
            if element in rights and turn < len(shared) and shared[turn] != element:
                left += 1
                continue
        if left < len(left_elements):
            element = left_elements[left]
            if element not in rights:
                out.append(live[left])
                left += 1
                continue
            if element in merged:
                left += 1
        if right < len(right_elements):
            element = right_elements[right]
            merged.add(element)
            out.append(merge_applied(lefts.get(element, ABSENT), rights[element], node.items))
            right += 1
            if turn < len(shared) and shared[turn] == element:
                turn += 1
    return out


def remove_items(value: Any, paths: Paths, node: FieldNode | None) -> Any:
    """The value without these paths; ABSENT if nothing is left; the same object where nothing goes."""
    form = shape(node, value)
    if form == SCALAR or not value or not paths:
        return value
    if is_atomic(node, form):
        return ABSENT
    if form == LIST:
        assert node is not None
        kept = []
        for item in value:
            below = paths.get(element_of(node, item))
            if below is not None:
                if MEMBER in below:
                    continue
                item = remove_items(item, below, node.items)  # noqa: PLW2901 - the item without what goes
                if item is ABSENT:
                    item = None  # noqa: PLW2901
            kept.append(item)
        if not kept:
            return ABSENT
        same = len(kept) == len(value) and all(one is other for one, other in zip(kept, value, strict=True))
        return value if same else kept
    out: dict[str, Any] = {}
    changed = False
    for name, item in value.items():
        below = paths.get(f"f:{name}")
        if below is not None:
            if MEMBER in below:
                changed = True
                continue
            rest = remove_items(item, below, child_of(node, name))
            if rest is not item:
                changed = True
                out[name] = None if rest is ABSENT else rest
                continue
        out[name] = item
    if not out:
        return ABSENT
    return out if changed else value


def with_named_members(paths: Paths, node: FieldNode | None) -> Paths:
    """Every declared field on the way to a member becomes a member, too (EnsureNamedFieldsAreMembers)."""
    out: Paths = {}
    for element, below in paths.items():
        if element == MEMBER:
            out[MEMBER] = True
        elif element.startswith("f:"):
            name = element[2:]
            deeper = with_named_members(below, child_of(node, name))
            known = node is not None and name in node.properties
            out[element] = {**deeper, MEMBER: True} if known else deeper
        else:
            out[element] = with_named_members(below, None if node is None else node.items)
    return out
