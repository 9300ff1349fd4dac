"""Whether a node takes a pod that was bound to it.

Source: pkg/kubelet/lifecycle/predicate.go, pkg/scheduler's node affinity, ports and resources (v1.36.3).
Differs from the real one: no topology, CPU or memory manager, no preemption for critical pods, no soft admission.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seatrial.fakes.kubelet.quantities import amounts
from seatrial.fakes.kubelet.state import Node, Pod
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import View

__all__ = ["admit", "refusal", "release"]

AFFINITY = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
PORTS = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"


def refusal(node: Node, pod: Pod, view: View) -> tuple[str, str]:
    """(reason, message) of the refusal; two empty texts if the pod is taken."""
    obj = view.get("nodes", "", node.name) or node.obj
    recipe = pod.recipe
    if (recipe.node_selector or recipe.affinity) and not _wanted(recipe.node_selector, recipe.affinity, obj):
        return "NodeAffinity", AFFINITY
    if recipe.ports:
        taken = {port for other in node.pods.values() if other.admitted for port in other.recipe.ports}
        if any(port in taken for port in recipe.ports):
            return "NodePorts", PORTS
    return _room(node, pod, obj)


def _room(node: Node, pod: Pod, obj: Obj) -> tuple[str, str]:
    if node.room_of is not obj.get("status", {}).get("allocatable"):
        node.room_of = (obj.get("status") or {}).get("allocatable")
        node.room = amounts(node.room_of)
    room, used = node.room, node.admitted
    if "pods" in room and used["pods"] + 1 > room["pods"]:
        return "OutOfpods", _short("pods", 1, used["pods"], room["pods"])
    for resource, needed in pod.recipe.needs.items():
        if needed and resource in room and used.get(resource, 0) + needed > room[resource]:
            return f"OutOf{resource}", _short(resource, needed, used.get(resource, 0), room[resource])
    return "", ""


def admit(node: Node, pod: Pod) -> None:
    """The pod takes its room."""
    if not pod.admitted:
        pod.admitted = True
        _count(node, pod, 1)


def release(node: Node, pod: Pod) -> None:
    """The pod's room is free again."""
    if pod.admitted:
        pod.admitted = False
        _count(node, pod, -1)


def _count(node: Node, pod: Pod, sign: int) -> None:
    used = node.admitted
    used["pods"] += sign
    for resource, needed in pod.recipe.needs.items():
        used[resource] = used.get(resource, 0) + sign * needed


def _short(resource: str, needed: int, used: int, room: int) -> str:
    return f"Node didn't have enough resource: {resource}, requested: {needed}, used: {used}, capacity: {room}"


def _wanted(selector: Mapping[str, str], affinity: Obj, obj: Obj) -> bool:
    labels: dict[str, str] = obj["metadata"].get("labels") or {}
    if any(labels.get(key) != value for key, value in selector.items()):
        return False
    required = (affinity.get("nodeAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution")
    if not required:
        return True
    fields = {"metadata.name": obj["metadata"]["name"]}
    return any(
        (term.get("matchExpressions") or term.get("matchFields"))
        and _all(term.get("matchExpressions") or (), labels)
        and _all(term.get("matchFields") or (), fields)
        for term in required.get("nodeSelectorTerms") or ()
    )


def _all(clauses: Iterable[Obj], labels: Mapping[str, str]) -> bool:
    return all(_matches(clause, labels.get(clause["key"])) for clause in clauses)


def _matches(clause: Obj, value: str | None) -> bool:
    operator = clause["operator"]
    values: list[str] = clause.get("values") or []
    if operator == "In":
        return value in values
    if operator == "NotIn":
        return value not in values
    if operator == "Exists":
        return value is not None
    if operator == "DoesNotExist":
        return value is None
    try:
        number, bound = int(value or ""), int(values[0])
    except ValueError:
        return False
    return number > bound if operator == "Gt" else number < bound
