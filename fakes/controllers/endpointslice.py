"""EndpointSlices: which pods stand behind a Service, with their readiness, zone and hints.

Source: pkg/controller/endpointslice (v1.36.3) and k8s.io/endpointslice (v0.36.3); no batching, the default.
Differs from the real one: it remembers where each pod's endpoint lies and looks only at pods that have changed; a pod
whose Node object is missing is taken up when the Node appears, not by retries; a slice that somebody else has changed
is put right at once, not after a second. See `slices` and `endpoints`.
Not modelled: the Endpoints API (v1) with its controller and the mirroring of custom Endpoints, topology-mode Auto.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from seatrial.fakes.controllers.slices.endpoints import (
    CONTROLLER,
    MANAGED_BY,
    SERVICE_NAME,
    endpoint_of,
    families,
    in_endpoints,
    port_key,
    ports_of,
    same_for_endpoints,
    slice_labels,
)
from seatrial.fakes.controllers.slices.layout import Held, Wanted, lay_out
from seatrial.fakes.controllers.slices.memory import Memory, held_in, is_ours
from seatrial.fakes.controllers.words.meta import owner_reference
from seatrial.fakes.controllers.words.pods import condition
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, View, Write

__all__ = ["EndpointSliceController", "decide"]

SLICES = "endpointslices.discovery.k8s.io"
TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"
NAME_MAX = 253

Place = tuple[str, str]  # namespace, name


def decide(
    service: Obj,
    slices: Sequence[Obj],
    changes: Mapping[str, Mapping[str, Wanted | None]],
    trigger: str,
    held: Mapping[str, Held] | None = None,
    thorough: bool = True,
) -> tuple[Write, ...]:
    """The writes that bring a Service's slices up to date with the pods that have changed, family by family.

    changes: address family to pod to its endpoint; a slice of a family that is not among them goes.
    thorough: look at the slices' owners, families and labels too.
    """
    meta = service["metadata"]
    space = meta["namespace"]
    gone: list[str] = []
    mine = slices
    if thorough:
        mine = [piece for piece in slices if _is_owned(piece, meta["uid"]) and piece["addressType"] in changes]
        kept = {piece["metadata"]["name"]: None for piece in mine}
        gone = [piece["metadata"]["name"] for piece in slices if piece["metadata"]["name"] not in kept]
    labels = slice_labels(service)
    creates: list[Write] = []
    updates: list[Write] = []
    for family, pods in changes.items():
        have = [piece for piece in mine if piece["addressType"] == family]
        layout = lay_out(have, pods, held=held)
        gone.extend(layout.deletes)
        if "deletionTimestamp" not in meta:
            creates.extend(_created(service, family, labels, ports, ends, trigger) for ports, ends in layout.creates)
        for piece in have:
            changed = layout.updates.get(piece["metadata"]["name"])
            if changed is not None:
                updates.append(_updated(piece, *changed, labels, trigger))
            elif thorough and piece["metadata"].get("labels") != labels and piece["metadata"]["name"] not in gone:
                updates.append(_updated(piece, piece.get("ports"), piece.get("endpoints"), labels, trigger))
    deletes = (Write("delete", Key(SLICES, space, name), tolerate=("NotFound",)) for name in gone)
    return (*creates, *updates, *deletes)


def _is_owned(piece: Obj, uid: str) -> bool:
    return any(owner["uid"] == uid for owner in piece["metadata"].get("ownerReferences") or ())


def _updated(
    piece: Obj, ports: list[Obj] | None, ends: list[Obj] | None, labels: dict[str, str], trigger: str
) -> Write:
    meta = piece["metadata"]
    notes = {key: value for key, value in (meta.get("annotations") or {}).items() if key != TRIGGER}
    if trigger:
        notes[TRIGGER] = trigger
    head = {key: value for key, value in meta.items() if key != "annotations"}
    head["labels"] = labels
    if notes:
        head["annotations"] = notes
    body = {**piece, "metadata": head, "endpoints": ends or None, "ports": ports or None}
    return Write("update", Key(SLICES, meta["namespace"], meta["name"]), body)


def _created(
    service: Obj, family: str, labels: dict[str, str], ports: list[Obj], ends: list[Obj], trigger: str
) -> Write:
    meta = service["metadata"]
    prefix = meta["name"] + "-"
    head: Obj = {
        "generateName": prefix if len(prefix) <= NAME_MAX else meta["name"],
        "namespace": meta["namespace"],
        "labels": labels,
        "ownerReferences": [owner_reference(service, "v1", "Service")],
    }
    if trigger:
        head["annotations"] = {TRIGGER: trigger}
    body = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": head,
        "addressType": family,
        "endpoints": ends or None,
        "ports": ports or None,
    }
    return Write("create", Key(SLICES, meta["namespace"], ""), body)


class EndpointSliceController:
    """Keys are Services. The event handlers keep who selects whom, and what has changed since the last look."""

    name: ClassVar[str] = "endpointslice-controller"
    watches: ClassVar[tuple[Watch, ...]] = (
        Watch("services", "service_changed"),
        Watch("pods", "pod_changed"),
        Watch("nodes", "node_changed"),
        Watch(SLICES, "slice_changed"),
    )
    workers: ClassVar[int] = 5

    def __init__(self) -> None:
        self.memories: dict[Place, Memory] = {}
        self.selectors: dict[str, dict[str, dict[str, str]]] = {}  # namespace, Service
        self.fields: dict[str, tuple[str, ...]] = {}  # the label keys that a namespace's selectors look at
        self.matches: dict[str, dict[tuple[str | None, ...], tuple[str, ...]]] = {}
        self.slices: dict[Place, dict[str, None]] = {}  # of a Service, by name
        self.service_of: dict[Place, str] = {}  # of a slice

    # Event handlers.

    def service_changed(self, old: Obj | None, new: Obj | None, view: View) -> tuple[Key, ...]:
        """A Service came, changed or went."""
        meta = (new or old or {})["metadata"]
        space, name = meta["namespace"], meta["name"]
        selectors = self.selectors.setdefault(space, {})
        selector = (new["spec"].get("selector") or None) if new is not None else None
        if selectors.get(name) != selector:
            if selector is None:
                del selectors[name]
            else:
                selectors[name] = selector
            self.fields[space] = tuple(dict.fromkeys(key for have in selectors.values() for key in have))
            self.matches.pop(space, None)
        if new is None:
            self.memories.pop((space, name), None)
        else:
            self._memory(space, name).full = True
        return (Key("services", space, name),)

    def pod_changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """The Services that select a pod, if the change matters to them."""
        pod = new if new is not None else old
        assert pod is not None
        meta = pod["metadata"]
        space = meta["namespace"]
        if not self.selectors.get(space):
            return ()
        labels = meta.get("labels")
        if old is None or new is None:
            names = self._selecting(space, labels)
        else:
            before = old["metadata"].get("labels")
            if before is labels or before == labels:
                if same_for_endpoints(old, new):
                    return ()
                names = self._selecting(space, labels)
            else:
                names = tuple(dict.fromkeys((*self._selecting(space, before), *self._selecting(space, labels))))
        for name in names:
            self._memory(space, name).dirty[meta["name"]] = None
        return [Key("services", space, name) for name in names]

    def node_changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A Node that appears lets its pods in; other changes of it are seen at the next look at a Service."""
        if old is not None and new is not None and old["metadata"].get("labels") == new["metadata"].get("labels"):
            return ()
        keys: dict[Key, None] = {}
        for pod in view.pods_on((new or old or {})["metadata"]["name"]):
            meta = pod["metadata"]
            space = meta["namespace"]
            for name in self._selecting(space, meta.get("labels")):
                self._memory(space, name).dirty[meta["name"]] = None
                keys[Key("services", space, name)] = None
        return keys if old is None else ()

    def slice_changed(self, old: Obj | None, new: Obj | None, view: View) -> tuple[Key, ...]:
        """Our own writes come back here; a change by somebody else is put right."""
        piece = new if new is not None else old
        assert piece is not None
        meta = piece["metadata"]
        labels = meta.get("labels") or {}
        if labels.get(MANAGED_BY) != CONTROLLER or not labels.get(SERVICE_NAME):
            if old is None or (old["metadata"].get("labels") or {}).get(MANAGED_BY) != CONTROLLER:
                return ()
            labels = old["metadata"]["labels"]
            new = None
        space, service = meta["namespace"], labels[SERVICE_NAME]
        names = self.slices.setdefault((space, service), {})
        memory = self.memories.get((space, service))
        if new is None:
            names.pop(meta["name"], None)
            self.service_of.pop((space, meta["name"]), None)
            expected = memory is not None and meta["name"] in memory.deleting
        else:
            names[meta["name"]] = None
            self.service_of[space, meta["name"]] = service
            expected = memory is not None and is_ours(memory, piece)
        if expected or view.get("services", space, service) is None:
            return ()
        self._memory(space, service).full = True
        return (Key("services", space, service),)

    def _memory(self, space: str, name: str) -> Memory:
        memory = self.memories.get((space, name))
        if memory is None:
            memory = self.memories[space, name] = Memory()
        return memory

    def _selecting(self, space: str, labels: dict[str, str] | None) -> tuple[str, ...]:
        """The Services of a namespace that select these labels."""
        fields = self.fields.get(space)
        if not fields or not labels:
            return ()
        signature = tuple(map(labels.get, fields))
        known = self.matches.setdefault(space, {})
        names = known.get(signature)
        if names is None:
            names = known[signature] = tuple(
                name
                for name, selector in self.selectors[space].items()
                if all(labels.get(key) == value for key, value in selector.items())
            )
        return names

    # Reconciling.

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Bring one Service's slices up to date."""
        service = view.get("services", key.namespace, key.name)
        if service is None:
            return DONE
        spec = service["spec"]
        if spec.get("type") == "ExternalName" or not spec.get("selector"):
            return DONE
        memory = self._memory(key.namespace, key.name)
        names = self.slices.get((key.namespace, key.name), {})
        slices = [piece for name in names if (piece := view.get(SLICES, key.namespace, name)) is not None]
        slices = [piece for piece in slices if "deletionTimestamp" not in piece["metadata"]]
        thorough = memory.full
        pods = self._pods(memory, service, slices, view)
        trigger = self._trigger(memory, service, pods)
        changes = {family: _wanted(service, pods, family, view) for family in families(service)}
        for name in pods:
            if any(found[name] is not None for found in changes.values()):
                memory.placed[name] = None
            else:
                memory.placed.pop(name, None)
        writes = decide(service, slices, changes, trigger, held_in(memory, slices), thorough)
        if _is_ending(view.get("namespaces", "", key.namespace)):
            writes = tuple(write for write in writes if write.verb != "create")
        memory.written = [write.body for write in writes if write.verb != "delete"]
        memory.deleting = {write.key.name: None for write in writes if write.verb == "delete"}
        return Next(writes) if writes else DONE

    def failed(self, write: Write, error: ApiError, now: Instant) -> None:
        """What was refused is not there: look at everything again."""
        space = write.key.namespace
        labels = {} if write.body is None else write.body["metadata"]["labels"]
        service = labels.get(SERVICE_NAME) or self.service_of.get((space, write.key.name))
        memory = self.memories.get((space, service or ""))
        if memory is not None:
            memory.full = True
            memory.written = []
            memory.deleting = {}

    def _pods(self, memory: Memory, service: Obj, slices: Sequence[Obj], view: View) -> dict[str, Obj | None]:
        """The pods to look at; None for one that is gone or no longer selected."""
        space, selector = service["metadata"]["namespace"], service["spec"]["selector"]
        dirty, memory.dirty = memory.dirty, {}
        if not memory.full:
            pods = {name: view.get("pods", space, name) for name in dirty}
            return {name: pod if pod is not None and _selects(selector, pod) else None for name, pod in pods.items()}
        memory.full = False
        found: dict[str, Obj | None] = {
            (endpoint.get("targetRef") or {}).get("name", ""): None
            for piece in slices
            for endpoint in piece.get("endpoints") or ()
        }
        found.update(dict.fromkeys(memory.placed))
        for pod in view.matching("pods", space, {"matchLabels": selector}):
            found[pod["metadata"]["name"]] = pod
        return found

    def _trigger(self, memory: Memory, service: Obj, pods: dict[str, Obj | None]) -> str:
        """The time of the change that made this update: the Service's birth, else the first of the pods'."""
        first = ""
        for name, pod in pods.items():
            ready = None if pod is None else condition(pod, "Ready")
            if ready is None:
                memory.triggers.pop(name, None)
                continue
            moment = ready.get("lastTransitionTime", "")
            if moment > memory.triggers.get(name, ""):
                memory.triggers[name] = moment
                first = min(first, moment) if first else moment
        if memory.known:
            return first
        memory.known = True
        born: str = service["metadata"].get("creationTimestamp", "")
        return born


def _selects(selector: dict[str, str], pod: Obj) -> bool:
    labels = pod["metadata"].get("labels") or {}
    return all(labels.get(key) == value for key, value in selector.items())


def _wanted(service: Obj, pods: dict[str, Obj | None], family: str, view: View) -> dict[str, Wanted | None]:
    """The endpoint of each pod, in one family."""
    spec = service["spec"]
    fixed = all(isinstance(port.get("targetPort", 0), int) for port in spec.get("ports") or ())
    ports: list[Obj] | None = None
    key = port_key(None)
    found: dict[str, Wanted | None] = {}
    for name, pod in pods.items():
        found[name] = None
        if pod is None or not in_endpoints(pod):
            continue
        node = view.get("nodes", "", pod["spec"].get("nodeName", ""))
        if node is None and not spec.get("publishNotReadyAddresses"):
            continue
        endpoint = endpoint_of(pod, node, service, family)
        if endpoint is None:
            continue
        if ports is None or not fixed:
            ports = ports_of(service, pod)
            key = port_key(ports)
        found[name] = Wanted(key, ports, endpoint)
    return found


def _is_ending(namespace: Obj | None) -> bool:
    return namespace is not None and "deletionTimestamp" in namespace["metadata"]
