"""The way to the API server and to etcd behind it: who gets through, how long it takes, what is said otherwise.

Sources of the texts: net.OpError of Go, k8s.io/client-go/rest; etcd/server/v3/etcdserver/errors.go.
Differs from the real one: a client that is cut off is told at once, not after its dial time-out of 30 s.
"""

from __future__ import annotations

from seatrial.fakes.kube.troubles import REQUEST_VERBS, Trouble, Troubles
from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import SECOND, Duration
from seatrial.harness.ports.event import Key, RecordId
from seatrial.harness.ports.kube import ApiError, Client, ServerError, Unreachable
from seatrial.harness.ports.note import Note
from seatrial.harness.ports.places import Links

__all__ = ["Door"]

READS = frozenset(("get", "list", "watch"))
# etcd gives a proposal 5 s plus twice the election time-out of 1 s.
ETCD_TIMEOUT: Duration = 7 * SECOND
ADDRESS = "10.96.0.1:443"


class Door:
    """Decides about each request before it is looked at."""

    def __init__(self, links: Links, draw: Stream, agenda: Agenda, note: Note) -> None:
        self.links = links
        self.draw = draw
        self.troubles = Troubles()
        self._agenda = agenda
        self._note = note
        self._felt: dict[tuple[str, str], bool] = {}

    def cost(self, client: Client, verb: str, resource: str) -> Duration:
        """How long the call would take; raises what the client would meet instead."""
        links = self.links
        if links.calm and not self.troubles:
            return 0  # by far the most frequent answer
        place = client.place
        if not links.exchange(place, "api"):
            raise self._unreachable(verb, resource)
        delay = links.delay(place, "api")
        loss = links.loss(place, "api")
        if loss and self.draw.chance(loss):
            raise _timeout(verb, resource)
        if self.troubles:
            self._feel(client, verb, resource)
            delay += self.troubles.meet(client, verb, resource, self.draw)
        if verb not in READS and not links.exchange("api", "etcd"):
            return delay + ETCD_TIMEOUT
        return delay

    def _feel(self, client: Client, verb: str, resource: str) -> None:
        """Write down the first request of a component that meets a trouble: a fault that nobody met proves nothing."""
        component = client.name.partition("/")[0]
        for token, trouble in self.troubles.items():
            if (token, component) in self._felt or not trouble.meets(client, REQUEST_VERBS.get(verb, verb), resource):
                continue
            self._felt[token, component] = True
            agenda = self._agenda
            before, agenda.cause = agenda.cause, trouble.record
            facts = {"request": f"{verb} {resource}", "delay": trouble.delay, "code": trouble.code}
            self._note.write(client.name, "felt", Key("fault", "", token), None, facts)
            agenda.cause = before

    def pass_write(self) -> None:
        """A write needs etcd's quorum at the moment of its commit."""
        if not self.links.exchange("api", "etcd"):
            raise no_quorum()

    def pass_read(self) -> None:
        """A quorum read needs it, too."""
        if not self.links.exchange("api", "etcd"):
            raise no_quorum()

    def _unreachable(self, verb: str, resource: str) -> Unreachable:
        # A shut door refuses everyone at once; a cut way swallows the packets of those who are cut off.
        if self.links.open("outside", "api") or self.links.open("control-plane", "api"):
            return _timeout(verb, resource)
        what = f'{_method(verb)} "https://{ADDRESS}{_path(resource)}"'
        return Unreachable(f"{what}: dial tcp {ADDRESS}: connect: connection refused")


def _timeout(verb: str, resource: str) -> Unreachable:
    return Unreachable(f'{_method(verb)} "https://{ADDRESS}{_path(resource)}": dial tcp {ADDRESS}: i/o timeout')


def no_quorum() -> ApiError:
    """What etcd says when no majority answers in time."""
    return ServerError("etcdserver: request timed out", 500, "")


def _method(verb: str) -> str:
    return {
        "get": "Get",
        "list": "Get",
        "watch": "Get",
        "update": "Put",
        "patch": "Patch",
        "apply": "Patch",
        "delete": "Delete",
        "deletecollection": "Delete",
    }.get(verb, "Post")


def _path(resource: str) -> str:
    plural, _, group = resource.partition(".")
    return f"/apis/{group}/v1/{plural}" if group else f"/api/v1/{plural}"


def trouble(
    delay: Duration = 0,
    code: int = 0,
    share_ppm: int = 0,
    retry_after: int = 0,
    verb: str = "",
    resource: str = "",
    client: str = "",
    record: RecordId = 0,
) -> Trouble:
    """One trouble, named."""
    return Trouble(delay, code, share_ppm, retry_after, verb, resource, client, record)
