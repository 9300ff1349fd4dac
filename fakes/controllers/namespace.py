"""Namespaces: their deletion empties them, pods first, and ends when nothing is left.

Source: pkg/controller/namespace (v1.36.3, gate OrderedNamespaceDeletion on).
Differs from the real one: it deletes at one turn and looks at what is left at the next one, a millisecond later,
where the real one lists live in the same sync; discovery never fails; the order of the other resources is fixed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar

from seatrial.fakes.controllers.words.conditions import put
from seatrial.fakes.controllers.words.meta import instant, with_status
from seatrial.fakes.controllers.words.pods import is_finished
from seatrial.harness.kernel.time import MILLISECOND, SECOND, Instant, rfc3339
from seatrial.harness.ports.controller import DONE, Next, Watch, again
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import View, Write

__all__ = ["RESOURCES", "NamespaceController", "decide"]

CRDS = "customresourcedefinitions.apiextensions.k8s.io"
# Namespaced kinds that can hold content, pods first.
RESOURCES = (
    "pods",
    "deployments.apps",
    "replicasets.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "jobs.batch",
    "cronjobs.batch",
    "controllerrevisions.apps",
    "replicationcontrollers",
    "services",
    "endpoints",
    "endpointslices.discovery.k8s.io",
    "persistentvolumeclaims",
    "poddisruptionbudgets.policy",
    "horizontalpodautoscalers.autoscaling",
    "ingresses.networking.k8s.io",
    "networkpolicies.networking.k8s.io",
    "configmaps",
    "secrets",
    "serviceaccounts",
    "resourcequotas",
    "limitranges",
    "roles.rbac.authorization.k8s.io",
    "rolebindings.rbac.authorization.k8s.io",
    "leases.coordination.k8s.io",
    "podtemplates",
)
FINALIZER = "kubernetes"
GRACE = 5 * SECOND
LOOK_AGAIN = MILLISECOND
FINALIZER_ESTIMATE = 15
_FINE = (
    ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    ("NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
    (
        "NamespaceDeletionContentFailure",
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    ("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
)


def decide(namespace: Obj, content: Mapping[str, Sequence[Obj]], now: Instant) -> Next:
    """One sync of a namespace that is being deleted; content: what it holds, by resource, empty ones left out."""
    name, key = namespace["metadata"]["name"], Key("namespaces", "", namespace["metadata"]["name"])
    if (namespace.get("status") or {}).get("phase") != "Terminating":
        status = {**(namespace.get("status") or {}), "phase": "Terminating"}
        return again(LOOK_AGAIN, Write("update", key, with_status(namespace, status), "status"))
    pods = content.get("pods")
    present = {"pods": pods} if pods else content
    fresh = [
        resource
        for resource, objects in present.items()
        if any("deletionTimestamp" not in obj["metadata"] for obj in objects)
    ]
    if fresh:
        deletes = [
            Write("deletecollection", Key(resource, name, ""), propagation="Background", tolerate=("NotFound",))
            for resource in fresh
        ]
        return Next(tuple(deletes), LOOK_AGAIN, independent=True)
    if present:
        return _remaining(namespace, key, present, now)
    spec = namespace.get("spec") or {}
    kept = [finalizer for finalizer in spec.get("finalizers") or () if finalizer != FINALIZER]
    told = _told(namespace, {}, now)
    writes = [Write("update", key, told, "status")] if told is not namespace else []
    # The status has been written with the version at hand, so the last word has to do without one.
    meta = {field: value for field, value in told["metadata"].items() if field != "resourceVersion"}
    body = {**told, "metadata": meta, "spec": {**spec, "finalizers": kept}}
    return Next((*writes, Write("update", key, body, "finalize", tolerate=("NotFound",))))


def _remaining(namespace: Obj, key: Key, present: Mapping[str, Sequence[Obj]], now: Instant) -> Next:
    """Tell what is left, and come back after half of the time that it should take."""
    told = _told(namespace, present, now)
    estimate = _grace(present.get("pods", ()))
    if now - instant(namespace["metadata"]["deletionTimestamp"]) >= estimate * SECOND:
        estimate = 0
    if not estimate and any(obj["metadata"].get("finalizers") for objects in present.values() for obj in objects):
        estimate = FINALIZER_ESTIMATE
    after = (estimate // 2 + 1) * SECOND
    if told is namespace:
        return Next((), after)
    # Its own write brings the real one back after five seconds.
    return Next((Write("update", key, told, "status"),), min(after, GRACE))


def _grace(pods: Sequence[Obj]) -> int:
    living = (pod for pod in pods if not is_finished(pod))
    return max((pod["spec"].get("terminationGracePeriodSeconds", 0) for pod in living), default=0)


def _told(namespace: Obj, present: Mapping[str, Sequence[Obj]], now: Instant) -> Obj:
    """The namespace with the conditions of its deletion; itself if they are so already."""
    status = namespace.get("status") or {}
    conditions: list[Obj] = status.get("conditions") or []
    left = _left(present)
    for kind, fine, well in _FINE:
        reason, message = left.get(kind, (fine, well))
        conditions = put(
            conditions,
            {
                "type": kind,
                "status": "True" if kind in left else "False",
                "lastTransitionTime": rfc3339(now),
                "reason": reason,
                "message": message,
            },
        )
    if conditions == status.get("conditions"):
        return namespace
    return with_status(namespace, {**status, "conditions": conditions})


def _left(present: Mapping[str, Sequence[Obj]]) -> dict[str, tuple[str, str]]:
    if "pods" in present or not present:
        # While pods are left the real one leaves before it sums up, so that all conditions say that all is well.
        return {}
    resources = sorted(
        f"{resource if '.' in resource else resource + '.'} has {len(objects)} resource instances"
        for resource, objects in present.items()
    )
    found = {
        "NamespaceContentRemaining": ("SomeResourcesRemain", "Some resources are remaining: " + ", ".join(resources))
    }
    finalizers = Counter(
        name for objects in present.values() for obj in objects for name in obj["metadata"].get("finalizers") or ()
    )
    if finalizers:
        listed = ", ".join(sorted(f"{name} in {count} resource instances" for name, count in finalizers.items()))
        text = f"Some content in the namespace has finalizers remaining: {listed}"
        found["NamespaceFinalizersRemaining"] = ("SomeFinalizersRemain", text)
    return found


class NamespaceController:
    """The twin of kube-controller-manager's namespace controller."""

    name: ClassVar[str] = "namespace-controller"
    watches: ClassVar[tuple[Watch, ...]] = (Watch("namespaces"),)
    workers: ClassVar[int] = 10

    def __init__(self) -> None:
        self._due: dict[str, Instant] = {}

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Empty a namespace that is being deleted, five seconds after that was seen."""
        namespace = view.get("namespaces", "", key.name)
        if namespace is None or "deletionTimestamp" not in namespace["metadata"]:
            self._due.pop(key.name, None)
            return DONE
        if not (namespace.get("spec") or {}).get("finalizers"):
            return DONE
        due = self._due.setdefault(key.name, now + GRACE)
        if now < due:
            return again(due - now)
        content = {resource: list(view.list(resource, key.name)) for resource in (*RESOURCES, *_custom(view))}
        answer = decide(namespace, {resource: objects for resource, objects in content.items() if objects}, now)
        self._due[key.name] = now + (answer.after or 0)
        return answer


def _custom(view: View) -> list[str]:
    """Resources of CustomResourceDefinitions that are namespaced."""
    return [
        f"{crd['spec']['names']['plural']}.{crd['spec']['group']}"
        for crd in view.list(CRDS)
        if crd["spec"].get("scope") == "Namespaced"
    ]
