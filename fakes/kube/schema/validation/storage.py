"""PersistentVolumes, PersistentVolumeClaims, StorageClasses.

Source: pkg/apis/core/validation/validation.go, pkg/apis/storage/validation/validation.go (v1.36.3). Differs from the
real one: after the words about what may change, the real server prints a diff of its internal types; we name the
changed fields.
"""

from __future__ import annotations

from seatrial.fakes.kube.quantity import compare
from seatrial.fakes.kube.schema.validation.amounts import amount, positive_amount
from seatrial.fakes.kube.schema.validation.causes import (
    Causes,
    duplicate,
    forbidden,
    immutable,
    invalid,
    not_supported,
    one_of,
    required,
)
from seatrial.fakes.kube.schema.validation.claims import ACCESS_MODES, VOLUME_MODES, claim_spec
from seatrial.fakes.kube.schema.validation.labels import label_name
from seatrial.fakes.kube.schema.validation.names import dns_subdomain, qualified_name
from seatrial.fakes.kube.schema.validation.placing import node_selector
from seatrial.fakes.kube.schema.validation.sameness import alike, changes
from seatrial.fakes.kube.schema.validation.volumes import host_path, nfs
from seatrial.harness.ports.event import Obj

__all__ = ["claim", "claim_update", "storage_class", "storage_class_update", "volume", "volume_update"]

_PLAIN = frozenset(
    (
        "capacity",
        "accessModes",
        "claimRef",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "mountOptions",
        "volumeMode",
        "nodeAffinity",
        "volumeAttributesClassName",
    )
)
_ORDER = ("hostPath", "nfs", "local", "csi")
_CLAIM_ONLY = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
)
_PARAMETERS_MAX = 512


