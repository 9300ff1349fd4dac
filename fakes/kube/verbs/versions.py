"""What resourceVersion and resourceVersionMatch ask of a read, and the state of a resource at an earlier version.

Source: k8s.io/apimachinery/pkg/apis/meta/internalversion/validation, k8s.io/apiserver/pkg/storage/errors.go (v0.36.3).
Differs from the real one: earlier states are known as far back as the watch window goes, not to the last compaction.
"""

from __future__ import annotations

from seatrial.fakes.kube.core import Core
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.kube import BadRequest, Cause, Gone, Invalid, ServerError

__all__ = ["asked_version", "state_at"]

MATCHES = ("Exact", "NotOlderThan", "")


def asked_version(core: Core, version: str, match: str = "") -> int:
    """The version as a number (0: any will do, -1: the present one); raises the server's errors."""
    if match not in MATCHES:
        listed = ", ".join(f'"{known}"' for known in MATCHES)
        raise _invalid("FieldValueNotSupported", f'Unsupported value: "{match}": supported values: {listed}')
    if not version:
        if match:
            why = "resourceVersionMatch is forbidden unless resourceVersion is provided"
            raise _invalid("FieldValueForbidden", f"Forbidden: {why}")
        return -1
    if version == "0" and match == "Exact":
        why = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
        raise _invalid("FieldValueForbidden", f"Forbidden: {why}")
    if not version.isdecimal():
        raise BadRequest(
            f'invalid resource version: resourceVersion: Invalid value: "{version}": '
            f'strconv.ParseUint: parsing "{version}": invalid syntax'
        )
    number = int(version)
    if number > core.store.revision:
        text = f"Timeout: Too large resource version: {number}, current: {core.store.revision}"
        error = ServerError(text, 504, "Timeout")
        error.retry_after = 1
        error.details["causes"] = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
        raise error
    return number


def _invalid(reason: str, message: str) -> Invalid:
    return Invalid("ListOptions", "meta.k8s.io", "", [Cause(reason, message, "resourceVersionMatch")])


def state_at(core: Core, resource: str, namespace: str | None, version: int) -> list[Obj]:
    """The objects as they were at a version; raises Gone where that is not known any more."""
    log = core.store.log(resource)
    if version < log.floor:
        raise Gone("The resourceVersion for the provided list is too old.")
    found = {_place(obj): obj for obj in core.store.tables.list(resource, namespace)}
    revived: dict[tuple[str, str], Obj] = {}
    for event in reversed(log.events):
        place = _place(event.obj)
        if event.resource_version <= version:
            if not revived:
                break
            # A deletion's event carries its own version; the object's is that of the event before.
            if revived.pop(place, None) is not None and event.new is not None:
                found[place] = event.new
            continue
        if namespace is not None and place[0] != namespace:
            continue
        revived.pop(place, None)
        if event.type == "ADDED":
            found.pop(place, None)
        elif event.type == "MODIFIED" and event.old is not None:
            found[place] = event.old
        elif event.old is not None:
            found[place] = revived[place] = event.old
    return list(found.values())


def _place(obj: Obj) -> tuple[str, str]:
    meta = obj["metadata"]
    return meta.get("namespace", ""), meta["name"]
