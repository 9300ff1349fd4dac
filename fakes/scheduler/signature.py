"""What the scheduler knows of a pod's template, parsed once and shared by all pods that are written alike."""

from __future__ import annotations

from typing import Any, NamedTuple

from seatrial.fakes.scheduler.requests import Request, request_of
from seatrial.fakes.scheduler.terms import (
    Constraint,
    NodeTerm,
    Term,
    Toleration,
    Weighted,
    constraints_of,
    node_terms_of,
    pod_terms_of,
    tolerations_of,
    weighted_terms_of,
)
from seatrial.harness.ports.event import Obj

__all__ = ["ANY_ADDRESS", "Fixed", "Port", "Shape", "Shapes"]

Port = tuple[str, str, int]  # host IP, protocol, host port
ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - a value of hostIP, nothing is bound
_SHAPES_MAX = 50_000
_VOLUMES = (
    "persistentVolumeClaim",
    "ephemeral",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "rbd",
    "iscsi",
    "image",
)
_DISKS = frozenset(("gcePersistentDisk", "awsElasticBlockStore", "rbd", "iscsi"))


class Fixed(NamedTuple):
    """What of a pod is held against a node's labels, taints and name; none of it changes when pods come and go."""

    tolerations: tuple[Toleration, ...]
    node_selector: tuple[tuple[str, str], ...]
    node_terms: tuple[NodeTerm, ...] | None
    preferred: tuple[tuple[int, NodeTerm], ...]


class Shape:
    """A pod's template as the rules read it. Plain, never changed."""

    __slots__ = (
        "affinity",
        "anti_affinity",
        "claims",
        "containers",
        "disks",
        "fixed",
        "images",
        "labels",
        "labels_key",
        "local",
        "namespace",
        "never_preempts",
        "node_names",
        "number",
        "own_spread",
        "ports",
        "preferred",
        "preferred_anti",
        "priority",
        "request",
        "spread",
        "spread_soft",
    )

    def __init__(self, pod: Obj, number: int) -> None:
        meta, spec = pod["metadata"], pod["spec"]
        labels: dict[str, str] = meta.get("labels") or {}
        namespace: str = meta.get("namespace") or "default"
        self.number = number
        self.namespace = namespace
        self.labels = labels
        self.labels_key = tuple(sorted(labels.items()))
        self.priority: int = spec.get("priority") or 0
        self.never_preempts: bool = spec.get("preemptionPolicy") == "Never"
        self.request: Request = request_of(spec)
        self.ports = _host_ports(spec)
        affinity = spec.get("affinity") or {}
        self.fixed = _fixed(spec, affinity.get("nodeAffinity") or {})
        self.node_names = _names_only(self.fixed.node_terms)
        self.own_spread = bool(spec.get("topologySpreadConstraints"))
        self.spread: tuple[Constraint, ...] = constraints_of(spec, labels, "DoNotSchedule")
        self.spread_soft: tuple[Constraint, ...] = constraints_of(spec, labels, "ScheduleAnyway")
        near, apart = affinity.get("podAffinity"), affinity.get("podAntiAffinity")
        self.affinity: tuple[Term, ...] = pod_terms_of(near, namespace, labels)
        self.anti_affinity: tuple[Term, ...] = pod_terms_of(apart, namespace, labels)
        self.preferred: tuple[Weighted, ...] = weighted_terms_of(near, namespace, labels)
        self.preferred_anti: tuple[Weighted, ...] = weighted_terms_of(apart, namespace, labels)
        volumes = spec.get("volumes") or ()
        self.images, self.containers = _images(spec, volumes)
        self.claims = _claims(volumes)
        self.disks = tuple(volume for volume in volumes if not _DISKS.isdisjoint(volume))
        # What decides over one node by itself; pods that agree in it share a column of the index.
        self.local = (self.fixed, self.request, self.ports)


def _fixed(spec: Obj, affinity: Obj) -> Fixed:
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    terms = None if required is None else node_terms_of(required.get("nodeSelectorTerms") or ())
    preferred = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
    weights = [entry.get("weight") or 0 for entry in preferred]
    wished = node_terms_of([entry.get("preference") or {} for entry in preferred])
    return Fixed(
        tolerations_of(spec),
        tuple(sorted((spec.get("nodeSelector") or {}).items())),
        terms,
        tuple((w, term) for w, term in zip(weights, wished, strict=True) if w and (term.labels or term.fields)),
    )


def _names_only(terms: tuple[NodeTerm, ...] | None) -> frozenset[str] | None:
    """The node names that the required terms allow; None where they do not go by name alone."""
    if not terms:
        return None
    names: frozenset[str] = frozenset()
    for term in terms:
        own: frozenset[str] | None = None
        for requirement in term.fields:
            if requirement.key == "metadata.name" and requirement.operator == "In":
                values = frozenset(requirement.values)
                own = values if own is None else own & values
        if own is None:
            return None
        names |= own
    return names


def _host_ports(spec: Obj) -> tuple[Port, ...]:
    ports: list[Port] = []
    sidecars = [c for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"]
    for container in [*(spec.get("containers") or ()), *sidecars]:
        for port in container.get("ports") or ():
            if port.get("hostPort"):
                ports.append((port.get("hostIP") or ANY_ADDRESS, port.get("protocol") or "TCP", port["hostPort"]))
    return tuple(ports)


def _image_name(name: str) -> str:
    return name if name.rfind(":") > name.rfind("/") else name + ":latest"


def _images(spec: Obj, volumes: Any) -> tuple[tuple[str, ...], int]:
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    names = [container.get("image") or "" for container in containers]
    names += [volume["image"].get("reference") or "" for volume in volumes if volume.get("image")]
    return tuple(map(_image_name, names)), len(containers)


def _claims(volumes: Any) -> tuple[tuple[bool, str], ...]:
    """(is ephemeral, name): a claim's name, or a volume's that makes its own claim."""
    listed = []
    for volume in volumes:
        if volume.get("persistentVolumeClaim"):
            listed.append((False, volume["persistentVolumeClaim"]["claimName"]))
        elif volume.get("ephemeral"):
            listed.append((True, volume["name"]))
    return tuple(listed)


def _container_facts(containers: Any) -> list[Any]:
    return [(c.get("resources"), c.get("ports"), c.get("image"), c.get("restartPolicy")) for c in containers or ()]


class Shapes:
    """One Shape for all pods that are written alike."""

    __slots__ = ("_known", "_next")

    def __init__(self) -> None:
        self._known: dict[str, Shape] = {}
        self._next = 0

    def of(self, pod: Obj) -> Shape:
        """The pod's shape. The text of what matters is the key: two ways to write one thing cost a second shape."""
        meta, spec = pod["metadata"], pod["spec"]
        get = spec.get
        volumes = get("volumes")
        facts = (
            meta.get("namespace"),
            meta.get("labels"),
            get("priority"),
            get("preemptionPolicy"),
            _container_facts(get("containers")),
            _container_facts(get("initContainers")),
            get("resources"),
            get("overhead"),
            get("affinity"),
            get("nodeSelector"),
            get("tolerations"),
            get("topologySpreadConstraints"),
            [v for v in volumes if any(kind in v for kind in _VOLUMES)] if volumes else None,
        )
        key = repr(facts)
        shape = self._known.get(key)
        if shape is None:
            if len(self._known) >= _SHAPES_MAX:
                self._known.clear()
            shape = self._known[key] = Shape(pod, self._next)
            self._next += 1
        return shape
