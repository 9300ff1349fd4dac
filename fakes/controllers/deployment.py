"""Deployments: which ReplicaSet is the new one, how large each is, and how the rollout goes.

Source: pkg/controller/deployment (v1.36.3).
Differs from the real one: where it writes the Deployment a second time in one sync, is refused with 409 and comes
back, the second write is left to the next turn, which the first one's event brings; a ReplicaSet that could not be
created is told in the status at the next turn. The template's hash is our own (`words/templates`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from seatrial.fakes.controllers.words.asked import Asked
from seatrial.fakes.controllers.words.claims import Orphans, claim
from seatrial.fakes.controllers.words.deploying import NAME, SETS, Rollout
from seatrial.fakes.controllers.words.echoes import Echoes
from seatrial.fakes.controllers.words.events import warning
from seatrial.fakes.controllers.words.meta import (
    controller_of,
    with_status,
)
from seatrial.fakes.controllers.words.newsets import new_set_name
from seatrial.fakes.controllers.words.pods import is_finished
from seatrial.fakes.controllers.words.rollouts import (
    is_rolling,
)
from seatrial.fakes.controllers.words.selectors import is_everything, matches
from seatrial.fakes.controllers.words.templates import same_template
from seatrial.harness.kernel.time import Instant
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import ApiError, View, Write

__all__ = ["DeploymentController", "decide"]


def decide(
    deployment: Obj,
    sets: Sequence[Obj],
    now: Instant,
    *,
    old_pods: bool = False,
    clash: Obj | None = None,
    failure: str = "",
) -> Next:
    """One sync.

    sets: the ReplicaSets that are the Deployment's. old_pods: whether pods of old sets still run (Recreate).
    clash: another object under the new set's name. failure: why the last creation of a set was refused.
    """
    sync = Rollout(deployment, sets, now, clash, failure)
    sync.run(old_pods)
    return Next(tuple(sync.writes + sync.events), sync.after)


class DeploymentController:
    """The twin of kube-controller-manager's deployment-controller."""

    name: ClassVar[str] = NAME
    watches: ClassVar[tuple[Watch, ...]] = (
        Watch("deployments.apps", "deployments"),
        Watch(SETS, "sets"),
        Watch("pods", "pods"),
    )
    workers: ClassVar[int] = 5

    def __init__(self) -> None:
        self._orphans = Orphans(SETS)
        self._failures: dict[Key, str] = {}
        self._echoes = Echoes()
        self._asked = Asked()

    def deployments(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A Deployment's own key, but for the echo of what was written."""
        obj = new if new is not None else old
        assert obj is not None
        meta = obj["metadata"]
        key = Key("deployments.apps", meta["namespace"], meta["name"])
        if new is None:
            self._echoes.forget(key)
        elif self._echoes.is_echo(key, old, new):
            return ()
        return (key,)

    def sets(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """The Deployments that a ReplicaSet belongs to or belonged to; for an orphan's all that select it."""
        keys: list[Key] = []
        for rs in (old, new):
            if rs is None:
                continue
            reference = controller_of(rs)
            if reference is None:
                self._orphans.note(rs, present=rs is new)
            elif reference["kind"] == "Deployment":
                key = Key("deployments.apps", rs["metadata"]["namespace"], reference["name"])
                if key not in keys:
                    keys.append(key)
        if new is not None and not keys and controller_of(new) is None:
            space, labels = new["metadata"]["namespace"], new["metadata"].get("labels")
            for deployment in view.list("deployments.apps", space):
                selector = deployment["spec"]["selector"]
                if not is_everything(selector) and matches(selector, labels):
                    keys.append(Key("deployments.apps", space, deployment["metadata"]["name"]))
        return keys

    def pods(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A Recreate Deployment waits for its last old pod to be gone."""
        if new is not None or old is None:
            return ()
        reference = controller_of(old)
        if reference is None or reference["kind"] != "ReplicaSet":
            return ()
        space = old["metadata"]["namespace"]
        rs = view.get(SETS, space, reference["name"])
        owner = controller_of(rs) if rs is not None else None
        if owner is None or owner["kind"] != "Deployment":
            return ()
        deployment = view.get("deployments.apps", space, owner["name"])
        if deployment is None or is_rolling(deployment):
            return ()
        return (Key("deployments.apps", space, owner["name"]),)

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Claim ReplicaSets, then one sync."""
        deployment = view.get(key.resource, key.namespace, key.name)
        if deployment is None:
            self._failures.pop(key, None)
            self._asked.clear(key)
            return DONE
        self._asked.clear(key)
        self._echoes.is_fresh(key, deployment)  # no gate here: the real one goes on, too
        selector = deployment["spec"]["selector"]
        if is_everything(selector):
            return _selecting_all(deployment, key)
        owned = [rs for found, rs in view.owned(deployment["metadata"]["uid"]) if found.resource == SETS]
        candidates = owned + self._orphans.of(key.namespace, view)
        mine, claims = claim(deployment, ("apps/v1", "Deployment"), SETS, candidates, selector)
        old_pods = not is_rolling(deployment) and _old_pods_run(deployment, mine, view)
        clash = None
        if not any(same_template(rs["spec"]["template"], deployment["spec"]["template"]) for rs in mine):
            clash = view.get(SETS, key.namespace, new_set_name(deployment))
        failure = self._failures.pop(key, "")
        answer = decide(deployment, mine, now, old_pods=old_pods, clash=clash, failure=failure)
        self._echoes.note(key, deployment, answer.writes)
        answer = answer._replace(writes=claims + answer.writes)
        self._asked.note(key, answer.writes)
        return answer

    def failed(self, write: Write, error: ApiError, now: Instant) -> None:
        """A write was refused; of a new ReplicaSet the next turn tells so."""
        found = self._asked.dropped(write)
        if found is None:
            return
        self._echoes.drop(*found)
        if write.verb == "create" and error.reason != "AlreadyExists":
            causes = error.details.get("causes") or ()
            if not any(cause.get("reason") == "NamespaceTerminating" for cause in causes):
                self._failures[found[0]] = str(error)


def _selecting_all(deployment: Obj, key: Key) -> Next:
    text = "This deployment is selecting all pods. A non-empty selector is required."
    writes = [warning(key, "SelectingAll", text, NAME)]
    status, generation = deployment.get("status") or {}, deployment["metadata"].get("generation", 0)
    if status.get("observedGeneration", 0) < generation:
        body = with_status(deployment, {**status, "observedGeneration": generation})
        writes.append(Write("update", key, body, "status"))
    return Next(tuple(writes))


def _old_pods_run(deployment: Obj, sets: Sequence[Obj], view: View) -> bool:
    """Whether a pod of a set that is not the new one has not finished; being deleted is not enough."""
    template = deployment["spec"]["template"]
    for rs in sets:
        if same_template(rs["spec"]["template"], template):
            continue
        owned = view.owned(rs["metadata"]["uid"])
        if any(key.resource == "pods" and not is_finished(pod) for key, pod in owned):
            return True
    return False
