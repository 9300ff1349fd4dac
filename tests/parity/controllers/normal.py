"""Objects as they can be compared between clusters: no times, no uids, and names instead of hashes and suffixes."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["LOOKED_AT", "normal"]

Obj = dict[str, Any]
LOOKED_AT = (
    "deployments.apps",
    "replicasets.apps",
    "statefulsets.apps",
    "daemonsets.apps",
    "controllerrevisions.apps",
    "jobs.batch",
    "poddisruptionbudgets.policy",
    "pods",
    "events",
)
_TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_GONE = re.compile(r"-[bcdfghjklmnpqrstvwxz0-9]{8,10}(?=[-\s]|$)")
_POD = re.compile(r"(-HASH\d|-GONE|: [a-z]+(?:-\d)?)-[a-z0-9]{5}(?=[\s\"]|$)")
# Events of these alone are the controllers' own.
_SOURCES = (
    "deployment-controller",
    "replicaset-controller",
    "statefulset-controller",
    "daemonset-controller",
    "job-controller",
    "controllermanager",
)


def normal(objects: list[Obj]) -> Obj:
    """Kind to objects, ordered by age and name, with every made name told apart by its order."""
    aliases = _aliases(objects)
    result: dict[str, list[Any]] = {}
    for obj in objects:
        kind = obj["kind"]
        if kind == "Pod":
            result.setdefault("pods", []).append(_pod(obj, aliases))
        elif kind == "Event":
            told = _event(obj, aliases)
            if told is not None:
                result.setdefault("events", []).append(told)
        else:
            result.setdefault(kind, []).append(_clean(_part(obj), aliases))
    for listed in result.values():
        listed.sort(key=str)
    events = result.get("events")
    if events:
        result["events"] = sorted(set(events))
    return result


def _aliases(objects: list[Obj]) -> list[tuple[str, str]]:
    """Made names and hashes, longest first, with the word to put in their place."""
    found: dict[str, str] = {}
    sets = [obj for obj in objects if obj["kind"] in ("ReplicaSet", "ControllerRevision")]
    for kind in ("ReplicaSet", "ControllerRevision"):
        numbers: dict[str, int] = {}
        for obj in sorted((obj for obj in sets if obj["kind"] == kind), key=_age):
            name = obj["metadata"]["name"]
            stem, _, suffix = name.rpartition("-")
            number = numbers[stem] = numbers.get(stem, 0) + 1
            found[name] = f"{stem}-HASH{number}"
            found[suffix] = f"HASH{number}"
    for obj in objects:
        meta = obj["metadata"]
        found[meta.get("uid", "")] = "UID"
        found[meta.get("namespace", "")] = "SPACE"
        if obj["kind"] == "Pod" and meta.get("generateName") and not _is_stateful(meta):
            found[meta["name"]] = meta["generateName"] + "SUFFIX"
    found.pop("", None)
    return sorted(found.items(), key=_longest_first)


def _is_stateful(meta: Obj) -> bool:
    return any(owner["kind"] == "StatefulSet" for owner in meta.get("ownerReferences") or ())


def _longest_first(entry: tuple[str, str]) -> tuple[int, str]:
    return -len(entry[0]), entry[0]


def _age(obj: Obj) -> tuple[Any, ...]:
    # Sets are made within one second, but numbered.
    notes = obj["metadata"].get("annotations") or {}
    history = notes.get("deployment.kubernetes.io/revision-history", "")
    first = history.split(",")[0] or notes.get("deployment.kubernetes.io/revision", "0")
    return obj["metadata"]["creationTimestamp"], int(first), obj.get("revision", 0)


def _part(obj: Obj) -> Obj:
    meta, spec = obj["metadata"], obj.get("spec") or {}
    notes = {k: v for k, v in (meta.get("annotations") or {}).items() if not k.startswith("kubectl")}
    part: Obj = {"name": meta["name"], "annotations": notes}
    if obj["kind"] != "Job":  # a Job's come from defaults
        part["labels"] = meta.get("labels") or {}
    part["owners"] = [owner["kind"] for owner in meta.get("ownerReferences") or ()]
    part["status"] = obj.get("status") or {}
    part["generation"] = meta.get("generation")
    if obj["kind"] == "ReplicaSet":
        part["replicas"], part["selector"] = spec["replicas"], spec["selector"]
        part["template"] = spec["template"]["metadata"].get("labels")
    if obj["kind"] == "ControllerRevision":
        part["revision"] = obj["revision"]
    return part


def _pod(obj: Obj, aliases: list[tuple[str, str]]) -> Any:
    meta = obj["metadata"]
    part = {
        "name": meta["name"],
        "generateName": meta.get("generateName", ""),
        # Admission copies the node's zone and region onto the pod; that is no controller's work.
        "labels": {k: v for k, v in (meta.get("labels") or {}).items() if not k.startswith("topology.")},
        "annotations": meta.get("annotations") or {},
        "finalizers": meta.get("finalizers") or [],
        "owners": [owner["kind"] for owner in meta.get("ownerReferences") or ()],
        "phase": obj["status"].get("phase"),
        "hostname": obj["spec"].get("hostname", ""),
    }
    return _clean(part, aliases)


def _event(obj: Obj, aliases: list[tuple[str, str]]) -> str | None:
    source = obj.get("reportingComponent") or (obj.get("source") or {}).get("component")
    if source not in _SOURCES:
        return None
    kind = (obj.get("involvedObject") or obj.get("regarding") or {}).get("kind")
    text = _clean(f"{kind} {obj['type']} {obj['reason']}: {obj.get('message') or obj.get('note')}", aliases)
    # Names of what has gone since, and of what was refused.
    text = _GONE.sub("-GONE", str(text))
    text = _POD.sub(r"\1-SUFFIX", text)  # again: a name may end only now
    return None if "(combined from similar events)" in text else text


def _clean(value: Any, aliases: list[tuple[str, str]]) -> Any:
    if isinstance(value, dict):
        return {_clean(k, aliases): _clean(v, aliases) for k, v in value.items()}
    if isinstance(value, list):
        return [_clean(item, aliases) for item in value]
    if not isinstance(value, str):
        return value
    if _TIMES.fullmatch(value):
        return "TIME"
    for name, alias in aliases:
        if name in value:
            value = value.replace(name, alias)
    return _POD.sub(r"\1-SUFFIX", value)
