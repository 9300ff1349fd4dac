"""ServiceAccount: every pod has one, and its token as a projected volume.

Source: plugin/pkg/admission/serviceaccount (v1.36.3). Differs from the real one: the five letters of the volume
`kube-api-access-xxxxx` are drawn from the pod's containers, not at random, so that all pods of one template go on
sharing one spec; a missing `default` account is assumed to be on its way instead of waited for (the real plug-in waits
for two seconds). Not modelled: kubernetes.io/enforce-mountable-secrets.
"""

from __future__ import annotations

import json

from seatrial.fakes.kube.core import Core, Request
from seatrial.harness.kernel.ids import safe_hash
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import Forbidden

__all__ = ["admit"]

MIRROR = "kubernetes.io/config.mirror"
MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
VOLUME = "kube-api-access-"
SECONDS = 3607  # WarnOnlyBoundTokenExpirationSeconds
_SOURCE: Obj = {
    "defaultMode": 420,
    "sources": [
        {"serviceAccountToken": {"path": "token", "expirationSeconds": SECONDS}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {
            "downwardAPI": {
                "items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]
            }
        },
    ],
}


def admit(core: Core, request: Request, pod: Obj) -> Obj:
    """Name the account, mount its token, take over its pull secrets."""
    meta, spec = pod["metadata"], pod.get("spec") or {}
    name = spec.get("serviceAccountName") or ""
    if MIRROR in (meta.get("annotations") or ()):
        if name:
            raise Forbidden("pods", meta.get("name", ""), "a mirror pod may not reference service accounts")
        return pod
    name = name or "default"
    namespace = request.key.namespace
    account = core.store.get("serviceaccounts", namespace, name)
    if account is None:
        if name != "default":
            why = f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
            raise Forbidden("pods", meta.get("name", ""), why)
        account = {}
    new = {**spec, "serviceAccountName": name, "serviceAccount": name}
    wanted = spec.get("automountServiceAccountToken")
    if wanted is None:
        wanted = account.get("automountServiceAccountToken")
    if wanted is not False:
        new = _mounted(new)
    if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
        new["imagePullSecrets"] = account["imagePullSecrets"]
    return {**pod, "spec": new}


def _mounted(spec: Obj) -> Obj:
    volumes = spec.get("volumes") or []
    name = next((volume["name"] for volume in volumes if volume.get("name", "").startswith(VOLUME)), "")
    present = bool(name)
    if not name:
        name = VOLUME + safe_hash(json.dumps(spec.get("containers"), sort_keys=True), 5)
    mount = {"name": name, "readOnly": True, "mountPath": MOUNT_PATH}
    needed = False
    out = dict(spec)
    for field in ("initContainers", "containers"):
        containers = spec.get(field)
        if not containers:
            continue
        changed = []
        for container in containers:
            mounts = container.get("volumeMounts") or []
            if any(other.get("mountPath") == MOUNT_PATH for other in mounts):
                changed.append(container)
            else:
                changed.append({**container, "volumeMounts": [*mounts, mount]})
                needed = True
        out[field] = changed
    if needed and not present:
        out["volumes"] = [*volumes, {"name": name, "projected": _SOURCE}]
    return out
