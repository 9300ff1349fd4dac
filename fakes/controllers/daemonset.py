"""DaemonSets: one pod on every node that takes it.

Source: pkg/controller/daemon (v1.36.3).
Differs from the real one: a look at a node is said to take 0.1 ms, and a set is not looked at again while that lasts;
the hash of a revision is ours; duplicate revisions of one template are not merged, orphaned ones not adopted; nodes are
gone through in the view's order where the real one takes a map's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from seatrial.fakes.controllers.words.asked import Asked
from seatrial.fakes.controllers.words.claims import claim
from seatrial.fakes.controllers.words.daemons import (
    Place,
    daemon_template,
    is_updated,
    on_node,
    place_of,
    target_of,
)
from seatrial.fakes.controllers.words.decks import (
    Deck,
    NodePlan,
    count,
    least_ready,
    node_plan,
    roll,
    status_of,
    surges,
)
from seatrial.fakes.controllers.words.echoes import Echoes
from seatrial.fakes.controllers.words.events import event, warning
from seatrial.fakes.controllers.words.expectations import Expectations
from seatrial.fakes.controllers.words.meta import controller_of, ending, owner_reference, with_status
from seatrial.fakes.controllers.words.ownership import Ownership
from seatrial.fakes.controllers.words.pods import is_finished, phase_of
from seatrial.fakes.controllers.words.retries import Retries
from seatrial.fakes.controllers.words.revisions import REVISIONS, data_of, new_revision, numbered, revisions_of
from seatrial.fakes.controllers.words.rosters import standing
from seatrial.fakes.controllers.words.selectors import is_everything
from seatrial.fakes.controllers.words.templates import pod_of, template_hash
from seatrial.harness.kernel.time import SECOND, Duration, Instant
from seatrial.harness.ports.controller import DONE, Next, Watch, again
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, View, Write

__all__ = ["DaemonSetController", "Plan", "decide"]

NAME = "daemonset-controller"
HASH_LABEL = "controller-revision-hash"
BURST = 250
# What a look at one node takes the real controller, about: a set is not looked at again before the last look's end.
# Among 1,000 nodes that is a tenth of a second, in which changes come together.
LOOK: Duration = 100_000


class Plan(NamedTuple):
    """One sync's answer: nodes that get a pod, pods that go, and which of those had ended, by node."""

    creates: list[str]
    deletes: list[Obj]
    ended: list[tuple[str, NodePlan]]
    after: Duration | None  # when the first of the failed pods that have to stay may go


def decide(deck: Deck, waits: Mapping[str, Duration]) -> Plan:
    """Start what is missing, end what is too much; if nothing is, roll. waits: how long nodes keep failed pods."""
    plan = Plan([], [], [], None)
    after: Duration | None = None
    rolls_beside = surges(deck.daemonset)
    for node, place in deck.places.items():
        pods = deck.pods.get(node)
        if not pods and not place.starts:
            continue
        if place.stays and not rolls_beside and pods and len(pods) == 1 and not is_finished(pods[0]):
            continue
        wait = waits.get(node, 0)
        if wait and any(phase_of(pod) == "Failed" for pod in pods or ()):
            after = wait if after is None else min(after, wait)
        here = node_plan(deck, node, waits=wait > 0)
        if here.creates:
            plan.creates.append(node)
        plan.deletes.extend(here.deletes)
        if here.failed or here.succeeded:
            plan.ended.append((node, here))
    for node, pods in deck.pods.items():
        if node not in deck.places:
            plan.deletes.extend(pod for pod in pods if not pod["spec"].get("nodeName"))
    strategy = deck.daemonset["spec"].get("updateStrategy") or {}
    if deck.outdated and not plan.creates and not plan.deletes and strategy.get("type") != "OnDelete":
        deletes, creates = roll(deck)
        return Plan(creates[:BURST], deletes[:BURST], plan.ended, after)
    return Plan(plan.creates[:BURST], plan.deletes[:BURST], plan.ended, after)


