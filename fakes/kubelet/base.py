"""What all parts of the kubelets share: clock, doors, nodes, and who is told when a machine changes."""

from __future__ import annotations

from typing import Protocol

from seatrial.fakes.kubelet.recipe import Recipe
from seatrial.fakes.kubelet.stages import Stages, load
from seatrial.fakes.kubelet.state import Container, Node, Pod
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.streams import Stream, Streams, name_hash
from seatrial.harness.kernel.time import Duration, Instant
from seatrial.harness.ports.event import Key, Obj, RecordId
from seatrial.harness.ports.kube import Api, ApiError, View, Write
from seatrial.harness.ports.note import Note
from seatrial.harness.ports.places import Links, MachineListener

__all__ = ["ACTOR", "Base", "Renewals"]

ACTOR = "kubelets"
COMPONENT = "kubelet"


class Renewals(Protocol):
    """Where it is told that a node's lease ceases or begins again to be renewed."""

    def renew(self, node: str, last: Instant, renewing: bool) -> None:
        """`last` is when the lease was renewed last."""
        ...


class Base:
    """State and small verbs; the layers above add what a kubelet does."""

    def __init__(
        self,
        agenda: Agenda,
        api: Api,
        view: View,
        renewals: Renewals,
        links: Links,
        streams: Streams,
        note: Note,
        *,
        stages: Stages | None = None,
        chatty: bool = False,
    ) -> None:
        self.agenda = agenda
        self.api = api
        self.view = view
        self.renewals = renewals
        self.links = links
        self.note = note
        self.seed = streams.seed
        self.stages = stages or load()
        self.chatty = chatty
        self.nodes: dict[str, Node] = {}
        # Pods that wait for a ConfigMap, Secret or volume: resource, namespace, name -> uid -> node.
        self.waiting: dict[Key, dict[str, str]] = {}
        self._recipes: dict[tuple[str, str], tuple[Obj, Recipe]] = {}  # with a pod that it was made of
        # Which record closed a door (registry): what the closed door does to a kubelet has it as its cause.
        self.blamed: dict[str, RecordId] = {}
        self._listeners: list[MachineListener] = []
        self._changed: dict[str, None] = {}
        self.writing = ""  # uid of the pod whose status is being written: the event that follows is our own

    def stream(self, *name: object) -> Stream:
        """A stream of its own for one object; kept by whoever draws from it."""
        return Stream(name_hash(self.seed, "kubelet", self.agenda.index, *name))

    # Machines' listeners.

    def subscribe(self, listener: MachineListener) -> None:
        """Be told of every change in the machines, once an instant and node."""
        self._listeners.append(listener)

    def touch(self, node: str) -> None:
        """Something that traffic can feel has changed on a node."""
        if not self._changed and self._listeners:
            self.agenda.after(0, ACTOR, "tell")
        self._changed[node] = None

    def tell(self) -> None:
        """Act: tell the listeners what has changed in this instant."""
        changed, self._changed = self._changed, {}
        for node in changed:
            for listener in self._listeners:
                listener.machine_changed(node)

    # Who is meant by an act.

    def present(self, verb: str, name: str, uid: str, *rest: int) -> tuple[Node, Pod] | None:
        """The node and pod that a process's act is about; None if they are gone or the machine is off or frozen."""
        node = self.nodes.get(name)
        if node is None or not node.power:
            return None
        pod = node.pods.get(uid)
        if pod is None:
            return None
        if node.frozen:
            node.held.append((verb, (name, uid, *rest)))
            return None
        return node, pod

    def current(self, verb: str, name: str, uid: str, epoch: int, *rest: int) -> tuple[Node, Pod] | None:
        """As `present`, for an act of the kubelet itself: void once the pod has entered another epoch."""
        found = self.present(verb, name, uid, epoch, *rest)
        if found is None or found[1].epoch != epoch or not found[0].kubelet:
            return None
        return found

    def plan(self, delay: Duration, verb: str, pod: Pod, *rest: int) -> None:
        """Plan a kubelet's act about a pod."""
        self.agenda.after(delay, ACTOR, verb, pod.node, pod.uid, pod.epoch, *rest)

    # Events.

    def event(self, node: Node, pod: Pod, kind: str, reason: str, message: str, container: Container | None) -> None:
        """A Kubernetes Event about a pod; lost if the API server cannot be reached."""
        if not node.online:
            return
        body = {"type": kind, "reason": reason, "message": message, "reportingComponent": COMPONENT}
        if container is not None:
            field = "containers" if container.recipe.kind == "main" else "initContainers"
            body["fieldPath"] = f"spec.{field}{{{container.recipe.name}}}"
        self.send_event(node, Key("pods", pod.namespace, pod.name), body)

    def send_event(self, node: Node, key: Key, body: Obj) -> None:
        """Events are best effort: a refusal drops them."""
        try:
            self.api.submit(Write("event", key, body), node.client)
        except ApiError:
            return

    # Recipes.

    def recipe(self, pod: Obj) -> Recipe:
        """The recipe of a pod; pods of one template share it."""
        meta, spec = pod["metadata"], pod["spec"]
        annotations = _annotations(pod)
        owner = next((ref["uid"] for ref in meta.get("ownerReferences") or () if ref.get("controller")), "")
        if not owner:
            return Recipe(spec, annotations, self.stages)
        labels = meta.get("labels") or {}
        key = (owner, labels.get("controller-revision-hash", ""))
        known = self._recipes.get(key)
        if known is not None and _annotations(known[0]) == annotations and _same(known[0]["spec"], spec):
            return known[1]
        recipe = Recipe(spec, annotations, self.stages)
        self._recipes[key] = (pod, recipe)
        return recipe


# What differs between pods of one template without a difference for us: the token's volume, its node, its host name.
_OWN = frozenset(("volumes", "containers", "initContainers", "nodeName", "hostname", "subdomain", "tolerations"))


def _annotations(pod: Obj) -> Obj:
    annotations: Obj = pod["metadata"].get("annotations") or {}
    return annotations


def _same(one: Obj, other: Obj) -> bool:
    if one is other:
        return True
    for field, value in one.items():
        if field not in _OWN and other.get(field) != value:
            return False
    for field in ("containers", "initContainers"):
        mine, theirs = one.get(field) or (), other.get(field) or ()
        if len(mine) != len(theirs) or not all(map(_same_container, mine, theirs)):
            return False
    return _volume_names(one) == _volume_names(other)


def _same_container(one: Obj, other: Obj) -> bool:
    if one is other:
        return True
    return len(one) == len(other) and all(
        value is other.get(field) or value == other.get(field) for field, value in one.items()
    )


def _volume_names(spec: Obj) -> list[object]:
    # The recipe holds what a volume needs, so a StatefulSet's pods, whose claims differ, have one each.
    return [
        volume.get("configMap") or volume.get("secret") or volume.get("persistentVolumeClaim") or volume["name"]
        for volume in spec.get("volumes") or ()
    ]
