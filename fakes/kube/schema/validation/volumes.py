"""Volumes of pods, and how containers mount them.

Source: ValidateVolumes, ValidateVolumeMounts in pkg/apis/core/validation/validation.go (v1.36.3).
Not modelled: what is inside volumes of cloud vendors, iSCSI, FC, flexVolume, image, clusterTrustBundle, podCertificate.
"""

from __future__ import annotations

from collections.abc import Callable

from seatrial.fakes.kube.quantity import nano
from seatrial.fakes.kube.schema.validation.causes import (
    Causes,
    duplicate,
    forbidden,
    in_range,
    invalid,
    missing,
    not_supported,
    required,
)
from seatrial.fakes.kube.schema.validation.claims import claim_spec
from seatrial.fakes.kube.schema.validation.environment import field_ref, resource_ref
from seatrial.fakes.kube.schema.validation.labels import annotation_map, labels
from seatrial.fakes.kube.schema.validation.names import dns_label
from seatrial.harness.ports.event import Obj

__all__ = ["descending", "devices", "host_path", "mounts", "nfs", "volumes"]

_DOWNWARD = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
_HOST_TYPES = (
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
)
_PROPAGATION = ("Bidirectional", "HostToContainer", "None")


def volumes(out: Causes, path: str, given: list[Obj]) -> dict[str, str]:
    """Checks all; returns the kind of each good one by its name."""
    good: dict[str, str] = {}
    for index, volume in enumerate(given):
        place = f"{path}[{index}]"
        found: Causes = []
        kind = _source(found, place, volume)
        name = volume.get("name")
        if not name:
            required(found, f"{place}.name")
        else:
            for message in dns_label(name):
                invalid(found, f"{place}.name", name, message)
        if name in good:
            duplicate(found, f"{place}.name", name)
        if found:
            out.extend(found)
        elif name:
            good[name] = kind
    return good


def _source(out: Causes, path: str, volume: Obj) -> str:
    kinds = [name for name in volume if name != "name" and volume[name] is not None]
    if len(kinds) == 1:
        kind = kinds[0]
    elif not kinds:
        required(out, path, "must specify a volume type")
        return ""
    else:
        kinds.sort(key=_rank)
        kind = kinds[0]
        for other in kinds[1:]:
            forbidden(out, f"{path}.{other}", "may not specify more than 1 volume type")
    check = _SOURCES.get(kind)
    if check is not None:
        check(out, f"{path}.{kind}", volume[kind])
    return kind


def _rank(kind: str) -> tuple[int, str]:
    return (list(_SOURCES).index(kind), kind) if kind in _SOURCES else (len(_SOURCES), kind)


