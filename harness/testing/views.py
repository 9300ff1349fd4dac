"""A View over a handful of objects, for tests of controllers, schedulers and whatever else reads one.

Differs from an informer's: it never lags, and nothing writes to it but the test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from seatrial.fakes.kube.selection import matches
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.event import Key, Obj

__all__ = ["DictView", "key_of", "resource_of"]

_PLURALS = {
    "Endpoints": "endpoints",
    "NetworkPolicy": "networkpolicies",
    "Ingress": "ingresses",
    "StorageClass": "storageclasses",
}


def resource_of(obj: Obj) -> str:
    """`deployments.apps` for an apps/v1 Deployment, `pods` for a Pod."""
    group, slash, _ = obj["apiVersion"].partition("/")
    kind: str = obj["kind"]
    plural = _PLURALS.get(kind)
    if plural is None:
        lower = kind.lower()
        if lower.endswith(("s", "x", "ch")):
            plural = lower + "es"
        elif lower.endswith("y") and lower[-2] not in "aeiou":
            plural = lower[:-1] + "ies"
        else:
            plural = lower + "s"
    return f"{plural}.{group}" if slash else plural


def key_of(obj: Obj) -> Key:
    """The key of an object that has apiVersion and kind."""
    meta = obj["metadata"]
    return Key(resource_of(obj), meta.get("namespace", ""), meta["name"])


class DictView:
    """Holds objects; `put` and `remove` return (old, new), as an informer's handlers are told."""

    def __init__(self, *objects: Obj, renewals: Mapping[str, tuple[Instant, bool]] | None = None) -> None:
        self.objects: dict[Key, Obj] = {}
        self.renewals = dict(renewals or {})
        for obj in objects:
            self.put(obj)

    def put(self, obj: Obj) -> tuple[Obj | None, Obj]:
        """Add or replace an object."""
        key = key_of(obj)
        old = self.objects.get(key)
        self.objects[key] = obj
        return old, obj

    def remove(self, key: Key) -> tuple[Obj | None, None]:
        """Take an object away."""
        return self.objects.pop(key, None), None

    def get(self, resource: str, namespace: str, name: str) -> Obj | None:
        """The object, or None."""
        return self.objects.get(Key(resource, namespace, name))

    def list(self, resource: str, namespace: str | None = None) -> Iterable[Obj]:
        """All objects of a resource (of a namespace), in the order in which they were put."""
        return [
            obj
            for key, obj in self.objects.items()
            if key.resource == resource and (namespace is None or key.namespace == namespace)
        ]

    def owned(self, uid: str) -> Iterable[tuple[Key, Obj]]:
        """Objects that have an ownerReference with this uid."""
        return [
            (key, obj)
            for key, obj in self.objects.items()
            if any(reference["uid"] == uid for reference in obj["metadata"].get("ownerReferences", ()))
        ]

    def pods_on(self, node: str) -> Iterable[Obj]:
        """Pods whose spec.nodeName is this node."""
        return [pod for pod in self.list("pods") if pod["spec"].get("nodeName") == node]

    def matching(self, resource: str, namespace: str, selector: Mapping[str, Any] | None) -> Iterable[Obj]:
        """Objects of a namespace whose labels match a LabelSelector."""
        return [obj for obj in self.list(resource, namespace) if matches(selector, obj["metadata"].get("labels"))]

    def renewed(self, node: str) -> tuple[int, bool]:
        """What `renewals` says of the node's lease; (0, False) if nothing."""
        return self.renewals.get(node, (0, False))
