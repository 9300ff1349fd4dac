"""Puts the manifests into a cluster, as `kubectl apply` would, and sees whether the app comes up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import ApiError, Kube, NotFound
from seatrial.harness.runner.outcome import Unready

__all__ = ["deploy", "unready"]

Check = Callable[[Obj], None]
Counts = tuple[int, int]  # ready, wanted
_REASONS_MAX = 5


def deploy(kube: Kube, manifests: Iterable[Obj], places: dict[str, str], check: Check) -> list[str]:
    """Create every manifest in order; returns warnings. A refusal is BadInput with the manifest's place.

    check: the substrate's own doubts about an object that the API server has accepted.
    Raises BadInput with all refusals at once: whoever fixes a manifest wants to fix them all.
    """
    refusals, doubts, warnings = [], [], []
    for manifest in manifests:
        title = _title(manifest)
        try:
            resource = kube.resource(manifest["apiVersion"], manifest["kind"])
            namespace = manifest["metadata"].get("namespace", "")
            # As kubectl asks by default: a field that nobody knows is a mistake, not a detail.
            made = kube.create(resource, namespace, manifest, validation="Strict")
            warnings += [f"{places.get(title, title)}: {title}: {text}" for text in kube.warnings]
            check(made)
        except ApiError as error:
            if error.reason == "AlreadyExists":
                warnings.append(f"{title} exists already in a new cluster; yours is left out")
                continue
            place = places.get(title, "")
            refusals.append(f"{place}: {error.message}" if place else f"{title}: {error.message}")
        except BadInput as error:
            place = places.get(title, "")
            doubts.append(f"{place}: {title}: {error}" if place else f"{title}: {error}")
    if doubts:
        raise BadInput("the manifests ask what cannot be:\n  " + "\n  ".join([*doubts, *refusals]))
    if refusals:
        raise BadInput("the API server refuses the manifests:\n  " + "\n  ".join(refusals))
    return warnings


def unready(kube: Kube, workloads: Iterable[str]) -> tuple[Unready, ...]:
    """The workloads ("deployments.apps/ns/name") that are not complete, with what their pods say."""
    found = []
    for workload in workloads:
        resource, namespace, name = workload.split("/")
        try:
            obj = kube.get(resource, namespace, name)
        except NotFound:
            told = _told_of(kube, resource, namespace, name)
            # A Job with ttlSecondsAfterFinished goes when it is done; only its events stay for a while.
            if "Completed" not in told:
                told.pop("SuccessfulCreate", None)
                found.append(Unready(workload, 0, 1, tuple(told.values()) or ("it does not exist (any more)",)))
            continue
        ready, wanted = _counts(obj)
        if ready < wanted or _observed_late(obj):
            found.append(Unready(_title(obj), ready, wanted, _reasons(kube, obj)))
    return tuple(found)


def _told_of(kube: Kube, resource: str, namespace: str, name: str) -> dict[str, str]:
    """What the events say of a Job that is gone, by reason."""
    if resource != "jobs.batch":
        return {}
    events = [
        event
        for event in kube.list("events", namespace).get("items", ())
        if event["involvedObject"].get("kind") == "Job" and event["involvedObject"].get("name") == name
    ]
    return {event["reason"]: f"{event['reason']}: {event.get('message', '')}" for event in events}


def _title(obj: Obj) -> str:
    meta = obj["metadata"]
    namespace = meta.get("namespace")
    return "/".join(part for part in (obj["kind"], namespace, meta.get("name", "?")) if part)


def _observed_late(obj: Obj) -> bool:
    seen = obj.get("status", {}).get("observedGeneration")
    return seen is not None and seen < obj["metadata"].get("generation", 0)


def _counts(obj: Obj) -> Counts:
    spec, status = obj.get("spec", {}), obj.get("status", {})
    kind = obj["kind"]
    if kind == "DaemonSet":
        return status.get("numberReady", 0), status.get("desiredNumberScheduled", 1)
    if kind == "Job":
        wanted = spec.get("completions") or spec.get("parallelism") or 1
        # A job that is at work is as it should be; only one that can start nothing is not.
        done = status.get("succeeded", 0) + status.get("ready", 0)
        return min(done, wanted), min(wanted, spec.get("parallelism") or 1) if done else wanted
    if kind == "CronJob":
        return 0, 0
    if kind == "Pod":
        done = status.get("phase") == "Succeeded"
        return int(done or _condition(obj, "Ready").get("status") == "True"), 1
    wanted = spec.get("replicas", 1)
    updated = status.get("updatedReplicas", 0) if kind in ("Deployment", "StatefulSet") else wanted
    return min(status.get("readyReplicas", 0), updated, wanted), wanted


def _reasons(kube: Kube, obj: Obj) -> tuple[str, ...]:
    namespace = obj["metadata"].get("namespace", "")
    reasons: dict[str, int] = {}
    for condition in obj.get("status", {}).get("conditions", ()):
        if condition["type"] in ("ReplicaFailure", "Failed") and condition["status"] == "True":
            reasons[f"{condition.get('reason', '')}: {condition.get('message', '')}"] = 1
    for pod in _pods(kube, obj, namespace):
        for reason in _pod_reasons(pod):
            reasons[reason] = reasons.get(reason, 0) + 1
    if not reasons:
        for event in kube.list("events", namespace).get("items", ()):
            involved = event.get("involvedObject", {})
            if event.get("type") == "Warning" and involved.get("name", "").startswith(obj["metadata"]["name"]):
                reasons[f"{event.get('reason', '')}: {event.get('message', '')}"] = 1
    listed = [f"{count} pod(s) {reason}" if count > 1 else reason for reason, count in reasons.items()]
    return tuple(listed[:_REASONS_MAX]) or ("no pod was created and no event says why",)


def _pods(kube: Kube, obj: Obj, namespace: str) -> list[Obj]:
    if obj["kind"] == "Pod":
        return [obj]
    selector = obj.get("spec", {}).get("selector", {}).get("matchLabels")
    if not selector:
        return []
    labels = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    pods: list[Obj] = kube.list("pods", namespace, labels=labels)["items"]
    return pods


def _pod_reasons(pod: Obj) -> list[str]:
    status = pod.get("status", {})
    if _condition(pod, "Ready").get("status") == "True" or status.get("phase") == "Succeeded":
        return []
    scheduled = _condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        return [f"Pending, {scheduled.get('reason', '')}: {scheduled.get('message', '')}"]
    waiting = []
    for container in [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]:
        state: dict[str, Any] = container.get("state", {})
        if "waiting" in state and state["waiting"].get("reason") not in ("PodInitializing",):
            reason = state["waiting"]
            waiting.append(
                f"container {container['name']}: {reason.get('reason', '')} {reason.get('message', '')}".strip()
            )
        elif "running" in state and not container.get("ready"):
            waiting.append(f"container {container['name']}: running, its readiness probe does not pass")
    return waiting or [f"{status.get('phase', 'Pending')} {status.get('reason', '')}".strip()]


def _condition(obj: Obj, kind: str) -> Obj:
    for condition in obj.get("status", {}).get("conditions", ()):
        if condition["type"] == kind:
            found: Obj = condition
            return found
    return {}
