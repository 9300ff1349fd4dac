"""Jobs and CronJobs.

Source: pkg/apis/batch/validation/validation.go (v1.36.3). Differs from the real one: a changed pod template is shown by
its labels where the real server dumps its internal type. Not modelled: successPolicy.
"""

from __future__ import annotations

from seatrial.fakes.kube.schema.validation.causes import (
    Causes,
    immutable,
    invalid,
    not_negative,
    not_supported,
    one_of,
    required,
)
from seatrial.fakes.kube.schema.validation.labels import labels, matches, selector, selector_shown
from seatrial.fakes.kube.schema.validation.names import dns_subdomain
from seatrial.fakes.kube.schema.validation.pod import template
from seatrial.fakes.kube.schema.validation.sameness import alike
from seatrial.fakes.kube.schema.validation.schedule import schedule_error, zone_error
from seatrial.fakes.kube.schema.validation.workloads import template_labels
from seatrial.harness.ports.event import Obj

__all__ = ["cron_job", "job", "job_update"]

UID_LABEL = "batch.kubernetes.io/controller-uid"
_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_NUMBERS = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
INDEXED_PARALLELISM_MAX = 100_000
CRON_NAME_MAX = 52


def job(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A new Job."""
    spec = obj.get("spec") or {}
    if not spec.get("manualSelector"):
        _generated(out, obj, spec)
    _whole(out, spec)


def _generated(out: Causes, obj: Obj, spec: Obj) -> None:
    given = spec.get("selector")
    uid = (obj.get("metadata") or {}).get("uid")
    if given is None or not uid:
        return
    if given not in ({"matchLabels": {UID_LABEL: uid}}, {"matchLabels": {"controller-uid": uid}}):
        invalid(out, "spec.selector", selector_shown(given), "`selector` not auto-generated")


def _whole(out: Causes, spec: Obj) -> None:
    job_spec(out, "spec", spec)
    given = spec.get("selector")
    if given is None:
        required(out, "spec.selector")
    else:
        selector(out, "spec.selector", given)
    if given is None or matches(given, {}) is not None:
        template_labels(out, "spec", spec)


def job_spec(out: Causes, path: str, spec: Obj) -> None:
    """A JobSpec, without its selector."""
    for field in _NUMBERS:
        not_negative(out, f"{path}.{field}", spec.get(field))
    not_negative(out, f"{path}.backoffLimitPerIndex", spec.get("backoffLimitPerIndex"))
    not_negative(out, f"{path}.maxFailedIndexes", spec.get("maxFailedIndexes"))
    manager = spec.get("managedBy")
    if manager is not None:
        _domain_path(out, f"{path}.managedBy", manager)
    _mode(out, path, spec)
    if spec.get("podFailurePolicy") is not None:
        _failure_policy(out, f"{path}.podFailurePolicy", spec["podFailurePolicy"])
    _replacement(out, path, spec)
    inner = spec.get("template") or {}
    template(out, f"{path}.template", inner)
    policy = (inner.get("spec") or {}).get("restartPolicy", "")
    place = f"{path}.template.spec.restartPolicy"
    if policy in ("", "Always"):
        required(out, place, 'valid values: "OnFailure", "Never"')
    elif policy not in ("OnFailure", "Never"):
        not_supported(out, place, policy, ("OnFailure", "Never"))
    elif spec.get("podFailurePolicy") is not None and policy != "Never":
        invalid(out, place, policy, 'only "Never" is supported when podFailurePolicy is specified')


def _domain_path(out: Causes, path: str, text: str) -> None:
    domain, slash, rest = text.partition("/")
    if not slash or not domain or not rest:
        invalid(out, path, text, 'must be a domain-prefixed path (such as "acme.io/foo")')
        return
    for message in dns_subdomain(domain):
        invalid(out, path, domain, message)


def _mode(out: Causes, path: str, spec: Obj) -> None:
    mode = spec.get("completionMode")
    one_of(out, f"{path}.completionMode", mode, ("NonIndexed", "Indexed"))
    if mode == "Indexed":
        if spec.get("completions") is None:
            required(out, f"{path}.completions", "when completion mode is Indexed")
        parallel = spec.get("parallelism")
        if parallel is not None and parallel > INDEXED_PARALLELISM_MAX:
            text = f"must be less than or equal to {INDEXED_PARALLELISM_MAX} when completion mode is Indexed"
            invalid(out, f"{path}.parallelism", parallel, text)
    elif spec.get("backoffLimitPerIndex") is not None:
        invalid(out, f"{path}.backoffLimitPerIndex", spec["backoffLimitPerIndex"], "requires indexed completion mode")
    if spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        required(out, f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified")


def _replacement(out: Causes, path: str, spec: Obj) -> None:
    policy = spec.get("podReplacementPolicy")
    if policy is None:
        return
    supported = ("Failed",) if spec.get("podFailurePolicy") is not None else ("Failed", "TerminatingOrFailed")
    one_of(out, f"{path}.podReplacementPolicy", policy, supported)


def _failure_policy(out: Causes, path: str, policy: Obj) -> None:
    for index, rule in enumerate(policy.get("rules") or ()):
        place = f"{path}.rules[{index}]"
        action = rule.get("action", "")
        if not action:
            required(out, f"{place}.action", "valid values: " + ", ".join(f'"{name}"' for name in _ACTIONS))
        else:
            one_of(out, f"{place}.action", action, _ACTIONS)
        codes, conditions = rule.get("onExitCodes"), rule.get("onPodConditions")
        if codes is not None:
            operator = codes.get("operator", "")
            one_of(out, f"{place}.onExitCodes.operator", operator, ("In", "NotIn"))
            if not codes.get("values"):
                invalid(out, f"{place}.onExitCodes.values", codes.get("values") or [], "at least one value is required")
            elif operator == "In" and 0 in codes["values"]:
                number = codes["values"].index(0)
                text = "must not be 0 for the In operator"
                invalid(out, f"{place}.onExitCodes.values[{number}]", 0, text)
        if codes is None and not conditions:
            text = "specifying one of OnExitCodes and OnPodConditions is required"
            invalid(out, place, rule, text)
        elif codes is not None and conditions:
            text = "specifying both OnExitCodes and OnPodConditions is not supported"
            invalid(out, place, rule, text)


def job_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of a Job: the registry checks it as new first, and then again as changed."""
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    if spec is before:
        return
    job(out, obj)
    _whole(out, spec)
    completions, indexed = spec.get("completions"), spec.get("completionMode") == "Indexed"
    elastic = indexed and completions == spec.get("parallelism") and before.get("completions") is not None
    if not elastic:
        immutable(out, "spec.completions", completions, before.get("completions"))
    if not alike(spec.get("selector"), before.get("selector")):
        invalid(out, "spec.selector", selector_shown(spec.get("selector")), "field is immutable")
    _template_kept(out, spec, before, started="startTime" in (old.get("status") or {}))
    for field in ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"):
        immutable(out, f"spec.{field}", spec.get(field), before.get(field))


def _template_kept(out: Causes, spec: Obj, before: Obj, *, started: bool) -> None:
    new, old = spec.get("template") or {}, before.get("template") or {}
    if new is old:
        return
    if before.get("suspend") and not started:
        # A Job that never ran may still be told where to run.
        new, old = _unplaced(new), _unplaced(old)
    if not alike(new, old):
        meta = (spec.get("template") or {}).get("metadata") or {}
        invalid(out, "spec.template", {"labels": meta.get("labels")}, "field is immutable")


def _unplaced(given: Obj) -> Obj:
    free = ("affinity", "nodeSelector", "tolerations", "schedulingGates")
    pods = {name: value for name, value in (given.get("spec") or {}).items() if name not in free}
    meta = {
        name: value for name, value in (given.get("metadata") or {}).items() if name not in ("labels", "annotations")
    }
    return {"metadata": meta, "spec": pods}


def cron_job(out: Causes, obj: Obj, old: Obj | None = None) -> None:
    """A CronJob."""
    spec = obj.get("spec") or {}
    if old is not None and spec is old.get("spec"):
        return
    text = spec.get("schedule", "")
    if not text:
        required(out, "spec.schedule")
    else:
        _schedule(out, "spec.schedule", text, old)
    zone = spec.get("timeZone")
    if zone is not None:
        error = zone_error(zone)
        if error:
            invalid(out, "spec.timeZone", zone, error)
    not_negative(out, "spec.startingDeadlineSeconds", spec.get("startingDeadlineSeconds"))
    policy = spec.get("concurrencyPolicy", "")
    if not policy:
        required(out, "spec.concurrencyPolicy")
    else:
        one_of(out, "spec.concurrencyPolicy", policy, ("Allow", "Forbid", "Replace"))
    wrapped = spec.get("jobTemplate") or {}
    _job_template(out, "spec.jobTemplate", wrapped)
    for field in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        not_negative(out, f"spec.{field}", spec.get(field))
    name = (obj.get("metadata") or {}).get("name", "")
    if old is None and len(name) > CRON_NAME_MAX:
        invalid(out, "metadata.name", name, f"must be no more than {CRON_NAME_MAX} characters")


def _schedule(out: Causes, path: str, text: str, old: Obj | None) -> None:
    if "TZ" in text:
        if old is None or (old.get("spec") or {}).get("schedule") != text:
            invalid(out, path, text, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")
        return
    error = schedule_error(text)
    if error:
        invalid(out, path, text, error)


def _job_template(out: Causes, path: str, wrapped: Obj) -> None:
    meta = wrapped.get("metadata") or {}
    labels(out, f"{path}.labels", meta.get("labels"))
    spec = wrapped.get("spec") or {}
    job_spec(out, f"{path}.spec", spec)
    if spec.get("selector") is not None:
        invalid(out, f"{path}.spec.selector", selector_shown(spec["selector"]), "`selector` will be auto-generated")
    if spec.get("manualSelector"):
        not_supported(out, f"{path}.spec.manualSelector", spec["manualSelector"], ("nil", "false"))
