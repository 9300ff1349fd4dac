"""Pod disruption budgets: how many of their pods may be evicted now.

Source: pkg/controller/disruption/disruption.go (v1.36.3).
Differs from the real one: a pod under several budgets concerns them all, where the real one picks one of them;
members and their health are kept by event, not listed at each sync; the scale of a custom resource is read from the
object, not through its subresource.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from seatrial.fakes.controllers.words.budgets import (
    Budget,
    Uncountable,
    budget_of,
    expected_scale,
    fail_safe,
    needs_scale,
    status_of,
)
from seatrial.fakes.controllers.words.conditions import put
from seatrial.fakes.controllers.words.echoes import Echoes
from seatrial.fakes.controllers.words.events import event, warning
from seatrial.fakes.controllers.words.members import Members, Space
from seatrial.fakes.controllers.words.meta import instant, with_status
from seatrial.fakes.controllers.words.pods import FINISHED, condition, phase_of
from seatrial.harness.kernel.time import MINUTE, Duration, Instant, rfc3339
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, View, Write

__all__ = ["DisruptionController", "decide", "disrupted_pods"]

NAME = "disruption-controller"
PDBS = "poddisruptionbudgets.policy"
# DeletionTimeout and stalePodDisruptionTimeout: how long an eviction may take to show.
PATIENCE: Duration = 2 * MINUTE
UNMANAGED = (
    "Pods selected by this PodDisruptionBudget (selector: {selector}) were found to be unmanaged. As a result, the "
    "status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these "
    'pods please set ".spec.minAvailable" field of the PDB to an integer value.'
)


def disrupted_pods(pdb: Obj, pods: Iterable[Obj], now: Instant) -> tuple[dict[str, str], list[Obj], Duration | None]:
    """(evictions still awaited, pods that should be gone and are not, how long until the next is given up)."""
    awaited: dict[str, str] = {}
    overdue: list[Obj] = []
    soonest: Duration | None = None
    told = (pdb.get("status") or {}).get("disruptedPods") or {}
    for pod in pods:
        name = pod["metadata"]["name"]
        if name not in told or "deletionTimestamp" in pod["metadata"]:
            continue
        left = instant(told[name]) + PATIENCE - now
        if left < 0:
            overdue.append(pod)
        else:
            awaited[name] = told[name]
            soonest = left if soonest is None else min(soonest, left)
    return awaited, overdue, soonest


def decide(pdb: Obj, healthy: int, budget: Budget, awaited: dict[str, str], now: Instant) -> tuple[Write, ...]:
    """The status to write, if it says anything new."""
    status = status_of(pdb, healthy, budget, awaited, now)
    if status is pdb.get("status"):
        return ()
    meta = pdb["metadata"]
    return (Write("update", Key(PDBS, meta["namespace"], meta["name"]), with_status(pdb, status), "status"),)


class DisruptionController:
    """The twin of kube-controller-manager's disruption controller."""

    name: ClassVar[str] = NAME
    watches: ClassVar[tuple[Watch, ...]] = (
        Watch(PDBS, "budgets"),
        Watch("pods", "pods"),
    )
    workers: ClassVar[int] = 1

    def __init__(self) -> None:
        self._spaces: dict[str, Space] = {}
        self._echoes = Echoes()

    def budgets(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A budget's own key; its members are gathered anew when its selector is another one."""
        obj = new if new is not None else old
        assert obj is not None
        meta = obj["metadata"]
        namespace, name = meta["namespace"], meta["name"]
        space = self._spaces.get(namespace)
        key = Key(PDBS, namespace, name)
        if new is None:
            self._echoes.forget(key)
            if space is not None:
                space.remove(name)
                if not space.members:
                    del self._spaces[namespace]
            return (key,)
        if space is None:
            space = self._spaces[namespace] = Space()
        selector = new["spec"].get("selector")
        known = space.members.get(name)
        if known is None or known.selector != selector:
            space.add(name, selector, view.matching("pods", namespace, selector))
        return () if self._echoes.is_echo(key, old, new) else (key,)

    def pods(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """The budgets for which a pod counts otherwise than before; the pod itself if an eviction has gone stale."""
        pod = new if new is not None else old
        assert pod is not None
        meta = pod["metadata"]
        namespace = meta.get("namespace", "")
        space = self._spaces.get(namespace)
        keys = [] if space is None else [Key(PDBS, namespace, name) for name in space.change(old, new)]
        if new is not None and (old is None or old.get("status") is not new.get("status")) and _stale_since(new):
            keys.append(Key("pods", namespace, meta["name"]))
        return keys

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Count, and tell what may be disrupted."""
        obj = view.get(key.resource, key.namespace, key.name)
        if obj is None:
            return DONE
        if key.resource == "pods":
            return _reset(obj, key, now)
        space = self._spaces.get(key.namespace)
        members = None if space is None else space.members.get(key.name)
        if members is None:
            return DONE
        self._echoes.is_fresh(key, obj)
        told: list[Write] = []
        if not members.pods:
            told.append(event(key, "NoPods", "No matching pods found", "controllermanager"))
        members.unsure = False
        try:
            expected = self._expected(obj, members, key, view, now, told)
        except Uncountable as why:
            members.unsure = True
            text = f"Failed to calculate the number of expected pods: {why}"
            told.append(warning(key, "CalculateExpectedPodCountFailed", text, "controllermanager"))
            status = fail_safe(obj, str(why), now)
            same = status is obj.get("status")
            return Next((*(() if same else (Write("update", key, with_status(obj, status), "status"),)), *told))
        return self._counted(obj, members, expected, key, view, now, told)

    def _expected(self, pdb: Obj, members: Members, key: Key, view: View, now: Instant, told: list[Write]) -> int:
        if not needs_scale(pdb):
            return 0
        expected = expected_scale(members.first_of_each(), key.namespace, view)
        if members.unmanaged:
            text = UNMANAGED.format(selector=_text(pdb["spec"].get("selector")))
            told.append(warning(key, "UnmanagedPods", text, "controllermanager"))
        return expected

    def _counted(
        self, pdb: Obj, members: Members, expected: int, key: Key, view: View, now: Instant, told: list[Write]
    ) -> Next:
        names = (pdb.get("status") or {}).get("disruptedPods") or {}
        found = [view.get("pods", key.namespace, name) for name in sorted(names) if name in members.pods]
        awaited, overdue, after = disrupted_pods(pdb, [pod for pod in found if pod is not None], now)
        for pod in overdue:
            text = f"Pod was expected by PDB {key.namespace}/{key.namespace} to be deleted but it wasn't"
            where = Key("pods", key.namespace, pod["metadata"]["name"])
            told.append(warning(where, "NotDeleted", text, "controllermanager"))
        leaving = sum(members.pods[name][0] for name in awaited if instant(awaited[name]) + PATIENCE > now)
        budget = budget_of(pdb, len(members.pods), expected)
        writes = decide(pdb, members.healthy - leaving, budget, awaited, now)
        self._echoes.note(key, pdb, writes)
        # One nanosecond past it: the real one's comparison is strict.
        return Next((*writes, *told), None if after is None else after + 1)

    def failed(self, write: Write, error: ApiError, now: Instant) -> None:
        """A status was refused: it will not come back as an event."""
        self._echoes.drop(write.key, (write,))


def _stale_since(pod: Obj) -> Instant:
    """When a pod that is not being deleted was marked as about to be disrupted; 0 if it was not."""
    marked = condition(pod, "DisruptionTarget")
    if marked is None or marked["status"] != "True" or marked.get("reason") == "TerminationByKubelet":
        return 0
    if "deletionTimestamp" in pod["metadata"] or phase_of(pod) in FINISHED:
        return 0
    return instant(marked["lastTransitionTime"])


def _reset(pod: Obj, key: Key, now: Instant) -> Next:
    """The mark of an eviction that did not come is taken back after two minutes."""
    since = _stale_since(pod)
    if not since:
        return DONE
    if since + PATIENCE > now:
        return Next((), since + PATIENCE - now)
    status = pod["status"]
    cleared = {"type": "DisruptionTarget", "status": "False", "lastTransitionTime": rfc3339(now)}
    body = with_status(pod, {**status, "conditions": put(status["conditions"], cleared)})
    return Next((Write("update", key, body, "status"),))


def _text(selector: Obj | None) -> str:
    """A selector as Go's generated String prints it."""
    labels = "".join(f"{key}: {value}," for key, value in sorted(((selector or {}).get("matchLabels") or {}).items()))
    rules = "".join(
        f"LabelSelectorRequirement{{Key:{rule['key']},Operator:{rule['operator']},"
        f"Values:[{' '.join(rule.get('values') or ())}],}},"
        for rule in (selector or {}).get("matchExpressions") or ()
    )
    listed = f"MatchExpressions:[]LabelSelectorRequirement{{{rules}}},"
    return f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},{listed}}}"
