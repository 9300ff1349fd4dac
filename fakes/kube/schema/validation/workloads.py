"""Deployments, ReplicaSets, StatefulSets, DaemonSets, ReplicationControllers, PodTemplates.

Source: pkg/apis/apps/validation/validation.go, pkg/registry/apps/*/strategy.go (v1.36.3). Differs from the real one:
a template that is refused as a whole is shown by its labels alone where the real server dumps its internal type.
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.schema.validation.causes import (
    Causes,
    forbidden,
    invalid,
    not_negative,
    not_supported,
    one_of,
    required,
)
from seatrial.fakes.kube.schema.validation.claims import claim_spec
from seatrial.fakes.kube.schema.validation.labels import annotation_map, labels, matches, selector, selector_shown
from seatrial.fakes.kube.schema.validation.names import dns_label, percent
from seatrial.fakes.kube.schema.validation.pod import template
from seatrial.fakes.kube.schema.validation.sameness import alike
from seatrial.harness.ports.event import Obj

__all__ = [
    "daemon_set",
    "daemon_set_update",
    "deployment",
    "int_or_percent",
    "not_above_100",
    "pod_template",
    "replica_set",
    "replication_controller",
    "selector_kept",
    "stateful_set",
    "stateful_set_update",
    "status_replicas",
    "template_labels",
]

_MISMATCH = "`selector` does not match template `labels`"


def int_or_percent(out: Causes, path: str, value: Any) -> None:
    """A count, or a share."""
    if isinstance(value, str):
        for message in percent(value):
            invalid(out, path, value, message)
    else:
        not_negative(out, path, value)


def not_above_100(out: Causes, path: str, value: Any) -> None:
    """A share of at most the whole."""
    if isinstance(value, str) and not percent(value) and int(value[:-1]) > 100:
        invalid(out, path, value, "must not be greater than 100%")


def amount_of(value: Any) -> int:
    """The number in a count or a share."""
    if isinstance(value, str):
        return 0 if percent(value) else int(value[:-1])
    return value or 0


def template_labels(out: Causes, path: str, spec: Obj) -> None:
    """A selector takes the pods of its own template."""
    given = spec.get("selector")
    named = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if given is not None and matches(given, named or {}):
        return
    shown = None if named is None else dict(sorted(named.items()))
    invalid(out, f"{path}.template.metadata.labels", shown, _MISMATCH)


def _selector(out: Causes, path: str, spec: Obj, what: str, *, parsed: bool) -> bool:
    """Checks the selector; True if it can be applied."""
    given = spec.get("selector")
    if given is None:
        required(out, f"{path}.selector")
        return True
    selector(out, f"{path}.selector", given)
    if not given.get("matchLabels") and not given.get("matchExpressions"):
        invalid(out, f"{path}.selector", {}, f"empty selector is invalid for {what}")
    if matches(given, {}) is None:
        if parsed:
            invalid(out, f"{path}.selector", selector_shown(given), "invalid label selector")
        return False
    return True


def _template(out: Causes, path: str, spec: Obj, *, readable: bool, what: str) -> None:
    if not readable:
        return
    given = spec.get("selector")
    if given is None or given.get("matchLabels") or given.get("matchExpressions"):
        template_labels(out, path, spec)
    _pods(out, path, spec, what)


def _pods(out: Causes, path: str, spec: Obj, what: str) -> None:
    inner = spec.get("template") or {}
    template(out, f"{path}.template", inner)
    pods = inner.get("spec") or {}
    policy = pods.get("restartPolicy")
    if policy != "Always":
        not_supported(out, f"{path}.template.spec.restartPolicy", policy or "", ("Always",))
    if pods.get("activeDeadlineSeconds") is not None:
        place = f"{path}.template.spec.activeDeadlineSeconds"
        forbidden(out, place, f"activeDeadlineSeconds in {what} is not Supported")


def deployment(out: Causes, obj: Obj, old: Obj | None = None) -> None:
    """A Deployment's spec."""
    spec = obj.get("spec") or {}
    if old is not None and spec is old.get("spec"):
        return
    not_negative(out, "spec.replicas", spec.get("replicas"))
    readable = _selector(out, "spec", spec, "deployment", parsed=True)
    _template(out, "spec", spec, readable=readable, what="ReplicaSet")
    _strategy(out, "spec.strategy", spec.get("strategy") or {})
    not_negative(out, "spec.minReadySeconds", spec.get("minReadySeconds"))
    not_negative(out, "spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"))
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None:
        not_negative(out, "spec.progressDeadlineSeconds", deadline)
        if deadline <= spec.get("minReadySeconds", 0):
            invalid(out, "spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")
    selector_kept(out, obj, old)


