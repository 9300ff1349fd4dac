"""Claims, volumes and classes as the scheduler knows them, and what it has assumed of them.

Source: volumebinding's assume caches. Differs from the real one: no storage capacity is tracked, and in-tree volumes
are not translated to CSI.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from seatrial.fakes.kube.quantity import nano
from seatrial.fakes.kube.selection import matches
from seatrial.fakes.scheduler.cache import NodeInfo, PodInfo
from seatrial.fakes.scheduler.terms import node_terms_of
from seatrial.harness.ports.event import Obj

__all__ = ["Plan", "VolumeBook", "fully_bound", "reachable"]

BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
NO_PROVISIONER = "kubernetes.io/no-provisioner"
_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"

ClaimKey = tuple[str, str]


class Plan(NamedTuple):
    """What binding a pod's volumes to a node takes: volumes that exist, and claims to be provisioned there."""

    bindings: tuple[tuple[str, ClaimKey], ...]
    provisions: tuple[ClaimKey, ...]


def notes_of(obj: Obj) -> dict[str, str]:
    """An object's annotations."""
    return obj["metadata"].get("annotations") or {}


def fully_bound(claim: Obj) -> bool:
    """Whether a claim has its volume and the binding is done."""
    return bool(claim["spec"].get("volumeName")) and BIND_COMPLETED in notes_of(claim)


def class_of(claim: Obj) -> str:
    """A claim's storage class, "" for none."""
    return notes_of(claim).get(_BETA_CLASS) or claim["spec"].get("storageClassName") or ""


def reachable(volume: Obj, node: NodeInfo) -> bool:
    """Whether a volume's node affinity admits a node."""
    required = ((volume["spec"].get("nodeAffinity") or {}).get("required") or {}).get("nodeSelectorTerms")
    return required is None or any(term.selects(node.labels, node.name) for term in node_terms_of(required))


