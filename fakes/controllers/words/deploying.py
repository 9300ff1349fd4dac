"""One sync of a Deployment, as a working copy: what it writes is what its later steps see.

Source: pkg/controller/deployment/{sync,rolling,recreate,rollback}.go (v1.36.3).
"""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.fakes.controllers.words.conditions import find, put_moved
from seatrial.fakes.controllers.words.events import event, warning
from seatrial.fakes.controllers.words.meta import by_age, with_annotations, with_spec, with_status
from seatrial.fakes.controllers.words.newsets import new_set
from seatrial.fakes.controllers.words.progress import (
    complete,
    condition,
    counted,
    deadline_of,
    next_check,
    progressed,
    total,
)
from seatrial.fakes.controllers.words.rollouts import (
    DESIRED,
    REVISION,
    ROLLBACK,
    annotated,
    forgettable,
    is_rolling,
    is_saturated,
    last_revision,
    max_revision,
    max_surge,
    max_unavailable,
    number,
    proportion,
    replicas,
    revision_of,
    rollback_of,
    taken_back,
    with_sizes,
)
from seatrial.fakes.controllers.words.templates import same_template
from seatrial.harness.kernel.time import Duration, Instant
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Write

__all__ = ["NAME", "SETS", "Rollout"]

NAME = "deployment-controller"
SETS = "replicasets.apps"