def _strategy(out: Causes, path: str, strategy: Obj) -> None:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is not None:
            forbidden(out, f"{path}.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
    elif kind == "RollingUpdate":
        if rolling is None:
            required(out, f"{path}.rollingUpdate", "this should be defaulted and never be nil")
        else:
            _rolling(out, f"{path}.rollingUpdate", rolling)
    else:
        not_supported(out, path, {"Type": kind, "RollingUpdate": rolling}, ("Recreate", "RollingUpdate"))


def _rolling(out: Causes, path: str, rolling: Obj) -> None:
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    int_or_percent(out, f"{path}.maxUnavailable", unavailable)
    int_or_percent(out, f"{path}.maxSurge", surge)
    if amount_of(unavailable) == 0 and amount_of(surge) == 0 and not _broken(unavailable, surge):
        invalid(out, f"{path}.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0")
    not_above_100(out, f"{path}.maxUnavailable", unavailable)


def _broken(*values: Any) -> bool:
    return any(isinstance(value, str) and percent(value) for value in values)


def selector_kept(out: Causes, obj: Obj, old: Obj | None) -> None:
    """A selector never changes."""
    if old is None:
        return
    given, before = (obj.get("spec") or {}).get("selector"), (old.get("spec") or {}).get("selector")
    if not alike(given, before):
        invalid(out, "spec.selector", selector_shown(given), "field is immutable")


def replica_set(out: Causes, obj: Obj, old: Obj | None = None) -> None:
    """A ReplicaSet's spec."""
    spec = obj.get("spec") or {}
    if old is not None and spec is old.get("spec"):
        return
    not_negative(out, "spec.replicas", spec.get("replicas"))
    not_negative(out, "spec.minReadySeconds", spec.get("minReadySeconds"))
    readable = _selector(out, "spec", spec, "deployment", parsed=True)
    _template(out, "spec", spec, readable=readable, what="ReplicaSet")
    selector_kept(out, obj, old)


def replication_controller(out: Causes, obj: Obj, old: Obj | None = None) -> None:
    """A ReplicationController's spec."""
    spec = obj.get("spec") or {}
    if old is not None and spec is old.get("spec"):
        return
    not_negative(out, "spec.minReadySeconds", spec.get("minReadySeconds"))
    chosen = spec.get("selector")
    if not chosen:
        required(out, "spec.selector")
    not_negative(out, "spec.replicas", spec.get("replicas"))
    inner = spec.get("template")
    if inner is None:
        required(out, "spec.template")
        return
    named = (inner.get("metadata") or {}).get("labels")
    if chosen and any((named or {}).get(name) != value for name, value in chosen.items()):
        invalid(out, "spec.template.metadata.labels", named, _MISMATCH)
    _pods(out, "spec", spec, "ReplicationController")


def stateful_set(out: Causes, obj: Obj, old: Obj | None = None) -> None:
    """A StatefulSet's spec."""
    spec = obj.get("spec") or {}
    if old is not None and spec is old.get("spec"):
        return
    policy = spec.get("podManagementPolicy", "")
    if policy not in ("OrderedReady", "Parallel"):
        invalid(out, "spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")
    _stateful_strategy(out, "spec.updateStrategy", spec.get("updateStrategy") or {})
    retention = spec.get("persistentVolumeClaimRetentionPolicy") or {}
    for field in ("whenDeleted", "whenScaled"):
        place = f"spec.persistentVolumeClaimRetentionPolicy.{field}"
        one_of(out, place, retention.get(field), ("Retain", "Delete"))
    not_negative(out, "spec.replicas", spec.get("replicas"))
    not_negative(out, "spec.minReadySeconds", spec.get("minReadySeconds"))
    not_negative(out, "spec.ordinals.start", (spec.get("ordinals") or {}).get("start"))
    _claim_templates(out, "spec.volumeClaimTemplates", spec.get("volumeClaimTemplates") or [])
    readable = _selector(out, "spec", spec, "statefulset", parsed=False)
    _template(out, "spec", _with_claims(spec), readable=readable, what="StatefulSet")
    not_negative(out, "spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"))
    if old is None and spec.get("serviceName"):
        for message in dns_label(spec["serviceName"]):
            invalid(out, "spec.serviceName", spec["serviceName"], message)


def _with_claims(spec: Obj) -> Obj:
    """The spec with what its controller will put into each pod: a volume for each claim, no host name of its own."""
    pod_template = spec.get("template") or {}
    pods = pod_template.get("spec") or {}
    claims = [(claim.get("metadata") or {}).get("name", "") for claim in spec.get("volumeClaimTemplates") or []]
    if not (claims or pods.get("hostname") or pods.get("subdomain")):
        return spec
    kept = [volume for volume in pods.get("volumes") or [] if volume.get("name") not in claims]
    made = [{"name": name, "persistentVolumeClaim": {"claimName": f"{name}-0"}} for name in claims]
    plain = {name: value for name, value in pods.items() if name not in ("hostname", "subdomain")}
    return {**spec, "template": {**pod_template, "spec": {**plain, "volumes": kept + made}}}