class VolumeBook:
    """All that is known of storage."""

    __slots__ = (
        "assumed_nodes",
        "assumed_volumes",
        "attachments",
        "claims",
        "classes",
        "limits",
        "users",
        "version",
        "volumes",
    )

    def __init__(self) -> None:
        self.claims: dict[ClaimKey, Obj] = {}
        self.volumes: dict[str, Obj] = {}
        self.classes: dict[str, Obj] = {}
        self.limits: dict[str, dict[str, int]] = {}
        self.attachments: dict[str, dict[str, tuple[str, str]]] = {}
        self.users: dict[ClaimKey, int] = {}
        self.assumed_nodes: dict[ClaimKey, str] = {}
        self.assumed_volumes: dict[str, ClaimKey] = {}
        self.version = 0

    # Keeping up.

    def use(self, pod: PodInfo, sign: int) -> None:
        """A pod with claims came to a node or left it."""
        if not pod.shape.claims:
            return
        for key in self.keys(pod):
            count = self.users.get(key, 0) + sign
            if count:
                self.users[key] = count
            else:
                del self.users[key]
        self.version += 1

    def claim(self, old: Obj | None, new: Obj | None) -> None:
        """A claim came, changed or went."""
        self.version += 1
        meta = (new or old or {})["metadata"]
        key = (meta["namespace"], meta["name"])
        if new is None:
            self.claims.pop(key, None)
            self.assumed_nodes.pop(key, None)
        else:
            self.claims[key] = new
            if notes_of(new).get(SELECTED_NODE) == self.assumed_nodes.get(key):
                self.assumed_nodes.pop(key, None)

    def volume(self, old: Obj | None, new: Obj | None) -> None:
        """A volume came, changed or went."""
        self.version += 1
        name = (new or old or {})["metadata"]["name"]
        if new is None:
            self.volumes.pop(name, None)
            self.assumed_volumes.pop(name, None)
        else:
            self.volumes[name] = new
            if new["spec"].get("claimRef"):
                self.assumed_volumes.pop(name, None)

    def storage_class(self, old: Obj | None, new: Obj | None) -> None:
        """A class came, changed or went."""
        self.version += 1
        name = (new or old or {})["metadata"]["name"]
        if new is None:
            self.classes.pop(name, None)
        else:
            self.classes[name] = new

    def csi_node(self, old: Obj | None, new: Obj | None) -> None:
        """A node's drivers and their limits."""
        self.version += 1
        name = (new or old or {})["metadata"]["name"]
        drivers = ((new or {}).get("spec") or {}).get("drivers") or ()
        limits = {d["name"]: (d.get("allocatable") or {}).get("count") for d in drivers}
        self.limits[name] = {driver: count for driver, count in limits.items() if count is not None}
        if not self.limits[name]:
            del self.limits[name]

    def attachment(self, old: Obj | None, new: Obj | None) -> None:
        """A VolumeAttachment came or went."""
        self.version += 1
        seen = new or old or {}
        spec, name = seen["spec"], seen["metadata"]["name"]
        row = self.attachments.setdefault(spec["nodeName"], {})
        volume = (spec.get("source") or {}).get("persistentVolumeName")
        if new is None or volume is None:
            row.pop(name, None)
        else:
            row[name] = (spec["attacher"], volume)

    # Reading.

    def keys(self, pod: PodInfo) -> list[ClaimKey]:
        """The claims of a pod."""
        name = pod.name
        return [(pod.namespace, f"{name}-{volume}" if ephemeral else volume) for ephemeral, volume in pod.shape.claims]

    def delayed(self, claim: Obj) -> bool:
        """Whether a claim waits for its first consumer."""
        found = self.classes.get(class_of(claim))
        return found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"

    def bound(self, pod: PodInfo) -> bool:
        """Whether all of a pod's claims are bound."""
        return all(key in self.claims and fully_bound(self.claims[key]) for key in self.keys(pod))

    def selected_node(self, key: ClaimKey) -> str | None:
        """The node that a claim is to be provisioned for, as written or as assumed."""
        return self.assumed_nodes.get(key) or notes_of(self.claims[key]).get(SELECTED_NODE)

    def match(self, key: ClaimKey, node: NodeInfo, taken: set[str]) -> str | None:
        """The smallest volume that suits a claim on a node (persistentvolume's FindMatchingVolume)."""
        claim = self.claims[key]
        wanted = nano(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", 0))
        best: tuple[int, str] | None = None
        for name, volume in self.volumes.items():
            if name in taken or not self._suits(key, claim, name, volume) or not reachable(volume, node):
                continue
            if volume["spec"].get("claimRef"):
                return name
            size = nano((volume["spec"].get("capacity") or {}).get("storage", 0))
            if size >= wanted and (best is None or (size, name) < best):
                best = (size, name)
        return best[1] if best else None

    def _suits(self, key: ClaimKey, claim: Obj, name: str, volume: Obj) -> bool:
        spec = volume["spec"]
        if (spec.get("storageClassName") or "") != class_of(claim):
            return False
        holder = self.assumed_volumes.get(name)
        reference = spec.get("claimRef")
        if reference:
            holder = (reference.get("namespace", ""), reference["name"])
        if holder is not None and holder != key:
            return False
        if (spec.get("volumeMode") or "Filesystem") != (claim["spec"].get("volumeMode") or "Filesystem"):
            return False
        if "deletionTimestamp" in volume["metadata"] or (volume.get("status") or {}).get("phase") == "Failed":
            return False
        selector: Any = claim["spec"].get("selector")
        if selector and not matches(selector, volume["metadata"].get("labels") or {}):
            return False
        return set(claim["spec"].get("accessModes") or ()) <= set(spec.get("accessModes") or ())

    def provisionable(self, claim: Obj, node: NodeInfo) -> bool:
        """Whether the claim's class makes volumes that the node can reach."""
        found = self.classes.get(class_of(claim))
        if found is None or found.get("provisioner") in {None, "", NO_PROVISIONER}:
            return False
        topologies = found.get("allowedTopologies")
        return not topologies or any(
            all(node.labels.get(e["key"]) in e["values"] for e in term.get("matchLabelExpressions") or ())
            for term in topologies
        )

    def plan(self, pod: PodInfo, node: NodeInfo) -> Plan | None:
        """How the claims of a pod that wait for it would be met on a node; None where they cannot be."""
        taken: set[str] = set()
        bindings: list[tuple[str, ClaimKey]] = []
        provisions: list[ClaimKey] = []
        open_keys: list[ClaimKey] = []
        for key in self.keys(pod):
            claim = self.claims[key]
            if fully_bound(claim):
                continue
            selected = self.selected_node(key)
            if selected is None:
                open_keys.append(key)
            elif selected != node.name:
                return None
            else:
                provisions.append(key)
        open_keys.sort(key=self._size)
        for key in open_keys:
            name = self.match(key, node, taken)
            if name is None:
                provisions.append(key)
            else:
                taken.add(name)
                bindings.append((name, key))
        if any(not self.provisionable(self.claims[key], node) for key in provisions):
            return None
        return Plan(tuple(bindings), tuple(provisions))

    def _size(self, key: ClaimKey) -> int:
        spec = self.claims[key]["spec"]
        return nano(((spec.get("resources") or {}).get("requests") or {}).get("storage", 0))

    def assume(self, plan: Plan, node: str) -> None:
        """Count on a plan before the API has it."""
        for name, key in plan.bindings:
            self.assumed_volumes[name] = key
        for key in plan.provisions:
            self.assumed_nodes[key] = node
        self.version += 1

    def revert(self, plan: Plan) -> None:
        """Count on it no longer."""
        for name, _ in plan.bindings:
            self.assumed_volumes.pop(name, None)
        for key in plan.provisions:
            self.assumed_nodes.pop(key, None)
        self.version += 1
