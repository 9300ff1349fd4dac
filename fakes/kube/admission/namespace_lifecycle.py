"""NamespaceLifecycle: nothing is created in a namespace that is missing or going.

Source: k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle (v0.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.core import Core
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Forbidden, NotFound

__all__ = ["admit", "admit_delete"]

IMMORTAL = frozenset(("default", "kube-system", "kube-public"))


def admit(core: Core, key: Key) -> None:
    """Refuse creates where there is no namespace, or one that is being terminated."""
    namespace = key.namespace
    found = core.store.get("namespaces", "", namespace)
    if found is None:
        raise NotFound("namespaces", namespace)
    if "deletionTimestamp" in found["metadata"] and (found.get("status") or {}).get("phase") == "Terminating":
        why = f"unable to create new content in namespace {namespace} because it is being terminated"
        error = Forbidden(key.resource, key.name, why)
        error.details["causes"] = [
            {
                "reason": "NamespaceTerminating",
                "message": f"namespace {namespace} is being terminated",
                "field": "metadata.namespace",
            }
        ]
        raise error


def admit_delete(live: Obj) -> None:
    """Three namespaces cannot be deleted."""
    name = live["metadata"]["name"]
    if name in IMMORTAL:
        raise Forbidden("namespaces", name, "this namespace may not be deleted")
