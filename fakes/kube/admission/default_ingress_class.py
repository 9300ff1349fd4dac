"""DefaultIngressClass: an Ingress that names no class gets the default one.

Source: plugin/pkg/admission/network/defaultingressclass (v1.36.3): of several defaults the newest, then
the first by name.
"""

from __future__ import annotations

from seatrial.fakes.kube.core import Core, Request
from seatrial.harness.kernel.time import parse_instant
from seatrial.harness.ports.event import Obj

__all__ = ["admit"]

MARK = "ingressclass.kubernetes.io/is-default-class"
OLD_WAY = "kubernetes.io/ingress.class"


def admit(core: Core, _request: Request, ingress: Obj) -> Obj:
    """Name the class."""
    spec = ingress.get("spec") or {}
    if spec.get("ingressClassName") is not None or OLD_WAY in (ingress["metadata"].get("annotations") or {}):
        return ingress
    marked = [
        found
        for found in core.store.tables.list("ingressclasses.networking.k8s.io")
        if (found["metadata"].get("annotations") or {}).get(MARK) == "true"
    ]
    if not marked:
        return ingress
    marked.sort(key=lambda found: (-parse_instant(found["metadata"]["creationTimestamp"]), found["metadata"]["name"]))
    return {**ingress, "spec": {**spec, "ingressClassName": marked[0]["metadata"]["name"]}}