class Rollout:
    """The working copy of one sync: what is written is what later steps see."""

    def __init__(self, deployment: Obj, sets: Sequence[Obj], now: Instant, clash: Obj | None, failure: str) -> None:
        meta = deployment["metadata"]
        self.deployment = deployment
        self.space: str = meta.get("namespace", "")
        self.key = Key("deployments.apps", self.space, meta["name"])
        self.now = now
        self.clash = clash
        self.failure = failure
        self.writes: list[Write] = []
        self.events: list[Write] = []
        self.after: Duration | None = None
        self.told = False
        self.written: set[str] = set()
        ordered = sorted(sets, key=by_age)
        template = deployment["spec"]["template"]
        self.new = next((rs for rs in ordered if same_template(rs["spec"]["template"], template)), None)
        self.olds = [rs for rs in ordered if rs is not self.new]
        # The status is of the sizes that were found, as in the real one: what is scaled now is told at the next turn.
        self.found = self.all

    @property
    def all(self) -> list[Obj]:
        """Old sets and the new one."""
        return self.olds if self.new is None else [*self.olds, self.new]

    def run(self, old_pods: bool) -> None:
        """Decide what kind of sync this is."""
        deployment = self.deployment
        if "deletionTimestamp" in deployment["metadata"]:
            self._sync_revision()
            self._tell(counted(self.deployment, self.found, self.new, self.now))
            return
        self._pause_or_resume()
        if deployment["spec"].get("paused"):
            self._resize()
        elif rollback_of(deployment) is not None:
            self._roll_back()
        elif self._is_scaling():
            self._resize()
        elif is_rolling(deployment):
            self._roll()
        else:
            self._recreate(old_pods)

    # Writing.

    def _tell(self, status: Obj) -> None:
        """Write status and annotations of the Deployment, once in a sync; what is left comes at the next turn."""
        if status == self.deployment.get("status"):
            return
        if self.told:
            self.after = 0
            return
        self.told = True
        self.deployment = with_status(self.deployment, status)
        self.writes.append(Write("update", self.key, self.deployment, "status"))

    def _conditioned(self, kind: str, status: str, reason: str, message: str) -> Obj:
        have = self.deployment.get("status") or {}
        told = condition(kind, status, reason, message, self.now)
        return {**have, "conditions": put_moved(have.get("conditions") or [], told)}

    def _put(self, rs: Obj, changed: Obj) -> None:
        """Write a ReplicaSet and go on with it; a second write in a sync has no version to be held against."""
        meta = changed["metadata"]
        body = changed
        if meta["name"] in self.written:
            body = {**changed, "metadata": {k: v for k, v in meta.items() if k != "resourceVersion"}}
        self.written.add(meta["name"])
        self.writes.append(Write("update", Key(SETS, self.space, meta["name"]), body))
        if rs is self.new:
            self.new = changed
        else:
            self.olds = [changed if old is rs else old for old in self.olds]

    def _say(self, reason: str, message: str) -> None:
        self.events.append(event(self.key, reason, message, NAME))

    # Revisions and the new set.

    def _sync_revision(self, create: bool = False) -> None:
        """Find the new set or make it; bring its annotations and the Deployment's revision up to date."""
        revision = max_revision(self.olds) + 1
        if self.new is not None:
            self._refresh(self.new, revision)
        elif create:
            self._create(revision)

    def _refresh(self, rs: Obj, revision: int) -> None:
        changed = annotated(self.deployment, rs, revision)
        least = self.deployment["spec"].get("minReadySeconds", 0)
        if changed["spec"].get("minReadySeconds", 0) != least:
            changed = with_spec(changed, minReadySeconds=least)
        if changed is not rs:
            self._put(rs, changed)
            return
        status = self.deployment.get("status") or {}
        if deadline_of(self.deployment) is not None and find(status.get("conditions"), "Progressing") is None:
            message = f'Found new replica set "{rs["metadata"]["name"]}"'
            status = self._conditioned("Progressing", "True", "FoundNewReplicaSet", message)
        self._number(rs["metadata"]["annotations"].get(REVISION, ""), status)

    def _number(self, revision: str, status: Obj) -> None:
        """Write the revision annotation, which goes with the status; or the status alone, if it is another."""
        have = self.deployment["metadata"].get("annotations") or {}
        if have.get(REVISION) != revision and self.told:
            self.after = 0
        elif have.get(REVISION) != revision:
            self.deployment = with_annotations(self.deployment, {**have, REVISION: revision})
            self.told = True
            self.deployment = with_status(self.deployment, status)
            self.writes.append(Write("update", self.key, self.deployment, "status"))
        else:
            self._tell(status)

    def _create(self, revision: int) -> None:
        deployment = self.deployment
        if self.clash is not None:
            have = deployment.get("status") or {}
            self._tell({**have, "collisionCount": have.get("collisionCount", 0) + 1})
            self.after = 0
            return
        rs = new_set(deployment, revision, self._room_for_new(self.olds, 0))
        name, count = rs["metadata"]["name"], replicas(rs)
        if self.failure:
            self._fail(name)
        self.writes.append(Write("create", Key(SETS, self.space, name), rs))
        self.new = rs
        self.found = [*self.found, rs]
        if count > 0:
            self._say("ScalingReplicaSet", f"Scaled up replica set {name} from 0 to {count}")
        status = deployment.get("status") or {}
        if deadline_of(deployment) is not None:
            message = f'Created new replica set "{name}"'
            status = self._conditioned("Progressing", "True", "NewReplicaSetCreated", message)
        self._number(str(revision), status)

    def _fail(self, name: str) -> None:
        """Tell that the last attempt at the new set was refused, before the next one."""
        message = f'Failed to create new replica set "{name}": {self.failure}'
        self.writes.append(warning(self.key, "ReplicaSetCreateError", message, NAME))
        if deadline_of(self.deployment) is not None:
            self._tell(self._conditioned("Progressing", "False", "ReplicaSetCreateError", message))

    def _room_for_new(self, others: Sequence[Obj], have: int) -> int:
        """The size that the new set may have beside the others."""
        wanted = replicas(self.deployment)
        if not is_rolling(self.deployment):
            return wanted
        room = wanted + max_surge(self.deployment) - sum(replicas(rs) for rs in others) - have
        return have if room <= 0 else have + min(room, wanted - have)

    # Scaling.

    def _scale(self, rs: Obj, size: int, *, force: bool = False) -> bool:
        """Give a set a size; `force` brings its annotations up to date even if the size stays."""
        was = replicas(rs)
        if was == size and not force:
            return False
        changed = with_sizes(self.deployment, rs)
        if was != size:
            changed = with_spec(changed, replicas=size)
        if changed is rs:
            return False
        self._put(rs, changed)
        if was == size:
            return False
        way = "up" if was < size else "down"
        name = rs["metadata"]["name"]
        self._say("ScalingReplicaSet", f"Scaled {way} replica set {name} from {was} to {size}")
        return True

    def _is_scaling(self) -> bool:
        self._sync_revision()
        wanted = replicas(self.deployment)
        told = [number(rs, DESIRED) for rs in self.all if replicas(rs) > 0]
        return any(size is not None and size != wanted for size in told)

    def _resize(self) -> None:
        """A sync of a paused Deployment, or after spec.replicas has changed."""
        self._sync_revision()
        self._distribute()
        if self.deployment["spec"].get("paused") and rollback_of(self.deployment) is None:
            self._clean_up()
        self._tell(counted(self.deployment, self.found, self.new, self.now))

    def _distribute(self) -> None:
        wanted = replicas(self.deployment)
        active = [rs for rs in self.all if replicas(rs) > 0]
        if len(active) <= 1:
            latest = active[0] if active else self.new or max(self.olds, key=by_age, default=None)
            if latest is not None:
                self._scale(latest, wanted)
            return
        if is_saturated(self.new, wanted):
            for rs in [rs for rs in self.olds if replicas(rs) > 0]:
                self._scale(rs, 0)
        elif is_rolling(self.deployment):
            self._share_out(active, wanted)

    def _share_out(self, active: list[Obj], wanted: int) -> None:
        """Scale all active sets in proportion; the largest takes what rounding leaves."""
        allowed = wanted + max_surge(self.deployment) if wanted else 0
        to_add = allowed - sum(replicas(rs) for rs in active)
        if to_add > 0:
            active = sorted(sorted(active, key=by_age, reverse=True), key=replicas, reverse=True)
        elif to_add < 0:
            active = sorted(sorted(active, key=by_age), key=replicas, reverse=True)
        added = 0
        sizes = []
        for rs in active:
            share = proportion(rs, self.deployment, to_add, added)
            added += share
            sizes.append(replicas(rs) + share)
        sizes[0] = max(0, sizes[0] + to_add - added)
        for rs, size in zip(active, sizes, strict=True):
            self._scale(rs, size, force=True)

    # Rolling.

    def _roll(self) -> None:
        self._sync_revision(create=True)
        if self.new is None:
            return
        if not self._scale_up_new(self.new) and not self._scale_down_old(self.new):
            self._clean_up_if_complete()
        self._tell_progress()

    def _scale_up_new(self, new: Obj) -> bool:
        wanted, have = replicas(self.deployment), replicas(new)
        if have > wanted:
            return self._scale(new, wanted)
        return have < wanted and self._scale(new, self._room_for_new(self.olds, have))

    def _scale_down_old(self, new: Obj) -> bool:
        """Take old pods away: first those that do not serve, then as many as availability allows."""
        if not any(replicas(rs) for rs in self.olds):
            return False
        least = replicas(self.deployment) - max_unavailable(self.deployment)
        waiting = replicas(new) - (new.get("status") or {}).get("availableReplicas", 0)
        room = sum(replicas(rs) for rs in self.all) - least - waiting
        if room <= 0:
            return False
        removed = 0
        for rs in self.olds:
            unserving = replicas(rs) - (rs.get("status") or {}).get("availableReplicas", 0)
            if removed < room and replicas(rs) and unserving < 0:
                return False  # more serve than are wanted: the real one takes its own sum for an error here
            if removed < room and replicas(rs) and unserving:
                count = min(room - removed, unserving)
                self._scale(rs, replicas(rs) - count)
                removed += count
        spare = total([rs for rs in self.all if rs is new or replicas(rs)], "availableReplicas") - least
        taken = 0
        for rs in self.olds:
            if taken < spare and replicas(rs):
                count = min(replicas(rs), spare - taken)
                self._scale(rs, replicas(rs) - count)
                taken += count
        return removed + taken > 0

    def _recreate(self, old_pods: bool) -> None:
        self._sync_revision()
        scaled = [self._scale(rs, 0) for rs in self.olds if replicas(rs)]
        if any(scaled) or total(self.olds, "replicas") or old_pods:
            self._tell_progress()
            return
        if self.new is None:
            self._sync_revision(create=True)
            if self.new is None:
                return
        self._scale(self.new, replicas(self.deployment))
        self._clean_up_if_complete()
        self._tell_progress()

    # Ending.

    def _tell_progress(self) -> None:
        old = self.deployment.get("status") or {}
        status = progressed(self.deployment, self.found, self.new, self.now)
        told = self.told
        self._tell(status)
        if told:
            return
        if complete(self.deployment, status) and not complete(self.deployment, old):
            self.after = 0  # old sets are cleaned up once the status says that all is done
        else:
            self.after = next_check(self.deployment, status, self.now)

    def _clean_up_if_complete(self) -> None:
        if complete(self.deployment, self.deployment.get("status") or {}):
            self._clean_up()

    def _clean_up(self) -> None:
        """Delete the old sets that nobody will roll back to."""
        for rs in forgettable(self.deployment, self.olds):
            self.writes.append(Write("delete", Key(SETS, self.space, rs["metadata"]["name"]), tolerate=("NotFound",)))

    # Pausing and rolling back.

    def _pause_or_resume(self) -> None:
        if deadline_of(self.deployment) is None:
            return
        told = find((self.deployment.get("status") or {}).get("conditions"), "Progressing")
        reason = told.get("reason") if told is not None else None
        if reason == "ProgressDeadlineExceeded":
            return
        paused = bool(self.deployment["spec"].get("paused"))
        if paused and reason != "DeploymentPaused":
            self._tell(self._conditioned("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused"))
        elif not paused and reason == "DeploymentPaused":
            self._tell(self._conditioned("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed"))

    def _roll_back(self) -> None:
        self._sync_revision(create=True)
        name = self.deployment["metadata"]["name"]
        wanted = rollback_of(self.deployment) or last_revision(self.all)
        if not wanted:
            self._give_up("DeploymentRollbackRevisionNotFound", "Unable to find last revision.")
            return
        for rs in self.all:
            if revision_of(rs) == wanted:
                template = rs["spec"]["template"]
                if same_template(template, self.deployment["spec"]["template"]):
                    text = f'The rollback revision contains the same template as current deployment "{name}"'
                    self._give_up("DeploymentRollbackTemplateUnchanged", text)
                else:
                    self.deployment, annotations = taken_back(self.deployment, rs)
                    self._end_rollback(annotations)
                    self._say("DeploymentRollback", f'Rolled back deployment "{name}" to revision {wanted}')
                return
        self._give_up("DeploymentRollbackRevisionNotFound", "Unable to find the revision to rollback to.")

    def _give_up(self, reason: str, message: str) -> None:
        self.events.append(warning(self.key, reason, message, NAME))
        self._end_rollback(self.deployment["metadata"].get("annotations") or {})

    def _end_rollback(self, annotations: dict[str, str]) -> None:
        if self.told:
            self.after = 0
        else:
            kept = {k: v for k, v in annotations.items() if k != ROLLBACK}
            self.writes.append(Write("update", self.key, with_annotations(self.deployment, kept)))
