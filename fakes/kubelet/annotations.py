"""What a pod's annotations say of its processes: how long things take, and what fails.

`seatrial.dev/KEY` is for every main container of the pod, `seatrial.dev/CONTAINER.KEY` for one container (init
containers and sidecars listen to the latter alone). The README has the table of keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from seatrial.fakes.kubelet.quantities import bytes_of
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.time import Duration, parse_duration

__all__ = [
    "PREFIX",
    "Window",
    "Words",
    "bytes_word",
    "duration_word",
    "flag_word",
    "number_word",
    "windows_word",
    "words_of",
]

PREFIX = "seatrial.dev/"

# (from, to) after the container's start; to is -1 for ever.
Window = tuple[Duration, Duration]
Words = Mapping[str, str]

_WINDOW = re.compile(r"(readiness|liveness|startup)(?:@([0-9a-z.]+)(?:-([0-9a-z.]+))?)?")


def words_of(annotations: Mapping[str, str] | None, container: str, *, main: bool) -> dict[str, str]:
    """The words for one container, without prefix; its own win over the pod's."""
    words: dict[str, str] = {}
    if not annotations:
        return words
    own = f"{PREFIX}{container}."
    for name, value in annotations.items():
        if not name.startswith(PREFIX):
            continue
        if name.startswith(own):
            words[name[len(own) :]] = value
        elif main:
            words.setdefault(name[len(PREFIX) :], value)
    for name in words:
        if own + name in annotations:
            words[name] = annotations[own + name]
    return words


def duration_word(words: Words, name: str, default: Duration) -> Duration:
    """A duration; BadInput names the annotation."""
    text = words.get(name)
    if text is None:
        return default
    try:
        return parse_duration(text)
    except BadInput as error:
        raise BadInput(f"annotation {PREFIX}{name}: {error}") from error


def number_word(words: Words, name: str, default: int) -> int:
    """A whole number; BadInput names the annotation."""
    text = words.get(name)
    if text is None:
        return default
    if not text.isdigit():
        raise BadInput(f"annotation {PREFIX}{name}: {text!r} is no whole number")
    return int(text)


def bytes_word(words: Words, name: str, default: int) -> int:
    """An amount of memory or disk in bytes, written as a quantity; BadInput names the annotation."""
    text = words.get(name)
    if text is None:
        return default
    try:
        return bytes_of(text)
    except ValueError as error:
        raise BadInput(f"annotation {PREFIX}{name}: {text!r} is no quantity such as 300Mi") from error


def flag_word(words: Words, name: str, default: bool) -> bool:
    """true or false; BadInput names the annotation."""
    text = words.get(name)
    if text is None:
        return default
    if text not in ("true", "false"):
        raise BadInput(f"annotation {PREFIX}{name}: {text!r}; write true or false")
    return text == "true"


def windows_word(words: Words, name: str) -> dict[str, tuple[Window, ...]]:
    """`readiness`, `liveness@30s`, `readiness@30s-90s`, several with commas: when which probes fail."""
    text = words.get(name)
    if not text:
        return {}
    windows: dict[str, tuple[Window, ...]] = {}
    for part in text.split(","):
        found = _WINDOW.fullmatch(part.strip())
        if found is None:
            raise BadInput(
                f"annotation {PREFIX}{name}: {part!r}; write readiness, liveness or startup, "
                "with a time span after the container's start if wanted: readiness@30s-90s"
            )
        kind, begin, end = found.groups()
        window = (parse_duration(begin) if begin else 0, parse_duration(end) if end else -1)
        windows[kind] = tuple(sorted((*windows.get(kind, ()), window)))
    return windows
