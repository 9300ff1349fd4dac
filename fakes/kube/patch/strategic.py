"""Strategic merge patch: a merge patch that knows which lists are maps, and obeys `$` directives.

Source of the behaviour and the texts: k8s.io/apimachinery/pkg/util/strategicpatch/patch.go and
pkg/util/mergepatch/errors.go (v0.36.3). The structure (patch strategies, merge keys) comes from the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from seatrial.fakes.kube.patch import ordering
from seatrial.fakes.kube.patch.go_text import go_text
from seatrial.harness.ports.kube import ApiError, BadRequest

__all__ = ["PatchNode", "strategic_merge"]

DIRECTIVE, RETAIN = "$patch", "$retainKeys"
DELETE_FROM, SET_ORDER = "$deleteFromPrimitiveList/", "$setElementOrder/"
Json = dict[str, Any]


class PatchNode(Protocol):
    """What is asked of the schema."""

    @property
    def merge_key(self) -> str:
        """The key of a list of objects that is merged."""
        ...

    @property
    def patch_strategy(self) -> str:
        """merge, replace, retainKeys, or several joined by commas."""
        ...

    @property
    def properties(self) -> Mapping[str, Any]:
        """The fields of an object."""
        ...

    @property
    def items(self) -> Any:
        """What a list or map holds."""
        ...


def strategic_merge(target: Json, patch: Any, structure: PatchNode | None) -> Json:
    """The target with the patch merged in; what does not change stays the same object."""
    if not isinstance(patch, dict):
        raise BadRequest(
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"
        )
    return _merge_map(target, patch, structure)


def _failure(text: str) -> ApiError:
    return ApiError(text, 500, "")


def _merge_map(original: Json, patch: Json, node: PatchNode | None) -> Json:
    directive = patch.get(DIRECTIVE)
    if DIRECTIVE in patch:
        if directive == "replace":
            return {key: value for key, value in patch.items() if key != DIRECTIVE}
        if directive == "delete":
            return {}
        raise _failure(f"unknown patch type: {directive} in map: {go_text(patch)}")
    out = _retained(original, patch)
    done: set[str] = set()
    for key, order in patch.items():
        if key.startswith(SET_ORDER):
            field = key.removeprefix(SET_ORDER)
            out = _ordered_field(out, original, patch, field, order, node)
            done.add(field)
    for key, value in patch.items():
        if key in done or key == RETAIN or key.startswith(SET_ORDER):
            continue
        out = _merge_field(out, original, key, value, node)
    return out


def _retained(original: Json, patch: Json) -> Json:
    """$retainKeys: only these keys survive."""
    kept = patch.get(RETAIN)
    if kept is None:
        return original
    if not isinstance(kept, list):
        raise BadRequest("invalid patch format of retainKeys")
    for key, value in patch.items():
        if value is None or key == RETAIN or key.startswith((DELETE_FROM, SET_ORDER)):
            continue
        if key not in kept:
            raise BadRequest("invalid patch format of retainKeys")
    if all(key in kept for key in original):
        return original
    return {key: value for key, value in original.items() if key in kept}


def _put(out: Json, original: Json, key: str, value: Any) -> Json:
    if key in out and out[key] is value:
        return out
    if out is original:
        out = dict(out)
    out[key] = value
    return out


def _drop(out: Json, original: Json, key: str) -> Json:
    if key not in out:
        return out
    if out is original:
        out = dict(out)
    del out[key]
    return out


def _merge_field(out: Json, original: Json, key: str, value: Any, node: PatchNode | None) -> Json:
    if key.startswith(DELETE_FROM):
        field = key.removeprefix(DELETE_FROM)
        present = out.get(field)
        if isinstance(present, list) and isinstance(value, list):
            kept = [item for item in present if item not in value]
            if len(kept) != len(present):
                out = _put(out, original, field, kept)
        return out
    if value is None:
        return _drop(out, original, key)
    present = out.get(key)
    child = _child(node, key)
    if isinstance(present, dict) and isinstance(value, dict):
        if _strategy(child) == "replace":
            return _put(out, original, key, value)
        return _put(out, original, key, _merge_map(present, value, child))
    if isinstance(present, list) and isinstance(value, list):
        merged = _merge_list(present, value, child) if _strategy(child) == "merge" else value
        return _put(out, original, key, present if merged == present else merged)
    if key in out and type(present) is type(value) and present == value:
        return out
    clean, keep = _without_directives(value)
    return _put(out, original, key, clean) if keep else _drop(out, original, key)


def _child(node: PatchNode | None, key: str) -> PatchNode | None:
    if node is None:
        return None
    found: PatchNode | None = node.properties.get(key)
    if found is None and not node.properties:
        found = node.items
    return found


def _strategy(node: PatchNode | None) -> str:
    """The strategy but for retainKeys, which its directive brings along."""
    words = [] if node is None else [word for word in node.patch_strategy.split(",") if word != "retainKeys"]
    return words[0] if words else ""


def _ordered_field(out: Json, original: Json, patch: Json, field: str, order: Any, node: PatchNode | None) -> Json:
    """$setElementOrder: the list's content from the patch if it is there, the order from the directive."""
    if not isinstance(order, list):
        raise BadRequest("invalid patch format of setElementOrder list")
    child = _child(node, field)
    merge_key = "" if child is None else child.merge_key
    present, change = out.get(field), patch.get(field)
    if change is not None:
        if not isinstance(change, list):
            raise BadRequest("invalid patch format of setElementOrder list")
        ordering.check(change, order, merge_key)
    if present is None and change is None:
        return out
    if change is None:
        merged = present
    elif present is None:
        merged = _without_directives(change)[0]
    elif _strategy(child) == "merge":
        merged = _merge_list(present, change, child)
    else:
        merged = change
    assert isinstance(merged, list)
    ranked = ordering.arranged(merged, order, present or [], merge_key)
    return _put(out, original, field, present if ranked == present else ranked)


