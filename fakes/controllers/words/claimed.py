"""The PersistentVolumeClaims of a StatefulSet's pods, and who owns them by the retention policy.

Source: pkg/controller/statefulset/{stateful_set_utils,stateful_pod_control}.go (v1.36.3).
"""

from __future__ import annotations

from collections.abc import Callable

from seatrial.fakes.controllers.words.meta import owner_reference
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Write

__all__ = ["claim_name", "claims_of", "is_stale", "missing", "owned_right", "retain"]

CLAIMS = "persistentvolumeclaims"
Find = Callable[[str], Obj | None]


def claim_name(statefulset: Obj, template: Obj, ordinal: int) -> str:
    """`data-db-0`."""
    return f"{template['metadata']['name']}-{statefulset['metadata']['name']}-{ordinal}"


def claims_of(statefulset: Obj, ordinal: int) -> list[Obj]:
    """The claims that the pod of an ordinal needs."""
    space = statefulset["metadata"].get("namespace", "")
    tags = statefulset["spec"]["selector"].get("matchLabels") or {}
    made = []
    for template in statefulset["spec"].get("volumeClaimTemplates") or ():
        meta = template["metadata"]
        head = {k: v for k, v in meta.items() if k in ("labels", "annotations", "finalizers")}
        head["name"], head["namespace"] = claim_name(statefulset, template, ordinal), space
        head["labels"] = {**(meta.get("labels") or {}), **tags}
        made.append({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": head, "spec": template["spec"]})
    return made


def missing(statefulset: Obj, ordinal: int, find: Find) -> tuple[list[Obj], str]:
    """(claims to create, why the pod cannot have its storage now: one is being deleted)."""
    absent, why = [], ""
    for claim in claims_of(statefulset, ordinal):
        found = find(claim["metadata"]["name"])
        if found is None:
            absent.append(claim)
        elif "deletionTimestamp" in found["metadata"]:
            why = f"pvc {claim['metadata']['name']} is being deleted"
    return absent, why


def _policy(statefulset: Obj) -> tuple[bool, bool]:
    """(deleted with the set, deleted when scaled down)."""
    policy = statefulset["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    return policy.get("whenDeleted", "Retain") == "Delete", policy.get("whenScaled", "Retain") == "Delete"


def _names(reference: Obj, owner: Obj, kind: str) -> bool:
    return bool(reference["kind"] == kind and reference["name"] == owner["metadata"]["name"])


def _references(claim: Obj) -> list[Obj]:
    found: list[Obj] = claim["metadata"].get("ownerReferences") or []
    return found


def _has_stale(claim: Obj, owner: Obj, kind: str) -> bool:
    for reference in _references(claim):
        if _names(reference, owner, kind):
            return bool(reference["uid"] != owner["metadata"].get("uid"))
    return False


def is_stale(statefulset: Obj, pod: Obj, ordinal: int, find: Find) -> bool:
    """Whether a claim still belongs to an earlier pod of this name and will be collected with it."""
    if not _policy(statefulset)[1]:
        return False
    found = [find(claim["metadata"]["name"]) for claim in claims_of(statefulset, ordinal)]
    return any(claim is not None and _has_stale(claim, pod, "Pod") for claim in found)


def _foreign(claim: Obj, statefulset: Obj, pod: Obj) -> bool:
    """Whether somebody else controls the claim."""
    if not any(_policy(statefulset)):
        return False
    for reference in _references(claim):
        if _names(reference, statefulset, "StatefulSet"):
            if reference["uid"] != statefulset["metadata"]["uid"]:
                return True
        elif _names(reference, pod, "Pod"):
            if reference["uid"] != pod["metadata"].get("uid"):
                return True
        elif reference.get("controller"):
            return True
    return False


def _wanted(statefulset: Obj, condemned: bool) -> tuple[bool, bool]:
    """(the set owns the claim, the pod owns it)."""
    deleted, scaled = _policy(statefulset)
    pod = scaled and condemned
    return deleted and not pod, pod


def owned_right(claim: Obj, statefulset: Obj, pod: Obj, condemned: bool) -> bool:
    """Whether the claim's owners are those of the policy, or cannot be helped."""
    if _has_stale(claim, statefulset, "StatefulSet") or _has_stale(claim, pod, "Pod"):
        return True
    uids = {reference["uid"]: bool(reference.get("controller")) for reference in _references(claim)}
    set_uid, pod_uid = statefulset["metadata"]["uid"], pod["metadata"].get("uid", "")
    if _foreign(claim, statefulset, pod):
        return set_uid not in uids and pod_uid not in uids
    if not uids.get(set_uid, True) or not uids.get(pod_uid, True):
        return False
    return (set_uid in uids, pod_uid in uids) == _wanted(statefulset, condemned)


def retain(claim: Obj, statefulset: Obj, pod: Obj, condemned: bool) -> Write:
    """The update that gives the claim the owners of the policy."""
    meta = claim["metadata"]
    kept = [r for r in _references(claim) if not _names(r, statefulset, "StatefulSet") and not _names(r, pod, "Pod")]
    if not _foreign(claim, statefulset, pod):
        of_set, of_pod = _wanted(statefulset, condemned)
        if of_pod:
            kept.append(owner_reference(pod, "v1", "Pod"))
        if of_set:
            kept.append(owner_reference(statefulset, "apps/v1", "StatefulSet"))
    body = {**claim, "metadata": {**meta, "ownerReferences": kept}}
    return Write("update", Key(CLAIMS, meta.get("namespace", ""), meta["name"]), body)
