"""Which pods a disruption budget covers, kept event by event.

Has no counterpart in the real controller, which lists the pods of a budget at each sync.
"""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.fakes.controllers.words.meta import controller_of
from seatrial.fakes.controllers.words.pods import is_ready
from seatrial.fakes.kube.selection import Selection
from seatrial.harness.ports.event import Obj

__all__ = ["Members", "Space"]


class Members:
    """The pods of one budget: name to healthy or not, and how many belong to which controller."""

    __slots__ = ("healthy", "owners", "pods", "selection", "selector", "unmanaged", "unsure")

    def __init__(self, selector: Obj | None) -> None:
        self.selector = selector
        self.selection = None if selector is None else Selection.of(selector)
        self.pods: dict[str, tuple[bool, str]] = {}
        self.healthy = 0
        self.unmanaged = 0
        self.unsure = False  # the last sync has failed: the next change of any pod may help
        self.owners: dict[str, tuple[Obj, dict[str, None]]] = {}

    def put(self, pod: Obj) -> bool:
        """A pod is there; True if that changes anything."""
        meta = pod["metadata"]
        reference = controller_of(pod)
        uid: str = "" if reference is None else reference["uid"]
        facts = ("deletionTimestamp" not in meta and is_ready(pod), uid)
        if self.pods.get(meta["name"]) == facts:
            return False
        self.drop(meta["name"])
        self.pods[meta["name"]] = facts
        self.healthy += facts[0]
        if reference is None:
            self.unmanaged += 1
        else:
            self.owners.setdefault(uid, (reference, {}))[1][meta["name"]] = None
        return True

    def drop(self, name: str) -> bool:
        """A pod is gone or selected no more; True if it was one."""
        facts = self.pods.pop(name, None)
        if facts is None:
            return False
        healthy, uid = facts
        self.healthy -= healthy
        if not uid:
            self.unmanaged -= 1
            return True
        names = self.owners[uid][1]
        del names[name]
        if not names:
            del self.owners[uid]
        return True

    def first_of_each(self) -> list[tuple[Obj, str]]:
        """Every controller with one of its pods."""
        return [(reference, next(iter(names))) for reference, names in self.owners.values()]


class Space:
    """The budgets of one namespace, found by label, and which of them take which pod."""

    __slots__ = ("_by_label", "_general", "_of_pod", "members")

    def __init__(self) -> None:
        self.members: dict[str, Members] = {}
        self._by_label: dict[tuple[str, str], list[str]] = {}
        self._general: list[str] = []
        self._of_pod: dict[str, tuple[str, ...]] = {}

    def add(self, name: str, selector: Obj | None, pods: Iterable[Obj]) -> None:
        """A budget comes, or has another selector now."""
        self.remove(name)
        members = self.members[name] = Members(selector)
        label = _label_of(members.selection)
        if label is None:
            self._general.append(name)
        else:
            self._by_label.setdefault(label, []).append(name)
        for pod in pods:
            members.put(pod)
            known = self._of_pod.get(pod["metadata"]["name"], ())
            self._of_pod[pod["metadata"]["name"]] = (*known, name)

    def remove(self, name: str) -> None:
        """A budget goes."""
        members = self.members.pop(name, None)
        if members is None:
            return
        label = _label_of(members.selection)
        (self._general if label is None else self._by_label[label]).remove(name)
        for pod in members.pods:
            self._of_pod[pod] = tuple(other for other in self._of_pod[pod] if other != name)

    def change(self, old: Obj | None, new: Obj | None) -> list[str]:
        """A pod has come, changed or gone: the budgets for which it counts otherwise than before."""
        pod = new if new is not None else old
        assert pod is not None
        name = pod["metadata"]["name"]
        before = self._of_pod.get(name, ())
        now = () if new is None else before
        if new is not None and (old is None or old["metadata"].get("labels") is not new["metadata"].get("labels")):
            now = self._takers(new["metadata"].get("labels") or {})
        if not before and not now:
            return []
        changed = [budget for budget in before if budget not in now and self.members[budget].drop(name)]
        if new is None:
            del self._of_pod[name]
            return changed
        self._of_pod[name] = now
        for budget in now:
            members = self.members[budget]
            if members.put(new) or members.unsure:
                changed.append(budget)
        return changed

    def _takers(self, labels: dict[str, str]) -> tuple[str, ...]:
        names = list(self._general)
        for label in labels.items():
            names += self._by_label.get(label, ())
        found = []
        for name in names:
            selection = self.members[name].selection
            if selection is not None and selection.selects(labels):
                found.append(name)
        return tuple(found)


def _label_of(selection: Selection | None) -> tuple[str, str] | None:
    """A label that every member has, if the selection asks for one by its value."""
    for requirement in selection.requirements if selection is not None else ():
        if requirement.operator == "In" and len(requirement.values) == 1:
            return requirement.key, requirement.values[0]
    return None
