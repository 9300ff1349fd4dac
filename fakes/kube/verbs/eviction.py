"""POST pods/NAME/eviction: a deletion that asks the disruption budget first.

Source: pkg/registry/core/pod/storage/eviction.go (v1.36.3).
"""

from __future__ import annotations

from typing import Any

from seatrial.fakes.kube.conditions import condition_of, with_condition
from seatrial.fakes.kube.core import Core, Request
from seatrial.fakes.kube.selection import matches
from seatrial.fakes.kube.verbs.delete import Options, delete
from seatrial.harness.kernel.time import Instant, rfc3339
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, BadRequest, Conflict, Forbidden, NotFound, TooManyRequests

__all__ = ["evict"]

BUDGETS = "poddisruptionbudgets.policy"
DISRUPTED_PODS_MAX = 2000
REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."
EVICTED = {
    "type": "DisruptionTarget",
    "status": "True",
    "reason": "EvictionByEvictionAPI",
    "message": "Eviction API: evicting",
}


def evict(core: Core, request: Request, body: Any, options: Options | None = None) -> Obj:
    """Evict a pod, or refuse with 429; returns the pod's last version."""
    key = request.key
    if isinstance(body, dict):
        name = (body.get("metadata") or {}).get("name")
        if name and name != key.name:
            raise BadRequest("name in URL does not match name in Eviction object")
    if options is None:
        options = Options.of(body.get("deleteOptions") if isinstance(body, dict) else None)
    pod = core.store.get("pods", key.namespace, key.name)
    if pod is None:
        raise NotFound("pods", key.name)
    if not _ignores_budgets(pod):
        _ask(core, request, pod)
    return _delete(core, request, pod, options)


def _ignores_budgets(pod: Obj) -> bool:
    phase = (pod.get("status") or {}).get("phase")
    return phase in ("Succeeded", "Failed", "Pending") or "deletionTimestamp" in pod["metadata"]


def _ask(core: Core, request: Request, pod: Obj) -> None:
    labels = pod["metadata"].get("labels")
    budgets = [
        budget
        for budget in core.store.tables.list(BUDGETS, request.key.namespace)
        if matches((budget.get("spec") or {}).get("selector"), labels)
    ]
    if not budgets:
        return
    if len(budgets) > 1:
        text = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        raise ApiError(text, 500, "")
    budget = budgets[0]
    status = budget.get("status") or {}
    ready = condition_of(pod, "Ready")
    if ready is None or ready.get("status") != "True":
        if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
            return
        if status.get("currentHealthy", 0) >= status.get("desiredHealthy", 0) > 0:
            return
    _decrement(core, request, budget, status)


def _decrement(core: Core, request: Request, budget: Obj, status: Obj) -> None:
    meta = budget["metadata"]
    name = meta["name"]
    if status.get("observedGeneration", 0) < meta.get("generation", 0):
        raise _refusal(f"The disruption budget {name} is still being processed by the server.", 10)
    allowed = status.get("disruptionsAllowed", 0)
    if allowed < 0:
        raise Forbidden("poddisruptionbudget.policy", name, "pdb disruptions allowed is negative")
    disrupted = status.get("disruptedPods") or {}
    if len(disrupted) > DISRUPTED_PODS_MAX:
        why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
        raise Forbidden("poddisruptionbudget.policy", name, why)
    if allowed == 0:
        raise _refusal(_why(budget, status), 0)
    if request.dry_run:
        return
    new_status = {
        **status,
        "disruptionsAllowed": allowed - 1,
        "disruptedPods": {**disrupted, request.key.name: rfc3339(core.agenda.time)},
    }
    if allowed == 1:
        new_status = _exhausted(new_status, core.agenda.time)
    core.store.put(
        BUDGETS,
        {**budget, "status": new_status},
        actor=request.client.name,
        manager="kube-apiserver",
        subresource="status",
    )


def _exhausted(status: Obj, now: Instant) -> Obj:
    """UpdateDisruptionAllowedCondition when nothing is left."""
    condition = {
        "type": "DisruptionAllowed",
        "status": "False",
        "reason": "InsufficientPods",
        "message": "",
        "observedGeneration": status.get("observedGeneration", 0),
    }
    others = []
    since = rfc3339(now)
    for old in status.get("conditions") or ():
        if old["type"] == "DisruptionAllowed":
            if old["status"] == "False":
                since = old.get("lastTransitionTime", since)
        else:
            others.append(old)
    return {**status, "conditions": [*others, {**condition, "lastTransitionTime": since}]}


def _refusal(why: str, retry_after: int) -> TooManyRequests:
    details = {"causes": [{"reason": "DisruptionBudget", "message": why}]}
    return TooManyRequests(REFUSED, retry_after, details)


def _why(budget: Obj, status: Obj) -> str:
    name = budget["metadata"]["name"]
    condition = condition_of(budget, "DisruptionAllowed") or {}
    denied = condition.get("status") == "False" and condition.get("message")
    have, need = status.get("currentHealthy", 0), status.get("desiredHealthy", 0)
    if denied and condition.get("reason") == "SyncFailed":
        return (
            f"The disruption budget {name} does not allow evicting pods currently because it failed sync: "
            f"{condition['message']}"
        )
    if have <= need:
        return f"The disruption budget {name} needs {need} healthy pods and has {have} currently"
    if denied:
        return (
            f"The disruption budget {name} does not allow evicting pods currently "
            f"({condition.get('reason', '')}): {condition['message']}"
        )
    return f"The disruption budget {name} does not allow evicting pods currently"


def _delete(core: Core, request: Request, pod: Obj, options: Options) -> Obj:
    meta = pod["metadata"]
    if options.uid and options.uid != meta["uid"]:
        raise _precondition(meta["name"], "UID", options.uid, meta["uid"], "deleted and then recreated")
    wanted = options.resource_version
    if wanted and wanted != meta["resourceVersion"]:
        raise _precondition(meta["name"], "ResourceVersion", wanted, meta["resourceVersion"], "modified")
    if not request.dry_run:
        status = with_condition(pod.get("status") or {}, EVICTED, core.stamp())
        if status is not pod.get("status"):
            pod = core.store.put(
                "pods",
                {**pod, "status": status},
                actor=request.client.name,
                manager="kube-apiserver",
                subresource="status",
            )
    narrowed = options._replace(resource_version="")
    last, _ = delete(core, request._replace(key=Key("pods", request.key.namespace, request.key.name)), narrowed)
    return last


def _precondition(name: str, field: str, wanted: str, have: str, what: str) -> Conflict:
    return Conflict(
        f'Operation cannot be fulfilled on Pod "{name}": the {field} in the precondition ({wanted}) does not match '
        f"the {field} in record ({have}). The object might have been {what}",
        {"name": name, "kind": "Pod"},
    )
