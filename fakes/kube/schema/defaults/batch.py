"""Defaults of Jobs and CronJobs.

Source: pkg/apis/batch/v1/defaults.go (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.schema.defaults.pod import template
from seatrial.fakes.kube.schema.defaults.shared import changed, each, filled, within
from seatrial.harness.ports.event import Obj

__all__ = ["cron_job", "job"]

_INT32_MAX = (1 << 31) - 1
_CRON = {"concurrencyPolicy": "Allow", "suspend": False, "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1}


def job(obj: Obj) -> Obj:
    """A Job; labels of its template become its own where it has none."""
    spec = job_spec(obj.get("spec") or {})
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    meta = obj.get("metadata") or {}
    if labels and not meta.get("labels"):
        obj = {**obj, "metadata": {**meta, "labels": labels}}
    return changed(obj, "spec", _job_only(spec))


def _job_only(spec: Obj) -> Obj:
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec = {**spec, "completions": 1, "parallelism": 1}
    per_index = spec.get("backoffLimitPerIndex") is not None
    replaced = "Failed" if spec.get("podFailurePolicy") is not None else "TerminatingOrFailed"
    return filled(
        spec,
        {
            "parallelism": 1,
            "backoffLimit": _INT32_MAX if per_index else 6,
            "completionMode": "NonIndexed",
            "suspend": False,
            "podReplacementPolicy": replaced,
            "manualSelector": False,
        },
    )


def job_spec(spec: Obj) -> Obj:
    """A JobSpec, as in a CronJob's template: only what lies in its pods is filled."""
    spec = within(spec, "podFailurePolicy", _failure_policy)
    return changed(spec, "template", template(spec.get("template") or {}))


def _failure_policy(policy: Obj) -> Obj:
    return each(policy, "rules", _failure_rule)


def _failure_rule(rule: Obj) -> Obj:
    return each(rule, "onPodConditions", _failure_condition)


def _failure_condition(pattern: Obj) -> Obj:
    return filled(pattern, {"status": "True"})


def cron_job(obj: Obj) -> Obj:
    """A CronJob."""
    spec = filled(obj.get("spec") or {}, _CRON)
    return changed(obj, "spec", within(spec, "jobTemplate", _job_template))


def _job_template(wrapped: Obj) -> Obj:
    if "metadata" not in wrapped:
        wrapped = {"metadata": {}, **wrapped}
    return within(wrapped, "spec", job_spec)
