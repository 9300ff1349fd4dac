"""Fields that a request cannot set: those behind feature gates that are off, and those that a version has given up.

Source: DropDisabledFields and its kin in pkg/api/pod/util.go, pkg/api/persistentvolumeclaim/util.go and
pkg/registry/{apps/statefulset,coordination/lease,discovery/endpointslice,storage/csidriver}/strategy.go; the gates'
defaults of pkg/features (v1.36.3). What an object already uses it keeps.

Gates that are off: ContainerStopSignals (lifecycle.stopSignal), ClusterTrustBundleProjection and PodCertificateRequest
(sources of projected volumes), GenericWorkload (schedulingGroup), MaxUnavailableStatefulSet, CoordinatedLeaderElection
(a Lease's strategy and preferredHolder), CrossNamespaceVolumeDataSource, VolumeLimitScaling (a CSIDriver's
preventPodSchedulingIfMissing). Not covered: fields of resource claims, workloads and pod groups; status.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from seatrial.harness.ports.event import Obj

__all__ = ["without_disabled"]

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_PROJECTIONS = ("clusterTrustBundle", "podCertificate")
_TEMPLATE = ("spec", "template", "spec")
HOSTNAME = "kubernetes.io/hostname"


def without_disabled(resource: str, obj: Obj, old: Obj | None) -> Obj:
    """The object without what may not be set; the same object if there is no such thing in it."""
    rule = _RULES.get(resource)
    return obj if rule is None else rule(obj, old)


def _get(obj: Any, *path: str) -> Any:
    for step in path:
        obj = obj.get(step) if isinstance(obj, dict) else None
    return obj


def _put(obj: Obj, path: tuple[str, ...], value: Any) -> Obj:
    """A copy with `value` at the path; None takes the field away."""
    first, *rest = path
    below = _put(obj[first], tuple(rest), value) if rest else value
    if below is None:
        return {name: item for name, item in obj.items() if name != first}
    return {**obj, first: below}


def _without(obj: Obj, old: Obj | None, *path: str) -> Obj:
    """Without one field, unless the old object has it."""
    if _get(obj, *path) is None or _get(old, *path) is not None:
        return obj
    return _put(obj, path, None)


# Pods and what makes them.


def _pod_spec(spec: Obj, old: Obj | None) -> Obj:
    if spec is old:
        return spec
    spec = _without(spec, old, "schedulingGroup")
    if not any(_stop_signals(old)):
        for field in _CONTAINERS:
            containers = spec.get(field)
            if containers and any(_get(one, "lifecycle", "stopSignal") is not None for one in containers):
                spec = {**spec, field: [_unsignalled(one) for one in containers]}
    for word in _PROJECTIONS:
        if any(_projects(spec, word)) and not any(_projects(old, word)):
            spec = {**spec, "volumes": [_unprojected(volume, word) for volume in spec["volumes"]]}
    return spec


def _stop_signals(spec: Obj | None) -> Iterable[bool]:
    if spec is not None:
        for field in _CONTAINERS:
            for container in spec.get(field) or ():
                yield _get(container, "lifecycle", "stopSignal") is not None


def _unsignalled(container: Obj) -> Obj:
    lifecycle = container.get("lifecycle")
    if not lifecycle or "stopSignal" not in lifecycle:
        return container
    return _put(container, ("lifecycle",), {k: v for k, v in lifecycle.items() if k != "stopSignal"} or None)


def _projects(spec: Obj | None, word: str) -> Iterable[bool]:
    if spec is not None:
        for volume in spec.get("volumes") or ():
            for source in _get(volume, "projected", "sources") or ():
                yield word in source


def _unprojected(volume: Obj, word: str) -> Obj:
    sources = _get(volume, "projected", "sources")
    if not sources:
        return volume
    lean = [{name: item for name, item in source.items() if name != word} for source in sources]
    return _put(volume, ("projected", "sources"), lean)


def _cleaned(obj: Obj, old: Obj | None, path: tuple[str, ...]) -> Obj:
    spec = _get(obj, *path)
    if not spec:
        return obj
    lean = _pod_spec(spec, _get(old, *path))
    return obj if lean is spec else _put(obj, path, lean)


def _pod(obj: Obj, old: Obj | None) -> Obj:
    grace = _get(obj, "spec", "terminationGracePeriodSeconds")
    if grace is not None and grace < 0:
        # In a template it stands as it is, and validation refuses it.
        obj = _put(obj, ("spec", "terminationGracePeriodSeconds"), 1)
    return _cleaned(obj, old, ("spec",))


def _templated(obj: Obj, old: Obj | None) -> Obj:
    return _cleaned(obj, old, _TEMPLATE)


def _pod_template(obj: Obj, old: Obj | None) -> Obj:
    return _cleaned(obj, old, ("template", "spec"))


def _cronjob(obj: Obj, old: Obj | None) -> Obj:
    return _cleaned(obj, old, ("spec", "jobTemplate", *_TEMPLATE))


def _statefulset(obj: Obj, old: Obj | None) -> Obj:
    obj = _without(obj, old, "spec", "updateStrategy", "rollingUpdate", "maxUnavailable")
    return _cleaned(obj, old, _TEMPLATE)


# Other kinds.


def _lease(obj: Obj, old: Obj | None) -> Obj:
    return _without(_without(obj, old, "spec", "strategy"), old, "spec", "preferredHolder")


def _driver(obj: Obj, old: Obj | None) -> Obj:
    return _without(obj, old, "spec", "preventPodSchedulingIfMissing")


def _claim(obj: Obj, old: Obj | None) -> Obj:
    """A claim says twice what it is filled from, in an old field and a new one."""
    if _get(obj, "spec", "dataSource") is None and _get(obj, "spec", "dataSourceRef") is None:
        return obj
    if _get(obj, "spec", "dataSourceRef", "namespace"):
        obj = _without(obj, old, "spec", "dataSourceRef")
    spec = obj["spec"]
    before = _get(old, "spec") or {}
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    used = before.get("dataSource") is not None or before.get("dataSourceRef") is not None
    if source is not None and reference is None and not used and not _fills(source):
        return _put(obj, ("spec", "dataSource"), None)
    words = ("apiGroup", "kind", "name")
    if source is not None and reference is None:
        return _put(obj, ("spec", "dataSourceRef"), {word: source[word] for word in words if word in source})
    if reference is not None and source is None and not reference.get("namespace"):
        return _put(obj, ("spec", "dataSource"), {word: reference[word] for word in words if word in reference})
    return obj


def _fills(source: Obj) -> bool:
    """Whether the old field has always meant this."""
    return (source.get("apiGroup") or "", source.get("kind")) in (
        ("", "PersistentVolumeClaim"),
        ("snapshot.storage.k8s.io", "VolumeSnapshot"),
    )


def _slice(obj: Obj, old: Obj | None) -> Obj:
    endpoints = obj.get("endpoints") or ()
    if not any("deprecatedTopology" in one for one in endpoints) or (old and old.get("endpoints") == endpoints):
        return obj
    known = {_get(one, "deprecatedTopology", HOSTNAME) for one in (old or {}).get("endpoints") or ()}
    return {**obj, "endpoints": [_placed(one, known) for one in endpoints]}


def _placed(endpoint: Obj, known: set[Any]) -> Obj:
    node = _get(endpoint, "deprecatedTopology", HOSTNAME)
    lean = {name: item for name, item in endpoint.items() if name != "deprecatedTopology"}
    if node and node in known and not lean.get("nodeName"):
        lean["nodeName"] = node
    return lean


_RULES: dict[str, Callable[[Obj, Obj | None], Obj]] = {
    "pods": _pod,
    "podtemplates": _pod_template,
    "cronjobs.batch": _cronjob,
    "statefulsets.apps": _statefulset,
    **dict.fromkeys(
        ("deployments.apps", "daemonsets.apps", "replicasets.apps", "replicationcontrollers", "jobs.batch"), _templated
    ),
    "leases.coordination.k8s.io": _lease,
    "csidrivers.storage.k8s.io": _driver,
    "persistentvolumeclaims": _claim,
    "endpointslices.discovery.k8s.io": _slice,
}
