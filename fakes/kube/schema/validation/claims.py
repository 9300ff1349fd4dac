"""PersistentVolumeClaimSpec, wherever it stands.

Source: ValidatePersistentVolumeClaimSpec in pkg/apis/core/validation/validation.go (v1.36.3).
"""

from __future__ import annotations

from seatrial.fakes.kube.schema.validation.amounts import amount, positive_amount
from seatrial.fakes.kube.schema.validation.causes import Causes, forbidden, invalid, not_supported, one_of, required
from seatrial.fakes.kube.schema.validation.labels import selector
from seatrial.fakes.kube.schema.validation.names import dns_subdomain
from seatrial.harness.ports.event import Obj

__all__ = ["ACCESS_MODES", "VOLUME_MODES", "claim_spec"]

ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")


def claim_spec(out: Causes, path: str, spec: Obj) -> None:
    """A claim's spec."""
    modes = spec.get("accessModes") or []
    if not modes:
        required(out, f"{path}.accessModes", "at least 1 access mode is required")
    selector(out, f"{path}.selector", spec.get("selector"))
    for mode in modes:
        if mode not in ACCESS_MODES:
            not_supported(out, f"{path}.accessModes", mode, ACCESS_MODES)
    if "ReadWriteOncePod" in modes and any(mode in ACCESS_MODES[:3] for mode in modes):
        forbidden(out, f"{path}.accessModes", "may not use ReadWriteOncePod with other access modes")
    size = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    place = f"{path}.resources[storage]"
    if size is None:
        required(out, place)
    else:
        count = len(out)
        positive_amount(out, place, size)
        if len(out) == count:
            amount(out, place, "storage", size)
    name = spec.get("storageClassName")
    if name:
        for message in dns_subdomain(name):
            invalid(out, f"{path}.storageClassName", name, message)
    one_of(out, f"{path}.volumeMode", spec.get("volumeMode"), VOLUME_MODES)
    source = spec.get("dataSource")
    # The registry drops what is neither a claim nor a snapshot before it is looked at.
    if source is not None and source.get("kind") in ("PersistentVolumeClaim", "VolumeSnapshot"):
        _source(out, f"{path}.dataSource", source)
    if spec.get("dataSourceRef") is not None:
        _source(out, f"{path}.dataSourceRef", spec["dataSourceRef"])


def _source(out: Causes, path: str, source: Obj) -> None:
    if not source.get("name"):
        required(out, f"{path}.name")
    if not source.get("kind"):
        required(out, f"{path}.kind")
    group = source.get("apiGroup")
    if not group and source.get("kind") != "PersistentVolumeClaim":
        text = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
        invalid(out, path, source.get("kind", ""), text)
    if group:
        for message in dns_subdomain(group):
            invalid(out, f"{path}.apiGroup", group, message)
