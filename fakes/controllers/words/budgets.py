"""A disruption budget's arithmetic and the scale of the controllers whose pods it covers.

Source: pkg/controller/disruption/disruption.go, k8s.io/component-helpers/apps/poddisruptionbudget (v1.36.3).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from seatrial.fakes.controllers.words.conditions import put
from seatrial.fakes.controllers.words.meta import controller_of
from seatrial.fakes.kube.intstr import scaled
from seatrial.harness.kernel.time import Instant, rfc3339
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import View

__all__ = ["Budget", "Uncountable", "budget_of", "expected_scale", "fail_safe", "needs_scale", "status_of"]

_OWN = {
    ("", "ReplicationController"): "replicationcontrollers",
    ("apps", "ReplicaSet"): "replicasets.apps",
    ("apps", "StatefulSet"): "statefulsets.apps",
    ("apps", "Deployment"): "deployments.apps",
}
_PLAIN = {
    ("batch", "Job"): "jobs.batch",
    ("apps", "DaemonSet"): "daemonsets.apps",
    ("", "Node"): "nodes",
}
CRDS = "customresourcedefinitions.apiextensions.k8s.io"


class Uncountable(Exception):
    """The expected number of pods is not to be known; the text is the real controller's."""


class Budget(NamedTuple):
    """How many pods there should be, and how many of them have to be healthy."""

    expected: int
    desired: int


def budget_of(pdb: Obj, matching: int, expected: int) -> Budget:
    """What the spec asks for, given the number of matching pods and the scale of their controllers."""
    spec = pdb["spec"]
    if spec.get("maxUnavailable") is not None:
        return Budget(expected, max(0, expected - scaled(spec["maxUnavailable"], expected, up=True)))
    least = spec.get("minAvailable")
    if isinstance(least, int):
        return Budget(matching, least)
    if least is None:
        return Budget(0, 0)
    return Budget(expected, scaled(least, expected, up=True))


def needs_scale(pdb: Obj) -> bool:
    """Whether the budget is one of a controller's scale, not of a plain number of pods."""
    spec = pdb["spec"]
    return spec.get("maxUnavailable") is not None or isinstance(spec.get("minAvailable"), str)


def expected_scale(owners: Iterable[tuple[Obj, str]], space: str, view: View) -> int:
    """The sum of the scales of distinct controllers; owners are (controllerRef, a pod's name). Raises Uncountable."""
    scales: dict[str, int] = {}
    for reference, pod in owners:
        found = _scale(reference, space, view)
        if found is None:
            raise Uncountable(f'found no controllers for pod "{pod}"')
        uid, scale = found
        scales[uid] = scale
    return sum(scales.values())


def _scale(reference: Obj, space: str, view: View) -> tuple[str, int] | None:
    group = reference["apiVersion"].rpartition("/")[0]
    kind = (group, reference["kind"])
    resource = _OWN.get(kind)
    if resource is None:
        return _other_scale(kind, reference, space, view)
    obj = view.get(resource, space, reference["name"])
    if obj is None or obj["metadata"]["uid"] != reference["uid"]:
        return None
    if reference["kind"] == "ReplicaSet":
        owner = controller_of(obj)
        if owner is not None and owner["kind"] == "Deployment":
            deployment = view.get("deployments.apps", space, owner["name"])
            if deployment is None or deployment["metadata"]["uid"] != owner["uid"]:
                return _found(obj)  # the scale subresource of the ReplicaSet itself answers then
            obj = deployment
    return _found(obj)


def _found(obj: Obj) -> tuple[str, int]:
    return obj["metadata"]["uid"], obj["spec"].get("replicas", 1)


def _other_scale(kind: tuple[str, str], reference: Obj, space: str, view: View) -> tuple[str, int] | None:
    if kind in _PLAIN:
        raise Uncountable(f"{_PLAIN[kind]} does not implement the scale subresource")
    for crd in view.list(CRDS):
        spec = crd["spec"]
        if (spec["group"], spec["names"]["kind"]) != kind:
            continue
        resource = f"{spec['names']['plural']}.{spec['group']}"
        version = reference["apiVersion"].rpartition("/")[2]
        served: Obj = next((v for v in spec["versions"] if v["name"] == version), {})
        path = ((served.get("subresources") or {}).get("scale") or {}).get("specReplicasPath")
        if path is None:
            raise Uncountable(f"{resource} does not implement the scale subresource")
        obj = view.get(resource, space, reference["name"])
        if obj is None or obj["metadata"]["uid"] != reference["uid"]:
            return None
        return obj["metadata"]["uid"], _at(obj, path)
    raise Uncountable(f'no matches for kind "{kind[1]}" in version "{reference["apiVersion"]}"')


def _at(obj: Obj, path: str) -> int:
    value: object = obj
    for word in path.strip(".").split("."):
        value = value.get(word, 0) if isinstance(value, dict) else 0
    return value if isinstance(value, int) else 0


def _condition(status: str, reason: str, message: str, generation: int, now: Instant) -> Obj:
    told: Obj = {"type": "DisruptionAllowed", "status": status}
    if generation:
        told["observedGeneration"] = generation
    return {**told, "lastTransitionTime": rfc3339(now), "reason": reason, "message": message}


def status_of(pdb: Obj, healthy: int, budget: Budget, disrupted: dict[str, str], now: Instant) -> Obj:
    """The status of a budget; the old one itself if it says the same."""
    old: Obj = pdb.get("status") or {}
    allowed = max(0, healthy - budget.desired) if budget.expected > 0 else 0
    generation = pdb["metadata"].get("generation", 0)
    told = ("True", "SufficientPods") if allowed else ("False", "InsufficientPods")
    new: Obj = {
        "disruptionsAllowed": allowed,
        "currentHealthy": healthy,
        "desiredHealthy": budget.desired,
        "expectedPods": budget.expected,
        "observedGeneration": generation,
    }
    if disrupted:
        new["disruptedPods"] = disrupted
    new["conditions"] = put(old.get("conditions") or [], _condition(*told, "", generation, now))
    return old if new == old else new


def fail_safe(pdb: Obj, why: str, now: Instant) -> Obj:
    """The status when the sync has failed: nothing may be disrupted."""
    old: Obj = pdb.get("status") or {}
    generation = old.get("observedGeneration", 0)
    conditions = put(old.get("conditions") or [], _condition("False", "SyncFailed", why, generation, now))
    new = {
        "currentHealthy": 0,
        "desiredHealthy": 0,
        "expectedPods": 0,
        **old,
        "disruptionsAllowed": 0,
        "conditions": conditions,
    }
    return old if new == old else new
