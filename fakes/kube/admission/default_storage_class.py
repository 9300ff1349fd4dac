"""DefaultStorageClass: a claim that names no class gets the default one.

Source: plugin/pkg/admission/storage/storageclass/setdefault, pkg/volume/util/storageclass.go (v1.36.3): of several
defaults the newest wins, then the first by name.
"""

from __future__ import annotations

from seatrial.fakes.kube.core import Core, Request
from seatrial.harness.kernel.time import parse_instant
from seatrial.harness.ports.event import Obj

__all__ = ["admit"]

_MARKS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"


def admit(core: Core, _request: Request, claim: Obj) -> Obj:
    """Name the class. An empty name is a wish (no class), a missing one is not."""
    spec = claim.get("spec") or {}
    notes = claim["metadata"].get("annotations") or {}
    if spec.get("storageClassName") is not None or _BETA_CLASS in notes:
        return claim
    marked = [
        found
        for found in core.store.tables.list("storageclasses.storage.k8s.io")
        if any((found["metadata"].get("annotations") or {}).get(mark) == "true" for mark in _MARKS)
    ]
    if not marked:
        return claim
    marked.sort(key=lambda found: (-parse_instant(found["metadata"]["creationTimestamp"]), found["metadata"]["name"]))
    return {**claim, "spec": {**spec, "storageClassName": marked[0]["metadata"]["name"]}}