def _stateful_strategy(out: Causes, path: str, strategy: Obj) -> None:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    shown = None if rolling is None else {"Partition": rolling.get("partition"), "MaxUnavailable": None}
    if not kind:
        required(out, path)
    elif kind == "OnDelete":
        if rolling is not None:
            invalid(out, f"{path}.rollingUpdate", shown, "only allowed for updateStrategy 'RollingUpdate'")
    elif kind == "RollingUpdate":
        not_negative(out, f"{path}.rollingUpdate.partition", (rolling or {}).get("partition"))
    else:
        invalid(out, path, {"Type": kind, "RollingUpdate": shown}, "must be 'RollingUpdate' or 'OnDelete'")


def _claim_templates(out: Causes, path: str, given: list[Obj]) -> None:
    for index, claim in enumerate(given):
        meta = claim.get("metadata") or {}
        labels(out, f"{path}[{index}].metadata.labels", meta.get("labels"))
        annotation_map(out, f"{path}[{index}].metadata.annotations", meta.get("annotations"))
        claim_spec(out, f"{path}[{index}].spec", claim.get("spec") or {})


_STATEFUL_MAY_CHANGE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
_STATEFUL_ONLY = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)


def stateful_set_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of a StatefulSet."""
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    if spec is before:
        return
    stateful_set(out, obj, old)
    for field in {**spec, **before}:
        if field not in _STATEFUL_MAY_CHANGE and not alike(spec.get(field), before.get(field)):
            forbidden(out, "spec", _STATEFUL_ONLY)
            return


def daemon_set(out: Causes, obj: Obj, old: Obj | None = None) -> None:
    """A DaemonSet's spec."""
    spec = obj.get("spec") or {}
    if old is not None and spec is old.get("spec"):
        return
    given = spec.get("selector")
    selector(out, "spec.selector", given)
    if given is None or matches(given, {}) is not None:
        template_labels(out, "spec", spec)
    if given is not None and not given.get("matchLabels") and not given.get("matchExpressions"):
        invalid(out, "spec.selector", {}, "empty selector is invalid for daemonset")
    _pods(out, "spec", spec, "DaemonSet")
    not_negative(out, "spec.minReadySeconds", spec.get("minReadySeconds"))
    _daemon_strategy(out, "spec.updateStrategy", spec.get("updateStrategy") or {})
    not_negative(out, "spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"))


def _daemon_strategy(out: Causes, path: str, strategy: Obj) -> None:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if kind == "OnDelete":
        return
    if kind != "RollingUpdate":
        not_supported(out, path, {"Type": kind, "RollingUpdate": rolling}, ("RollingUpdate", "OnDelete"))
        return
    if rolling is None:
        required(out, f"{path}.rollingUpdate")
        return
    place = f"{path}.rollingUpdate"
    unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
    for field, value in (("maxUnavailable", unavailable), ("maxSurge", surge)):
        int_or_percent(out, f"{place}.{field}", value)
        not_above_100(out, f"{place}.{field}", value)
    many, more = amount_of(unavailable), amount_of(surge)
    if many and more:
        invalid(out, f"{place}.maxSurge", surge, "may not be set when maxUnavailable is non-zero")
    elif not many and not more and not _broken(unavailable, surge):
        required(out, f"{place}.maxUnavailable", "cannot be 0 when maxSurge is 0")


def daemon_set_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of a DaemonSet."""
    daemon_set(out, obj, old)
    selector_kept(out, obj, old)


def pod_template(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A PodTemplate."""
    template(out, "template", obj.get("template") or {})


def status_replicas(out: Causes, obj: Obj, old: Obj) -> None:
    """A status that counts replicas."""
    status = obj.get("status") or {}
    if status is old.get("status"):
        return
    fields = (
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "unavailableReplicas",
        "collisionCount",
    )
    for field in fields:
        not_negative(out, f"status.{field}", status.get(field))
    total = status.get("replicas", 0)
    for field in ("updatedReplicas", "readyReplicas", "availableReplicas"):
        if status.get(field, 0) > total:
            invalid(out, f"status.{field}", status.get(field, 0), "cannot be greater than status.replicas")
    available = status.get("availableReplicas", 0)
    if available > status.get("readyReplicas", 0):
        invalid(out, "status.availableReplicas", available, "cannot be greater than readyReplicas")
