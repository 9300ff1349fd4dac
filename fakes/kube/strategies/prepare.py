"""Before an object is validated and stored: status, generation, and what single kinds do besides.

Source: PrepareForCreate and PrepareForUpdate in pkg/registry/*/*/strategy.go (v1.36.3).
What no request can set is dropped by `disabled`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from seatrial.fakes.kube.strategies.disabled import without_disabled
from seatrial.fakes.kube.strategies.qos import qos_class
from seatrial.fakes.kube.strategies.table import Strategy
from seatrial.harness.ports.event import Obj

if TYPE_CHECKING:
    from seatrial.fakes.kube.core import Core

__all__ = ["prepare_create", "prepare_status", "prepare_update"]

_PENDING = {kind: {"phase": "Pending", "qosClass": kind} for kind in ("Guaranteed", "Burstable", "BestEffort")}


def pod_status(spec: Obj, stamp: str) -> Obj:
    """The status of a pod at its birth; one shared object for each class (a pod with gates has a time in it)."""
    status = _PENDING[qos_class(spec)]
    if spec.get("schedulingGates"):
        gated = {
            "type": "PodScheduled",
            "status": "False",
            "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates",
            "lastProbeTime": None,
            "lastTransitionTime": stamp,
        }
        return {**status, "conditions": [gated]}
    return status


def _pod(core: Core, obj: Obj) -> Obj:
    return {**obj, "status": pod_status(obj["spec"], core.stamp())}


def _namespace(_: Core, obj: Obj) -> Obj:
    spec = obj.get("spec") or {}
    finalizers = spec.get("finalizers") or []
    if "kubernetes" not in finalizers:
        spec = {**spec, "finalizers": [*finalizers, "kubernetes"]}
    return {**obj, "spec": spec, "status": {"phase": "Active"}}


def _volume(core: Core, obj: Obj) -> Obj:
    return {**obj, "status": {"phase": "Pending", "lastPhaseTransitionTime": core.stamp()}}


def _claim(_: Core, obj: Obj) -> Obj:
    return {**obj, "status": {"phase": "Pending"}}


def _job(_: Core, obj: Obj) -> Obj:
    spec = obj["spec"]
    if spec.get("manualSelector"):
        return obj
    uid, name = obj["metadata"]["uid"], obj["metadata"]["name"]
    marks = {"controller-uid": uid, "job-name": name}
    marks |= {f"batch.kubernetes.io/{key}": value for key, value in marks.items()}
    template = spec.get("template") or {}
    meta = template.get("metadata") or {}
    given = meta.get("labels") or {}
    if any(given.get(key, value) != value for key, value in marks.items()):
        return obj  # validation says what is wrong with it
    selector = spec.get("selector") or {}
    labels = {**(selector.get("matchLabels") or {}), "batch.kubernetes.io/controller-uid": uid}
    new = {
        **spec,
        "template": {**template, "metadata": {**meta, "labels": {**given, **marks}}},
        "selector": {**selector, "matchLabels": labels},
    }
    own = obj["metadata"].get("labels")
    if not own or own is meta.get("labels"):
        # Taken over from the template by defaulting; in the real server both are one map.
        return {**obj, "metadata": {**obj["metadata"], "labels": {**given, **marks}}, "spec": new}
    return {**obj, "spec": new}


def _daemonset(_: Core, obj: Obj) -> Obj:
    return _with_template_generation(obj, 1)


def _with_template_generation(obj: Obj, number: int) -> Obj:
    meta = obj["metadata"]
    notes = {**(meta.get("annotations") or {}), "deprecated.daemonset.template.generation": str(number)}
    return {**obj, "metadata": {**meta, "annotations": notes}}


def _definition(_: Core, obj: Obj) -> Obj:
    stored = [version["name"] for version in obj["spec"].get("versions") or () if version.get("storage")]
    # Null as in the real server's answer; `define` fills it in within the same instant.
    status: Obj = {"conditions": None, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": stored[:1]}
    return {**obj, "status": status}


_CREATE: dict[str, Callable[[Core, Obj], Obj]] = {
    "pods": _pod,
    "namespaces": _namespace,
    "persistentvolumes": _volume,
    "persistentvolumeclaims": _claim,
    "jobs.batch": _job,
    "daemonsets.apps": _daemonset,
    "customresourcedefinitions.apiextensions.k8s.io": _definition,
}
# What Go's structs show of a status that nobody has written.
_EMPTY_STATUS: dict[str, Obj] = {
    "replicasets.apps": {"replicas": 0},
    "replicationcontrollers": {"replicas": 0},
    "deployments.apps": {},
    "statefulsets.apps": {"replicas": 0, "availableReplicas": 0},
    "daemonsets.apps": {
        "currentNumberScheduled": 0,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": 0,
        "numberReady": 0,
    },
    "jobs.batch": {},
    "cronjobs.batch": {},
    "resourcequotas": {},
    "poddisruptionbudgets.policy": {
        "disruptionsAllowed": 0,
        "currentHealthy": 0,
        "desiredHealthy": 0,
        "expectedPods": 0,
    },
    "services": {"loadBalancer": {}},
    "ingresses.networking.k8s.io": {"loadBalancer": {}},
    "horizontalpodautoscalers.autoscaling": {"desiredReplicas": 0},
    "certificatesigningrequests.certificates.k8s.io": {},
    "servicecidrs.networking.k8s.io": {},
    "volumeattachments.storage.k8s.io": {"attached": False},
    "flowschemas.flowcontrol.apiserver.k8s.io": {},
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": {},
}


def prepare_create(core: Core, resource: str, strategy: Strategy, obj: Obj) -> Obj:
    """What an object is at its birth, whatever the request said."""
    meta = obj["metadata"]
    if strategy.generation:
        if meta.get("generation") != 1:
            obj = {**obj, "metadata": {**meta, "generation": 1}}
    elif "generation" in meta:
        obj = {**obj, "metadata": {key: value for key, value in meta.items() if key != "generation"}}
    if strategy.status and resource != "nodes" and "status" in obj:
        obj = {key: value for key, value in obj.items() if key != "status"}
    obj = without_disabled(resource, obj, None)
    special = _CREATE.get(resource)
    if special is not None:
        obj = special(core, obj)
    if "status" not in obj and resource in _EMPTY_STATUS:
        obj = {**obj, "status": _EMPTY_STATUS[resource]}
    return obj


def _changed(strategy: Strategy, new: Obj, old: Obj) -> bool:
    rule = strategy.generation
    if rule == "spec":
        return _differs(new, old, "spec")
    if rule == "spec+annotations":
        notes, old_notes = new["metadata"].get("annotations"), old["metadata"].get("annotations")
        return _differs(new, old, "spec") or (notes is not old_notes and (notes or {}) != (old_notes or {}))
    if rule == "template":
        return _differs(new, old, "template")
    if rule == "webhooks":
        return _differs(new, old, "webhooks")
    if rule == "set":
        return False
    if rule == "content+labels":
        labels, old_labels = new["metadata"].get("labels") or {}, old["metadata"].get("labels") or {}
        if labels != old_labels:
            return True
    return any(
        new.get(key) != old.get(key)
        for key in {**new, **old}
        if key not in ("metadata", "apiVersion", "kind", "status")
    )


def _differs(new: Obj, old: Obj, field: str) -> bool:
    one, other = new.get(field), old.get(field)
    return one is not other and one != other


def prepare_update(resource: str, strategy: Strategy, new: Obj, old: Obj) -> Obj:
    """Keep what the main resource cannot change, and count the generation."""
    if strategy.status and new.get("status") is not old.get("status"):
        new = {key: value for key, value in new.items() if key != "status"}
        if "status" in old:
            new["status"] = old["status"]
    new = without_disabled(resource, new, old)
    if resource == "namespaces" and new.get("spec") is not old.get("spec"):
        new = {**new, "spec": old.get("spec", {})}
    elif resource == "certificatesigningrequests.certificates.k8s.io":
        new = {**new, "spec": old["spec"]}
    elif resource == "secrets" and not new.get("type"):
        new = {**new, "type": old.get("type", "Opaque")}
    elif resource == "daemonsets.apps" and _differs(new["spec"], old["spec"], "template"):
        notes = old["metadata"].get("annotations") or {}
        number = int(notes.get("deprecated.daemonset.template.generation", "1"))
        new = _with_template_generation(new, number + 1)
    elif resource == "customresourcedefinitions.apiextensions.k8s.io" and _differs(new, old, "spec"):
        new = _store_versions(new)
    if strategy.generation and _changed(strategy, new, old):
        meta = new["metadata"]
        new = {**new, "metadata": {**meta, "generation": old["metadata"].get("generation", 0) + 1}}
    return new


def _store_versions(obj: Obj) -> Obj:
    status = obj.get("status") or {}
    stored = list(status.get("storedVersions") or ())
    for version in obj["spec"].get("versions") or ():
        if version.get("storage") and version["name"] not in stored:
            stored.append(version["name"])
    return {**obj, "status": {**status, "storedVersions": stored}}


def prepare_status(core: Core, resource: str, strategy: Strategy, new: Obj, old: Obj) -> Obj:
    """An update through the status subresource: everything but the status (and free metadata) stays."""
    out: Obj = {**old, "metadata": _status_meta(strategy, new["metadata"], old["metadata"])}
    status = new.get("status")
    if status is None:
        status = {} if "status" in old else None
    if status is None:
        out.pop("status", None)
        return out
    out["status"] = status
    before = old.get("status") or {}
    if resource == "pods":
        out["status"] = _pod_status(status, before)
    elif resource == "persistentvolumes":
        out["status"] = _volume_status(core, status, before)
    return out


def _status_meta(strategy: Strategy, meta: Obj, old: Obj) -> Obj:
    if meta is old or strategy.keeps == ("*",):
        return old
    out = {**meta, "generation": old["generation"]} if "generation" in old else meta
    for field in strategy.keeps:
        if out.get(field) is not old.get(field):
            out = {key: value for key, value in out.items() if key != field}
            if field in old:
                out[field] = old[field]
    return out


def _pod_status(status: Obj, before: Obj) -> Obj:
    kept = {
        field: before[field]
        for field in ("qosClass", "observedGeneration")
        if not status.get(field) and before.get(field)
    }
    return {**status, **kept} if kept else status


def _volume_status(core: Core, status: Obj, before: Obj) -> Obj:
    stamp, old_stamp = status.get("lastPhaseTransitionTime"), before.get("lastPhaseTransitionTime")
    if status.get("phase") == before.get("phase"):
        return {**status, "lastPhaseTransitionTime": old_stamp} if not stamp and old_stamp else status
    if not stamp or stamp == old_stamp:
        return {**status, "lastPhaseTransitionTime": core.stamp()}
    return status
