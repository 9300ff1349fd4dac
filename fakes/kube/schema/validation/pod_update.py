"""What may change of a Pod: images, deadline, tolerations, gates.

Source: ValidatePodUpdate, ValidatePodStatusUpdate in pkg/apis/core/validation/validation.go (v1.36.3). Differs from the
real one: after the words about what may change, the real server prints a diff of its internal types; we name the
changed fields.
"""

from __future__ import annotations

from seatrial.fakes.kube.schema.validation.causes import Causes, forbidden, invalid, required
from seatrial.fakes.kube.schema.validation.placing import tolerations
from seatrial.fakes.kube.schema.validation.pod import INT32_MAX, pod_spec
from seatrial.fakes.kube.schema.validation.sameness import changes
from seatrial.harness.ports.event import Obj

__all__ = ["pod_status", "pod_update"]

_ONLY = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def pod_update(out: Causes, obj: Obj, old_obj: Obj) -> None:
    """A new version of a Pod."""
    spec, old = obj.get("spec") or {}, old_obj.get("spec") or {}
    if spec is old:
        return
    pod_spec(out, "spec", spec, of_pod=True)
    for field in ("containers", "initContainers"):
        if not _containers(out, f"spec.{field}", spec.get(field) or [], old.get(field) or []):
            return
    if not _deadline(out, spec.get("activeDeadlineSeconds"), old.get("activeDeadlineSeconds")):
        return
    _tolerations(out, spec.get("tolerations") or [], old.get("tolerations") or [])
    _gates(out, spec.get("schedulingGates") or [], old.get("schedulingGates") or [])
    if spec == old:
        return
    found = changes("spec", _munged(out, spec, old), old)
    if found:
        forbidden(out, "spec", f"{_ONLY}\n" + "\n".join(found))


def _containers(out: Causes, path: str, new: list[Obj], old: list[Obj]) -> bool:
    if len(new) != len(old):
        forbidden(out, path, "pod updates may not add or remove containers")
        return False
    for index, container in enumerate(new):
        image = container.get("image", "")
        if not image:
            required(out, f"{path}[{index}].image")
        if image.strip() != image:
            invalid(out, f"{path}[{index}].image", image, "must not have leading or trailing whitespace")
    return True


def _deadline(out: Causes, new: int | None, old: int | None) -> bool:
    path = "spec.activeDeadlineSeconds"
    if new is None:
        if old is not None:
            invalid(out, path, None, "must not update from a positive integer to nil value")
        return True
    if not 0 <= new <= INT32_MAX:
        invalid(out, path, new, f"must be between 0 and {INT32_MAX}, inclusive")
        return False
    if old is not None and old < new:
        invalid(out, path, new, "must be less than or equal to previous value")
        return False
    return True


def _tolerations(out: Causes, new: list[Obj], old: list[Obj]) -> None:
    if new is old:
        return
    kept = [_unhurried(toleration) for toleration in new]
    if any(_unhurried(toleration) not in kept for toleration in old):
        text = "existing toleration can not be modified except its tolerationSeconds"
        forbidden(out, "spec.tolerations", text)
        return
    tolerations(out, "spec.tolerations", new)


def _unhurried(toleration: Obj) -> Obj:
    return {name: value for name, value in toleration.items() if name != "tolerationSeconds" and value}


def _gates(out: Causes, new: list[Obj], old: list[Obj]) -> None:
    known = {gate.get("name") for gate in old}
    for index, gate in enumerate(new):
        if gate.get("name") not in known:
            text = f"only deletion is allowed, but found new scheduling gate '{gate.get('name', '')}'"
            forbidden(out, f"spec.schedulingGates[{index}].name", text)


def _munged(out: Causes, spec: Obj, old: Obj) -> Obj:
    """The new spec with everything that may change as it was."""
    munged = dict(spec)
    for field in ("containers", "initContainers"):
        if spec.get(field):
            pairs = zip(spec[field], old[field], strict=True)
            munged[field] = [{**one, "image": other.get("image", "")} for one, other in pairs]
    free = ["activeDeadlineSeconds", "tolerations", "schedulingGates"]
    if old.get("terminationGracePeriodSeconds", 0) < 0 and spec.get("terminationGracePeriodSeconds") == 1:
        free.append("terminationGracePeriodSeconds")
    if old.get("schedulingGates"):
        _gated(out, spec, old)
        free.append("nodeSelector")
        affinity = {**(spec.get("affinity") or {}), "nodeAffinity": (old.get("affinity") or {}).get("nodeAffinity")}
        affinity = {name: value for name, value in affinity.items() if value is not None}
        if affinity or "affinity" in old:
            munged["affinity"] = affinity
        else:
            munged.pop("affinity", None)
    for field in free:
        if field in old:
            munged[field] = old[field]
        else:
            munged.pop(field, None)
    return munged


def _gated(out: Causes, spec: Obj, old: Obj) -> None:
    before, now = old.get("nodeSelector") or {}, spec.get("nodeSelector") or {}
    if any(now.get(name) != value for name, value in before.items()):
        text = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
        invalid(out, "spec.nodeSelector", now, text)


def pod_status(out: Causes, obj: Obj, old_obj: Obj) -> None:
    """A new status of a Pod."""
    status, old = obj.get("status") or {}, old_obj.get("status") or {}
    if status is old:
        return
    if old.get("qosClass") and status.get("qosClass") != old.get("qosClass"):
        invalid(out, "status.qosClass", status.get("qosClass", ""), "field is immutable")
