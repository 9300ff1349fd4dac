"""CustomResourceDefinitions: a definition makes its kind known at once, its end takes the objects with it.

Source: k8s.io/apiextensions-apiserver/pkg/controller/{status,establish,finalizer},
pkg/registry/customresourcedefinition/etcd.go (v0.36.3). Differs from the real one: naming and establishing happen in
the instant of the write, by the API server itself; so does the cleaning up, and a definition whose objects have no
finalizers is gone as soon as it is deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Client

if TYPE_CHECKING:
    from seatrial.fakes.kube.core import Core
    from seatrial.fakes.kube.schema import Kind

__all__ = ["CLEANUP", "CRDS", "define", "drop_if_emptied", "resource_of", "terminating", "undefine"]

CRDS = "customresourcedefinitions.apiextensions.k8s.io"
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
SERVER = Client("kube-apiserver", user_agent="kube-apiserver/v1.36.3")


def define(core: Core, crd: Obj) -> Obj:
    """Serve the kind, and say so in the definition's status."""
    core.warnings = [*core.warnings, *core.schema.define(crd)]
    status = crd.get("status") or {}
    names = crd["spec"]["names"]
    accepted = {**names, "listKind": names.get("listKind") or names["kind"] + "List"}
    accepted.setdefault("singular", names["kind"].lower())
    conditions = _conditions(core, status.get("conditions") or [])
    new_status = {**status, "acceptedNames": accepted, "conditions": conditions}
    if new_status == status:
        return crd
    return core.store.put(
        CRDS, {**crd, "status": new_status}, actor=SERVER.name, manager=SERVER.name, subresource="status"
    )


def _conditions(core: Core, present: list[Obj]) -> list[Obj]:
    known = {condition["type"]: condition for condition in present}
    wanted = (
        ("NamesAccepted", "NoConflicts", "no conflicts found"),
        ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    )
    for kind, reason, message in wanted:
        known.setdefault(
            kind,
            {
                "lastTransitionTime": core.stamp(),
                "message": message,
                "reason": reason,
                "status": "True",
                "type": kind,
            },
        )
    return list(known.values())


def resource_of(crd: Obj) -> str:
    """`widgets.example.com`."""
    spec = crd["spec"]
    return f"{spec['names']['plural']}.{spec['group']}"


def terminating(core: Core, crd: Obj) -> Obj:
    """A definition that is on its way out."""
    meta, status = crd["metadata"], crd.get("status") or {}
    condition = {
        "type": "Terminating",
        "status": "True",
        "reason": "InstanceDeletionPending",
        "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
        "lastTransitionTime": core.stamp(),
    }
    finalizers = meta.get("finalizers") or []
    if CLEANUP not in finalizers:
        finalizers = [*finalizers, CLEANUP]
    return {
        **crd,
        "metadata": {**meta, "deletionTimestamp": core.stamp(), "finalizers": finalizers},
        "status": {**status, "conditions": [*(status.get("conditions") or ()), condition]},
    }


def drop_if_emptied(core: Core, kind: Kind, client: Client) -> None:
    """The last object of a kind whose definition was deleted takes the definition with it."""
    crd = core.store.get(CRDS, "", kind.resource)
    if crd is None or CLEANUP not in (crd["metadata"].get("finalizers") or ()):
        return
    if core.store.tables.count(kind.resource):
        return
    rest = [name for name in crd["metadata"]["finalizers"] if name != CLEANUP]
    if rest:
        new = {**crd, "metadata": {**crd["metadata"], "finalizers": rest}}
        core.store.put(CRDS, new, actor=SERVER.name, manager=SERVER.name)
        return
    core.store.remove(Key(CRDS, "", kind.resource), actor=client.name)
    undefine(core, crd)


def undefine(core: Core, crd: Obj) -> None:
    """Serve the kind no more."""
    core.schema.undefine(crd)
