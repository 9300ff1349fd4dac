"""What the `seatrial.dev/...` annotations of a Service and its pods say of its traffic.

Not of Kubernetes: nothing in a manifest tells how much a Service is asked for, so Seatrial asks or assumes.
A Service's own annotation wins over its pods'. A value that cannot be read is told once, as a note, and counts as
unsaid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.kernel.time import SECOND, Duration, parse_duration

__all__ = ["PREFIX", "Demand", "demand_of"]

PREFIX = "seatrial.dev/"


class Demand(NamedTuple):
    """How a Service is asked, and what one of its pods can take. Rates are requests a second."""

    rate: int = 100  # of the clients of each zone
    capacity: int = 0  # of one pod; 0 is no limit
    queue: int = 0  # requests that wait at one pod when it is full
    warm_up: Duration = 0  # from the start of serving to full capacity
    retries: int = 0  # by its clients, of each request that fails
    back_off: Duration = 1 * SECOND  # of clients before a retry
    timeout: Duration = 5 * SECOND  # of clients
    depends_on: tuple[str, ...] = ()  # NAMESPACE/NAME


def demand_of(namespace: str, service: Mapping[str, str], pods: Mapping[str, str]) -> tuple[Demand, tuple[str, ...]]:
    """The demand, and complaints about what could not be read."""
    values: dict[str, Any] = {}
    complaints = []
    for word, read in _WORDS.items():
        text = service.get(PREFIX + word, pods.get(PREFIX + word))
        if text is None:
            continue
        try:
            values[word.replace("-", "_")] = read(text.strip(), namespace)
        except BadInput as error:
            complaints.append(f"{PREFIX}{word}: {error}")
    return Demand(**values), tuple(complaints)


def _count(text: str, _namespace: str) -> int:
    if not text.isdecimal():
        raise BadInput(f"{text!r} is not a whole number")
    return int(text)


def _length(text: str, _namespace: str) -> Duration:
    return parse_duration(text)


def _services(text: str, namespace: str) -> tuple[str, ...]:
    found = []
    for word in text.replace(",", " ").split():
        kind, _, name = word.rpartition("/")
        if kind not in ("svc", "service", "services") or not name:
            raise BadInput(f"{word!r} is not a Service; write svc/NAME or svc/NAME.NAMESPACE")
        name, _, other = name.partition(".")
        found.append(f"{other or namespace}/{name}")
    return tuple(dict.fromkeys(found))


_WORDS: dict[str, Callable[[str, str], Any]] = {
    "rate": _count,
    "capacity": _count,
    "queue": _count,
    "warm-up": _length,
    "retries": _count,
    "back-off": _length,
    "timeout": _length,
    "depends-on": _services,
}
