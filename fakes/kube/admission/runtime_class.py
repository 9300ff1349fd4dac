"""RuntimeClass: a pod's class decides its overhead, and where it may run.

Source: plugin/pkg/admission/runtimeclass (v1.36.3). Differs from the real one: tolerations of the class that the pod
has already are left out by equality alone, not where one covers the other.
"""

from __future__ import annotations

from seatrial.fakes.kube.core import Core, Request
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import Forbidden

__all__ = ["admit"]

CLASSES = "runtimeclasses.node.k8s.io"


def admit(core: Core, _request: Request, pod: Obj) -> Obj:
    """Fill in overhead, node selector and tolerations of the class."""
    spec = pod.get("spec") or {}
    name = spec.get("runtimeClassName")
    if name is None:
        if spec.get("overhead"):
            raise _rejected(pod, "Pod Overhead set without corresponding RuntimeClass defined Overhead")
        return pod
    found = core.store.get(CLASSES, "", name)
    if found is None:
        raise _rejected(pod, f'RuntimeClass "{name}" not found')
    fixed = (found.get("overhead") or {}).get("podFixed")
    given = spec.get("overhead")
    if given and given != fixed:
        why = "Pod's Overhead doesn't match RuntimeClass's defined Overhead"
        raise _rejected(pod, why if fixed else "Pod Overhead set without corresponding RuntimeClass defined Overhead")
    new = {**spec, "overhead": fixed} if fixed else spec
    scheduling = found.get("scheduling") or {}
    selector, mine = scheduling.get("nodeSelector") or {}, spec.get("nodeSelector") or {}
    for key, value in selector.items():
        if mine.get(key, value) != value:
            why = (
                f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; "
                f"pod.spec.nodeSelector[{key}] = {mine[key]}"
            )
            raise Forbidden("pods", pod["metadata"].get("name", ""), why)
    if selector:
        new = {**new, "nodeSelector": {**mine, **selector}}
    present = spec.get("tolerations") or []
    more = [toleration for toleration in scheduling.get("tolerations") or () if toleration not in present]
    if more:
        new = {**new, "tolerations": [*present, *more]}
    return pod if new is spec else {**pod, "spec": new}


def _rejected(pod: Obj, why: str) -> Forbidden:
    return Forbidden("pods", pod["metadata"].get("name", ""), f"pod rejected: {why}")
