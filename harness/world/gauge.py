"""What a `when:` or `while:` looks at: the measures of `scenario.measures`, kept up to date from the records.

A tap of every cluster's recorder. It writes nothing: after a change that may matter it asks the storm, by an act of the
fleet at the same instant, to look at its conditions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.ports.event import Key, Obj, Record
from seatrial.harness.scenario.model import Condition

__all__ = ["Gauge"]

PPM = 1_000_000
ZONE = "topology.kubernetes.io/zone"
GROUP = "eks.amazonaws.com/nodegroup"
WORKLOADS = frozenset({"deployments.apps", "statefulsets.apps", "daemonsets.apps", "replicasets.apps"})
_NOTHING: dict[str, Any] = {}


class NodeMark(NamedTuple):
    """What counts of a node."""

    zone: str
    group: str
    ready: bool
    version: str
    tainted: bool


class AppMark(NamedTuple):
    """What counts of a workload."""

    wanted: int
    ready: int
    updated: int


class PodMark(NamedTuple):
    """What counts of a pod."""

    pending: bool
    ending: bool


class Gauge:
    """The present values of all measures over the whole fleet."""

    def __init__(self, agenda: Agenda, listener: str, verb: str, apps: tuple[str, ...]) -> None:
        self._agenda = agenda
        self._listener = listener
        self._verb = verb
        self._apps = frozenset(apps)
        self._nodes: dict[tuple[int, str], NodeMark] = {}
        self._workloads: dict[tuple[int, Key], AppMark] = {}
        self._pods: dict[tuple[int, Key], PodMark] = {}
        self._flows: dict[tuple[int, Key], tuple[int, int]] = {}
        self._asked = -1

    def take(self, record: Record) -> None:
        """Take one record in."""
        resource = record.key.resource
        if record.verb in ("event", "reject"):
            return
        if resource == "nodes":
            changed = _mark(self._nodes, (record.cluster, record.key.name), record.new, _node)
        elif resource == "pods":
            changed = _mark(self._pods, (record.cluster, record.key), record.new, _pod)
        elif resource in WORKLOADS and str(record.key) in self._apps:
            changed = _mark(self._workloads, (record.cluster, record.key), record.new, _app)
        elif resource == "flow":
            changed = _mark(self._flows, (record.cluster, record.key), record.new, _flow)
        else:
            return
        if changed and self._asked != record.time:
            self._asked = record.time
            self._agenda.at(record.time, self._listener, self._verb)

    def looked(self) -> None:
        """The storm has looked: the next change asks again."""
        self._asked = -1

    def holds(self, condition: Condition, in_force: frozenset[str]) -> bool:
        """Whether a condition is true now."""
        value = self.value(condition, in_force)
        if value is None:
            return False
        least, most = condition.at_least, condition.at_most
        return (least is None or value >= least) and (most is None or value <= most)

    def value(self, condition: Condition, in_force: frozenset[str]) -> int | None:
        """The measure's value: parts per million for shares; None where its subject does not exist."""
        measure, subject = condition.measure, condition.subject
        if measure == "in-force":
            return int(condition.name in in_force)
        if measure == "pending":
            return sum(pod.pending for pod in self._pods.values())
        if measure == "terminating":
            return sum(pod.ending for pod in self._pods.values())
        if measure == "served":
            return self._served(condition.name)
        if subject == "app":
            return self._app_share(measure, condition.name)
        nodes = [node for node in self._nodes.values() if _in(node, subject, condition.name)]
        if measure == "tainted":
            return sum(node.tainted for node in nodes)
        if not nodes:
            return None
        if measure == "ready":
            return sum(node.ready for node in nodes) * PPM // len(nodes)
        newest = max((node.version for node in self._nodes.values()), key=_version)
        return sum(node.version == newest for node in nodes) * PPM // len(nodes)

    def _app_share(self, measure: str, name: str) -> int | None:
        marks = [mark for (_, key), mark in self._workloads.items() if name in ("", "app", key.name)]
        wanted = sum(mark.wanted for mark in marks)
        if not wanted:
            return None
        have = sum(min(mark.wanted, mark.ready if measure == "ready" else mark.updated) for mark in marks)
        return have * PPM // wanted

    def _served(self, name: str) -> int | None:
        flows = [
            flow for (_, key), flow in self._flows.items() if name in ("", "app") or key.name.startswith(f"{name}@")
        ]
        rate = sum(rate for rate, _ in flows)
        return sum(rate * served for rate, served in flows) // rate if rate else None


def _mark(marks: dict[Any, Any], slot: Any, new: Obj | None, read: Any) -> bool:
    """Keep what counts of a version; True if that differs from before."""
    if new is None:
        return marks.pop(slot, None) is not None
    mark = read(new)
    if marks.get(slot) == mark:
        return False
    marks[slot] = mark
    return True


def _node(node: Obj) -> NodeMark:
    labels = node["metadata"].get("labels") or _NOTHING
    status = node.get("status", _NOTHING)
    ready = any(item["type"] == "Ready" and item["status"] == "True" for item in status.get("conditions") or ())
    tainted = any(taint["effect"] == "NoExecute" for taint in node["spec"].get("taints") or ())
    version = status.get("nodeInfo", _NOTHING).get("kubeletVersion", "")
    return NodeMark(labels.get(ZONE, ""), labels.get(GROUP, ""), ready, version, tainted)


def _app(obj: Obj) -> AppMark:
    status = obj.get("status", _NOTHING)
    if obj["kind"] == "DaemonSet":
        wanted = status.get("desiredNumberScheduled", 0)
        return AppMark(wanted, status.get("numberReady", 0), status.get("updatedNumberScheduled", 0))
    return AppMark(obj["spec"].get("replicas", 1), status.get("readyReplicas", 0), status.get("updatedReplicas", 0))


def _pod(pod: Obj) -> PodMark:
    pending = not pod["spec"].get("nodeName") and pod.get("status", _NOTHING).get("phase", "Pending") == "Pending"
    return PodMark(pending, bool(pod["metadata"].get("deletionTimestamp")))


def _flow(facts: Obj) -> tuple[int, int]:
    return facts.get("rate", 0), facts.get("served_ppm", 0)


def _in(node: NodeMark, subject: str, name: str) -> bool:
    if subject == "zone":
        return node.zone == name or (len(name) == 1 and node.zone.endswith(name))
    return subject == "cluster" or node.group == name


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.removeprefix("v").split(".") if part.isdigit())
