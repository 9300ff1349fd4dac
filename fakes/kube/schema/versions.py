"""Objects written in another served version than the one they are kept in.

Source: pkg/apis/autoscaling/v1/conversion.go (v1.36.3). Custom resources with conversion None differ in
apiVersion alone.
Differs from the real one: conversion goes one way, towards what is kept. Other pairs are Unsupported.
"""

from __future__ import annotations

from seatrial.fakes.kube.schema.kinds import Kind
from seatrial.harness.kernel.errors import Unsupported
from seatrial.harness.ports.event import Obj

__all__ = ["converted"]


def converted(obj: Obj, written: Kind, kept: Kind) -> Obj:
    """The object as `kept` has it. Raises Unsupported."""
    if written.custom:
        return {**obj, "apiVersion": kept.api_version}
    if (written.api_version, kept.api_version) == ("autoscaling/v1", "autoscaling/v2"):
        return _autoscaler(obj)
    raise Unsupported(f"{written.resource} in version {written.version}: objects are kept as {kept.version}")


def _autoscaler(obj: Obj) -> Obj:
    meta, spec = obj.get("metadata") or {}, obj.get("spec") or {}
    if not isinstance(meta, dict) or not isinstance(spec, dict):
        return {**obj, "apiVersion": "autoscaling/v2"}  # decoding says what is wrong with it
    notes = meta.get("annotations") or {}
    if any(name.startswith("autoscaling.alpha.kubernetes.io/") for name in notes):
        raise Unsupported("autoscaling/v1 with metrics in annotations: write it as autoscaling/v2")
    share = spec.get("targetCPUUtilizationPercentage")
    new = {name: value for name, value in spec.items() if name != "targetCPUUtilizationPercentage"}
    if share is not None:
        target = {"type": "Utilization", "averageUtilization": share}
        new["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    # What the old version counted in its status, the controller counts again.
    out = {name: value for name, value in obj.items() if name != "status"}
    return {**out, "apiVersion": "autoscaling/v2", "spec": new}
