"""The status manager: what the kubelet tells the API server of its pods, and when.

Source: pkg/kubelet/status/status_manager.go (v1.36.3): one write at a time for each kubelet, the newest state wins,
what failed is tried again with the next change or the next full pass (10 s).
Differs from the real one: a status is written whole, on top of the version of that moment, where the real one
patches; the effect is the same, for the commit happens in the same instant.
"""

from __future__ import annotations

from seatrial.fakes.kubelet.base import ACTOR, Base
from seatrial.fakes.kubelet.state import Node, Pod
from seatrial.fakes.kubelet.status import pod_status, rejected_status
from seatrial.harness.kernel.time import SECOND, Duration
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.kube import ApiError, Write

__all__ = ["Reports"]

SYNC_PERIOD: Duration = 10 * SECOND


class Reports(Base):
    """Writes pods' statuses and, at the end, deletes them."""

    def report(self, node: Node, pod: Pod) -> None:
        """The pod's status has changed: write it as soon as the API server can be reached."""
        node.dirty[pod.uid] = None
        if node.online and not node.busy:
            self.next_report(node)

    def flush(self, name: str) -> None:
        """Act: the full pass over all statuses that are not out yet."""
        node = self.nodes.get(name)
        if node is None:
            return
        node.retry = 0
        if node.online and node.dirty and not node.busy:
            self.next_report(node)

    def next_report(self, node: Node) -> None:
        """Write what is dirty, one after the other; what costs time is written when the time is over."""
        while node.dirty:
            try:
                cost = self.api.cost(node.client, "patch", "pods")
            except ApiError:
                self.later(node)
                return
            uid = next(iter(node.dirty))
            if cost > 0:
                node.busy = True
                self.agenda.after(cost, ACTOR, "commit", node.name, uid, node.session)
                return
            if not self._write(node, uid):
                self.later(node)
                return

    def later(self, node: Node) -> None:
        """Try with the next full pass."""
        if not node.retry:
            # The ticker of the full pass has run since the kubelet started.
            wait = SYNC_PERIOD - (self.agenda.time - node.since) % SYNC_PERIOD
            node.retry = self.agenda.after(wait, ACTOR, "flush", node.name)

    def commit(self, name: str, uid: str, session: int) -> None:
        """Act: a write that took its time has arrived."""
        node = self.nodes.get(name)
        if node is None or node.session != session:
            return
        node.busy = False
        if not node.online:
            return
        if self._write(node, uid):
            self.next_report(node)
        else:
            self.later(node)

    def _write(self, node: Node, uid: str) -> bool:
        """Write one status; False if it is to be tried again."""
        pod = node.pods.get(uid)
        if pod is None or pod.removed:
            node.dirty.pop(uid, None)
            return True
        live = self.view.get("pods", pod.namespace, pod.name)
        if live is None or live["metadata"]["uid"] != uid:
            node.dirty.pop(uid, None)
            return True
        status = (
            rejected_status(pod, live) if pod.stage == "rejected" else pod_status(pod, node, live, self.agenda.time)
        )
        key = Key("pods", pod.namespace, pod.name)
        try:
            if status != live.get("status"):
                self.writing = uid
                self.api.submit(Write("update", key, {**live, "status": status}, "status", uid=uid), node.client)
            node.dirty.pop(uid, None)
            if pod.final and "deletionTimestamp" in live["metadata"]:
                self.api.submit(Write("delete", key, grace=0, uid=uid, tolerate=("NotFound", "Conflict")), node.client)
        except ApiError as error:
            if error.code in (404, 409):
                node.dirty.pop(uid, None)
                return True
            node.dirty[uid] = None
            return False
        finally:
            self.writing = ""
        return True
