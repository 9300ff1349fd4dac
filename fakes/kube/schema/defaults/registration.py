"""Defaults of webhooks, admission policies, API priority and CustomResourceDefinitions.

Source: pkg/apis/{admissionregistration,flowcontrol}/v1/defaults.go (v1.36.3) and
k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1/defaults.go (v0.36.3).
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.schema.defaults.shared import changed, each, filled, within
from seatrial.harness.ports.event import Obj

__all__ = [
    "admission_policy",
    "definition",
    "flow_schema",
    "mutating_webhooks",
    "priority_level",
    "validating_webhooks",
]

_MATCH: dict[str, Any] = {"matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}}
_WEBHOOK = {"failurePolicy": "Fail", **_MATCH, "timeoutSeconds": 10}
_LIMITED = {"nominalConcurrencyShares": 30, "lendablePercent": 0}
_QUEUING = {"handSize": 8, "queues": 64, "queueLengthLimit": 50}


def _client(config: Obj) -> Obj:
    return within(config, "service", _service)


def _service(reference: Obj) -> Obj:
    return filled(reference, {"port": 443})


def _rule(rule: Obj) -> Obj:
    return filled(rule, {"scope": "*"})


def _webhook(hook: Obj) -> Obj:
    hook = filled(hook, _WEBHOOK)
    hook = within(hook, "clientConfig", _client)
    return each(hook, "rules", _rule)


def _mutating(hook: Obj) -> Obj:
    return filled(_webhook(hook), {"reinvocationPolicy": "Never"})


def validating_webhooks(obj: Obj) -> Obj:
    """A ValidatingWebhookConfiguration."""
    return each(obj, "webhooks", _webhook)


def mutating_webhooks(obj: Obj) -> Obj:
    """A MutatingWebhookConfiguration."""
    return each(obj, "webhooks", _mutating)


def admission_policy(obj: Obj) -> Obj:
    """A ValidatingAdmissionPolicy, or a mutating one."""
    spec = filled(obj.get("spec") or {}, {"failurePolicy": "Fail"})
    return changed(obj, "spec", within(spec, "matchConstraints", _match))


def _match(resources: Obj) -> Obj:
    resources = filled(resources, _MATCH)
    for field in ("resourceRules", "excludeResourceRules"):
        resources = each(resources, field, _rule)
    return resources


def flow_schema(obj: Obj) -> Obj:
    """A FlowSchema."""
    spec = obj.get("spec") or {}
    return obj if spec.get("matchingPrecedence") else {**obj, "spec": {**spec, "matchingPrecedence": 1000}}


def priority_level(obj: Obj) -> Obj:
    """A PriorityLevelConfiguration."""
    return within(obj, "spec", _level)


def _level(spec: Obj) -> Obj:
    spec = within(spec, "exempt", _exempt)
    return within(spec, "limited", _limited)


def _exempt(exempt: Obj) -> Obj:
    return filled(exempt, {"nominalConcurrencyShares": 0, "lendablePercent": 0})


def _limited(limited: Obj) -> Obj:
    limited = filled(limited, _LIMITED)
    return within(limited, "limitResponse", _response)


def _response(response: Obj) -> Obj:
    return within(response, "queuing", _queuing)


def _queuing(queuing: Obj) -> Obj:
    missing = {name: value for name, value in _QUEUING.items() if not queuing.get(name)}
    return {**queuing, **missing} if missing else queuing


def definition(obj: Obj) -> Obj:
    """A CustomResourceDefinition."""
    spec = obj.get("spec") or {}
    names = spec.get("names") or {}
    if names.get("kind"):
        names = filled(names, {"singular": names["kind"].lower(), "listKind": names["kind"] + "List"})
        spec = changed(spec, "names", names)
    spec = filled(spec, {"conversion": {"strategy": "None"}})
    return changed(obj, "spec", spec)
