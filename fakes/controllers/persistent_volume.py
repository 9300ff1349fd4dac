"""Volumes and claims: binding, provisioning, reclaiming, and the protection of what is in use.

Sources: pkg/controller/volume/{persistentvolume,pvcprotection,pvprotection} (v1.36.3); `provisioners` for who makes
volumes.
Differs from the real one: four controllers in one; an event that tells of waiting is written when its text changes,
not every 15 s; a class whose provisioner is not known leaves its claims Pending, as a cluster without that driver.
Not modelled: the Recycle policy, resizing, data sources and snapshots, VolumeAttributesClass, the controller that makes
claims of generic ephemeral volumes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from seatrial.fakes.controllers.volumes.binding import (
    CLAIMS,
    COMPLETED,
    COMPONENT,
    VOLUMES,
    bind,
    claim_key,
    claim_status,
    claims_of,
    default_class,
    finalizers,
    lost,
    merge,
    notes_of,
    unbind,
    unprotected,
    uses,
    volume_key,
    volume_phase,
)
from seatrial.fakes.controllers.volumes.matching import (
    CLASSES,
    best_match,
    class_name,
    is_bound_to,
    mismatch,
    waits_for_consumer,
)
from seatrial.fakes.controllers.volumes.provisioners import PROVISIONED_BY, PROVISIONERS, driver_of, provision
from seatrial.fakes.controllers.words.events import event, warning
from seatrial.fakes.controllers.words.pods import FINISHED, phase_of
from seatrial.harness.kernel.time import SECOND, Duration, Instant
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import View, Write

__all__ = ["PersistentVolumeController"]

SELECTED_NODE = "volume.kubernetes.io/selected-node"
PROVISIONER = "volume.kubernetes.io/storage-provisioner"
OLD_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner"
CLAIM_PROTECTION = "kubernetes.io/pvc-protection"
VOLUME_PROTECTION = "kubernetes.io/pv-protection"
DELETION_TIME: Duration = 2 * SECOND


class PersistentVolumeController:
    """Keys are claims and volumes."""

    name: ClassVar[str] = "persistentvolume-binder"
    watches: ClassVar[tuple[Watch, ...]] = (
        Watch(VOLUMES, "volume_changed"),
        Watch(CLAIMS, "claim_changed"),
        Watch(CLASSES, "class_changed"),
        Watch("pods", "pod_changed"),
    )
    workers: ClassVar[int] = 10

    def __init__(self) -> None:
        self.making: dict[Key, tuple[str, Instant]] = {}  # claim to (selected node, when its volume is made)
        self.deleting: dict[Key, Instant] = {}  # volume to when it is deleted
        self.told: dict[Key, tuple[str, str]] = {}  # the last event of waiting, by claim
        self.open: dict[Key, None] = {}  # claims that have no volume

    # Event handlers.

    def claim_changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A claim, and the volume that is or was its."""
        claim = new if new is not None else old
        assert claim is not None
        key = claim_key(claim)
        if new is None:
            self.making.pop(key, None)
            self.told.pop(key, None)
            self.open.pop(key, None)
        elif COMPLETED in notes_of(new):
            self.open.pop(key, None)
        else:
            self.open[key] = None
        volume = claim["spec"].get("volumeName") or f"pvc-{claim['metadata']['uid']}"
        if view.get(VOLUMES, "", volume) is None:
            return (key,)
        return key, Key(VOLUMES, "", volume)

    def volume_changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A volume, its claim, and if it is free every claim that might take it."""
        volume = new if new is not None else old
        assert volume is not None
        keys = [volume_key(volume)]
        if new is None:
            self.deleting.pop(keys[0], None)
        reference = volume["spec"].get("claimRef")
        if reference:
            keys.append(Key(CLAIMS, reference.get("namespace", ""), reference["name"]))
        elif new is not None:
            keys.extend(self.open)
        return keys

    def class_changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A class lets its waiting claims look again."""
        return list(self.open)

    def pod_changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A pod that has let go of its claims, or waits with them to be placed."""
        pod = new if new is not None else old
        assert pod is not None
        if new is not None and old is not None and old["spec"].get("nodeName") == new["spec"].get("nodeName"):
            return ()
        claims = claims_of(pod)
        if not claims:
            return ()
        space = pod["metadata"]["namespace"]
        return [Key(CLAIMS, space, name) for name in claims]

    # Reconciling.

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Look at one claim or volume."""
        obj = view.get(*key)
        if obj is None:
            return DONE
        return self._claim(key, obj, view, now) if key.resource == CLAIMS else self._volume(key, obj, view, now)

    def _claim(self, key: Key, claim: Obj, view: View, now: Instant) -> Next:
        meta = claim["metadata"]
        going = "deletionTimestamp" in meta and CLAIM_PROTECTION in (meta.get("finalizers") or ())
        if going and not any(uses(pod, key.name) for pod in view.list("pods", key.namespace)):
            return Next((unprotected(key, claim, CLAIM_PROTECTION),))
        if COMPLETED in notes_of(claim):
            return Next(self._bound(key, claim, view))
        return self._unbound(key, claim, view, now)

    def _bound(self, key: Key, claim: Obj, view: View) -> tuple[Write, ...]:
        name = claim["spec"].get("volumeName")
        if not name:
            text = "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!"
            return lost(key, claim, "ClaimLost", text)
        volume = view.get(VOLUMES, "", name)
        if volume is None:
            return lost(
                key, claim, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
            )
        reference = volume["spec"].get("claimRef")
        if not reference or reference.get("uid") == claim["metadata"]["uid"]:
            return bind(volume, claim)
        text = "Two claims are bound to the same volume, this one is bound incorrectly"
        return lost(key, claim, "ClaimMisbound", text)

    def _unbound(self, key: Key, claim: Obj, view: View, now: Instant) -> Next:
        name = claim["spec"].get("volumeName")
        if name:
            return Next(self._named(key, claim, view.get(VOLUMES, "", name)))
        delayed = waits_for_consumer(claim, view)
        volume = best_match(claim, view.list(VOLUMES), delayed)
        if volume is not None:
            self.told.pop(key, None)
            return Next(bind(volume, claim))
        if claim["spec"].get("storageClassName") is None and not class_name(claim):
            default = default_class(view.list(CLASSES))
            if default:
                return Next((merge(key, claim, {"spec": {"storageClassName": default}}),))
        if delayed and SELECTED_NODE not in notes_of(claim):
            return Next((*self._waiting(key, view), *claim_status(claim, "Pending", None)))
        if class_name(claim):
            return self._provision(key, claim, view, now)
        text = "no persistent volumes available for this claim and no storage class is set"
        return Next(
            (*self._tell(key, event(key, "FailedBinding", text, COMPONENT)), *claim_status(claim, "Pending", None))
        )

    def _named(self, key: Key, claim: Obj, volume: Obj | None) -> tuple[Write, ...]:
        """A claim that asks for one volume by name."""
        pending = claim_status(claim, "Pending", None)
        if volume is None:
            return pending
        if not volume["spec"].get("claimRef"):
            why = mismatch(volume, claim)
            if not why:
                return bind(volume, claim)
            text = f'Cannot bind to requested volume "{volume["metadata"]["name"]}": {why}'
            return (*self._tell(key, warning(key, "VolumeMismatch", text, COMPONENT)), *pending)
        if is_bound_to(volume, claim):
            return bind(volume, claim)
        text = f'volume "{volume["metadata"]["name"]}" already bound to a different claim.'
        return (*self._tell(key, warning(key, "FailedBinding", text, COMPONENT)), *pending)

    def _waiting(self, key: Key, view: View) -> Sequence[Write]:
        names = [
            pod["metadata"]["name"]
            for pod in view.list("pods", key.namespace)
            if key.name in claims_of(pod) and not pod["spec"].get("nodeName") and phase_of(pod) not in FINISHED
        ]
        reason, text = "WaitForFirstConsumer", "waiting for first consumer to be created before binding"
        if names:
            what = f"pods {','.join(names)}" if len(names) > 1 else f"pod {names[0]}"
            reason, text = "WaitForPodScheduled", f"waiting for {what} to be scheduled"
        return self._tell(key, event(key, reason, text, COMPONENT))

    def _tell(self, key: Key, write: Write) -> Sequence[Write]:
        """An event, unless it is the one that was written last."""
        said = (write.body["reason"], write.body["message"])
        if self.told.get(key) == said:
            return ()
        self.told[key] = said
        return (write,)

    # Provisioning: the controller asks, the driver's provisioner makes.

    def _provision(self, key: Key, claim: Obj, view: View, now: Instant) -> Next:
        storage = view.get(CLASSES, "", class_name(claim))
        if storage is None:
            text = f'storageclass.storage.k8s.io "{class_name(claim)}" not found'
            return Next(tuple(self._tell(key, warning(key, "ProvisioningFailed", text, COMPONENT))))
        driver = driver_of(storage["provisioner"])
        if driver.startswith("kubernetes.io/"):
            text = f"no volume plugin matched name: {driver}"
            return Next(tuple(self._tell(key, warning(key, "ProvisioningFailed", text, COMPONENT))))
        writes: list[Write] = []
        if notes_of(claim).get(PROVISIONER) != driver:
            names = {PROVISIONER: driver, OLD_PROVISIONER: driver}
            return Next((merge(key, claim, {"metadata": {"annotations": names}}),))
        text = (
            f"Waiting for a volume to be created either by the external provisioner '{driver}' or manually by the "
            "system administrator. If volume creation is delayed, please verify that the provisioner is running and "
            "correctly registered."
        )
        if key not in self.making:
            writes.extend(self._tell(key, event(key, "ExternalProvisioning", text, COMPONENT)))
        if driver in PROVISIONERS and "deletionTimestamp" not in claim["metadata"]:
            return self._make(key, claim, storage, view, now, writes)
        return Next(tuple(writes))

    def _make(self, key: Key, claim: Obj, storage: Obj, view: View, now: Instant, writes: list[Write]) -> Next:
        driver = driver_of(storage["provisioner"])
        selected = notes_of(claim).get(SELECTED_NODE, "")
        begun = self.making.get(key)
        if begun is None or begun[0] != selected:
            begun = self.making[key] = (selected, now + PROVISIONERS[driver].time)
            text = f'External provisioner is provisioning volume for claim "{key.namespace}/{key.name}"'
            writes.append(event(key, "Provisioning", text, driver))
        if now < begun[1]:
            return Next(tuple(writes), begun[1] - now)
        node = view.get("nodes", "", selected) if selected else None
        volume = None
        if node is not None or not selected:
            volume = provision(claim, storage, node, view.list("nodes"))
        if volume is None:
            return self._failed(key, claim, storage, selected, writes)
        name = volume["metadata"]["name"]
        writes.append(Write("create", Key(VOLUMES, "", name), volume, tolerate=("AlreadyExists",)))
        writes.append(event(key, "ProvisioningSucceeded", f"Successfully provisioned volume {name}", driver))
        return Next(tuple(writes))

    def _failed(self, key: Key, claim: Obj, storage: Obj, selected: str, writes: list[Write]) -> Next:
        """No place: the pod must be placed anew, or the claim waits for nodes."""
        text = f'failed to provision volume with StorageClass "{storage["metadata"]["name"]}": no topology key found'
        writes.extend(self._tell(key, warning(key, "ProvisioningFailed", text, driver_of(storage["provisioner"]))))
        if selected:
            del self.making[key]
            writes.append(merge(key, claim, {"metadata": {"annotations": {SELECTED_NODE: None}}}))
            return Next(tuple(writes))
        self.making[key] = (selected, self.making[key][1] + 15 * SECOND)
        return Next(tuple(writes), 15 * SECOND)

    # Volumes.

    def _volume(self, key: Key, volume: Obj, view: View, now: Instant) -> Next:
        meta, spec = volume["metadata"], volume["spec"]
        phase = (volume.get("status") or {}).get("phase")
        if "deletionTimestamp" in meta and phase != "Bound" and VOLUME_PROTECTION in (meta.get("finalizers") or ()):
            return Next((unprotected(key, volume, VOLUME_PROTECTION),))
        reference = spec.get("claimRef")
        if not reference or not reference.get("uid"):
            return Next(volume_phase(volume, "Available"))
        claim = view.get(CLAIMS, reference.get("namespace", ""), reference["name"])
        if claim is None or claim["metadata"]["uid"] != reference["uid"]:
            return self._released(key, volume, now)
        name = claim["spec"].get("volumeName")
        if name == key.name:
            return Next(volume_phase(volume, "Bound"))
        if not name:
            return DONE  # the claim's own turn finishes it
        if PROVISIONED_BY in notes_of(volume) and spec.get("persistentVolumeReclaimPolicy") == "Delete":
            return self._released(key, volume, now)
        return Next(unbind(volume))

    def _released(self, key: Key, volume: Obj, now: Instant) -> Next:
        """The claim is gone: the reclaim policy decides."""
        status = volume.get("status") or {}
        writes = volume_phase(volume, "Released") if status.get("phase") not in ("Released", "Failed") else ()
        policy = volume["spec"].get("persistentVolumeReclaimPolicy", "Retain")
        driver = notes_of(volume).get(PROVISIONED_BY)
        if policy == "Recycle" and status.get("phase") != "Failed":
            text = "No recycler plugin found for the volume!"
            return Next((*volume_phase(volume, "Failed"), warning(key, "VolumeFailedRecycle", text, COMPONENT)))
        if policy != "Delete" or driver is None:
            return Next(writes)
        due = self.deleting.setdefault(key, now + DELETION_TIME)
        if now < due:
            return Next(writes, due - now)
        have = volume["metadata"].get("finalizers") or []
        left = [name for name in have if name == VOLUME_PROTECTION]
        if "deletionTimestamp" not in volume["metadata"]:
            writes = (*writes, Write("delete", key, tolerate=("NotFound",)))
        return Next((*writes, finalizers(key, left or None)) if left != have else writes)
