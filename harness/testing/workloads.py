"""Builders of workloads and budgets; see `builders`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seatrial.harness.kernel.time import START, Instant
from seatrial.harness.ports.event import Obj
from seatrial.harness.testing.objects import make_object, make_owner, make_template

__all__ = [
    "make_cronjob",
    "make_daemonset",
    "make_deployment",
    "make_job",
    "make_pdb",
    "make_replicaset",
    "make_statefulset",
]


def _workload(
    kind: str, name: str, namespace: str, created: Instant, generation: int, meta: Mapping[str, Any], spec: Obj
) -> Obj:
    obj = make_object("apps/v1", kind, name, namespace=namespace, created=created, generation=generation, **meta)
    return {**obj, "spec": spec, "status": {}}


def make_deployment(
    name: str = "web",
    *,
    namespace: str = "default",
    replicas: int = 1,
    labels: Mapping[str, str] | None = None,
    template: Obj | None = None,
    strategy: str = "RollingUpdate",
    max_surge: int | str = "25%",
    max_unavailable: int | str = "25%",
    min_ready: int = 0,
    progress_deadline: int = 600,
    history: int = 10,
    paused: bool = False,
    annotations: Mapping[str, str] | None = None,
    generation: int = 1,
    created: Instant = START,
) -> Obj:
    """A Deployment; `labels` (app: NAME by default) are both its selector and its template's."""
    tags = dict(labels or {"app": name})
    how: Obj = {"type": strategy}
    if strategy == "RollingUpdate":
        how["rollingUpdate"] = {"maxSurge": max_surge, "maxUnavailable": max_unavailable}
    spec: Obj = {
        "replicas": replicas,
        "selector": {"matchLabels": tags},
        "template": template or make_template(tags),
        "strategy": how,
        "revisionHistoryLimit": history,
        "progressDeadlineSeconds": progress_deadline,
    }
    if min_ready:
        spec["minReadySeconds"] = min_ready
    if paused:
        spec["paused"] = True
    notes = {"annotations": dict(annotations) if annotations else None}
    return _workload("Deployment", name, namespace, created, generation, notes, spec)


def make_replicaset(
    name: str = "web-1",
    *,
    namespace: str = "default",
    replicas: int = 1,
    labels: Mapping[str, str] | None = None,
    template: Obj | None = None,
    owner: Obj | None = None,
    min_ready: int = 0,
    annotations: Mapping[str, str] | None = None,
    status: Obj | None = None,
    generation: int = 1,
    created: Instant = START,
) -> Obj:
    """A ReplicaSet."""
    tags = dict(labels or {"app": name})
    spec: Obj = {
        "replicas": replicas,
        "selector": {"matchLabels": tags},
        "template": template or make_template(tags),
    }
    if min_ready:
        spec["minReadySeconds"] = min_ready
    meta = {
        "labels": tags,
        "annotations": dict(annotations) if annotations else None,
        "ownerReferences": [make_owner(owner)] if owner else None,
    }
    made = _workload("ReplicaSet", name, namespace, created, generation, meta, spec)
    return {**made, "status": {"replicas": 0} if status is None else status}


def make_statefulset(
    name: str = "db",
    *,
    namespace: str = "default",
    replicas: int = 1,
    labels: Mapping[str, str] | None = None,
    template: Obj | None = None,
    policy: str = "OrderedReady",
    strategy: str = "RollingUpdate",
    partition: int = 0,
    max_unavailable: int | str | None = None,
    min_ready: int = 0,
    claims: Sequence[Obj] = (),
    retention: tuple[str, str] = ("Retain", "Retain"),
    start: int | None = None,
    history: int = 10,
    generation: int = 1,
    created: Instant = START,
) -> Obj:
    """A StatefulSet; retention is (whenDeleted, whenScaled)."""
    tags = dict(labels or {"app": name})
    how: Obj = {"type": strategy}
    if strategy == "RollingUpdate":
        how["rollingUpdate"] = {"partition": partition}
        if max_unavailable is not None:
            how["rollingUpdate"]["maxUnavailable"] = max_unavailable
    spec: Obj = {
        "replicas": replicas,
        "selector": {"matchLabels": tags},
        "serviceName": name,
        "template": template or make_template(tags),
        "podManagementPolicy": policy,
        "updateStrategy": how,
        "revisionHistoryLimit": history,
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": retention[0], "whenScaled": retention[1]},
    }
    if claims:
        spec["volumeClaimTemplates"] = list(claims)
    if min_ready:
        spec["minReadySeconds"] = min_ready
    if start is not None:
        spec["ordinals"] = {"start": start}
    made = _workload("StatefulSet", name, namespace, created, generation, {}, spec)
    return {**made, "status": {"replicas": 0, "availableReplicas": 0}}


