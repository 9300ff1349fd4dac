"""One sync of a StatefulSet, as a working copy.

Source: pkg/controller/statefulset/stateful_set_control.go (v1.36.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from seatrial.fakes.controllers.words import claimed
from seatrial.fakes.controllers.words.events import event, warning
from seatrial.fakes.controllers.words.meta import owner_reference, with_status
from seatrial.fakes.controllers.words.pods import is_available, is_ready, next_availability, phase_of
from seatrial.fakes.controllers.words.revisions import (
    REVISIONS,
    data_of,
    hash_of,
    new_revision,
    numbered,
    template_of,
)
from seatrial.fakes.controllers.words.templates import pod_of
from seatrial.fakes.kube.intstr import scaled
from seatrial.harness.kernel.time import SECOND, Duration, Instant
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Write

__all__ = ["NAME", "Find", "StatefulSync", "ordinal_of"]

NAME = "statefulset-controller"
REVISION_LABEL = "controller-revision-hash"
MAX_UNAVAILABLE = "MaxUnavailableStatefulSet"
Find = Callable[[str], Obj | None]


def ordinal_of(pod_name: str) -> tuple[str, int]:
    """(the set's name, the ordinal); ("", -1) for a name of another form."""
    parent, dash, number = pod_name.rpartition("-")
    if not dash or not number.isascii() or not number.isdigit():
        return "", -1
    return parent, int(number)


def _revision_of(pod: Obj) -> str:
    label: str = (pod["metadata"].get("labels") or {}).get(REVISION_LABEL, "")
    return label


def _wanted(statefulset: Obj) -> int:
    count: int = statefulset["spec"].get("replicas", 1)
    return count


def _start(statefulset: Obj) -> int:
    first: int = (statefulset["spec"].get("ordinals") or {}).get("start", 0)
    return first


class StatefulSync:
    """The working copy of one sync."""

    def __init__(self, obj: Obj, pods: Sequence[Obj], now: Instant, find_claim: Find, gates: frozenset[str]) -> None:
        meta, spec = obj["metadata"], obj["spec"]
        self.obj = obj
        self.space: str = meta.get("namespace", "")
        self.name: str = meta["name"]
        self.key = Key("statefulsets.apps", self.space, self.name)
        self.now = now
        self.find_claim = find_claim
        self.gates = gates
        self.least: int = spec.get("minReadySeconds", 0)
        self.monotonic = spec.get("podManagementPolicy", "OrderedReady") != "Parallel"
        self.writes: list[Write] = []
        self.events: list[Write] = []
        self.after: Duration | None = None
        self.pods = list(pods)
        first, count = _start(obj), _wanted(obj)
        self.replicas: list[Obj | None] = [None] * count
        condemned: list[tuple[int, Obj]] = []
        for pod in pods:
            ordinal = ordinal_of(pod["metadata"]["name"])[1]
            if first <= ordinal < first + count:
                self.replicas[ordinal - first] = pod
            elif ordinal >= 0:
                condemned.append((ordinal, pod))
        condemned.sort(key=_ordinal_down)
        self.condemned = [pod for _, pod in condemned]
        self.first = first
        self.taken = 0  # pods of the current revision that this sync deletes for the update
        self.collisions: int = (obj.get("status") or {}).get("collisionCount", 0)

    # Revisions.

    def revisions(self, known: Sequence[Obj], find: Find) -> tuple[Obj, Obj]:
        """(the revision of the present template, the one that pods below the partition keep)."""
        data = data_of(self.obj)
        equal = [revision for revision in known if revision["data"] == data]
        number = known[-1]["revision"] + 1 if known else 1
        if equal:
            update = equal[-1]
            if update is not known[-1]:
                self.writes.append(numbered(update, number))
        else:
            update = self._make_revision(data, number, find)
        told = (self.obj.get("status") or {}).get("currentRevision")
        current = next((revision for revision in known if revision["metadata"]["name"] == told), update)
        self.update, self.current = update, current
        return update, current

    def _make_revision(self, data: Obj, number: int, find: Find) -> Obj:
        while True:
            suffix = hash_of(data, self.collisions)
            made = new_revision(self.obj, "StatefulSet", number, suffix, "controller.kubernetes.io/hash")
            clash = find(made["metadata"]["name"])
            if clash is None:
                self.writes.append(Write("create", Key(REVISIONS, self.space, made["metadata"]["name"]), made))
                return made
            if clash["data"] == data:
                return clash
            self.collisions += 1

    def truncate(self, known: Sequence[Obj], used: tuple[str, str]) -> None:
        """Delete the oldest revisions beyond revisionHistoryLimit that no pod has."""
        live = {_revision_of(pod) for pod in self.pods}.union(used)
        dead = [revision for revision in known if revision["metadata"]["name"] not in live]
        limit = self.obj["spec"].get("revisionHistoryLimit", 10)
        for revision in dead[: max(0, len(dead) - limit)]:
            self.writes.append(Write("delete", Key(REVISIONS, self.space, revision["metadata"]["name"])))

    # Status.

    def status(self) -> list[Write]:
        """The status after this sync, if it says anything new."""
        old = self.obj.get("status") or {}
        counts = dict.fromkeys(("replicas", "readyReplicas", "availableReplicas", "currentReplicas"), 0)
        counts["updatedReplicas"] = 0
        names = (("currentReplicas", self._name_of(self.current)), ("updatedReplicas", self._name_of(self.update)))
        for pod in self.pods:
            counts["replicas"] += 1
            if phase_of(pod) == "Running" and is_ready(pod):
                counts["readyReplicas"] += 1
                counts["availableReplicas"] += is_available(pod, self.least, self.now)
            if "deletionTimestamp" not in pod["metadata"]:
                for field, name in names:
                    counts[field] += _revision_of(pod) == name
        counts["currentReplicas"] -= self.taken
        current, update = names[0][1], names[1][1]
        count, rolling = _wanted(self.obj), self._strategy() == "RollingUpdate"
        if rolling and counts["updatedReplicas"] == counts["readyReplicas"] == counts["replicas"] == count:
            counts["currentReplicas"], current = count, update
        if self.least and counts["readyReplicas"] != counts["availableReplicas"]:
            self.after = next_availability(self.pods, self.least, self.now) or self.least * SECOND
        new: Obj = {"observedGeneration": self.obj["metadata"].get("generation", 0)}
        new.update((field, number) for field, number in counts.items() if number or field in _ALWAYS)
        new.update(currentRevision=current, updateRevision=update, collisionCount=self.collisions)
        if new["observedGeneration"] <= old.get("observedGeneration", 0) and not _differs(old, new):
            return []
        if old.get("conditions"):
            new["conditions"] = old["conditions"]
        return [Write("update", self.key, with_status(self.obj, new), "status")]

    def _name_of(self, revision: Obj) -> str:
        name: str = revision["metadata"]["name"]
        return name

    def _strategy(self) -> str:
        kind: str = (self.obj["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate")
        return kind

    def _rolling(self) -> Obj:
        found: Obj = (self.obj["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
        return found

    # Pods.

    def run(self) -> None:
        """Replicas up, then what is too much down, then the update."""
        for place in range(len(self.replicas)):
            if self._replica(place) and self.monotonic:
                return
        for pod in self.condemned:
            self._keep_claims(pod, ordinal_of(pod["metadata"]["name"])[1], condemned=True)
        first_unavailable = self._first_unavailable()
        for pod in self.condemned:
            if self._condemn(pod, first_unavailable) and self.monotonic:
                return
        if self._strategy() != "OnDelete":
            self._roll()

    def _unavailable(self, pod: Obj | None) -> bool:
        return pod is None or "deletionTimestamp" in pod["metadata"] or not is_available(pod, self.least, self.now)

    def _first_unavailable(self) -> Obj | None:
        """The unavailable pod of the lowest ordinal; None if there is none, or one that does not exist yet."""
        for pod in [*self.replicas, *reversed(self.condemned)]:
            if self._unavailable(pod):
                return pod
        return None

    def _replica(self, place: int) -> bool:
        """Bring one replica up; True if those after it have to wait."""
        pod, ordinal = self.replicas[place], self.first + place
        if pod is None:
            self._create(ordinal)
            return True
        phase = phase_of(pod)
        if phase in ("Failed", "Succeeded"):
            if "deletionTimestamp" not in pod["metadata"]:
                self._delete(pod)
            return True
        if phase == "Pending" and not self._make_claims(ordinal, pod["metadata"]["name"]):
            return True
        if self.monotonic:
            if "deletionTimestamp" in pod["metadata"] or phase != "Running":
                return True
            if not is_available(pod, self.least, self.now):
                return True
        self._keep_claims(pod, ordinal, condemned=False)
        return False

    def _condemn(self, pod: Obj, first_unavailable: Obj | None) -> bool:
        """Scale one pod down; True if those below it have to wait."""
        if "deletionTimestamp" in pod["metadata"]:
            return True
        healthy = phase_of(pod) == "Running" and is_available(pod, self.least, self.now)
        if self.monotonic and not healthy and pod is not first_unavailable:
            return True
        self._delete(pod)
        return True

    def _create(self, ordinal: int) -> None:
        pod = self._new_pod(ordinal)
        name = pod["metadata"]["name"]
        if claimed.is_stale(self.obj, pod, ordinal, self.find_claim) or not self._make_claims(ordinal, name):
            return
        self.writes.append(Write("create", Key("pods", self.space, name), pod))
        self._say("SuccessfulCreate", f"Create Pod {name} in StatefulSet {self.name} successful")

    def _make_claims(self, ordinal: int, pod: str) -> bool:
        """Create the claims that are missing; False if one is being deleted."""
        if not self.obj["spec"].get("volumeClaimTemplates"):
            return True
        absent, why = claimed.missing(self.obj, ordinal, self.find_claim)
        for pvc in absent:
            name = pvc["metadata"]["name"]
            self.writes.append(Write("create", Key("persistentvolumeclaims", self.space, name), pvc))
            text = f"Create Claim {name} Pod {pod} in StatefulSet {self.name} success"
            self._say("SuccessfulCreate", text)
        if why:
            text = f"Create Pod {pod} in StatefulSet {self.name} failed error: {why}"
            self.events.append(warning(self.key, "FailedCreate", text, NAME))
            self.after = SECOND  # the real one comes back with back-off
        return not why

    def _keep_claims(self, pod: Obj, ordinal: int, *, condemned: bool) -> None:
        for template in self.obj["spec"].get("volumeClaimTemplates") or ():
            found = self.find_claim(claimed.claim_name(self.obj, template, ordinal))
            if found is not None and not claimed.owned_right(found, self.obj, pod, condemned):
                self.writes.append(claimed.retain(found, self.obj, pod, condemned))

    def _delete(self, pod: Obj) -> None:
        name = pod["metadata"]["name"]
        self.writes.append(Write("delete", Key("pods", self.space, name), tolerate=("NotFound",)))
        self._say("SuccessfulDelete", f"Delete Pod {name} in StatefulSet {self.name} successful")

    def _say(self, reason: str, message: str) -> None:
        self.events.append(event(self.key, reason, message, NAME))

    def _new_pod(self, ordinal: int) -> Obj:
        """The pod of an ordinal: of the current revision below the partition, else of the new one."""
        partition = self._rolling().get("partition", 0)
        old = self._strategy() == "RollingUpdate" and ordinal < self.first + partition
        revision = self.current if old else self.update
        template = template_of(self.current) if old else self.obj["spec"]["template"]
        body = pod_of(template, self.obj, owner_reference(self.obj, "apps/v1", "StatefulSet"))
        name = f"{self.name}-{ordinal}"
        labels = {
            **(body["metadata"].get("labels") or {}),
            "statefulset.kubernetes.io/pod-name": name,
            "apps.kubernetes.io/pod-index": str(ordinal),
            REVISION_LABEL: self._name_of(revision),
        }
        spec = {**body["spec"], "hostname": name}
        if self.obj["spec"].get("serviceName"):
            spec["subdomain"] = self.obj["spec"]["serviceName"]
        claims = self.obj["spec"].get("volumeClaimTemplates") or ()
        if claims:
            spec["volumes"] = self._volumes(spec.get("volumes") or (), claims, ordinal)
        return {**body, "metadata": {**body["metadata"], "name": name, "labels": labels}, "spec": spec}

    def _volumes(self, volumes: Iterable[Obj], claims: Iterable[Obj], ordinal: int) -> list[Obj]:
        names = {template["metadata"]["name"]: claimed.claim_name(self.obj, template, ordinal) for template in claims}
        made: list[Obj] = [{"name": n, "persistentVolumeClaim": {"claimName": c}} for n, c in names.items()]
        return made + [volume for volume in volumes if volume["name"] not in names]

    # Updating.

    def _roll(self) -> None:
        rolling = self._rolling()
        least = rolling.get("partition", 0)
        if MAX_UNAVAILABLE in self.gates:
            room = max(1, scaled(rolling.get("maxUnavailable", 1), len(self.replicas), up=False))
            room -= sum(self._unavailable(pod) for pod in self.replicas)
            for pod in reversed(self.replicas[least:]):
                if room > 0 and self._outdated(pod):
                    self._take(pod)
                    room -= 1
            return
        for pod in reversed(self.replicas[least:]):
            if self._outdated(pod):
                self._take(pod)
                return
            if self._unavailable(pod):
                return

    def _outdated(self, pod: Obj | None) -> bool:
        if pod is None or "deletionTimestamp" in pod["metadata"]:
            return False
        return _revision_of(pod) != self._name_of(self.update)

    def _take(self, pod: Obj | None) -> None:
        assert pod is not None
        self._delete(pod)
        self.taken += 1


_ALWAYS = ("replicas", "availableReplicas")
_TOLD = (
    "replicas",
    "currentReplicas",
    "readyReplicas",
    "updatedReplicas",
    "currentRevision",
    "availableReplicas",
    "updateRevision",
)


def _differs(old: Obj, new: Obj) -> bool:
    return any((old.get(field) or 0) != (new.get(field) or 0) for field in _TOLD)


def _ordinal_down(entry: tuple[int, Obj]) -> int:
    return -entry[0]