class DaemonSetController:
    """The twin of kube-controller-manager's daemonset-controller."""

    name: ClassVar[str] = NAME
    watches: ClassVar[tuple[Watch, ...]] = (
        Watch("daemonsets.apps", "sets"),
        Watch("pods", "pods"),
        Watch("nodes", "nodes"),
        Watch(REVISIONS, "revisions"),
    )
    workers: ClassVar[int] = 2

    def __init__(self) -> None:
        self._ownership = Ownership("daemonsets.apps", "DaemonSet", "pods")
        self._expectations = Expectations()
        self._retries = Retries()
        self._busy: dict[Key, Instant] = {}
        self._echoes = Echoes()
        self._asked = Asked()
        self._news: dict[Key, list[tuple[str, str]]] = {}
        self._failing: dict[Key, str] = {}
        self._places: dict[Key, dict[str, tuple[object, object, object, Place]]] = {}

    # What is watched.

    def sets(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """The set's own key; what was remembered of one that is gone is forgotten."""
        obj = new if new is not None else old
        assert obj is not None
        if new is None:
            self._retries.forget(obj["metadata"]["uid"])
        key = Key("daemonsets.apps", *_named(obj))
        return () if new is not None and self._echoes.is_echo(key, old, new) else (key,)

    def pods(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """The set that a pod belongs to or belonged to, if the pod counts otherwise than before."""
        if old is not None and new is not None and _counts_the_same(old, new):
            return ()
        keys = self._ownership.keys(old, new, view)
        current = new if new is not None else old
        if keys and current is not None and controller_of(current) is not None:
            name = current["metadata"]["name"]
            if new is None or "deletionTimestamp" in new["metadata"]:
                self._expectations.deleted(keys[-1], name)
            elif old is None and self._expectations.creations(keys[-1]):
                self._expectations.created(keys[-1])
                self._news.setdefault(keys[-1], []).append(("SuccessfulCreate", f"Created pod: {name}"))
        return keys

    def revisions(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """The set of a revision that was changed or deleted; a new one is no news."""
        current = new if new is not None else old
        if old is None or current is None:
            return ()
        reference = controller_of(current)
        if reference is None or reference["kind"] != "DaemonSet":
            return ()
        return (Key("daemonsets.apps", current["metadata"]["namespace"], reference["name"]),)

    def nodes(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """The sets to which a node's labels and taints now say another thing than its pods."""
        if new is None:
            return [Key("daemonsets.apps", *_named(daemonset)) for daemonset in view.list("daemonsets.apps")]
        if old is not None and _same_node(old, new):
            return ()
        present: set[tuple[str, str]] = set()
        for pod in view.pods_on(new["metadata"]["name"]):
            reference = controller_of(pod)
            if reference is not None and reference["kind"] == "DaemonSet":
                present.add((pod["metadata"]["namespace"], reference["name"]))
        keys = []
        for daemonset in view.list("daemonsets.apps"):
            place = place_of(daemonset, _tolerations(daemonset), new)
            scheduled = _named(daemonset) in present
            odd = scheduled and bool((daemonset.get("status") or {}).get("numberMisscheduled"))
            if (place.starts and not scheduled) or (not place.stays and scheduled) or odd:
                keys.append(Key("daemonsets.apps", *_named(daemonset)))
        return keys

    # Deciding.

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Claim pods, start and end them, roll, tell the status."""
        daemonset = view.get(key.resource, key.namespace, key.name)
        self._asked.clear(key)
        if daemonset is None:
            self._forget(key)
            return DONE
        if is_everything(daemonset["spec"]["selector"]):
            text = "This daemon set is selecting all pods. A non-empty selector is required."
            return Next((warning(key, "SelectingAll", text, NAME),))
        if "deletionTimestamp" in daemonset["metadata"]:
            return DONE
        if not self._echoes.is_fresh(key, daemonset):
            return DONE
        busy = self._busy.get(key, 0)
        if now < busy:
            return again(busy - now)
        writes, suffix, old = self._history(daemonset, view)
        if not suffix:
            return Next(tuple(writes))
        deck, claims = self._deck(key, daemonset, suffix, view, now)
        self._busy[key] = now + len(deck.places) * LOOK
        writes += [*claims, *self._told(key)]
        waiting = self._expectations.wait(key, now)
        failed = self._failing.pop(key, "")
        status = status_of(daemonset, count(deck), observe=not waiting)
        told = []
        if status is not daemonset.get("status"):
            told.append(Write("update", key, with_status(daemonset, status), "status"))
        if failed:
            writes += [warning(key, "FailedCreate", f"Error creating: {failed}", NAME), *told]
            told = []
        after: Duration | None = None
        if not waiting:
            asked, after = self._manage(key, deck, view)
            writes += asked
            writes += _truncated(daemonset, old, deck)
        writes += told
        self._asked.note(key, writes)
        self._echoes.note(key, daemonset, writes)
        waiting = self._expectations.wait(key, now)
        if waiting:
            after = waiting if after is None else min(after, waiting)
        least = least_ready(daemonset)
        if least and status.get("numberReady", 0) != status.get("numberAvailable", 0):
            after = least * SECOND if after is None else min(after, least * SECOND)
        return Next(tuple(writes), after)

    def _history(self, daemonset: Obj, view: View) -> tuple[list[Write], str, list[Obj]]:
        """(writes, the hash of the present template or "" if its name is taken, older revisions)."""
        data = data_of(daemonset)
        known = revisions_of(daemonset, view)
        same = [revision for revision in known if revision["data"] == data]
        old = [revision for revision in known if revision["data"] != data]
        number = max((revision["revision"] for revision in old), default=0) + 1
        if same:
            current = same[-1]
            writes = [numbered(current, number)] if current["revision"] < number else []
            return writes, current["metadata"]["labels"][HASH_LABEL], old
        status = daemonset.get("status") or {}
        suffix = template_hash(daemonset["spec"]["template"], status.get("collisionCount"))
        made = new_revision(daemonset, "DaemonSet", number, suffix, HASH_LABEL)
        space, name = made["metadata"]["namespace"], made["metadata"]["name"]
        clash = view.get(REVISIONS, space, name)
        if clash is None:
            return [Write("create", Key(REVISIONS, space, name), made)], suffix, old
        if clash["data"] == data:
            return [], suffix, old
        bumped = with_status(daemonset, {**status, "collisionCount": status.get("collisionCount", 0) + 1})
        return [Write("update", Key("daemonsets.apps", *_named(daemonset)), bumped, "status")], "", old

    def _deck(self, key: Key, daemonset: Obj, suffix: str, view: View, now: Instant) -> tuple[Deck, tuple[Write, ...]]:
        owned = [pod for found, pod in view.owned(daemonset["metadata"]["uid"]) if found.resource == "pods"]
        candidates = owned + self._ownership.orphans.of(key.namespace, view)
        kind = (daemonset["apiVersion"], "DaemonSet")
        mine, claims = claim(daemonset, kind, "pods", candidates, daemonset["spec"]["selector"])
        pods: dict[str, list[Obj]] = {}
        outdated = False
        for pod in mine:
            if "deletionTimestamp" in pod["metadata"] and is_finished(pod):
                continue
            target = target_of(pod)
            if target:
                pods.setdefault(target, []).append(pod)
                outdated = outdated or not is_updated(daemonset, pod, suffix)
        return Deck(daemonset, suffix, self._judge(key, daemonset, view), pods, outdated, now), claims

    def _judge(self, key: Key, daemonset: Obj, view: View) -> dict[str, Place]:
        """Every node's place; judged anew only where labels, taints or the template are other objects."""
        template = daemonset["spec"]["template"]
        tolerations = _tolerations(daemonset)
        before = self._places.get(key, {})
        kept: dict[str, tuple[object, object, object, Place]] = {}
        places: dict[str, Place] = {}
        for node in view.list("nodes"):
            meta, spec = node["metadata"], node.get("spec")
            name, labels = meta["name"], meta.get("labels")
            entry = before.get(name)
            if entry is None or entry[0] is not labels or entry[1] is not spec or entry[2] is not template:
                entry = (labels, spec, template, place_of(daemonset, tolerations, node))
            kept[name] = entry
            places[name] = entry[3]
        self._places[key] = kept
        return places

    def _manage(self, key: Key, deck: Deck, view: View) -> tuple[list[Write], Duration | None]:
        """(creations and deletions, when a failed pod may go)."""
        plan = decide(deck, self._retries.waits(_lineage(deck.daemonset), deck.now))
        for node, here in plan.ended:
            self._tell_ended(key, node, here, deck)
        creates = [] if ending(key.namespace, view) else plan.creates
        return self._ask(key, deck, creates, plan.deletes), plan.after

    def _tell_ended(self, key: Key, node: str, plan: NodePlan, deck: Deck) -> None:
        news = self._news.setdefault(key, [])
        for pod in plan.failed:
            self._retries.step(_lineage(deck.daemonset), node, deck.now)
            where = "/".join(_named(pod))
            news.append(("FailedDaemonPod", f"Found failed daemon pod {where} on node {node}, will try to kill it"))
        for pod in plan.succeeded:
            where = "/".join(_named(pod))
            text = f"Found succeeded daemon pod {where} on node {node}, will try to delete it"
            news.append(("SucceededDaemonPod", text))

    def _ask(self, key: Key, deck: Deck, creates: Sequence[str], deletes: Sequence[Obj]) -> list[Write]:
        writes: list[Write] = []
        if creates:
            template = daemon_template(deck.daemonset, deck.suffix)
            body = pod_of(template, deck.daemonset, owner_reference(deck.daemonset, "apps/v1", "DaemonSet"))
            where = Key("pods", key.namespace, "")
            writes = [Write("create", where, {**body, "spec": on_node(template["spec"], node)}) for node in creates]
        names = [pod["metadata"]["name"] for pod in deletes]
        writes += [Write("delete", Key("pods", key.namespace, name), tolerate=("NotFound",)) for name in names]
        if writes:
            self._expectations.expect(key, deck.now, len(creates), names)
        return [*writes, *(event(key, "SuccessfulDelete", f"Deleted pod: {name}", NAME) for name in names)]

    def _told(self, key: Key) -> list[Write]:
        news = self._news.pop(key, ())
        told = []
        for reason, text in news:
            say = warning if reason == "FailedDaemonPod" else event
            told.append(say(key, reason, text, NAME))
        return told

    def failed(self, write: Write, error: ApiError, now: Instant) -> None:
        """A write was refused: what was to follow it will not come either."""
        found = self._asked.dropped(write)
        if found is None:
            return
        key, dropped = found
        self._echoes.drop(key, dropped)
        for mine in dropped:
            if mine.key.resource == "pods" and mine.verb == "create":
                self._expectations.created(key)
            elif mine.key.resource == "pods" and mine.verb == "delete":
                self._expectations.deleted(key, mine.key.name)
        if write.key.resource == "pods" and write.verb == "create":
            self._failing[key] = str(error)

    def _forget(self, key: Key) -> None:
        self._expectations.forget(key)
        self._echoes.forget(key)
        for memory in (self._places, self._news, self._failing, self._busy):
            memory.pop(key, None)


def _counts_the_same(old: Obj, new: Obj) -> bool:
    before, after = old["metadata"], new["metadata"]
    return (
        bool(after.get("ownerReferences"))
        and before.get("ownerReferences") is after.get("ownerReferences")
        and standing(old) == standing(new)
        and phase_of(old) == phase_of(new)
        and before.get("labels") == after.get("labels")
        and target_of(old) == target_of(new)
    )


def _lineage(daemonset: Obj) -> tuple[str, int]:
    return daemonset["metadata"]["uid"], (daemonset.get("status") or {}).get("observedGeneration", 0)


def _named(obj: Obj) -> tuple[str, str]:
    meta = obj["metadata"]
    return meta["namespace"], meta["name"]


def _tolerations(daemonset: Obj) -> list[Obj]:
    found: list[Obj] = daemon_template(daemonset, "")["spec"]["tolerations"]
    return found


def _same_node(old: Obj, new: Obj) -> bool:
    before, after = old.get("spec") or {}, new.get("spec") or {}
    if old["metadata"].get("labels") != new["metadata"].get("labels"):
        return False
    return bool((before.get("taints") or []) == (after.get("taints") or []))


def _truncated(daemonset: Obj, old: Sequence[Obj], deck: Deck) -> list[Write]:
    """Delete the oldest revisions beyond revisionHistoryLimit that no pod has."""
    surplus = len(old) - daemonset["spec"].get("revisionHistoryLimit", 10)
    if surplus <= 0:
        return []
    live = {(pod["metadata"].get("labels") or {}).get(HASH_LABEL) for pods in deck.pods.values() for pod in pods}
    dead = [revision for revision in old if revision["metadata"]["labels"].get(HASH_LABEL) not in live]
    space = daemonset["metadata"]["namespace"]
    return [Write("delete", Key(REVISIONS, space, revision["metadata"]["name"])) for revision in dead[:surplus]]