def make_daemonset(
    name: str = "agent",
    *,
    namespace: str = "default",
    labels: Mapping[str, str] | None = None,
    template: Obj | None = None,
    strategy: str = "RollingUpdate",
    max_unavailable: int | str = 1,
    max_surge: int | str = 0,
    min_ready: int = 0,
    history: int = 10,
    generation: int = 1,
    created: Instant = START,
) -> Obj:
    """A DaemonSet."""
    tags = dict(labels or {"app": name})
    how: Obj = {"type": strategy}
    if strategy == "RollingUpdate":
        how["rollingUpdate"] = {"maxUnavailable": max_unavailable, "maxSurge": max_surge}
    spec: Obj = {
        "selector": {"matchLabels": tags},
        "template": template or make_template(tags),
        "updateStrategy": how,
        "revisionHistoryLimit": history,
    }
    if min_ready:
        spec["minReadySeconds"] = min_ready
    meta = {"annotations": {"deprecated.daemonset.template.generation": str(generation)}}
    made = _workload("DaemonSet", name, namespace, created, generation, meta, spec)
    zero = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
    return {**made, "status": dict.fromkeys(zero, 0)}


def make_job(
    name: str = "job",
    *,
    namespace: str = "default",
    template: Obj | None = None,
    parallelism: int = 1,
    completions: int | None = 1,
    owner: Obj | None = None,
    annotations: Mapping[str, str] | None = None,
    created: Instant = START,
    generation: int = 1,
    **spec: Any,
) -> Obj:
    """A Job with its generated selector; further keywords are fields of its spec (backoffLimit=2)."""
    job = make_object(
        "batch/v1",
        "Job",
        name,
        namespace=namespace,
        created=created,
        generation=generation,
        annotations=dict(annotations) if annotations else None,
        ownerReferences=[make_owner(owner)] if owner else None,
    )
    uid = job["metadata"]["uid"]
    tags = {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": uid,
        "job-name": name,
    }
    base = template or make_template(restartPolicy="Never")
    meta = base.get("metadata") or {}
    full = {**base, "metadata": {**meta, "labels": {**(meta.get("labels") or {}), **tags}}}
    body: Obj = {
        "parallelism": parallelism,
        "backoffLimit": 6,
        "completionMode": "NonIndexed",
        "podReplacementPolicy": "TerminatingOrFailed",
        "suspend": False,
        "manualSelector": False,
        "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}},
        "template": full,
    }
    if completions is not None:
        body["completions"] = completions
    body.update(spec)
    return {**job, "spec": body, "status": {}}


def make_cronjob(
    name: str = "cron",
    *,
    namespace: str = "default",
    schedule: str = "*/5 * * * *",
    job: Obj | None = None,
    created: Instant = START,
    generation: int = 1,
    **spec: Any,
) -> Obj:
    """A CronJob; `job` is the spec of its Jobs, further keywords are fields of its own spec."""
    made = make_object("batch/v1", "CronJob", name, namespace=namespace, created=created, generation=generation)
    body: Obj = {
        "schedule": schedule,
        "concurrencyPolicy": "Allow",
        "suspend": False,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 1,
        "jobTemplate": {"spec": job or {"template": make_template(restartPolicy="Never")}},
    }
    body.update(spec)
    return {**made, "spec": body, "status": {}}


def make_pdb(
    name: str = "web",
    *,
    namespace: str = "default",
    labels: Mapping[str, str] | None = None,
    min_available: int | str | None = None,
    max_unavailable: int | str | None = None,
    unhealthy: str = "",
    generation: int = 1,
    created: Instant = START,
) -> Obj:
    """A PodDisruptionBudget over pods with `labels` (app: NAME by default)."""
    made = make_object(
        "policy/v1", "PodDisruptionBudget", name, namespace=namespace, created=created, generation=generation
    )
    spec: Obj = {"selector": {"matchLabels": dict(labels or {"app": name})}}
    if min_available is not None:
        spec["minAvailable"] = min_available
    if max_unavailable is not None:
        spec["maxUnavailable"] = max_unavailable
    if unhealthy:
        spec["unhealthyPodEvictionPolicy"] = unhealthy
    return {**made, "spec": spec, "status": {}}
