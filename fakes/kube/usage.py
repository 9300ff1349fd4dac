"""What an object counts against a ResourceQuota.

Source: pkg/quota/v1/evaluator/core (v1.36.3). Not modelled: resource claims (DRA), volume attributes classes.
"""

from __future__ import annotations

from seatrial.fakes.kube.podresources import Amounts, pod_amounts
from seatrial.fakes.kube.quantity import NANO, Quantity, parse
from seatrial.fakes.kube.strategies.qos import qos_class
from seatrial.harness.kernel.time import SECOND, Instant, parse_instant
from seatrial.harness.ports.event import Obj

__all__ = ["charged", "in_scope", "usage_of"]

ONE = Quantity(NANO, "DecimalSI")
NONE = Quantity(0, "DecimalSI")
_ALIASES = frozenset(("configmaps", "resourcequotas", "replicationcontrollers", "secrets"))
_PODS = frozenset(
    f"{prefix}{name}" for prefix in ("", "requests.", "limits.") for name in ("cpu", "memory", "ephemeral-storage")
) | {"pods", "count/pods"}
_SERVICES = frozenset(("services", "services.nodeports", "services.loadbalancers", "count/services"))
_CLAIMS = frozenset(("persistentvolumeclaims", "requests.storage", "count/persistentvolumeclaims"))
_BY_CLASS = (
    ".storageclass.storage.k8s.io/persistentvolumeclaims",
    ".storageclass.storage.k8s.io/requests.storage",
)


def charged(resource: str, name: str) -> bool:
    """Whether a quota's resource name is counted by objects of this kind."""
    if resource == "pods":
        return name in _PODS or name.startswith(("hugepages-", "requests.hugepages-")) or _extended(name)
    if resource == "services":
        return name in _SERVICES
    if resource == "persistentvolumeclaims":
        return name in _CLAIMS or name.endswith(_BY_CLASS)
    return name == f"count/{resource}" or (resource in _ALIASES and name == resource)


def _extended(name: str) -> bool:
    rest = name.removeprefix("requests.")
    return rest != name and "/" in rest and "kubernetes.io/" not in rest


def usage_of(resource: str, obj: Obj, now: Instant) -> Amounts:
    """Amounts by the names that quotas use."""
    if resource == "pods":
        return _pod_usage(obj, now)
    out: Amounts = {f"count/{resource}": ONE}
    if resource == "services":
        out |= _service_usage(obj)
    elif resource == "persistentvolumeclaims":
        out |= _claim_usage(obj)
    elif resource in _ALIASES:
        out[resource] = ONE
    return out


def _pod_usage(pod: Obj, now: Instant) -> Amounts:
    out: Amounts = {"count/pods": ONE}
    if _finished(pod, now):
        return out
    spec = pod["spec"]
    return {**out, **compute_usage(pod_amounts(spec, "requests"), pod_amounts(spec, "limits"))}


def compute_usage(requests: Amounts, limits: Amounts) -> Amounts:
    """Names for what a pod (or one container) asks."""
    out: Amounts = {"pods": ONE}
    for name, value in requests.items():
        if name in ("cpu", "memory", "ephemeral-storage") or name.startswith("hugepages-"):
            out[name] = value
            out[f"requests.{name}"] = value
        elif "/" in name:
            out[f"requests.{name}"] = value
    for name, value in limits.items():
        if name in ("cpu", "memory", "ephemeral-storage"):
            out[f"limits.{name}"] = value
    return out


def _finished(pod: Obj, now: Instant) -> bool:
    if (pod.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
        return True
    meta = pod["metadata"]
    since, grace = meta.get("deletionTimestamp"), meta.get("deletionGracePeriodSeconds")
    return bool(since) and grace is not None and now > parse_instant(since) + grace * SECOND


def _service_usage(service: Obj) -> Amounts:
    spec = service.get("spec") or {}
    ports = spec.get("ports") or []
    kind = spec.get("type")
    count = 0
    if kind == "NodePort" or (kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is not False):
        count = len(ports)
    elif kind == "LoadBalancer":
        count = sum(1 for port in ports if port.get("nodePort"))
    return {
        "services": ONE,
        "services.nodeports": Quantity(count * NANO, "DecimalSI"),
        "services.loadbalancers": ONE if kind == "LoadBalancer" else NONE,
    }


def _claim_usage(claim: Obj) -> Amounts:
    spec = claim.get("spec") or {}
    out: Amounts = {"persistentvolumeclaims": ONE}
    wanted = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    given = ((claim.get("status") or {}).get("allocatedResources") or {}).get("storage")
    size = None if wanted is None else parse(wanted)
    if size is not None and given is not None and parse(given).nanos > size.nanos:
        size = parse(given)
    name = spec.get("storageClassName")
    if name:
        out[f"{name}{_BY_CLASS[0]}"] = ONE
    if size is not None:
        size = Quantity(-(-size.nanos // NANO) * NANO, size.format)
        out["requests.storage"] = size
        if name:
            out[f"{name}{_BY_CLASS[1]}"] = size
    return out


def in_scope(quota: Obj, resource: str, obj: Obj) -> bool:
    """Whether a quota's scopes take the object; only pods have scopes."""
    spec = quota.get("spec") or {}
    wanted = [{"scopeName": scope, "operator": "Exists"} for scope in spec.get("scopes") or ()]
    wanted += (spec.get("scopeSelector") or {}).get("matchExpressions") or []
    return all(resource == "pods" and _takes(rule, obj["spec"]) for rule in wanted)


def _takes(rule: Obj, spec: Obj) -> bool:
    scope = rule["scopeName"]
    if scope in ("Terminating", "NotTerminating"):
        return (spec.get("activeDeadlineSeconds") is not None) is (scope == "Terminating")
    if scope in ("BestEffort", "NotBestEffort"):
        return (qos_class(spec) == "BestEffort") is (scope == "BestEffort")
    if scope == "PriorityClass":
        name, values = spec.get("priorityClassName") or "", rule.get("values") or ()
        operator = rule.get("operator")
        if operator == "In":
            return name in values
        if operator == "NotIn":
            return name not in values
        return bool(name) is (operator == "Exists")
    if scope == "CrossNamespacePodAffinity":
        return _crosses(spec)
    return False


def _crosses(spec: Obj) -> bool:
    affinity = spec.get("affinity") or {}
    for field in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(field) or {}
        terms = list(rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ())
        weighted = rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        terms += [term["podAffinityTerm"] for term in weighted]
        if any(term.get("namespaces") or term.get("namespaceSelector") is not None for term in terms):
            return True
    return False
