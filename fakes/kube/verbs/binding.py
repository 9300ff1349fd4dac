"""POST pods/NAME/binding: a pod gets its node.

Source: pkg/registry/core/pod/storage/storage.go (BindingREST) and plugin/pkg/admission/podtopologylabels (v1.36.3): the
node's zone and region labels are copied to the pod.
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.admission.topology_labels import labels_of
from seatrial.fakes.kube.conditions import with_condition
from seatrial.fakes.kube.core import Core, Request
from seatrial.fakes.kube.verbs.commit import put_unowned
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import BadRequest, Cause, Conflict, Invalid, NotFound

__all__ = ["bind"]


def bind(core: Core, request: Request, body: Any) -> Obj:
    """Assign a pod to a node. `body` is a Binding, or the node's name."""
    key = request.key
    binding: Obj = body if isinstance(body, dict) else {"target": {"kind": "Node", "name": body}}
    target = binding.get("target") or {}
    meta = binding.get("metadata") or {}
    if meta.get("name") and meta["name"] != key.name:
        raise BadRequest("name in URL does not match name in Binding object")
    if target.get("kind") not in (None, "", "Node"):
        value = f'Unsupported value: "{target["kind"]}": supported values: "Node"'
        raise Invalid("Binding", "", key.name, [Cause("FieldValueNotSupported", value, "target.kind")])
    if not target.get("name"):
        raise Invalid("Binding", "", key.name, [Cause("FieldValueRequired", "Required value", "target.name")])
    pod = core.store.get(*key)
    if pod is None:
        raise NotFound("pods", key.name)
    old = pod["metadata"]
    if meta.get("uid") and meta["uid"] != old["uid"]:
        raise _refused(
            key.name,
            f"StorageError: invalid object, Code: 4, Key: /registry/pods/{key.namespace}/{key.name}, "
            f"ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {meta['uid']}, "
            f"UID in object meta: {old['uid']}",
        )
    _check(pod)
    spec = {**pod["spec"], "nodeName": target["name"]}
    status = with_condition(pod["status"], {"type": "PodScheduled", "status": "True"}, core.stamp())
    if "nominatedNodeName" in status:
        status = {field: value for field, value in status.items() if field != "nominatedNodeName"}
    new = {**pod, "metadata": _meta(core, old, meta, target["name"]), "spec": spec, "status": status}
    if request.dry_run:
        return new
    return put_unowned(core, core.kind("pods"), new, request.client)


def _check(pod: Obj) -> None:
    name = pod["metadata"]["name"]
    if "deletionTimestamp" in pod["metadata"]:
        raise _refused(name, f"pod {name} is being deleted, cannot be assigned to a host")
    node = pod["spec"].get("nodeName")
    if node:
        raise _refused(name, f'pod {name} is already assigned to node "{node}"')
    if pod["spec"].get("schedulingGates"):
        raise _refused(name, f"pod {name} has non-empty .spec.schedulingGates")


def _refused(name: str, why: str) -> Conflict:
    return Conflict(
        f'Operation cannot be fulfilled on pods/binding "{name}": {why}', {"name": name, "kind": "pods/binding"}
    )


def _meta(core: Core, old: Obj, given: Obj, node: str) -> Obj:
    labels = {**(given.get("labels") or {}), **labels_of(core, node)}
    notes = given.get("annotations")
    out = old
    present = old.get("labels") or {}
    if any(present.get(name) != value for name, value in labels.items()):
        out = {**out, "labels": core.shared_labels(present, labels)}
    if notes:
        out = {**out, "annotations": {**(old.get("annotations") or {}), **notes}}
    return out
