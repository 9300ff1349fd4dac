"""The order of a merged list: the patch's items in the patch's order, the others where they stood.

Source: normalizeElementOrder and mergeSortedSlice in k8s.io/apimachinery/pkg/util/strategicpatch/patch.go (v0.36.3).
"""

from __future__ import annotations

from typing import Any

from seatrial.harness.ports.kube import ApiError

__all__ = ["arranged", "check"]


def _mark(item: Any, merge_key: str) -> Any:
    return item.get(merge_key) if merge_key and isinstance(item, dict) else item


def _index(items: list[Any], mark: Any, merge_key: str) -> int:
    for index, item in enumerate(items):
        if _mark(item, merge_key) == mark:
            return index
    return -1


def arranged(merged: list[Any], patch_order: list[Any], server_order: list[Any], merge_key: str) -> list[Any]:
    """All of `merged`, in order."""
    mine: list[Any] = []
    others: list[Any] = []
    for item in merged:
        (mine if _index(patch_order, _mark(item, merge_key), merge_key) >= 0 else others).append(item)
    mine.sort(key=lambda item: _index(patch_order, _mark(item, merge_key), merge_key))
    others.sort(key=lambda item: _index(server_order, _mark(item, merge_key), merge_key))
    out: list[Any] = []
    left, right = 0, 0
    while left < len(others) and right < len(mine):
        one = _index(server_order, _mark(others[left], merge_key), merge_key)
        other = _index(server_order, _mark(mine[right], merge_key), merge_key)
        if 0 <= one < other:
            out.append(others[left])
            left += 1
        else:
            out.append(mine[right])
            right += 1
    return [*out, *others[left:], *mine[right:]]


def check(patch: list[Any], order: list[Any], merge_key: str) -> None:
    """The items of a patch appear in its $setElementOrder list, in that order."""
    if not order or not patch:
        return
    wanted = [item for item in patch if not (isinstance(item, dict) and "$patch" in item)]
    at = 0
    for item in order:
        if at < len(wanted) and _mark(wanted[at], merge_key) == _mark(item, merge_key):
            at += 1
    if at < len(wanted):
        raise ApiError(
            f"The order in patch list:\n{patch}\n doesn't match $setElementOrder list:\n{order}\n\n", 500, ""
        )
