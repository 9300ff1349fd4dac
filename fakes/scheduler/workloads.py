"""The default spread of pods that state none: by their Services' and their controller's selectors.

Source: podtopologyspread/plugin.go (system defaults: hostname 3, zone 5, ScheduleAnyway) and helper/spread.go.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.fakes.kube.selection import Selection
from seatrial.fakes.scheduler.cache import PodInfo
from seatrial.fakes.scheduler.terms import HOSTNAME, ZONE, Constraint
from seatrial.harness.ports.event import Obj

__all__ = ["CONTROLLERS", "Workloads"]

CONTROLLERS = {
    ("v1", "ReplicationController"): "replicationcontrollers",
    ("apps/v1", "ReplicaSet"): "replicasets.apps",
    ("apps/v1", "StatefulSet"): "statefulsets.apps",
}
_HOST_SKEW, _ZONE_SKEW = 3, 5
Labels = tuple[tuple[str, str], ...]


class Workloads:
    """Services by namespace and the selectors of controllers."""

    __slots__ = ("_controllers", "_known", "_services", "_versions")

    def __init__(self) -> None:
        self._services: dict[str, dict[str, dict[str, str]]] = {}
        self._controllers: dict[tuple[str, str, str], Selection] = {}
        self._versions: dict[str, int] = {}
        self._known: dict[tuple[str, Labels, tuple[str, str, str]], tuple[int, tuple[Constraint, ...]]] = {}

    def service(self, old: Obj | None, new: Obj | None) -> None:
        """A Service came, changed or went."""
        meta = (new or old or {})["metadata"]
        namespace, name = meta["namespace"], meta["name"]
        row = self._services.setdefault(namespace, {})
        selector = ((new or {}).get("spec") or {}).get("selector")
        if row.get(name) == selector:
            return
        if selector is None:
            del row[name]
        else:
            row[name] = selector
        self._bump(namespace)

    def controller(self, resource: str, old: Obj | None, new: Obj | None) -> None:
        """A ReplicaSet, StatefulSet or ReplicationController came, changed or went."""
        if old is not None and new is not None and old["spec"] is new["spec"]:
            return
        meta = (new or old or {})["metadata"]
        spot = (resource, meta["namespace"], meta["name"])
        if new is None:
            self._controllers.pop(spot, None)
        else:
            written: Mapping[str, object] = new["spec"].get("selector") or {}
            plain = resource == "replicationcontrollers"
            selection = Selection.of({"matchLabels": written} if plain else written)
            if self._controllers.get(spot) == selection:
                return
            self._controllers[spot] = selection
        self._bump(meta["namespace"])

    def _bump(self, namespace: str) -> None:
        self._versions[namespace] = self._versions.get(namespace, 0) + 1

    def constraints(self, pod: PodInfo) -> tuple[Constraint, ...]:
        """The default constraints of a pod; none where nothing selects it."""
        shape = pod.shape
        owner = _controller_of(pod.obj)
        version = self._versions.get(shape.namespace, 0)
        spot = (shape.namespace, shape.labels_key, owner)
        found = self._known.get(spot)
        if found is None or found[0] != version:
            found = self._known[spot] = (version, self._build(shape.namespace, shape.labels, owner))
        return found[1]

    def _build(self, namespace: str, labels: dict[str, str], owner: tuple[str, str, str]) -> tuple[Constraint, ...]:
        wanted: dict[str, str] = {}
        for selector in self._services.get(namespace, {}).values():
            if all(labels.get(key) == value for key, value in selector.items()):
                wanted.update(selector)
        requirements = list(Selection.of({"matchLabels": wanted}).requirements)
        api_version, kind, name = owner
        resource = CONTROLLERS.get((api_version, kind))
        own = self._controllers.get((resource, namespace, name)) if resource else None
        if own is not None:
            requirements += own.requirements
        if not requirements:
            return ()
        selection = Selection(tuple(sorted(set(requirements))))
        return Constraint(HOSTNAME, _HOST_SKEW, selection), Constraint(ZONE, _ZONE_SKEW, selection)


def _controller_of(pod: Obj) -> tuple[str, str, str]:
    for owner in pod["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            return owner["apiVersion"], owner["kind"], owner["name"]
    return "", "", ""
