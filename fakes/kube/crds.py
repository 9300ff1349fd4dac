"""CustomResourceDefinitions: a definition makes its kind known at once, its end takes the objects with it.

Source: k8s.io/apiextensions-apiserver/pkg/controller/{status,establish,finalizer} (v0.36.3). Differs from the real one:
naming, establishing and cleaning up happen in the same instant as the write, by the API server itself; objects with
finalizers of their own keep the definition only as long as it takes to mark them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Client

if TYPE_CHECKING:
    from seatrial.fakes.kube.core import Core

__all__ = ["CRDS", "define", "undefine"]

CRDS = "customresourcedefinitions.apiextensions.k8s.io"
SERVER = Client("kube-apiserver", user_agent="kube-apiserver/v1.36.3")


def define(core: Core, crd: Obj) -> Obj:
    """Serve the kind, and say so in the definition's status."""
    core.schema.add_crd(crd)
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


def undefine(core: Core, crd: Obj, client: Client) -> None:
    """Serve the kind no more; its objects are gone with it."""
    spec = crd["spec"]
    resource = f"{spec['names']['plural']}.{spec['group']}"
    for obj in list(core.store.tables.list(resource)):
        meta = obj["metadata"]
        core.store.remove(Key(resource, meta.get("namespace", ""), meta["name"]), actor=client.name)
    core.schema.drop_crd(crd)
