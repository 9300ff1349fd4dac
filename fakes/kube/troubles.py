"""What is wrong with the API server's door: slow answers and errors for some requests, as plain data.

Each trouble has a token and goes with it. Differs from the real one: errors are drawn for each request alone, from a
stream of their own; the real server's overload depends on its seats (API priority and fairness), which are not counted.
"""

from __future__ import annotations

from typing import NamedTuple

from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import Duration
from seatrial.harness.ports.event import RecordId
from seatrial.harness.ports.kube import ApiError, Client, ServerError, TooManyRequests

__all__ = ["Trouble", "Troubles"]

_TEXTS = {
    500: ("Internal error occurred: {why}", "InternalError"),
    503: ("the server is currently unable to handle the request", "ServiceUnavailable"),
    504: ("Timeout: request did not complete within the allotted duration", "Timeout"),
}
# How a verb of a Write is called in a request's attributes.
REQUEST_VERBS = {"apply": "patch", "evict": "create", "bind": "create", "event": "create"}


class Trouble(NamedTuple):
    """Which requests, and what happens to them. Empty or `*` matches all; several are joined by commas."""

    delay: Duration
    code: int
    share_ppm: int
    retry_after: int
    verb: str
    resource: str
    client: str
    record: RecordId = 0  # what injected it: the cause of what it does

    def meets(self, client: Client, verb: str, resource: str) -> bool:
        """Whether a request is one of them."""
        return _takes(self.verb, verb) and _takes(self.resource, resource) and _takes(self.client, client.name)


def _takes(wanted: str, have: str) -> bool:
    return wanted in ("", "*") or have == wanted or have in wanted.split(",")


class Troubles(dict[str, Trouble]):
    """All that is wrong, by token."""

    def meet(self, client: Client, verb: str, resource: str, draw: Stream) -> Duration:
        """How much longer a request takes; raises the error that it meets instead."""
        verb = REQUEST_VERBS.get(verb, verb)
        delay = 0
        for trouble in self.values():
            if not trouble.meets(client, verb, resource):
                continue
            delay += trouble.delay
            if trouble.code and draw.chance(trouble.share_ppm):
                raise _error(trouble)
        return delay


def _error(trouble: Trouble) -> ApiError:
    if trouble.code == 429:
        text = "Too many requests, please try again later."
        return TooManyRequests(text, trouble.retry_after or 1)
    text, reason = _TEXTS.get(trouble.code, ("the server reported an error", "InternalError"))
    error = ServerError(text.format(why="injected"), trouble.code, reason)
    error.retry_after = trouble.retry_after
    return error
