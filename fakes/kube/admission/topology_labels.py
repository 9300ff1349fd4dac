"""PodTopologyLabels: a pod that is born on a node carries the node's zone and region.

Source: plugin/pkg/admission/podtopologylabels (v1.36.3). Pods that are bound later get them with the binding.
"""

from __future__ import annotations

from seatrial.fakes.kube.core import Core, Request
from seatrial.harness.ports.event import Obj

__all__ = ["LABELS", "admit", "labels_of"]

LABELS = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone")


def labels_of(core: Core, node: str) -> dict[str, str]:
    """What a node's pods are labelled with."""
    found = core.store.get("nodes", "", node)
    have = (found["metadata"].get("labels") or {}) if found is not None else {}
    return {name: have[name] for name in LABELS if name in have}


def admit(core: Core, _request: Request, pod: Obj) -> Obj:
    """Add the labels."""
    node = (pod.get("spec") or {}).get("nodeName")
    added = labels_of(core, node) if node else {}
    meta = pod["metadata"]
    labels = meta.get("labels") or {}
    if all(labels.get(name) == value for name, value in added.items()):
        return pod
    return {**pod, "metadata": {**meta, "labels": {**labels, **added}}}
