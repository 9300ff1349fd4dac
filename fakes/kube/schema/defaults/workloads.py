"""Defaults of workloads (pkg/apis/apps/v1, batch/v1, core/v1)."""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.schema.defaults import pods
from seatrial.fakes.kube.schema.defaults.fill import each, fill, within
from seatrial.harness.ports.event import Obj

__all__ = ["cronjob", "daemonset", "deployment", "job", "replicaset", "replication_controller", "statefulset"]


def deployment(obj: Obj) -> Obj:
    """A Deployment."""
    return within(obj, "spec", _deployment_spec)


def _deployment_spec(spec: Obj) -> Obj:
    spec = fill(spec, progressDeadlineSeconds=600, replicas=1, revisionHistoryLimit=10, strategy={})
    spec = within(spec, "strategy", _deployment_strategy)
    return within(spec, "template", pods.template)


def _deployment_strategy(strategy: Obj) -> Obj:
    strategy = fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = fill(strategy.get("rollingUpdate") or {}, maxSurge="25%", maxUnavailable="25%")
        if rolling is not strategy.get("rollingUpdate"):
            strategy = {**strategy, "rollingUpdate": rolling}
    return strategy


def replicaset(obj: Obj) -> Obj:
    """A ReplicaSet."""
    return within(obj, "spec", lambda spec: within(fill(spec, replicas=1), "template", pods.template))


def replication_controller(obj: Obj) -> Obj:
    """A ReplicationController: selector and labels come from the template."""
    obj = replicaset(obj)
    labels: dict[str, Any] = (obj.get("spec", {}).get("template") or {}).get("metadata", {}).get("labels") or {}
    if labels:
        obj = within(obj, "spec", lambda spec: fill(spec, selector=labels))
        if not obj["metadata"].get("labels"):
            obj = {**obj, "metadata": {**obj["metadata"], "labels": labels}}
    return obj


def statefulset(obj: Obj) -> Obj:
    """A StatefulSet."""
    return within(obj, "spec", _statefulset_spec)


def _statefulset_spec(spec: Obj) -> Obj:
    spec = fill(
        spec,
        persistentVolumeClaimRetentionPolicy={},
        podManagementPolicy="OrderedReady",
        replicas=1,
        revisionHistoryLimit=10,
        updateStrategy={},
    )
    spec = within(
        spec,
        "persistentVolumeClaimRetentionPolicy",
        lambda policy: fill(policy, whenDeleted="Retain", whenScaled="Retain"),
    )
    spec = within(spec, "updateStrategy", _statefulset_strategy)
    spec = each(spec, "volumeClaimTemplates", _claim_template)
    return within(spec, "template", pods.template)


def _statefulset_strategy(strategy: Obj) -> Obj:
    strategy = fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = fill(strategy.get("rollingUpdate") or {}, partition=0)
        if rolling is not strategy.get("rollingUpdate"):
            strategy = {**strategy, "rollingUpdate": rolling}
    return strategy


def _claim_template(claim: Obj) -> Obj:
    claim = fill(claim, apiVersion="v1", kind="PersistentVolumeClaim", status={})
    claim = within(claim, "status", lambda status: fill(status, phase="Pending"))
    return within(claim, "spec", lambda spec: fill(spec, volumeMode="Filesystem"))


def daemonset(obj: Obj) -> Obj:
    """A DaemonSet."""
    return within(obj, "spec", _daemonset_spec)


def _daemonset_spec(spec: Obj) -> Obj:
    spec = fill(spec, revisionHistoryLimit=10, updateStrategy={})
    spec = within(spec, "updateStrategy", _daemonset_strategy)
    return within(spec, "template", pods.template)


def _daemonset_strategy(strategy: Obj) -> Obj:
    strategy = fill(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = fill(strategy.get("rollingUpdate") or {}, maxSurge=0, maxUnavailable=1)
        if rolling is not strategy.get("rollingUpdate"):
            strategy = {**strategy, "rollingUpdate": rolling}
    return strategy


def job(obj: Obj) -> Obj:
    """A Job. Its selector and labels are the strategy's, since they need the uid."""
    return within(obj, "spec", job_spec)


def job_spec(spec: Obj) -> Obj:
    """A JobSpec."""
    if "completions" not in spec and "parallelism" not in spec:
        spec = {**spec, "completions": 1, "parallelism": 1}
    limit = 2**31 - 1 if spec.get("backoffLimitPerIndex") is not None else 6
    spec = fill(
        spec,
        backoffLimit=limit,
        completionMode="NonIndexed",
        manualSelector=False,
        parallelism=1,
        podReplacementPolicy="Failed" if spec.get("podFailurePolicy") else "TerminatingOrFailed",
        suspend=False,
    )
    return within(spec, "template", pods.template)


def cronjob(obj: Obj) -> Obj:
    """A CronJob."""
    return within(obj, "spec", _cronjob_spec)


def _cronjob_spec(spec: Obj) -> Obj:
    spec = fill(spec, concurrencyPolicy="Allow", failedJobsHistoryLimit=1, successfulJobsHistoryLimit=3, suspend=False)
    return within(spec, "jobTemplate", lambda template: within(template, "spec", _nested_job_spec))


def _nested_job_spec(spec: Obj) -> Obj:
    """A job template's pods are defaulted at once; the JobSpec itself when the Job is made."""
    return within(spec, "template", pods.template)
