"""Attach and detach: VolumeAttachments follow the pods, but not away from a node that may still write.

Sources: pkg/controller/volume/attachdetach, pkg/volume/csi/csi_attacher.go (v1.36.3), kubernetes-csi/external-attacher.
Differs from the real one: it acts at once, not in a loop of 100 ms; attaching and detaching take fixed times and do not
fail; the attacher is here too. A kubelet that tells no volumesInUse is taken to have unmounted a volume when the pod is
gone and its node is Ready, and never on a node that is not.
Only CSI volumes whose CSIDriver wants attachment (the default) are attached; all others need none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import ClassVar

from seatrial.fakes.controllers.nodes.health import OUT_OF_SERVICE, ready_of
from seatrial.fakes.controllers.volumes.binding import claims_of
from seatrial.fakes.controllers.words.events import event, warning
from seatrial.fakes.controllers.words.pods import FINISHED, phase_of
from seatrial.harness.kernel.time import MINUTE, SECOND, Duration, Instant
from seatrial.harness.ports.controller import DONE, Next, Watch
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import View, Write

__all__ = ["AttachDetach", "attachment_name", "may_detach"]

ATTACHMENTS = "volumeattachments.storage.k8s.io"
COMPONENT = "attachdetach-controller"
ATTACH_TIME: Duration = 2 * SECOND
DETACH_TIME: Duration = 2 * SECOND
UNMOUNT_MAX: Duration = 6 * MINUTE
SHARED = frozenset(("ReadWriteMany", "ReadOnlyMany"))


def attachment_name(handle: str, driver: str, node: str) -> str:
    """The name that kube-controller-manager gives a VolumeAttachment."""
    return "csi-" + sha256(f"{handle}{driver}{node}".encode()).hexdigest()


def volume_id(volume: Obj) -> str:
    """How a volume is called in a Node's status."""
    csi = volume["spec"]["csi"]
    return f"kubernetes.io/csi/{csi['driver']}^{csi['volumeHandle']}"


def may_detach(node: Obj | None, identity: str, asked: Instant, now: Instant) -> bool:
    """Whether a volume that no pod wants on a node any more may be taken from it.

    asked: when it was found to be wanted no more. Six minutes later a node that is not healthy loses it by force.
    """
    if node is None:
        return now > asked + UNMOUNT_MAX
    if any(taint["key"] == OUT_OF_SERVICE for taint in (node.get("spec") or {}).get("taints") or ()):
        return True
    ready = ready_of(node)
    healthy = ready is not None and ready["status"] == "True"
    in_use = (node.get("status") or {}).get("volumesInUse")
    mounted = not healthy if in_use is None else identity in in_use
    return not mounted or (not healthy and now > asked + UNMOUNT_MAX)


