"""Defaults of the apps group, and of ReplicationControllers.

Source: pkg/apis/apps/v1/defaults.go (v1.36.3).
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.schema.defaults.pod import template
from seatrial.fakes.kube.schema.defaults.shared import changed, each, filled, within
from seatrial.fakes.kube.schema.defaults.storage import claim_template
from seatrial.harness.ports.event import Obj

__all__ = ["daemon_set", "deployment", "pod_template", "replica_set", "replication_controller", "stateful_set"]

_DEPLOYMENT = {"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600, "strategy": {}}
_STATEFUL = {
    "podManagementPolicy": "OrderedReady",
    "replicas": 1,
    "revisionHistoryLimit": 10,
    "persistentVolumeClaimRetentionPolicy": {},
    "updateStrategy": {},
}
_RETENTION = {"whenDeleted": "Retain", "whenScaled": "Retain"}


def _rolling(strategy: Obj, defaults: dict[str, Any]) -> Obj:
    """A strategy of type RollingUpdate, or any other left alone."""
    strategy = filled(strategy, {"type": "RollingUpdate"})
    if strategy["type"] != "RollingUpdate":
        return strategy
    return changed(strategy, "rollingUpdate", filled(strategy.get("rollingUpdate") or {}, defaults))


def _templated(spec: Obj) -> Obj:
    """A spec whose template is there, if empty: in Go it is no pointer."""
    return changed(spec, "template", template(spec.get("template") or {}))


def deployment(obj: Obj) -> Obj:
    """A Deployment."""
    spec = filled(obj.get("spec") or {}, _DEPLOYMENT)
    spec = changed(spec, "strategy", _rolling(spec["strategy"], {"maxUnavailable": "25%", "maxSurge": "25%"}))
    return changed(obj, "spec", _templated(spec))


def replica_set(obj: Obj) -> Obj:
    """A ReplicaSet."""
    spec = filled(obj.get("spec") or {}, {"replicas": 1})
    return changed(obj, "spec", _templated(spec))


def replication_controller(obj: Obj) -> Obj:
    """A ReplicationController: its selector and labels come from the template where they are absent."""
    spec = filled(obj.get("spec") or {}, {"replicas": 1})
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if labels:
        if not spec.get("selector"):
            spec = {**spec, "selector": labels}
        meta = obj.get("metadata") or {}
        if not meta.get("labels"):
            obj = {**obj, "metadata": {**meta, "labels": labels}}
    return changed(obj, "spec", within(spec, "template", template))


def daemon_set(obj: Obj) -> Obj:
    """A DaemonSet."""
    spec = filled(obj.get("spec") or {}, {"updateStrategy": {}, "revisionHistoryLimit": 10})
    strategy = _rolling(spec["updateStrategy"], {"maxUnavailable": 1, "maxSurge": 0})
    spec = changed(spec, "updateStrategy", strategy)
    return changed(obj, "spec", _templated(spec))


def stateful_set(obj: Obj) -> Obj:
    """A StatefulSet."""
    spec = filled(obj.get("spec") or {}, _STATEFUL)
    strategy = spec["updateStrategy"]
    if not strategy.get("type"):
        strategy = {**strategy, "type": "RollingUpdate", "rollingUpdate": strategy.get("rollingUpdate") or {}}
    if strategy["type"] == "RollingUpdate" and strategy.get("rollingUpdate") is not None:
        # maxUnavailable is filled only behind the gate MaxUnavailableStatefulSet.
        strategy = changed(strategy, "rollingUpdate", filled(strategy["rollingUpdate"], _PARTITION))
    spec = changed(spec, "updateStrategy", strategy)
    spec = within(spec, "persistentVolumeClaimRetentionPolicy", _retention)
    spec = each(spec, "volumeClaimTemplates", claim_template)
    return changed(obj, "spec", _templated(spec))


_PARTITION = {"partition": 0}


def _retention(policy: Obj) -> Obj:
    return filled(policy, _RETENTION)


def pod_template(obj: Obj) -> Obj:
    """A PodTemplate."""
    return within(obj, "template", template)