def _empty_dir(out: Causes, path: str, source: Obj) -> None:
    if source.get("sizeLimit") is not None and nano(source["sizeLimit"]) < 0:
        forbidden(out, f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity")


def _no_steps_back(out: Causes, path: str, text: str) -> None:
    if ".." in text.split("/"):
        invalid(out, path, text, "must not contain '..'")


def descending(out: Causes, path: str, text: str) -> None:
    """A path below where it starts."""
    if text.startswith("/"):
        invalid(out, path, text, "must be a relative path")
    _no_steps_back(out, path, text)


def _file_path(out: Causes, path: str, text: str | None) -> None:
    if not text:
        required(out, path)
        return
    descending(out, path, text)
    if text.startswith("..") and not text.startswith("../"):
        invalid(out, path, text, "must not start with '..'")


def host_path(out: Causes, path: str, source: Obj) -> None:
    """A directory of the node."""
    text = source.get("path")
    if not text:
        required(out, f"{path}.path")
        return
    _no_steps_back(out, f"{path}.path", text)
    if source.get("type") and source["type"] not in _HOST_TYPES:
        not_supported(out, f"{path}.type", source["type"], _HOST_TYPES)


def nfs(out: Causes, path: str, source: Obj) -> None:
    """An NFS export."""
    if not source.get("server"):
        required(out, f"{path}.server")
    if not source.get("path"):
        required(out, f"{path}.path")
    if not source.get("path", "").startswith("/"):
        invalid(out, f"{path}.path", source.get("path", ""), "must be an absolute path")


def _mode(out: Causes, path: str, source: Obj) -> None:
    mode = source.get("defaultMode")
    if mode is not None and not 0 <= mode <= 0o777:
        invalid(out, f"{path}.defaultMode", mode, "must be a number between 0 and 0777 (octal), both inclusive")


def _items(out: Causes, path: str, source: Obj) -> None:
    for index, item in enumerate(source.get("items") or ()):
        _item(out, f"{path}.items[{index}]", item)


def _item(out: Causes, path: str, item: Obj) -> None:
    if not item.get("key"):
        required(out, f"{path}.key")
    _file_path(out, f"{path}.path", item.get("path"))
    mode = item.get("mode")
    if mode is not None and not 0 <= mode <= 0o777:
        invalid(out, f"{path}.mode", mode, "must be a number between 0 and 0777 (octal), both inclusive")


def _config_map(out: Causes, path: str, source: Obj) -> None:
    if not source.get("name"):
        required(out, f"{path}.name")
    _mode(out, path, source)
    _items(out, path, source)


def _secret(out: Causes, path: str, source: Obj) -> None:
    if not source.get("secretName"):
        required(out, f"{path}.secretName")
    _mode(out, path, source)
    _items(out, path, source)


def _claim(out: Causes, path: str, source: Obj) -> None:
    if not source.get("claimName"):
        required(out, f"{path}.claimName")


def _downward(out: Causes, path: str, source: Obj) -> None:
    _mode(out, path, source)
    for item in source.get("items") or ():
        _downward_item(out, path, item)


def _downward_item(out: Causes, path: str, item: Obj) -> None:
    _file_path(out, f"{path}.path", item.get("path"))
    if item.get("fieldRef") is not None:
        field_ref(out, f"{path}.fieldRef", item["fieldRef"], _DOWNWARD)
        if item.get("resourceFieldRef") is not None:
            invalid(out, path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")
    elif item.get("resourceFieldRef") is not None:
        resource_ref(out, f"{path}.resourceFieldRef", item["resourceFieldRef"], volume=True)
    else:
        required(out, path, "one of fieldRef and resourceFieldRef is required")


def _projected(out: Causes, path: str, source: Obj) -> None:
    _mode(out, path, source)
    taken: set[str] = set()
    for index, part in enumerate(source.get("sources") or ()):
        place = f"{path}.sources[{index}]"
        for kind in ("secret", "configMap"):
            if part.get(kind) is not None:
                _projected_keys(out, path, f"{place}.{kind}", part[kind], taken)
        if part.get("downwardAPI") is not None:
            for item in part["downwardAPI"].get("items") or ():
                _downward_item(out, f"{place}.downwardAPI", item)
                _claim_path(out, path, item.get("path"), item.get("path"), taken)
        if part.get("serviceAccountToken") is not None:
            _token(out, path, f"{place}.serviceAccountToken", part["serviceAccountToken"])
        if len(part) > 1:
            forbidden(out, place, "may not specify more than 1 volume type per source")


def _projected_keys(out: Causes, path: str, place: str, part: Obj, taken: set[str]) -> None:
    if not part.get("name"):
        required(out, f"{place}.name")
    for number, item in enumerate(part.get("items") or ()):
        _item(out, f"{place}.items[{number}]", item)
        _claim_path(out, path, item.get("path"), part.get("name", ""), taken)


def _claim_path(out: Causes, path: str, text: str | None, value: str | None, taken: set[str]) -> None:
    if not text:
        return
    if text in taken:
        invalid(out, path, value, "conflicting duplicate paths")
    taken.add(text)


def _token(out: Causes, path: str, place: str, token: Obj) -> None:
    seconds = token.get("expirationSeconds", 0)
    if seconds < 600:
        invalid(out, f"{place}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes")
    if seconds > 1 << 32:
        invalid(out, f"{place}.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds")
    _file_path(out, f"{path}.path", token.get("path"))


def _csi(out: Causes, path: str, source: Obj) -> None:
    driver = source.get("driver")
    if not driver:
        required(out, f"{path}.driver")
    elif len(driver) > 63:
        in_range(out, f"{path}.driver", len(driver), 0, 63)


def _ephemeral(out: Causes, path: str, source: Obj) -> None:
    template = source.get("volumeClaimTemplate")
    if template is None:
        required(out, f"{path}.volumeClaimTemplate")
        return
    place = f"{path}.volumeClaimTemplate"
    meta = template.get("metadata") or {}
    labels(out, f"{place}.metadata.labels", meta.get("labels"))
    annotation_map(out, f"{place}.metadata.annotations", meta.get("annotations"))
    claim_spec(out, f"{place}.spec", template.get("spec") or {})


_SOURCES: dict[str, Callable[[Causes, str, Obj], None]] = {
    "emptyDir": _empty_dir,
    "hostPath": host_path,
    "secret": _secret,
    "nfs": nfs,
    "persistentVolumeClaim": _claim,
    "downwardAPI": _downward,
    "configMap": _config_map,
    "projected": _projected,
    "csi": _csi,
    "ephemeral": _ephemeral,
}


def mounts(out: Causes, path: str, container: Obj, known: dict[str, str]) -> None:
    """`volumeMounts` of a container."""
    seen: set[str] = set()
    raw = {device.get("name") for device in container.get("volumeDevices") or ()}
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        place = f"{path}[{index}]"
        name = mount.get("name", "")
        if not name:
            required(out, f"{place}.name")
        if name not in known:
            missing(out, f"{place}.name", name)
        target = mount.get("mountPath", "")
        if not target:
            required(out, f"{place}.mountPath")
        if target in seen:
            invalid(out, f"{place}.mountPath", target, "must be unique")
        seen.add(target)
        if name in raw:
            invalid(out, f"{place}.name", name, "must not already exist in volumeDevices")
        if mount.get("subPath"):
            descending(out, f"{path}.subPath", mount["subPath"])
        if mount.get("subPathExpr"):
            if mount.get("subPath"):
                text = "subPathExpr and subPath are mutually exclusive"
                invalid(out, f"{place}.subPathExpr", mount["subPathExpr"], text)
            descending(out, f"{path}.subPathExpr", mount["subPathExpr"])
        if mount.get("mountPropagation"):
            _propagation(out, f"{path}.mountPropagation", mount["mountPropagation"], container)


def _propagation(out: Causes, path: str, value: str, container: Obj) -> None:
    if value not in _PROPAGATION:
        not_supported(out, path, value, _PROPAGATION)
    elif value == "Bidirectional" and not (container.get("securityContext") or {}).get("privileged"):
        forbidden(out, path, "Bidirectional mount propagation is available only to privileged containers")


def devices(out: Causes, path: str, container: Obj, known: dict[str, str]) -> None:
    """`volumeDevices` of a container."""
    names: set[str] = set()
    paths: set[str] = set()
    for index, device in enumerate(container.get("volumeDevices") or ()):
        place = f"{path}[{index}]"
        name, target = device.get("name", ""), device.get("devicePath", "")
        if not name:
            required(out, f"{place}.name")
        if name in names:
            invalid(out, f"{place}.name", name, "must be unique")
        kind = known.get(name)
        if kind is None:
            missing(out, f"{place}.name", name)
        elif kind not in ("persistentVolumeClaim", "ephemeral"):
            text = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
            invalid(out, f"{place}.name", name, text)
        if not target:
            required(out, f"{place}.devicePath")
        if target in paths:
            invalid(out, f"{place}.devicePath", target, "must be unique")
        if target:
            _no_steps_back(out, f"{place}.devicePath", target)
        names.add(name)
        paths.add(target)
