"""Who matches a label selector, kept up to date: a reader pays for the matches, not for the namespace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from seatrial.harness.ports.event import Obj

__all__ = ["Selection", "Selections", "matches"]

_NOTHING: dict[str, Any] = {}


class Requirement(NamedTuple):
    """One clause of a selector."""

    key: str
    operator: str  # In, NotIn, Exists, DoesNotExist
    values: tuple[str, ...]


class Selection(NamedTuple):
    """A LabelSelector in a form that can be compared and hashed."""

    requirements: tuple[Requirement, ...]

    @classmethod
    def of(cls, selector: Mapping[str, Any]) -> Selection:
        """From a metav1.LabelSelector."""
        listed = [Requirement(key, "In", (value,)) for key, value in (selector.get("matchLabels") or _NOTHING).items()]
        for clause in selector.get("matchExpressions") or ():
            listed.append(Requirement(clause["key"], clause["operator"], tuple(sorted(clause.get("values") or ()))))
        return cls(tuple(sorted(listed)))

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether these labels match every clause."""
        for key, operator, values in self.requirements:
            value = labels.get(key)
            if operator == "In":
                if value not in values:
                    return False
            elif operator == "NotIn":
                if value in values:
                    return False
            elif (operator == "Exists") is not (value is not None):
                return False
        return True


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str] | None) -> bool:
    """Whether a LabelSelector selects these labels; None selects nothing, {} all."""
    return selector is not None and Selection.of(selector).selects(labels or _NOTHING)


class Selections:
    """The selectors that someone has asked for in one namespace, each with the names that match it."""

    __slots__ = ("_by_label", "_general", "_members", "_ordered")

    def __init__(self) -> None:
        self._members: dict[Selection, dict[str, None]] = {}
        # A selection with an equality clause can only match objects with that label: look there alone.
        self._by_label: dict[tuple[str, str], list[Selection]] = {}
        self._general: list[Selection] = []
        self._ordered: dict[Selection, bool] = {}

    def members(self, selector: Mapping[str, Any], row: Mapping[str, Obj]) -> Iterable[str]:
        """Names that match, in order of creation."""
        selection = Selection.of(selector)
        members = self._members.get(selection)
        if members is None:
            members = {
                name: None for name, obj in row.items() if selection.selects(obj["metadata"].get("labels") or _NOTHING)
            }
            self._members[selection] = members
            self._ordered[selection] = True
            for key, operator, values in selection.requirements:
                if operator == "In" and len(values) == 1:
                    self._by_label.setdefault((key, values[0]), []).append(selection)
                    break
            else:
                self._general.append(selection)
        elif not self._ordered[selection]:
            # A label that changed later put a name at the end; the order of creation is the row's.
            members = {name: None for name in row if name in members}
            self._members[selection] = members
            self._ordered[selection] = True
        return members

    def relabel(self, name: str, old: Mapping[str, str] | None, new: Mapping[str, str], created: bool) -> None:
        """An object was created or its labels changed."""
        if not created:
            # Also without labels before: NotIn and DoesNotExist match what has none.
            if (old or _NOTHING) == new:
                return
            self.drop(name)
        for selection in self._general:
            if selection.selects(new):
                self._add(selection, name, created)
        for label in new.items():
            for selection in self._by_label.get(label, ()):
                if selection.selects(new):
                    self._add(selection, name, created)

    def _add(self, selection: Selection, name: str, created: bool) -> None:
        members = self._members[selection]
        if name not in members:
            members[name] = None
            if not created:
                self._ordered[selection] = False

    def drop(self, name: str) -> None:
        """An object is gone."""
        for members in self._members.values():
            members.pop(name, None)
