"""The writes that bind volumes and claims to each other, release them, and let go of what was in use.

Sources: pkg/controller/volume/{persistentvolume,pvcprotection,pvprotection} (v1.36.3).
Differs from the real one: the writes after the first of a turn are merge patches, where the real one updates with what
it got back.
"""

from __future__ import annotations

from collections.abc import Iterable

from seatrial.fakes.controllers.volumes.matching import is_bound_to
from seatrial.fakes.controllers.words.events import warning
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Write

__all__ = [
    "bind",
    "claim_key",
    "claim_status",
    "claims_of",
    "default_class",
    "finalizers",
    "lost",
    "merge",
    "notes_of",
    "unbind",
    "unprotected",
    "uses",
    "volume_key",
    "volume_phase",
]

VOLUMES, CLAIMS = "persistentvolumes", "persistentvolumeclaims"
COMPONENT = "persistentvolume-controller"
BOUND_BY = "pv.kubernetes.io/bound-by-controller"
COMPLETED = "pv.kubernetes.io/bind-completed"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def claim_key(claim: Obj) -> Key:
    """A claim's key."""
    meta = claim["metadata"]
    return Key(CLAIMS, meta["namespace"], meta["name"])


def volume_key(volume: Obj) -> Key:
    """A volume's key."""
    return Key(VOLUMES, "", volume["metadata"]["name"])


def notes_of(obj: Obj) -> dict[str, str]:
    """An object's annotations."""
    return obj["metadata"].get("annotations") or {}


def merge(key: Key, obj: Obj, body: Obj) -> Write:
    """A patch that is refused if the object has changed meanwhile."""
    return Write("patch", key, body, resource_version=obj["metadata"].get("resourceVersion", ""))


def _status(key: Key, body: Obj) -> Write:
    return Write("patch", key, {"status": body}, subresource="status")


def volume_phase(volume: Obj, phase: str) -> tuple[Write, ...]:
    """The write that brings a volume to a phase, if it is not there."""
    if (volume.get("status") or {}).get("phase") == phase:
        return ()
    return (_status(volume_key(volume), {"phase": phase}),)


def claim_status(claim: Obj, phase: str, volume: Obj | None) -> tuple[Write, ...]:
    """The write that brings a claim to a phase, with what its volume gives; none if nothing changes."""
    have = claim.get("status") or {}
    body: Obj = {}
    if have.get("phase") != phase:
        body["phase"] = phase
    if volume is None:
        body.update((field, None) for field in ("accessModes", "capacity") if field in have)
    else:
        spec = volume["spec"]
        if have.get("accessModes") != spec.get("accessModes"):
            body["accessModes"] = spec.get("accessModes")
        if have.get("phase") != phase and have.get("capacity") != spec.get("capacity"):
            body["capacity"] = spec.get("capacity")
    return (_status(claim_key(claim), body),) if body else ()


def bind(volume: Obj, claim: Obj) -> tuple[Write, ...]:
    """The writes that bind the two to each other: volume, its phase, claim, its status; none that is done already."""
    writes: list[Write] = []
    meta = claim["metadata"]
    reference = volume["spec"].get("claimRef") or {}
    wanted = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "namespace": meta["namespace"],
        "name": meta["name"],
        "uid": meta["uid"],
    }
    if any(reference.get(field) != value for field, value in wanted.items()):
        body: Obj = {"spec": {"claimRef": {**wanted, "resourceVersion": meta.get("resourceVersion", "")}}}
        if not is_bound_to(volume, claim) and BOUND_BY not in notes_of(volume):
            body["metadata"] = {"annotations": {BOUND_BY: "yes"}}
        writes.append(merge(volume_key(volume), volume, body))
    writes.extend(volume_phase(volume, "Bound"))
    name = volume["metadata"]["name"]
    have = notes_of(claim)
    notes: dict[str, str] = {}
    change: Obj = {}
    if claim["spec"].get("volumeName") != name:
        change["spec"] = {"volumeName": name}
        if BOUND_BY not in have:
            notes[BOUND_BY] = "yes"
    if COMPLETED not in have:
        notes[COMPLETED] = "yes"
    if notes:
        change["metadata"] = {"annotations": notes}
    if change:
        writes.append(merge(claim_key(claim), claim, change))
    writes.extend(claim_status(claim, "Bound", volume))
    return tuple(writes)


def unbind(volume: Obj) -> tuple[Write, ...]:
    """The writes that free a volume from a claim that has another one."""
    key = volume_key(volume)
    if BOUND_BY in notes_of(volume):
        body: Obj = {"metadata": {"annotations": {BOUND_BY: None}}, "spec": {"claimRef": None}}
    else:
        body = {"spec": {"claimRef": {"uid": None}}}
    return (merge(key, volume, body), *volume_phase(volume, "Available"))


def finalizers(key: Key, names: list[str] | None) -> Write:
    """The patch that leaves these finalizers."""
    return Write("patch", key, {"metadata": {"finalizers": names}}, tolerate=("NotFound",))


def unprotected(key: Key, obj: Obj, finalizer: str) -> Write:
    """The patch that takes a protection away."""
    left = [name for name in obj["metadata"]["finalizers"] if name != finalizer]
    return merge(key, obj, {"metadata": {"finalizers": left or None}})._replace(tolerate=("NotFound",))


def lost(key: Key, claim: Obj, reason: str, text: str) -> tuple[Write, ...]:
    """The writes that tell that a claim has lost its volume, if they have not been made."""
    if (claim.get("status") or {}).get("phase") == "Lost":
        return ()
    return (*claim_status(claim, "Lost", None), warning(key, reason, text, COMPONENT))


def claims_of(pod: Obj) -> list[str]:
    """The claims that a pod names, those of its generic ephemeral volumes among them."""
    volumes = pod["spec"].get("volumes")
    if not volumes:
        return []
    names = [volume["persistentVolumeClaim"]["claimName"] for volume in volumes if "persistentVolumeClaim" in volume]
    name = pod["metadata"]["name"]
    names.extend(f"{name}-{volume['name']}" for volume in volumes if "ephemeral" in volume)
    return names


def uses(pod: Obj, claim: str) -> bool:
    """Whether a pod keeps a claim from going: it has been placed, so its kubelet may be using it."""
    return bool(pod["spec"].get("nodeName")) and claim in claims_of(pod)


def default_class(classes: Iterable[Obj]) -> str:
    """The newest of the default classes; "" if there is none."""
    marked = [storage for storage in classes if notes_of(storage).get(DEFAULT_CLASS) == "true"]
    marked.sort(key=lambda storage: storage["metadata"]["name"])
    marked.sort(key=lambda storage: storage["metadata"].get("creationTimestamp", ""), reverse=True)
    return marked[0]["metadata"]["name"] if marked else ""
