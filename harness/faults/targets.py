"""Which zones, nodes and pods a fault hits. What does not exist is BadInput that names what does."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.streams import PPM, Stream
from seatrial.harness.ports.levers import Levers, NodeFacts, PodFacts

__all__ = ["choose_clusters", "choose_nodes", "choose_pods", "choose_zones", "draw_token", "gather"]

T = TypeVar("T")
_SHARE = re.compile(r"(\d{1,9})(?:\.(\d{1,4}))?%")
_SYSTEM = "kube-system"


def draw_token(name: str, draw: Stream) -> str:
    """The name of one injury, which its harm and its heal share."""
    return f"{name}-{draw.getrandbits(32):08x}"


def choose_clusters(levers: Levers, cluster: int) -> tuple[int, ...]:
    """Every cluster, or the one that is named (counted from 1)."""
    present = levers.clusters()
    if cluster == 0:
        return present
    if cluster not in present:
        raise BadInput(f"there is no cluster {cluster}; the fleet has {_listed(map(str, present))}")
    return (cluster,)


def gather(clusters: Sequence[int], choose: Callable[[int], Sequence[T]]) -> list[tuple[int, T]]:
    """What is chosen in each cluster; one that has no such thing is passed over, unless none has."""
    found: list[tuple[int, T]] = []
    refusal: BadInput | None = None
    for cluster in clusters:
        try:
            found += [(cluster, one) for one in choose(cluster)]
        except BadInput as error:
            refusal = refusal or error
    if not found and refusal is not None:
        raise refusal
    return found


def choose_zones(levers: Levers, clusters: Sequence[int], wanted: str, draw: Stream) -> tuple[str, ...]:
    """Zones by letter (`a`, `a,b`) or by word: one, worst, minority, all, 30%, 2."""
    present = sorted({node.zone for cluster in clusters for node in levers.nodes(cluster) if node.zone})
    if not present:
        raise BadInput(f"zone: {wanted}: no node of the fleet is in a zone (label topology.kubernetes.io/zone)")
    if wanted == "worst":
        held = Counter(pod.zone for cluster in clusters for pod in levers.pods(cluster) if pod.namespace != _SYSTEM)
        return (max(present, key=lambda zone: (held[zone], -present.index(zone))),)
    return _choose("zone", present, wanted, draw)


def choose_nodes(
    levers: Levers, cluster: int, wanted: str, draw: Stream, *, zone: str = "", nodegroup: str = ""
) -> tuple[NodeFacts, ...]:
    """Nodes by name or by word, of a zone or nodegroup if named; a control-plane node only by its name."""
    every = {node.name: node for node in levers.nodes(cluster)}
    pool = [node for node in every.values() if not node.control_plane]
    for word, value, have in (
        ("zone", zone, {node.zone for node in pool if node.zone}),
        ("nodegroup", nodegroup, {node.nodegroup for node in pool if node.nodegroup}),
    ):
        if value and value not in have:
            raise BadInput(f"there is no {word} {value!r}; the fleet has {_listed(have)}")
    pool = [node for node in pool if zone in ("", node.zone) and nodegroup in ("", node.nodegroup)]
    names = sorted(node.name for node in pool)
    named = _names(wanted)
    if named and all(name in every for name in named):
        return tuple(every[name] for name in named)
    if not names:
        raise BadInput(f"node: {wanted}: there is no such node; the fleet has {_listed(every)}")
    if wanted == "worst":
        held = Counter(pod.node for pod in levers.pods(cluster) if pod.namespace != _SYSTEM)
        return (every[max(names, key=lambda name: (held[name], -names.index(name)))],)
    return tuple(every[name] for name in _choose("node", names, wanted, draw))


def choose_pods(
    levers: Levers, cluster: int, wanted: str, draw: Stream, *, namespace: str = "", app: str = "", zone: str = ""
) -> tuple[PodFacts, ...]:
    """Pods by name or by word; app is an owner's name or a label `key=value`; kube-system only by namespace."""
    pool = [
        pod
        for pod in levers.pods(cluster)
        if (pod.namespace == namespace if namespace else pod.namespace != _SYSTEM)
        and (not app or _of_app(pod, app))
        and zone in ("", pod.zone)
    ]
    if not pool:
        present = sorted({f"{pod.namespace}/{_workload(pod)}" for pod in levers.pods(cluster)})
        asked = ", ".join(
            f"{word} {value}" for word, value in (("namespace", namespace), ("app", app), ("zone", zone)) if value
        )
        raise BadInput(f"no bound pod matches {asked or 'the target'}; there are pods of {_listed(present)}")
    byname = {f"{pod.namespace}/{pod.name}": pod for pod in pool}
    short = {pod.name: full for full, pod in reversed(byname.items())}
    wanted = ",".join(short.get(name, name) for name in _names(wanted)) or wanted
    if wanted == "worst":
        raise BadInput("pod: worst is not a target; name a pod, a count, a share, one or all")
    return tuple(byname[name] for name in _choose("pod", sorted(byname), wanted, draw))


def _choose(what: str, present: Sequence[str], wanted: str, draw: Stream) -> tuple[str, ...]:
    share = _SHARE.fullmatch(wanted)
    if wanted == "all":
        count = len(present)
    elif wanted == "one":
        count = 1
    elif wanted == "minority":
        count = (len(present) - 1) // 2
        if count == 0:
            raise BadInput(f"{what}: minority: {len(present)} {what}(s) have no minority; three are needed")
    elif share is not None:
        whole, part = share.groups()
        ppm = int(whole) * 10_000 + int((part or "").ljust(4, "0"))
        if not 0 < ppm <= PPM:
            raise BadInput(f"{what}: {wanted}: a share lies above 0% and at most at 100%")
        count = max(1, len(present) * ppm // PPM)
    elif wanted.isdecimal() and len(wanted) < 10 and wanted not in present:
        count = int(wanted)
        if not 0 < count <= len(present):
            raise BadInput(f"{what}: {wanted}: there are {len(present)}: {_listed(present)}")
    else:
        return _named(what, present, wanted)
    return tuple(sorted(draw.sample(present, count)))


def _named(what: str, present: Sequence[str], wanted: str) -> tuple[str, ...]:
    names = _names(wanted)
    missing = [name for name in names if name not in present]
    if missing or not names:
        raise BadInput(
            f"there is no {what} {', '.join(missing) or wanted!r}; the fleet has {_listed(present)}; "
            "or write one, worst, minority, all, a count or a share as 30%"
        )
    return tuple(dict.fromkeys(names))


def _names(wanted: str) -> list[str]:
    return [name.strip() for name in wanted.split(",") if name.strip()]


def _of_app(pod: PodFacts, app: str) -> bool:
    if "=" in app:
        key, _, value = app.partition("=")
        return (key, value) in pod.labels
    return app in (pod.owner.rpartition("/")[2], _workload(pod)) or ("app", app) in pod.labels


def _workload(pod: PodFacts) -> str:
    # A Deployment's pods are owned by its ReplicaSet: name-hash.
    labels = dict(pod.labels)
    owner = pod.owner.rpartition("/")[2] or pod.name
    return owner.removesuffix("-" + labels.get("pod-template-hash", "\0"))


def _listed(names: Iterable[str], limit: int = 12) -> str:
    ordered = sorted(names)
    more = len(ordered) - limit
    return ", ".join(ordered[:limit]) + (f" and {more} more" if more > 0 else "") if ordered else "none"