class AttachDetach:
    """Keys are volumes: who wants them, and where they are attached."""

    name: ClassVar[str] = "attachdetach-controller"
    watches: ClassVar[tuple[Watch, ...]] = (
        Watch("pods", "pod_changed"),
        Watch("persistentvolumes", "volume_changed"),
        Watch("persistentvolumeclaims", "claim_changed"),
        Watch("nodes", "node_changed"),
        Watch(ATTACHMENTS, "attachment_changed"),
    )
    workers: ClassVar[int] = 10

    def __init__(self) -> None:
        self.users: dict[tuple[str, str], dict[str, None]] = {}  # claim to the placed pods that want it, by name
        self.wants: dict[tuple[str, str], list[str]] = {}  # such a pod to its claims
        self.attached: dict[str, dict[str, str]] = {}  # volume to node to the name of its attachment
        self.asked: dict[tuple[str, str], Instant] = {}  # volume and node: when detaching was first wanted
        self.due: dict[str, Instant] = {}  # attachment: when the attacher is done with it
        self.told: dict[str, str] = {}  # pods (by uid) that know of a multi-attach error

    # Event handlers.

    def pod_changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A pod with claims was placed, finished or went."""
        pod = new if new is not None else old
        assert pod is not None
        meta = pod["metadata"]
        place = (meta["namespace"], meta["name"])
        wanted = new is not None and bool(new["spec"].get("nodeName")) and phase_of(new) not in FINISHED
        if not wanted:
            claims = self.wants.pop(place, None)
            if claims is None:
                return ()
            self.told.pop(meta["uid"], None)
            for name in claims:
                users = self.users.get((meta["namespace"], name), {})
                users.pop(meta["name"], None)
            return _volumes_of(meta["namespace"], claims, view)
        if old is not None and old["spec"].get("nodeName") and place in self.wants:
            return ()
        claims = claims_of(pod)
        if not claims:
            return ()
        self.wants[place] = claims
        for name in claims:
            self.users.setdefault((meta["namespace"], name), {})[meta["name"]] = None
        return _volumes_of(meta["namespace"], claims, view)

    def claim_changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A claim was bound."""
        if new is None or (old is not None and old["spec"].get("volumeName") == new["spec"].get("volumeName")):
            return ()
        name = new["spec"].get("volumeName")
        return (Key("persistentvolumes", "", name),) if name else ()

    def volume_changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A volume came, or went from under its attachments."""
        if old is not None and new is not None:
            return ()
        return (Key("persistentvolumes", "", (new or old or {})["metadata"]["name"]),)

    def node_changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """A node's health, taints or volumes in use changed: what waits to be detached from it may go now."""
        if not self.asked:
            return ()
        node = (new or old or {})["metadata"]["name"]
        return [Key("persistentvolumes", "", volume) for volume, place in self.asked if place == node]

    def attachment_changed(self, old: Obj | None, new: Obj | None, view: View) -> Iterable[Key]:
        """An attachment came, was made or went."""
        attachment = new if new is not None else old
        assert attachment is not None
        spec, name = attachment["spec"], attachment["metadata"]["name"]
        volume, node = spec["source"].get("persistentVolumeName", ""), spec["nodeName"]
        places = self.attached.setdefault(volume, {})
        if new is None:
            places.pop(node, None)
            self.asked.pop((volume, node), None)
            self.due.pop(name, None)
        else:
            places[node] = name
        return Key("persistentvolumes", "", volume), Key(ATTACHMENTS, "", name)

    # Reconciling.

    def reconcile(self, key: Key, view: View, now: Instant) -> Next:
        """Attach and detach one volume, or carry on with one attachment."""
        if key.resource == ATTACHMENTS:
            return self._attachment(key, view, now)
        volume = view.get(*key)
        writes: list[Write] = []
        wait = self._detach(key.name, volume, view, now, writes)
        if volume is not None and "csi" in volume["spec"] and _attachable(volume, view):
            self._attach(key.name, volume, view, writes)
        return Next(tuple(writes), wait)

    def _pods(self, volume: Obj | None, view: View) -> list[Obj]:
        """The placed pods that want a volume."""
        reference = (volume or {"spec": {}})["spec"].get("claimRef")
        if not reference:
            return []
        space = reference.get("namespace", "")
        claim = view.get("persistentvolumeclaims", space, reference["name"])
        if claim is None or claim["spec"].get("volumeName") != (volume or {})["metadata"]["name"]:
            return []
        names = self.users.get((space, reference["name"]), {})
        return [pod for name in names if (pod := view.get("pods", space, name)) is not None]

    def _attach(self, name: str, volume: Obj, view: View, writes: list[Write]) -> None:
        places = self.attached.get(name, {})
        shared = any(mode in SHARED for mode in volume["spec"].get("accessModes") or ())
        pods = self._pods(volume, view)
        for pod in pods:
            node = pod["spec"]["nodeName"]
            if node in places or view.get("nodes", "", node) is None:
                continue
            if places and not shared:
                writes.extend(self._refuse(name, pod, pods, places))
                continue
            writes.append(_attachment(name, volume, node))
            places = {**places, node: ""}

    def _refuse(self, name: str, pod: Obj, pods: Sequence[Obj], places: dict[str, str]) -> Sequence[Write]:
        """The multi-attach error, told once to each pod."""
        meta = pod["metadata"]
        if self.told.get(meta["uid"]) == name:
            return ()
        self.told[meta["uid"]] = name
        others = [other["metadata"]["name"] for other in pods if other["spec"]["nodeName"] in places]
        why = "Volume is already exclusively attached to one node and can't be attached to another"
        if others:
            why = f"Volume is already used by pod(s) {', '.join(others)}"
        text = f'Multi-Attach error for volume "{name}" {why}'
        return (warning(Key("pods", meta["namespace"], meta["name"]), "FailedAttachVolume", text, COMPONENT),)

    def _detach(self, name: str, volume: Obj | None, view: View, now: Instant, writes: list[Write]) -> Duration | None:
        """Take the volume from nodes on which nobody wants it; returns when force will be right."""
        wait: Duration | None = None
        wanted = {pod["spec"]["nodeName"] for pod in self._pods(volume, view)}
        for place, attachment in self.attached.get(name, {}).items():
            if place in wanted:
                self.asked.pop((name, place), None)
                continue
            have = view.get(ATTACHMENTS, "", attachment)
            if have is None or "deletionTimestamp" in have["metadata"]:
                continue
            asked = self.asked.setdefault((name, place), now)
            node = view.get("nodes", "", place)
            identity = volume_id(volume) if volume is not None and "csi" in volume["spec"] else ""
            if may_detach(node, identity, asked, now):
                if node is not None and identity:
                    writes.extend(_reported(node, identity, attached=False))
                writes.append(Write("delete", Key(ATTACHMENTS, "", attachment), tolerate=("NotFound",)))
            elif now <= asked + UNMOUNT_MAX:
                left = asked + UNMOUNT_MAX + 1 - now
                wait = left if wait is None else min(wait, left)
        return wait

    # The attacher: CSI's ControllerPublishVolume and ControllerUnpublishVolume.

    def _attachment(self, key: Key, view: View, now: Instant) -> Next:
        attachment = view.get(*key)
        if attachment is None:
            return DONE
        ending = "deletionTimestamp" in attachment["metadata"]
        if not ending and (attachment.get("status") or {}).get("attached"):
            return Next(self._attached(attachment, view))
        due = self.due.get(key.name)
        if due is None:
            due = self.due[key.name] = now + (DETACH_TIME if ending else ATTACH_TIME)
        if now < due:
            return Next((), due - now)
        del self.due[key.name]
        if ending:
            return Next((Write("patch", key, {"metadata": {"finalizers": None}}, tolerate=("NotFound",)),))
        return Next((Write("patch", key, {"status": {"attached": True}}, subresource="status"),))

    def _attached(self, attachment: Obj, view: View) -> tuple[Write, ...]:
        """Report the volume in its Node's status, and the success to the pods."""
        name, place = attachment["spec"]["source"].get("persistentVolumeName", ""), attachment["spec"]["nodeName"]
        volume, node = view.get("persistentvolumes", "", name), view.get("nodes", "", place)
        if volume is None or node is None or "csi" not in volume["spec"]:
            return ()
        reported = _reported(node, volume_id(volume), attached=True)
        if not reported:
            return ()
        text = f'AttachVolume.Attach succeeded for volume "{name}"'
        events = (
            event(
                Key("pods", pod["metadata"]["namespace"], pod["metadata"]["name"]),
                "SuccessfulAttachVolume",
                text,
                COMPONENT,
            )
            for pod in self._pods(volume, view)
            if pod["spec"]["nodeName"] == place
        )
        return (*reported, *events)


