"""Defaults of volumes.

Source: pkg/apis/core/v1/defaults.go and zz_generated.defaults.go (v1.36.3).
Not modelled: AzureDisk, RBD, ScaleIO and iSCSI (their fields stay as they are given).
"""

from __future__ import annotations

from seatrial.fakes.kube.schema.defaults.shared import changed, each, filled, quantities, within
from seatrial.harness.ports.event import Obj

__all__ = ["claim_spec", "volume"]

_MODE = {"defaultMode": 0o644}


def volume(obj: Obj) -> Obj:
    """One volume of a pod."""
    source = next((name for name, value in obj.items() if name != "name" and value is not None), "")
    if not source:
        return {**obj, "emptyDir": {}}
    if source in ("configMap", "secret", "downwardAPI", "projected"):
        obj = changed(obj, source, filled(obj[source], _MODE))
        if source == "projected":
            return within(obj, source, _projected)
        if source == "downwardAPI":
            return within(obj, source, _downward)
        return obj
    if source == "hostPath":
        return obj if "type" in obj[source] else {**obj, source: {**obj[source], "type": ""}}
    if source == "ephemeral":
        return within(obj, source, _ephemeral)
    if source == "emptyDir" and "sizeLimit" in obj[source]:
        return changed(obj, source, _size_limit(obj[source]))
    if source == "image":
        reference = obj[source].get("reference", "")
        tag = reference.rpartition("/")[2].partition(":")[2]
        latest = tag == "latest" or not (tag or "@" in reference)
        return changed(obj, source, filled(obj[source], {"pullPolicy": "Always" if latest else "IfNotPresent"}))
    return obj


def _size_limit(source: Obj) -> Obj:
    wrapped = {"sizeLimit": source["sizeLimit"]}
    done = quantities(wrapped)
    return source if done is wrapped else {**source, **done}


def _projected(source: Obj) -> Obj:
    return each(source, "sources", _projection)


def _projection(source: Obj) -> Obj:
    source = within(source, "serviceAccountToken", _token)
    return within(source, "downwardAPI", _downward)


def _token(token: Obj) -> Obj:
    return filled(token, {"expirationSeconds": 3600})


def _downward(source: Obj) -> Obj:
    return each(source, "items", _downward_item)


def _downward_item(item: Obj) -> Obj:
    item = within(item, "fieldRef", _field_ref)
    return within(item, "resourceFieldRef", _resource_ref)


def _field_ref(ref: Obj) -> Obj:
    return filled(ref, {"apiVersion": "v1"})


def _resource_ref(ref: Obj) -> Obj:
    return filled(ref, {"divisor": "0"})


def _ephemeral(source: Obj) -> Obj:
    return within(source, "volumeClaimTemplate", _claim_template)


def _claim_template(claim: Obj) -> Obj:
    return within(claim, "spec", claim_spec)


def claim_spec(spec: Obj) -> Obj:
    """A PersistentVolumeClaimSpec."""
    spec = filled(spec, {"volumeMode": "Filesystem"})
    return within(spec, "resources", _claim_resources)


def _claim_resources(resources: Obj) -> Obj:
    for field in ("limits", "requests"):
        resources = within(resources, field, quantities)
    return resources
