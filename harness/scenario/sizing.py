"""How many nodes an app needs: as many a zone as hold it once, with a tenth to spare, and two at least.

Pods are dealt over the zones in turn and packed first-fit, largest first; pods that name labels or an instance type get
a node group of their own. Differs from a cluster autoscaler: nobody adds a node later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.limits import NODES_MAX
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.fleet import NodeGroup
from seatrial.harness.scenario.amounts import Amounts, add, pod_requests, quantity
from seatrial.harness.scenario.instances import GPU, allocatable, instance
from seatrial.harness.scenario.manifests.kinds import group_of, pod_spec_of, title_of

__all__ = ["ZONES", "node_groups"]

ZONES = ("a", "b", "c")
_NODES_PER_ZONE_MIN = 2
_SPARE = 10  # a tenth: the scheduler spreads rather than packs
_OPEN_MAX = 64  # bins that are looked at again; older ones are nearly full
_TYPES = ("m6i.xlarge", "m6i.2xlarge", "m6i.4xlarge", "m6i.8xlarge", "m6i.16xlarge", "r6i.16xlarge", "r6i.24xlarge")
_GPU_TYPES = ("g5.xlarge", "g5.4xlarge", "g5.12xlarge", "g5.48xlarge", "p4d.24xlarge", "p5.48xlarge")
_ZONE_LABELS = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
# Labels that every node of a node group has anyway.
_COMMON = (
    *_ZONE_LABELS,
    "topology.kubernetes.io/region",
    "kubernetes.io/os",
    "kubernetes.io/arch",
    "kubernetes.io/hostname",
    "beta.kubernetes.io/os",
    "beta.kubernetes.io/arch",
    "eks.amazonaws.com/capacityType",
)
_TYPE_LABELS = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")

Labels = tuple[tuple[str, str], ...]


@dataclass
class Pods:
    """Pods that are alike."""

    title: str
    count: int
    wants: Amounts
    zone: str = ""  # the one that they name
    apart: bool = False  # no two on one node


@dataclass
class Pool:
    """Pods that need nodes of one kind."""

    pods: list[Pods]
    daemons: list[Pods]
    type: str = ""


def node_groups(objects: Iterable[Obj], region: str) -> tuple[tuple[NodeGroup, ...], list[str]]:
    """Node groups that hold the app, and warnings. Raises BadInput for an app that no fleet can hold."""
    pools: dict[tuple[Labels, str], Pool] = {((), ""): Pool([], [])}
    daemons: list[tuple[Labels, Pods]] = []
    for obj in objects:
        spec = pod_spec_of(obj)
        if spec is None:
            continue
        labels, zone, kind = _placement(spec, region)
        try:
            pods = Pods(title_of(obj), _replicas(obj), pod_requests(spec), zone, _apart(spec))
        except BadInput as error:
            raise BadInput(f"{title_of(obj)}: {error}") from error
        if group_of(obj) == ("apps", "DaemonSet"):
            daemons.append((labels, pods))
            continue
        pools.setdefault((labels, kind), Pool([], [], kind)).pods.append(pods)
    groups, warnings = [], []
    if len(pools) > 1 and not pools[(), ""].pods:
        del pools[(), ""]
    for number, ((labels, kind), pool) in enumerate(sorted(pools.items())):
        pool.daemons += [pods for wanted, pods in daemons if not wanted or wanted == labels]
        name = "apps" if not number else f"apps-{number + 1}"
        groups.append(_group(name, labels, pool))
        if labels or kind:
            listed = ", ".join([f"{key}={value}" for key, value in labels] + [f"the type {kind}"] * bool(kind))
            warnings.append(f"{pool.pods[0].title} asks for nodes with {listed}; the node group {name} is made for it")
    return tuple(groups), warnings


def _group(name: str, labels: Labels, pool: Pool) -> NodeGroup:
    kind = pool.type or _smallest(pool)
    try:
        instance(kind)
    except BadInput as error:
        raise BadInput(f"{pool.pods[0].title}: {error}") from error
    room = _room(kind, pool.daemons)
    by_zone: dict[str, list[Pods]] = {zone: [] for zone in ZONES}
    turn = 0
    for pods in pool.pods:
        zones: Sequence[str] = (pods.zone,) if pods.zone in ZONES else ZONES
        shares = [pods.count // len(zones)] * len(zones)
        for extra in range(pods.count % len(zones)):
            shares[(turn + extra) % len(zones)] += 1
        turn += pods.count
        for zone, count in zip(zones, shares, strict=True):
            if count:
                by_zone[zone].append(Pods(pods.title, count, pods.wants, apart=pods.apart))
    most = max(_packed(pods, room) for pods in by_zone.values())
    nodes = len(ZONES) * max(most, _NODES_PER_ZONE_MIN)
    return NodeGroup(name=name, zones=ZONES, nodes=nodes, type=kind, labels=labels)


def _smallest(pool: Pool) -> str:
    """The smallest type on which each pod fits."""
    gpu = any(GPU in pods.wants for pods in pool.pods)
    for kind in _GPU_TYPES if gpu else _TYPES:
        room = _room(kind, pool.daemons)
        if all(_fits(pods.wants, room) for pods in pool.pods):
            return kind
    last = (_GPU_TYPES if gpu else _TYPES)[-1]
    room = _room(last, pool.daemons)
    large = next(pods for pods in pool.pods if not _fits(pods.wants, room))
    lacking = sorted(name for name, amount in large.wants.items() if amount > room.get(name, 0))
    raise BadInput(
        f"{large.title}: its pod asks for more {', '.join(lacking)} than any node has that Seatrial would choose "
        f"(up to {last}); name the nodes with --fleet"
    )


def _room(kind: str, daemons: Sequence[Pods]) -> Amounts:
    room = {name: quantity(amount) * (_SPARE - 1) // _SPARE for name, amount in allocatable(kind).items()}
    room["pods"] = quantity(allocatable(kind)["pods"])
    if GPU in room:
        room[GPU] = quantity(allocatable(kind)[GPU])
    for pods in daemons:
        add(room, pods.wants, -1)
    return room


def _fits(wants: Amounts, room: Amounts) -> bool:
    return all(amount <= room.get(name, 0) for name, amount in wants.items() if amount)


def _packed(groups: Sequence[Pods], room: Amounts) -> int:
    """How many nodes hold these pods."""
    order = sorted(groups, key=lambda pods: (-pods.wants.get("cpu", 0), -pods.wants.get("memory", 0), pods.title))
    open_bins: list[Amounts] = []
    used = 0
    for pods in order:
        left = pods.count
        for free in open_bins:
            if not left:
                break
            taken = min(left, _times(pods, free))
            add(free, pods.wants, -taken)
            left -= taken
        while left:
            free = dict(room)
            taken = min(left, _times(pods, free))
            if not taken:
                raise BadInput(f"{pods.title}: its pod fits on no node of the chosen type; name the nodes with --fleet")
            used += 1
            if used > NODES_MAX:
                raise BadInput(f"{pods.title}: the app needs more than {NODES_MAX:,} nodes in a zone")
            add(free, pods.wants, -taken)
            left -= taken
            open_bins.append(free)
        if len(open_bins) > _OPEN_MAX:
            del open_bins[:-_OPEN_MAX]
    return used


def _times(pods: Pods, free: Amounts) -> int:
    fit = min((free.get(name, 0) // amount for name, amount in pods.wants.items() if amount > 0), default=pods.count)
    return max(0, min(fit, 1) if pods.apart else fit)


def _replicas(obj: Obj) -> int:
    kind = obj["kind"]
    if kind == "Pod":
        return 1
    spec: Any = obj.get("spec")
    if kind == "CronJob":
        template = spec.get("jobTemplate") if isinstance(spec, dict) else None
        spec = template.get("spec") if isinstance(template, dict) else None
    word = "parallelism" if kind in ("Job", "CronJob") else "replicas"
    return _number(spec.get(word)) if isinstance(spec, dict) else 1


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 1


def _placement(spec: Obj, region: str) -> tuple[Labels, str, str]:
    """(labels of its own, zone, instance type) that a pod's nodeSelector and first required term ask for."""
    wanted: dict[str, str] = {}
    for expression in _required(spec):
        if expression.get("operator") == "In" and expression.get("values"):
            wanted[str(expression.get("key"))] = str(expression["values"][0])
        elif expression.get("operator") == "Exists":
            wanted[str(expression.get("key"))] = "true"
    selector = spec.get("nodeSelector")
    if isinstance(selector, dict):
        wanted |= {str(key): str(value) for key, value in selector.items()}
    zone = next((wanted[label].removeprefix(region) for label in _ZONE_LABELS if label in wanted), "")
    kind = next((wanted[label] for label in _TYPE_LABELS if label in wanted), "")
    own = tuple(sorted((key, value) for key, value in wanted.items() if key not in _COMMON and key not in _TYPE_LABELS))
    # A type of its own needs a group of its own, whose nodes have that label by themselves.
    return own, zone, kind


def _required(spec: Obj) -> list[Obj]:
    try:
        terms = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        return [one for one in terms[0].get("matchExpressions") or () if isinstance(one, dict)]
    except (KeyError, IndexError, TypeError, AttributeError):
        return []


def _apart(spec: Obj) -> bool:
    try:
        terms = spec["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        return any(term.get("topologyKey") == "kubernetes.io/hostname" for term in terms)
    except (KeyError, TypeError, AttributeError):
        return False
