"""TaintNodesByCondition: a node is born not ready.

Source: plugin/pkg/admission/nodetaint (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.core import Core, Request
from seatrial.harness.ports.event import Obj

__all__ = ["admit"]

_TAINT = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


def admit(_core: Core, _request: Request, node: Obj) -> Obj:
    """Add the taint that the node controller takes away when the node is ready."""
    spec = node.get("spec") or {}
    taints = spec.get("taints") or []
    if any(taint.get("key") == _TAINT["key"] and taint.get("effect") == _TAINT["effect"] for taint in taints):
        return node
    return {**node, "spec": {**spec, "taints": [*taints, _TAINT]}}
