"""Cloud node lifecycle: the Node of a terminated machine goes, that of a stopped one is tainted.

Source: k8s.io/cloud-provider/controllers/nodelifecycle (v0.36.3), as the AWS cloud controller manager runs it.
Differs from the real one: machines are told by the pseudo-resource `machines` instead of EC2's DescribeInstances, so
there is no throttling and no lag; a machine that nobody tells of runs; no event when a deletion fails.
"""

from __future__ import annotations

from typing import ClassVar

from seatrial.fakes.controllers.nodes.health import has_taint, ready_of, taint_patch, without_taints
from seatrial.fakes.controllers.words.events import event
from seatrial.fakes.controllers.words.passes import Passes
from seatrial.harness.kernel.time import MILLISECOND, SECOND, Duration, Instant
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, View, Write

__all__ = ["CloudNodeLifecycle", "decide"]

PERIOD: Duration = 5 * SECOND + MILLISECOND
SHUTDOWN = "node.cloudprovider.kubernetes.io/shutdown"
COMPONENT = "cloud-node-lifecycle-controller"
PASSES = Key("passes", "", "")


def decide(node: Obj, state: str) -> tuple[Write, ...]:
    """What a machine's state (running, stopped, terminated) means for its Node; nothing while that is Ready."""
    ready = ready_of(node)
    taints = (node.get("spec") or {}).get("taints") or ()
    stopped = has_taint(taints, SHUTDOWN, "NoSchedule")
    if ready is not None and ready["status"] == "True":
        return (taint_patch(node, without_taints(taints, "NoSchedule", SHUTDOWN)),) if stopped else ()
    if state == "terminated":
        key = Key("nodes", "", node["metadata"]["name"])
        text = f"Deleting node {key.name} because it does not exist in the cloud provider"
        return event(key, "DeletingNode", text, COMPONENT), Write("delete", key, tolerate=("NotFound",))
    if state == "stopped" and not stopped:
        return (taint_patch(node, [*taints, {"key": SHUTDOWN, "effect": "NoSchedule"}]),)
    return ()


class CloudNodeLifecycle:
    """One key, for the passes over all nodes; a pass looks at those of which something was heard."""

    name: ClassVar[str] = "cloud-node-lifecycle"
    watches: ClassVar[tuple[Watch, ...]] = (Watch("nodes", "node_changed"), Watch("machines", "machine_changed"))
    workers: ClassVar[int] = 1

    def __init__(self, *, phase: Duration = 0) -> None:
        self.passes = Passes(PERIOD, phase)
        self.due: dict[str, None] = {}

    def node_changed(self, old: Obj | None, new: Obj | None, view: View) -> tuple[Key, ...]:
        """Only a Node that is not Ready, or has our taint, can be of interest."""
        if new is None:
            self.due.pop((old or {})["metadata"]["name"], None)
            return ()
        ready = ready_of(new)
        if ready is not None and ready["status"] == "True" and not (new.get("spec") or {}).get("taints"):
            # The first node is as good a start of the passes as any.
            return (PASSES,) if self.passes.origin < 0 else ()
        return self._mark(new["metadata"]["name"])

    def machine_changed(self, old: Obj | None, new: Obj | None, view: View) -> tuple[Key, ...]:
        """A machine has started, stopped or ended."""
        return self._mark((new or old or {})["metadata"]["name"])

    def _mark(self, node: str) -> tuple[Key, ...]:
        self.due[node] = None
        return (PASSES,)

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """A pass, or the wait for the next one."""
        self.passes.begin(now)
        writes: list[Write] = []
        if self.due and self.passes.due(now):
            due, self.due = self.due, {}
            for name in due:
                node, machine = view.get("nodes", "", name), view.get("machines", "", name)
                if node is not None and machine is not None:
                    writes.extend(decide(node, machine["state"]))
            for write in writes:
                # Looked at again, in case it is refused.
                self.due[write.key.name] = None
        if not self.due:
            return DONE
        return Next(tuple(writes), self.passes.next(now) - now, independent=True)

    def failed(self, write: Write, error: ApiError, now: Instant) -> None:
        """The next pass will see."""
        self.due[write.key.name] = None
