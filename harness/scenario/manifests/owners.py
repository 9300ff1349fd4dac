"""ownerReferences of manifests: children that a controller makes are left out, cycles are refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from seatrial.harness.ports.event import Obj
from seatrial.harness.scenario.manifests.files import Found
from seatrial.harness.scenario.manifests.kinds import CONTROLLED_BY, group_of, title_of
from seatrial.harness.scenario.problems import Problems
from seatrial.harness.scenario.values import kind_of

__all__ = ["without_children"]

Slot = tuple[str, str, str, str]
"""(group, kind, namespace, name)."""


def without_children(found: Sequence[Found], problems: Problems, warnings: list[str], *, strict: bool) -> list[Found]:
    """What is left when the controllers' own children are taken out; references that point nowhere are taken off."""
    places = {_slot(one.obj): one.place for one in found}
    owners = {_slot(one.obj): _owners(one, problems) for one in found}
    _refuse_cycles(owners, places, problems)
    kept: list[Found] = []
    made: Counter[str] = Counter()
    for one in found:
        references = owners[_slot(one.obj)]
        if not references:
            kept.append(one)
            continue
        controller = next((slot for slot, controls in references if controls), None)
        if controller is not None and controller[:2] in CONTROLLED_BY and controller in places:
            made[f"{one.obj['kind']} of a {controller[1]}"] += 1
            continue
        owner = controller or references[0][0]
        title = f"{owner[1]} {owner[3]}"
        if owner in places and owner[:2] not in CONTROLLED_BY:
            why = f"{title} made it, and its controller does not run here"
        elif owner not in places:
            why = f"its owner {title} is not among the manifests"
        else:
            why = "its owner has another uid in a new cluster"
        if strict:
            problems.add(one.place, f"{title_of(one.obj)}: {why}")
        warnings.append(f"{one.place}: {title_of(one.obj)} is kept without ownerReferences: {why}")
        meta = {key: value for key, value in one.obj["metadata"].items() if key != "ownerReferences"}
        kept.append(Found({**one.obj, "metadata": meta}, one.place))
    if made:
        listed = ", ".join(f"{count} x {what}" for what, count in sorted(made.items()))
        warnings.append(f"left out, since their controllers make them again: {listed}")
    return kept


def _slot(obj: Obj) -> Slot:
    meta = obj["metadata"]
    return (*group_of(obj), meta.get("namespace") or "", str(meta.get("name", "")))


def _owners(one: Found, problems: Problems) -> list[tuple[Slot, bool]]:
    meta = one.obj["metadata"]
    given: Any = meta.get("ownerReferences") or ()
    if not isinstance(given, list | tuple):
        problems.add(one.place, f"{title_of(one.obj)}: metadata.ownerReferences must be a list, not {kind_of(given)}")
        return []
    owners = []
    for reference in given:
        if not isinstance(reference, dict) or not all(
            isinstance(reference.get(word), str) for word in ("apiVersion", "kind", "name")
        ):
            problems.add(one.place, f"{title_of(one.obj)}: an ownerReference must have apiVersion, kind and name")
            continue
        what = group_of({"apiVersion": reference["apiVersion"], "kind": reference["kind"]})
        namespace = "" if what == ("", "Node") else meta.get("namespace") or ""
        owners.append(((*what, namespace, reference["name"]), bool(reference.get("controller"))))
    return owners


def _refuse_cycles(owners: dict[Slot, list[tuple[Slot, bool]]], places: dict[Slot, str], problems: Problems) -> None:
    done: set[Slot] = set()
    for start in owners:
        trail: dict[Slot, None] = {}
        stack: list[tuple[Slot, bool]] = [(start, False)]
        while stack:
            slot, leaving = stack.pop()
            if leaving:
                trail.pop(slot, None)
                done.add(slot)
            elif slot in trail:
                walk = [*list(trail)[list(trail).index(slot) :], slot]
                words = " -> ".join(f"{one[1]} {one[3]} ({places[one]})" for one in walk)
                problems.add(places[slot], f"these own each other in a circle: {words}")
            elif slot not in done and slot in owners:
                trail[slot] = None
                stack.append((slot, True))
                stack += [(owner, False) for owner, _ in owners[slot]]
