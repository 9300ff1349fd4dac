"""Pods of one template share one spec object; what is worked out for the first of them holds for all.

The memo is keyed by the identity of the spec (held, so that the identity cannot be taken by another) and the namespace,
and is forgotten whenever something changes that admission looks at: service accounts, limit ranges, priority classes,
runtime classes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from seatrial.harness.ports.event import Obj

if TYPE_CHECKING:
    from seatrial.fakes.kube.core import Core

__all__ = ["LOOKED_AT", "PreparedPod", "labels_known", "prepared_pod", "remember_pod"]

LOOKED_AT = ("serviceaccounts", "limitranges", "priorityclasses.scheduling.k8s.io", "runtimeclasses.node.k8s.io")
MEMO_MAX = 8192
LABELS_MAX = 200_000
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
NAME_MAX = 253


class PreparedPod(NamedTuple):
    """A finished spec, the spec as it was before admission (it decides who owns what), and the status at birth."""

    source: Obj
    spec: Obj
    wanted: Obj
    status: Obj

    @staticmethod
    def name_fits(name: str) -> bool:
        """Whether a pod may be called so."""
        return len(name) <= NAME_MAX and _NAME.fullmatch(name) is not None


def prepared_pod(core: Core, namespace: str, body: Obj) -> PreparedPod | None:
    """What is known of this spec object in this namespace."""
    spec = body.get("spec")
    found: PreparedPod | None = core.memo.get((id(spec), namespace))
    return found if found is not None and found.source is spec else None


def remember_pod(core: Core, namespace: str, body: Obj, obj: Obj, wanted: Obj) -> None:
    """Keep what became of a spec."""
    memo = core.memo
    if len(memo) >= MEMO_MAX:
        memo.clear()
    spec = body.get("spec")
    if spec is not None and not spec.get("nodeName") and not spec.get("schedulingGates"):
        memo[id(spec), namespace] = PreparedPod(spec, obj["spec"], wanted, obj["status"])
    meta = obj["metadata"]
    known = core.valid_labels
    if len(known) > LABELS_MAX:
        known.clear()
    known.update((meta.get("labels") or {}).items())
    known.update((name, "\0") for name in meta.get("annotations") or ())
    known.update((name, "\1") for name in meta.get("finalizers") or ())


def labels_known(core: Core, meta: Obj) -> bool:
    """Whether every label, annotation and finalizer has passed validation before."""
    known = core.valid_labels
    labels = meta.get("labels")
    if labels:
        for pair in labels.items():
            if pair not in known:
                return False
    for name in meta.get("annotations") or ():
        if (name, "\0") not in known:
            return False
    return all((name, "\1") in known for name in meta.get("finalizers") or ())