def claim(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A claim's spec."""
    claim_spec(out, "spec", obj.get("spec") or {})


def claim_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of a claim: once bound it may only grow."""
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    if spec is before:
        return
    claim_spec(out, "spec", spec)
    new, kept = dict(spec), dict(before)
    if not before.get("volumeName") and spec.get("volumeName"):
        kept["volumeName"] = spec["volumeName"]  # the binder's write
    bound = (old.get("status") or {}).get("phase") == "Bound"
    if bound:
        for part in (new, kept):
            part["resources"] = {
                name: value for name, value in (part.get("resources") or {}).items() if name != "requests"
            }
            part.pop("volumeAttributesClassName", None)
    if "storageClassName" not in before and spec.get("storageClassName"):
        kept["storageClassName"] = spec["storageClassName"]  # a default class that came later
    found = changes("spec", new, kept)
    if found:
        forbidden(out, "spec", f"{_CLAIM_ONLY}\n" + "\n".join(found))
    size, had = _size(spec), _size(before)
    if bound and size is not None and had is not None and compare(size, had) < 0:
        status = _size({"resources": {"requests": (obj.get("status") or {}).get("capacity") or {}}})
        if status is None or compare(size, status) <= 0:
            forbidden(out, "spec.resources.requests.storage", "field can not be less than status.capacity")


def _size(spec: Obj) -> str | None:
    found: str | None = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    return found


def volume(out: Causes, obj: Obj, old: Obj | None = None) -> None:
    """A volume's spec."""
    spec = obj.get("spec") or {}
    if old is not None and spec is old.get("spec"):
        return
    modes, capacity = spec.get("accessModes") or [], spec.get("capacity")
    if not modes:
        required(out, "spec.accessModes")
    for mode in modes:
        if mode not in ACCESS_MODES:
            not_supported(out, "spec.accessModes", mode, ACCESS_MODES)
    if "ReadWriteOncePod" in modes and len(set(modes)) > 1:
        forbidden(out, "spec.accessModes", "may not use ReadWriteOncePod with other access modes")
    if not capacity:
        required(out, "spec.capacity")
    if not capacity or "storage" not in capacity or len(capacity) > 1:
        not_supported(out, "spec.capacity", dict(sorted(capacity.items())) if capacity else None, ("storage",))
    for name, value in (capacity or {}).items():
        count = len(out)
        positive_amount(out, f"spec.capacity[{name}]", value)
        if len(out) == count:
            amount(out, f"spec.capacity[{name}]", name, value)
    policy = spec.get("persistentVolumeReclaimPolicy")
    one_of(out, "spec.persistentVolumeReclaimPolicy", policy, ("Delete", "Recycle", "Retain"))
    _affinity(out, "spec.nodeAffinity", spec.get("nodeAffinity"))
    _source(out, spec)
    if (spec.get("hostPath") or {}).get("path") == "/" and policy == "Recycle":
        text = "may not be 'recycle' for a hostPath mount of '/'"
        forbidden(out, "spec.persistentVolumeReclaimPolicy", text)
    name = spec.get("storageClassName")
    if name:
        for message in dns_subdomain(name):
            invalid(out, "spec.storageClassName", name, message)
    one_of(out, "spec.volumeMode", spec.get("volumeMode"), VOLUME_MODES)


def _affinity(out: Causes, path: str, given: Obj | None) -> None:
    if given is None:
        return
    if given.get("required") is None:
        required(out, f"{path}.required", "must specify required node constraints")
    else:
        node_selector(out, f"{path}.required", given["required"])


def _source(out: Causes, spec: Obj) -> None:
    kinds = sorted((name for name in spec if name not in _PLAIN and spec[name] is not None), key=_rank)
    if not kinds:
        required(out, "spec", "must specify a volume type")
        return
    first = kinds[0]
    if first == "hostPath":
        host_path(out, "spec.hostPath", spec[first])
    elif first == "nfs":
        nfs(out, "spec.nfs", spec[first])
    elif first == "local":
        if not spec[first].get("path"):
            required(out, "spec.local.path")
        if not spec.get("nodeAffinity"):
            required(out, "spec.nodeAffinity", "Local volume requires node affinity")
    elif first == "csi":
        for field in ("driver", "volumeHandle"):
            if not spec[first].get(field):
                required(out, f"spec.csi.{field}")
    for other in kinds[1:]:
        forbidden(out, f"spec.{other}", "may not specify more than 1 volume type")


def _rank(name: str) -> tuple[int, str]:
    return (_ORDER.index(name), name) if name in _ORDER else (len(_ORDER), name)


def volume_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of a volume: what it is made of stays."""
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    if spec is before:
        return
    volume(out, obj, old)
    new = {name: value for name, value in spec.items() if name not in _PLAIN}
    kept = {name: value for name, value in before.items() if name not in _PLAIN}
    if not alike(new, kept):
        text = "spec.persistentvolumesource is immutable after creation\n" + "\n".join(changes("spec", new, kept))
        forbidden(out, "spec.persistentvolumesource", text)
    immutable(out, "spec.volumeMode", spec.get("volumeMode"), before.get("volumeMode"))
    if before.get("nodeAffinity") is not None and not alike(spec.get("nodeAffinity"), before["nodeAffinity"]):
        invalid(out, "spec.nodeAffinity", spec.get("nodeAffinity"), "field is immutable")


def storage_class(out: Causes, obj: Obj, _: Obj | None = None) -> None:
    """A StorageClass."""
    name = obj.get("provisioner", "")
    if not name:
        required(out, "provisioner")
    else:
        for message in qualified_name(name.lower()):
            invalid(out, "provisioner", name, message)
    parameters = obj.get("parameters") or {}
    if len(parameters) > _PARAMETERS_MAX:
        invalid(out, "parameters", len(parameters), f"must have at most {_PARAMETERS_MAX} items")
    if "" in parameters:
        invalid(out, "parameters", "", "field can not be empty.")
    policy = obj.get("reclaimPolicy")
    if policy is not None:
        one_of(out, "reclaimPolicy", policy, ("Delete", "Retain"))
    mode = obj.get("volumeBindingMode")
    if mode is None:
        required(out, "volumeBindingMode")
    else:
        one_of(out, "volumeBindingMode", mode, ("Immediate", "WaitForFirstConsumer"))
    for index, term in enumerate(obj.get("allowedTopologies") or ()):
        for number, rule in enumerate(term.get("matchLabelExpressions") or ()):
            _topology(out, f"allowedTopologies[{index}].matchLabelExpressions[{number}]", rule)


def _topology(out: Causes, path: str, rule: Obj) -> None:
    values = rule.get("values") or []
    if not values:
        required(out, f"{path}.values")
    for index, value in enumerate(values):
        if value in values[:index]:
            duplicate(out, f"{path}.values[{index}]", value)
    label_name(out, f"{path}.key", rule.get("key", ""))


def storage_class_update(out: Causes, obj: Obj, old: Obj) -> None:
    """A new version of a StorageClass."""
    for field in ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"):
        immutable(out, field, obj.get(field), old.get(field))
