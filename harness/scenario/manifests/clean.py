"""What `kubectl get -o yaml` prints beyond what somebody asked for: a cluster's own marks, which a new one makes anew.

Each rule is for one kind; `dropped` tells why an object is left out as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seatrial.harness.ports.event import Obj
from seatrial.harness.scenario.manifests.kinds import CLUSTER_NAMESPACES, TEMPLATES, group_of

__all__ = ["cleaned", "dropped", "is_live"]

_META_DROPPED = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)
_ANNOTATIONS_DROPPED = frozenset(
    {
        "autoscaling.alpha.kubernetes.io/conditions",
        "autoscaling.alpha.kubernetes.io/current-metrics",
        "control-plane.alpha.kubernetes.io/leader",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "deployment.kubernetes.io/revision",
        "deprecated.daemonset.template.generation",
        "kubectl.kubernetes.io/last-applied-configuration",
        "pv.kubernetes.io/bind-completed",
        "pv.kubernetes.io/bound-by-controller",
        "volume.beta.kubernetes.io/storage-provisioner",
        "volume.kubernetes.io/selected-node",
        "volume.kubernetes.io/storage-provisioner",
    }
)
_MADE_BY_CONTROLLERS = frozenset(
    {
        ("", "Endpoints"),
        ("", "ComponentStatus"),
        ("", "Event"),
        ("events.k8s.io", "Event"),
        ("coordination.k8s.io", "Lease"),
        ("storage.k8s.io", "CSINode"),
        ("storage.k8s.io", "VolumeAttachment"),
        ("networking.k8s.io", "IPAddress"),
        ("networking.k8s.io", "ServiceCIDR"),
        ("apps", "ControllerRevision"),
        ("certificates.k8s.io", "CertificateSigningRequest"),
        ("resource.k8s.io", "ResourceSlice"),
        ("metrics.k8s.io", "NodeMetrics"),
        ("metrics.k8s.io", "PodMetrics"),
    }
)
_OF_THE_API = (("", "Service"), ("discovery.k8s.io", "EndpointSlice"))
_OWN_PRIORITIES = ("system-cluster-critical", "system-node-critical")
_JOB_LABELS = ("batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name")
_SERVICE_DROPPED = ("clusterIP", "clusterIPs", "healthCheckNodePort", "ipFamilies", "ipFamilyPolicy")
_POD_DROPPED = ("ephemeralContainers", "nodeName", "priority", "preemptionPolicy", "serviceAccount")
_TOKEN_VOLUME = "kube-api-access-"  # noqa: S105 - a volume's name, no secret


def is_live(obj: Obj) -> bool:
    """Whether it was read out of a cluster, not written by hand."""
    return bool(obj["metadata"].get("uid"))


def dropped(obj: Obj) -> str:
    """Why an object is left out ("the cluster makes it itself"), or "" if it is kept."""
    what = group_of(obj)
    meta = obj["metadata"]
    name, namespace = str(meta.get("name", "")), meta.get("namespace") or ""
    if what in _MADE_BY_CONTROLLERS:
        return "the cluster makes them itself"
    if what == ("", "Node"):
        return "nodes belong to the fleet: give them to --fleet"
    if what == ("", "Namespace") and name in ("default", *CLUSTER_NAMESPACES):
        return "the cluster's own"
    if (what, name) in ((("", "ServiceAccount"), "default"), (("", "ConfigMap"), "kube-root-ca.crt")) and is_live(obj):
        return "the cluster makes them itself"
    if what in _OF_THE_API and (namespace or "default", name) == ("default", "kubernetes"):
        return "the cluster's own"
    if what == ("", "Secret") and obj.get("type") == "kubernetes.io/service-account-token":
        return "the cluster makes them itself"
    if not is_live(obj):
        return ""
    return _live_dropped(obj, what, name, namespace)


def _live_dropped(obj: Obj, what: tuple[str, str], name: str, namespace: str) -> str:
    meta = obj["metadata"]
    labels = meta.get("labels") or {}
    if namespace in CLUSTER_NAMESPACES:
        return "the cluster's own namespaces"
    if meta.get("deletionTimestamp"):
        return "being deleted"
    if what == ("discovery.k8s.io", "EndpointSlice") and "endpointslice.kubernetes.io/managed-by" in labels:
        return "the cluster makes them itself"
    if what[0] == "rbac.authorization.k8s.io" and (
        "kubernetes.io/bootstrapping" in labels or name.startswith(("system:", "eks:", "kubeadm:"))
    ):
        return "the cluster's own"
    if what[0] == "flowcontrol.apiserver.k8s.io":
        return "the cluster's own"
    if what == ("apiregistration.k8s.io", "APIService") and not (obj.get("spec") or {}).get("service"):
        return "the cluster's own"
    if what == ("scheduling.k8s.io", "PriorityClass") and name in _OWN_PRIORITIES:
        return "the cluster's own"
    if what == ("", "PersistentVolume") and "pv.kubernetes.io/provisioned-by" in (meta.get("annotations") or {}):
        return "the cluster makes them itself"
    if what == ("batch", "Job") and _finished(obj):
        return "finished"
    if what == ("", "Pod") and (obj.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return "finished"
    if "kubernetes.io/config.mirror" in (meta.get("annotations") or {}):
        return "static pods belong to their nodes"
    return ""


def _finished(job: Obj) -> bool:
    conditions = (job.get("status") or {}).get("conditions") or ()
    return any(one.get("type") in ("Complete", "Failed") and one.get("status") == "True" for one in conditions)


def cleaned(obj: Obj) -> Obj:
    """The object as somebody would have written it. What needs no change is shared."""
    meta = {key: value for key, value in obj["metadata"].items() if key not in _META_DROPPED and value is not None}
    annotations = meta.get("annotations")
    if isinstance(annotations, dict) and not _ANNOTATIONS_DROPPED.isdisjoint(annotations):
        kept = {key: value for key, value in annotations.items() if key not in _ANNOTATIONS_DROPPED}
        meta = {**meta, "annotations": kept} if kept else _without(meta, ("annotations",))
    new = {**obj, "metadata": meta}
    new.pop("status", None)
    what = group_of(obj)
    if what in TEMPLATES and what != ("", "Pod"):
        new = _at(new, TEMPLATES[what], _template)
    rule = _RULES.get(what)
    spec = new.get("spec")
    if rule is not None and isinstance(spec, dict) and (is_live(obj) or what in _ALWAYS):
        new["spec"] = rule(spec)
    return new


def _at(value: Any, path: tuple[str, ...], change: Callable[[Obj], Obj]) -> Any:
    if not isinstance(value, dict):
        return value
    if not path:
        return change(value)
    inner = value.get(path[0])
    new = _at(inner, path[1:], change)
    return value if new is inner else {**value, path[0]: new}


def _without(value: Obj, names: tuple[str, ...]) -> Obj:
    return {key: inner for key, inner in value.items() if key not in names}


def _template(template: Obj) -> Obj:
    """Printers of Go types write `creationTimestamp: null` into every template."""
    meta = template.get("metadata")
    if isinstance(meta, dict) and "creationTimestamp" in meta:
        return {**template, "metadata": _without(meta, ("creationTimestamp",))}
    return template


def _service(spec: Obj) -> Obj:
    kept = _without(spec, _SERVICE_DROPPED)
    return {**kept, "clusterIP": "None"} if spec.get("clusterIP") == "None" else kept


def _pod(spec: Obj) -> Obj:
    kept = _without(spec, _POD_DROPPED)
    tokens = {
        volume["name"]
        for volume in spec.get("volumes") or ()
        if isinstance(volume, dict) and str(volume.get("name", "")).startswith(_TOKEN_VOLUME)
    }
    if not tokens:
        return kept
    kept["volumes"] = [volume for volume in spec["volumes"] if volume.get("name") not in tokens]
    for group in ("containers", "initContainers"):
        if isinstance(spec.get(group), list):
            kept[group] = [
                {**one, "volumeMounts": [mount for mount in one["volumeMounts"] if mount.get("name") not in tokens]}
                if isinstance(one, dict) and one.get("volumeMounts")
                else one
                for one in spec[group]
            ]
    return kept


def _job(spec: Obj) -> Obj:
    if spec.get("manualSelector"):
        return spec
    kept = _without(spec, ("selector",))

    def unlabelled(meta: Obj) -> Obj:
        labels = meta.get("labels")
        return {**meta, "labels": _without(labels, _JOB_LABELS)} if isinstance(labels, dict) else meta

    found: Obj = _at(kept, ("template", "metadata"), unlabelled)
    return found


def _claim(spec: Obj) -> Obj:
    return _without(spec, ("volumeName",))


def _namespace(spec: Obj) -> Obj:
    return _without(spec, ("finalizers",))


_RULES: dict[tuple[str, str], Callable[[Obj], Obj]] = {
    ("", "Namespace"): _namespace,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Pod"): _pod,
    ("", "Service"): _service,
    ("batch", "Job"): _job,
}
_ALWAYS = frozenset({("", "Namespace")})
