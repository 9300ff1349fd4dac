"""What a pod's volumes wait for: ConfigMaps and Secrets that exist, claims that are bound and attached.

Sources: pkg/kubelet/volumemanager, pkg/volume/{configmap,secret} (v1.36.3).
Differs from the real one: mounting takes no time of its own; all other kinds of volume are there at once.
"""

from __future__ import annotations

from seatrial.fakes.kubelet.state import Node, Pod
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import View

__all__ = ["missing_volume"]


def missing_volume(node: Node, pod: Pod, view: View) -> tuple[Key, str] | None:
    """(the object that is waited for, the kubelet's words) of the first volume that is not there."""
    for volume, ref in pod.recipe.volumes:
        if view.get(ref.resource, pod.namespace, ref.name) is None:
            kind = ref.resource[:-1]
            return (
                Key(ref.resource, pod.namespace, ref.name),
                f'MountVolume.SetUp failed for volume "{volume}" : {kind} "{ref.name}" not found',
            )
    for volume, claim in pod.recipe.claims:
        missing = _claim(node, pod, claim or f"{pod.name}-{volume}", view)
        if missing is not None:
            return missing
    return None


def _claim(node: Node, pod: Pod, name: str, view: View) -> tuple[Key, str] | None:
    claims = "persistentvolumeclaims"
    claim = view.get(claims, pod.namespace, name)
    bound = (claim or {}).get("status", {}).get("phase") == "Bound"
    if claim is None or not bound:
        what = f'persistentvolumeclaim "{name}" not found' if claim is None else "PVC is not bound"
        text = (
            f"Unable to attach or mount volumes: unmounted volumes=[{name}], unattached volumes=[], "
            f"failed to process volumes=[{name}]: error processing PVC {pod.namespace}/{name}: {what}"
        )
        return Key(claims, pod.namespace, name), text
    volume = view.get("persistentvolumes", "", claim["spec"].get("volumeName", ""))
    if volume is None or "csi" not in volume["spec"] or not _attachable(volume["spec"]["csi"]["driver"], view):
        return None
    return _attachment(node, volume, view)


def _attachable(driver: str, view: View) -> bool:
    known = view.get("csidrivers.storage.k8s.io", "", driver)
    return known is None or known["spec"].get("attachRequired", True)


def _attachment(node: Node, volume: Obj, view: View) -> tuple[Key, str] | None:
    name = volume["metadata"]["name"]
    for attachment in view.list("volumeattachments.storage.k8s.io"):
        spec = attachment["spec"]
        if spec["nodeName"] == node.name and spec["source"].get("persistentVolumeName") == name:
            if (attachment.get("status") or {}).get("attached"):
                return None
            break
    text = f'MountVolume.MountDevice failed for volume "{name}" : volume is not attached to node "{node.name}"'
    return Key("volumeattachments.storage.k8s.io", node.name, name), text
