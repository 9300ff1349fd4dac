"""How what a real API server sends becomes what the simulator's history holds."""

from __future__ import annotations

from typing import Any

from seatrial.harness.ports.event import Key, Obj

__all__ = ["actor_of", "event_record", "merely_beats", "shared", "trimmed"]


def trimmed(obj: Obj) -> Obj:
    """Without managedFields: the history tells who did what."""
    meta = obj["metadata"]
    if "managedFields" not in meta:
        return obj
    return {**obj, "metadata": {key: value for key, value in meta.items() if key != "managedFields"}}


def actor_of(obj: Obj, old: Obj | None) -> str:
    """Who wrote last, by managedFields; "unknown" where nobody says (a delete, say)."""
    entries = obj["metadata"].get("managedFields") or ()
    before = {_entry(entry) for entry in (old or {}).get("metadata", {}).get("managedFields") or ()}
    fresh = [entry for entry in entries if _entry(entry) not in before] or list(entries)
    if not fresh:
        return "unknown"
    newest = max(fresh, key=lambda entry: str(entry.get("time", "")))
    return str(newest.get("manager", "unknown"))


def _entry(entry: Obj) -> tuple[str, str, str, str]:
    words = ("manager", "operation", "subresource", "time")
    one, two, three, four = (str(entry.get(word, "")) for word in words)
    return one, two, three, four


def shared(old: Any, new: Any) -> Any:
    """`new`, with every part that equals `old`'s being `old`'s own: identity says that nothing changed."""
    if isinstance(old, dict) and isinstance(new, dict):
        made = {key: shared(old[key], value) if key in old else value for key, value in new.items()}
        if len(made) == len(old) and all(key in old and made[key] is old[key] for key in made):
            return old
        return made
    return old if type(old) is type(new) and old == new else new


def merely_beats(old: Obj, new: Obj) -> bool:
    """Whether only a heartbeat moved: what merely repeats is no event (the simulator computes it when asked)."""
    return _still(old) == _still(new)


def _still(obj: Obj) -> Obj:
    meta = {key: value for key, value in obj["metadata"].items() if key not in ("resourceVersion", "managedFields")}
    status = obj.get("status") or {}
    conditions = [
        {key: value for key, value in condition.items() if key not in ("lastHeartbeatTime", "lastProbeTime")}
        for condition in status.get("conditions") or ()
    ]
    return {**obj, "metadata": meta, "status": {**status, "conditions": conditions}}


def event_record(event: Obj, resource_of: dict[tuple[str, str], str]) -> tuple[str, Key, Obj]:
    """(actor, key of the object that it is about, facts) of a Kubernetes Event, as the simulator writes it."""
    about = event.get("involvedObject") or {}
    place = (about.get("apiVersion", ""), about.get("kind", ""))
    resource = resource_of.get(place, str(about.get("kind", "")).lower())
    actor = event.get("reportingComponent") or (event.get("source") or {}).get("component") or "unknown"
    key = Key(resource, about.get("namespace", ""), about.get("name", ""))
    facts = {"type": event.get("type", ""), "reason": event.get("reason", ""), "message": event.get("message", "")}
    return actor, key, facts
