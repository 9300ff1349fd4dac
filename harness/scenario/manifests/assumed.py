"""What pods refer to and manifests do not bring: made up, each with a word, or refused with --strict.

Differs from a real cluster, where a pod would wait for its Secret for ever: an app's secrets are rarely among its
manifests, and how it fares without them is not the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from seatrial.harness.ports.event import Obj
from seatrial.harness.scenario.manifests.files import Found
from seatrial.harness.scenario.manifests.kinds import pod_spec_of, title_of

__all__ = ["Need", "assumed"]

_VALUE = "YXNzdW1lZA=="  # "assumed"
_OWN = {("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")}
_OWN_CLUSTER_WIDE = {"PriorityClass": ("system-cluster-critical", "system-node-critical")}


class Need(NamedTuple):
    """One thing that a pod refers to. key: of a Secret or ConfigMap, "" for the whole."""

    kind: str
    namespace: str
    name: str
    key: str = ""


def assumed(found: Iterable[Found]) -> list[tuple[Obj, str, str]]:
    """(object, place, warning) for each thing that is referred to and not there."""
    there = {
        (one.obj["kind"], one.obj["metadata"].get("namespace") or "", one.obj["metadata"].get("name")) for one in found
    }
    lacking: dict[tuple[str, str, str], tuple[list[str], str, str]] = {}
    for one in found:
        for need in _needs(one.obj):
            slot = (need.kind, need.namespace, need.name)
            if slot in there or (need.kind, need.name) in _OWN or need.name in _OWN_CLUSTER_WIDE.get(need.kind, ()):
                continue
            keys, _, _ = lacking.setdefault(slot, ([], one.place, title_of(one.obj)))
            if need.key and need.key not in keys:
                keys.append(need.key)
    made = []
    for (kind, namespace, name), (keys, place, user) in lacking.items():
        obj = _make(kind, namespace, name, keys)
        made.append((obj, place, f"{title_of(obj)}, which {user} refers to, is not among the manifests"))
    return made


def _needs(obj: Obj) -> Iterator[Need]:
    namespace = obj["metadata"].get("namespace") or ""
    spec = obj.get("spec")
    if isinstance(spec, dict):
        claims = [obj] if obj["kind"] == "PersistentVolumeClaim" else spec.get("volumeClaimTemplates")
        for claim in claims if isinstance(claims, list) else ():
            storage = claim.get("spec", {}).get("storageClassName") if isinstance(claim, dict) else None
            if isinstance(storage, str) and storage:
                yield Need("StorageClass", "", storage)
    pod = pod_spec_of(obj)
    if pod is None:
        return
    own_claims = {
        claim["metadata"]["name"]
        for claim in (spec.get("volumeClaimTemplates") or () if isinstance(spec, dict) else ())
        if isinstance(claim, dict) and isinstance(claim.get("metadata"), dict) and "name" in claim["metadata"]
    }
    for kind, word in (("ServiceAccount", "serviceAccountName"), ("PriorityClass", "priorityClassName")):
        name = pod.get(word)
        if isinstance(name, str) and name:
            yield Need(kind, namespace if kind == "ServiceAccount" else "", name)
    for container in [*_dicts(pod.get("initContainers")), *_dicts(pod.get("containers"))]:
        yield from _of_environment(container, namespace)
    for volume in _dicts(pod.get("volumes")):
        if volume.get("name") not in own_claims:
            yield from _of_volume(volume, namespace)


def _of_environment(container: Obj, namespace: str) -> Iterator[Need]:
    for variable in _dicts(container.get("env")):
        source = variable.get("valueFrom")
        if isinstance(source, dict):
            yield from _reference(source.get("secretKeyRef"), "Secret", namespace, "name", ("key",))
            yield from _reference(source.get("configMapKeyRef"), "ConfigMap", namespace, "name", ("key",))
    for source in _dicts(container.get("envFrom")):
        yield from _reference(source.get("secretRef"), "Secret", namespace)
        yield from _reference(source.get("configMapRef"), "ConfigMap", namespace)


def _of_volume(volume: Obj, namespace: str) -> Iterator[Need]:
    yield from _reference(volume.get("secret"), "Secret", namespace, "secretName", ("items",))
    yield from _reference(volume.get("configMap"), "ConfigMap", namespace, "name", ("items",))
    yield from _reference(volume.get("persistentVolumeClaim"), "PersistentVolumeClaim", namespace, "claimName")
    projected = volume.get("projected")
    for source in _dicts(projected.get("sources") if isinstance(projected, dict) else None):
        yield from _reference(source.get("secret"), "Secret", namespace, "name", ("items",))
        yield from _reference(source.get("configMap"), "ConfigMap", namespace, "name", ("items",))


def _reference(
    source: Any, kind: str, namespace: str, word: str = "name", keys: tuple[str, ...] = ()
) -> Iterator[Need]:
    if not isinstance(source, dict) or source.get("optional") is True:
        return
    name = source.get(word)
    if not isinstance(name, str) or not name:
        return
    asked: list[str] = []
    if "key" in keys and isinstance(source.get("key"), str):
        asked = [source["key"]]
    elif "items" in keys:
        asked = [item["key"] for item in _dicts(source.get("items")) if isinstance(item.get("key"), str)]
    for key in asked or [""]:
        yield Need(kind, namespace, name, key)


def _dicts(value: Any) -> list[Obj]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _make(kind: str, namespace: str, name: str, keys: list[str]) -> Obj:
    versions = {"StorageClass": "storage.k8s.io/v1", "PriorityClass": "scheduling.k8s.io/v1"}
    meta: Obj = {"name": name}
    if namespace:
        meta["namespace"] = namespace
    meta["annotations"] = {"seatrial.dev/assumed": "true"}
    obj: Obj = {"apiVersion": versions.get(kind, "v1"), "kind": kind, "metadata": meta}
    if kind == "Secret":
        obj |= {"type": "Opaque", "data": dict.fromkeys(keys, _VALUE)}
    elif kind == "ConfigMap":
        obj["data"] = dict.fromkeys(keys, "assumed")
    elif kind == "PriorityClass":
        obj["value"] = 0
    elif kind == "StorageClass":
        obj |= {
            "provisioner": "ebs.csi.aws.com",
            "reclaimPolicy": "Delete",
            "volumeBindingMode": "WaitForFirstConsumer",
        }
    elif kind == "PersistentVolumeClaim":
        obj["spec"] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return obj
