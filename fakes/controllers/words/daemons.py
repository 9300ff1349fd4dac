"""Where a DaemonSet's pods belong, and what such a pod looks like.

Source: pkg/controller/daemon/util, NodeShouldRunDaemonPod in pkg/controller/daemon/daemon_controller.go (v1.36.3).
"""

from __future__ import annotations

from typing import NamedTuple

from seatrial.fakes.controllers.words.nodes import matches_node, untolerated
from seatrial.harness.ports.event import Obj

__all__ = ["Place", "daemon_template", "is_updated", "on_node", "place_of", "target_of"]

HASH_LABEL = "controller-revision-hash"
GENERATION_LABEL = "pod-template-generation"
GENERATION = "deprecated.daemonset.template.generation"
_TOLERATED = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)
_HOST_NETWORK = ("node.kubernetes.io/network-unavailable", "NoSchedule")


class Place(NamedTuple):
    """Whether a pod should be started on a node, and whether one that is there may stay."""

    starts: bool
    stays: bool


def _tolerating(spec: Obj) -> Obj:
    """The pod spec with the tolerations that every daemon pod has."""
    wanted = (*_TOLERATED, _HOST_NETWORK) if spec.get("hostNetwork") else _TOLERATED
    have: list[Obj] = list(spec.get("tolerations") or ())
    for key, effect in wanted:
        made = {"key": key, "operator": "Exists", "effect": effect}
        for place, toleration in enumerate(have):
            if _same(toleration, made):
                have[place] = made
                break
        else:
            have.append(made)
    return {**spec, "tolerations": have}


def _same(one: Obj, other: Obj) -> bool:
    fields = ("key", "effect", "operator", "value")
    return all((one.get(field) or "") == (other.get(field) or "") for field in fields)


def daemon_template(daemonset: Obj, suffix: str) -> Obj:
    """The template with tolerations and the labels of its revision and generation."""
    template = daemonset["spec"]["template"]
    meta = template.get("metadata") or {}
    labels = dict(meta.get("labels") or {})
    generation = _generation(daemonset)
    if generation is not None:
        labels[GENERATION_LABEL] = generation
    labels[HASH_LABEL] = suffix
    return {**template, "metadata": {**meta, "labels": labels}, "spec": _tolerating(template["spec"])}


def _generation(daemonset: Obj) -> str | None:
    text = (daemonset["metadata"].get("annotations") or {}).get(GENERATION)
    try:
        return None if text is None else str(int(text))
    except ValueError:
        return None


def on_node(spec: Obj, node: str) -> Obj:
    """The pod spec bound to one node by its affinity."""
    affinity = spec.get("affinity") or {}
    of_node = affinity.get("nodeAffinity") or {}
    required = of_node.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    bound = {
        **of_node,
        "requiredDuringSchedulingIgnoredDuringExecution": {**required, "nodeSelectorTerms": [term]},
    }
    return {**spec, "affinity": {**affinity, "nodeAffinity": bound}}


def target_of(pod: Obj) -> str:
    """The node that a daemon pod is on or meant for; "" if it does not say."""
    spec = pod["spec"]
    if spec.get("nodeName"):
        name: str = spec["nodeName"]
        return name
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("nodeSelectorTerms") or ():
        for rule in term.get("matchFields") or ():
            if rule["key"] == "metadata.name" and rule["operator"] == "In":
                return rule["values"][0] if len(rule["values"]) == 1 else ""
    return ""


def place_of(daemonset: Obj, tolerations: list[Obj], node: Obj) -> Place:
    """Judge a node for a DaemonSet; `tolerations` are those of its pods."""
    spec = daemonset["spec"]["template"]["spec"]
    wanted = spec.get("nodeName") or ""
    if (wanted and wanted != node["metadata"]["name"]) or not matches_node(spec, node):
        return Place(starts=False, stays=False)
    taints = (node.get("spec") or {}).get("taints")
    if not taints or untolerated(taints, tolerations, ("NoExecute", "NoSchedule")) is None:
        return Place(starts=True, stays=True)
    return Place(starts=False, stays=untolerated(taints, tolerations, ("NoExecute",)) is None)


def is_updated(daemonset: Obj, pod: Obj, suffix: str) -> bool:
    """Whether a pod is of the present template."""
    labels = pod["metadata"].get("labels") or {}
    if suffix and labels.get(HASH_LABEL) == suffix:
        return True
    generation = _generation(daemonset)
    return generation is not None and labels.get(GENERATION_LABEL) == generation