def _merge_list(original: list[Any], patch: list[Any], node: PatchNode | None) -> list[Any]:
    if not original and not patch:
        return original
    merge_key = "" if node is None else node.merge_key
    kinds = {_kind(item) for item in (*original, *patch)}
    if len(kinds) > 1:
        first, second = sorted(kinds)[:2]
        raise _failure(f"list element types are not identical: {first} and {second}")
    if kinds == {"list"}:
        error = _failure("list of lists should not be used in strategic merge patch")
        error.code = 422
        raise error
    if kinds != {"map"}:
        merged = list(dict.fromkeys((*original, *patch)))
        return ordering.arranged(merged, patch, original, "")
    if not merge_key:
        raise _failure("cannot merge lists without merge key for ")
    original, patch = _specials(original, patch, merge_key)
    merged = list(original)
    items = None if node is None else node.items
    for item in patch:
        if merge_key not in item:
            raise _failure(f"map: {go_text(item)} does not contain declared merge key: {merge_key}")
        for index, present in enumerate(merged):
            if present.get(merge_key) == item[merge_key]:
                merged[index] = _merge_map(present, item, items)
                break
        else:
            merged.append(_without_directives(item)[0])
    return ordering.arranged(merged, patch, original, merge_key)


def _kind(item: Any) -> str:
    if isinstance(item, dict):
        return "map"
    return "list" if isinstance(item, list) else type(item).__name__


def _specials(original: list[Any], patch: list[Any], merge_key: str) -> tuple[list[Any], list[Any]]:
    """Elements that carry $patch: delete takes its match away, replace takes everything away."""
    plain, replace = [], False
    for item in patch:
        if DIRECTIVE not in item:
            plain.append(item)
            continue
        directive = item[DIRECTIVE]
        if directive == "delete":
            if merge_key not in item:
                raise _failure(f"map: {go_text(item)} does not contain declared merge key: {merge_key}")
            original = [present for present in original if present.get(merge_key) != item[merge_key]]
        elif directive == "replace":
            replace = True
        elif directive == "merge":
            raise _failure("merging lists cannot yet be specified in the patch")
        else:
            raise _failure(f"unknown patch type: {directive} in map: {go_text(item)}")
    return (plain, []) if replace else (original, plain)


def _without_directives(value: Any) -> tuple[Any, bool]:
    """A value that is new: no directives, no nulls; False if it is only a directive."""
    if isinstance(value, dict):
        if DIRECTIVE in value:
            return None, False
        out = {}
        for key, item in value.items():
            if item is None or key == RETAIN or key.startswith((DELETE_FROM, SET_ORDER)):
                continue
            clean, keep = _without_directives(item)
            if keep:
                out[key] = clean
        return out, True
    if isinstance(value, list):
        return [clean for clean, keep in map(_without_directives, value) if keep], True
    return value, True