def _volumes_of(namespace: str, claims: Iterable[str], view: View) -> list[Key]:
    found = (view.get("persistentvolumeclaims", namespace, name) for name in claims)
    names = (claim["spec"].get("volumeName") for claim in found if claim is not None)
    return [Key("persistentvolumes", "", name) for name in names if name]


def _attachable(volume: Obj, view: View) -> bool:
    driver = view.get("csidrivers.storage.k8s.io", "", volume["spec"]["csi"]["driver"])
    return driver is None or driver["spec"].get("attachRequired", True)


def _attachment(name: str, volume: Obj, node: str) -> Write:
    csi = volume["spec"]["csi"]
    driver = csi["driver"]
    title = attachment_name(csi["volumeHandle"], driver, node)
    body = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "VolumeAttachment",
        "metadata": {
            "name": title,
            "finalizers": [f"external-attacher/{driver.replace('.', '-')}"],
            "annotations": {"csi.alpha.kubernetes.io/node-id": node},
        },
        "spec": {"attacher": driver, "nodeName": node, "source": {"persistentVolumeName": name}},
    }
    return Write("create", Key(ATTACHMENTS, "", title), body, tolerate=("AlreadyExists",))


def _reported(node: Obj, identity: str, *, attached: bool) -> tuple[Write, ...]:
    """The patch that adds a volume to a Node's volumesAttached or takes it out."""
    have = (node.get("status") or {}).get("volumesAttached") or []
    kept = [entry for entry in have if entry["name"] != identity]
    if (len(kept) != len(have)) is attached:
        return ()
    if attached:
        kept.append({"name": identity, "devicePath": ""})
    key = Key("nodes", "", node["metadata"]["name"])
    body = {"status": {"volumesAttached": kept or None}}
    return (Write("patch", key, body, subresource="status", tolerate=("NotFound",)),)
