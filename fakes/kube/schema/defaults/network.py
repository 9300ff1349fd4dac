"""Defaults of NetworkPolicies and IngressClasses.

Source: pkg/apis/networking/v1/defaults.go (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.schema.defaults.shared import changed, each, filled, within
from seatrial.harness.ports.event import Obj

__all__ = ["ingress_class", "network_policy"]


def network_policy(obj: Obj) -> Obj:
    """A NetworkPolicy."""
    spec = obj.get("spec") or {}
    if not spec.get("policyTypes"):
        spec = {**spec, "policyTypes": ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]}
    for direction in ("ingress", "egress"):
        spec = each(spec, direction, _rule)
    return changed(obj, "spec", spec)


def _rule(rule: Obj) -> Obj:
    return each(rule, "ports", _port)


def _port(port: Obj) -> Obj:
    return filled(port, {"protocol": "TCP"})


def ingress_class(obj: Obj) -> Obj:
    """An IngressClass."""
    return within(obj, "spec", _class_spec)


def _class_spec(spec: Obj) -> Obj:
    return within(spec, "parameters", _parameters)


def _parameters(parameters: Obj) -> Obj:
    return filled(parameters, {"scope": "Cluster"})
