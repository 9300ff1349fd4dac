"""DefaultTolerationSeconds: a pod stays five minutes on a node that is not ready or not reachable.

Source: plugin/pkg/admission/defaulttolerationseconds (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.core import Core, Request
from seatrial.harness.ports.event import Obj

__all__ = ["admit"]

SECONDS = 300
_KEYS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_ADDED = {key: {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SECONDS} for key in _KEYS}


def admit(_core: Core, _request: Request, pod: Obj) -> Obj:
    """Add what the pod does not say itself."""
    spec = pod.get("spec") or {}
    tolerations = spec.get("tolerations") or []
    missing = [
        _ADDED[key]
        for key in _KEYS
        if not any(
            given.get("key") in (key, None, "") and given.get("effect") in ("NoExecute", None, "")
            for given in tolerations
        )
    ]
    if not missing:
        return pod
    return {**pod, "spec": {**spec, "tolerations": [*tolerations, *missing]}}
