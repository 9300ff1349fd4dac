"""What a machine really holds: nodes, pods and containers, whatever the API server believes."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from seatrial.fakes.kubelet.recipe import ContainerRecipe, Recipe
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.kernel.time import Duration, Instant
from seatrial.harness.ports.event import Key, Obj
from seatrial.harness.ports.kube import Client

__all__ = ["RUNNING", "TERMINATED", "WAITING", "Container", "Node", "Pod"]

WAITING, RUNNING, TERMINATED = 0, 1, 2


class Container:
    """One container's runtime truth and what the kubelet remembers of it."""

    __slots__ = (
        "backoff",
        "backoff_at",
        "exit_at",
        "exit_code",
        "exit_reason",
        "finished_at",
        "image_backoff",
        "image_retry_at",
        "last",
        "message",
        "previous_at",
        "probing_at",
        "ready",
        "reason",
        "recipe",
        "restarts",
        "serial",
        "started",
        "started_at",
        "starting",
        "state",
        "stop_at",
        "stop_code",
        "why",
    )

    def __init__(self, recipe: ContainerRecipe, reason: str) -> None:
        self.recipe = recipe
        self.state = WAITING
        self.reason = reason
        self.message = ""
        self.started_at: Instant = 0
        self.finished_at: Instant = 0
        self.exit_code = 0
        self.exit_reason = ""
        self.restarts = 0
        self.serial = 0  # counts starts: an act about an earlier run is void
        self.started = False
        self.ready = False
        self.starting = False  # a start is under way
        self.backoff: Duration = 0
        self.backoff_at: Instant = 0
        self.image_backoff: Duration = 0
        self.image_retry_at: Instant = 0
        self.stop_at: Instant = 0  # when it ceases to serve, once SIGTERM is sent
        self.exit_at: Instant = 0  # when it will exit, once it is being stopped
        self.stop_code = -1  # how it will exit, once it is being killed; -1 while it is not
        self.previous_at: Instant = 0  # when the run before the last ended
        self.probing_at: Instant = 0  # a moment at which its readiness is probed; the others are whole periods away
        self.why: tuple[str, str] | None = None  # reason and message of the last try to start it that failed
        self.last: Obj | None = None


class Pod:
    """One pod on one machine."""

    __slots__ = (
        "admitted",
        "awaits",
        "containers",
        "epoch",
        "final",
        "grace",
        "initialized",
        "ip",
        "ip_known",
        "ip_offset",
        "last_word",
        "message",
        "name",
        "namespace",
        "node",
        "obj",
        "over",
        "phase",
        "probed_from",
        "reason",
        "recipe",
        "removed",
        "sandbox_up",
        "stage",
        "start_time",
        "stream",
        "sync_at",
        "times",
        "uid",
    )

    def __init__(self, obj: Obj, node: str, recipe: Recipe, stream: Stream) -> None:
        meta = obj["metadata"]
        self.namespace: str = meta.get("namespace", "")
        self.name: str = meta["name"]
        self.uid: str = meta["uid"]
        self.node = node
        self.obj = obj  # the newest version that the kubelet has seen
        self.recipe = recipe
        self.stream = stream
        self.stage = "bound"
        self.epoch = 0  # an act with another epoch is void
        self.phase = "Pending"
        self.last_word = ""  # the phase of a pod that never ran, once all is over; its conditions do not follow
        self.reason = ""
        self.message = ""
        self.ip = ""
        self.ip_offset = -1
        self.ip_known = False  # the address comes to light with the next look at the runtime, as really
        self.sandbox_up = False
        self.over = False  # it is being ended: what exits now is not started again
        self.initialized = False
        self.start_time: Instant = 0
        self.awaits: list[Key] = []
        self.probed_from: Instant = 0  # startup and liveness are probed in whole periods from here
        self.admitted = False  # it counts in the node's sum
        self.sync_at: Instant = 0  # when its next sync is due; an act at another time is void
        self.grace = -1  # seconds, once it is being stopped
        self.final = False  # the last status is out or on its way: what remains is the deletion
        self.removed = False  # the API server has forgotten it
        # lastTransitionTime by condition type, with the status it belongs to.
        self.times: dict[str, tuple[str, str]] = {}
        waiting = "PodInitializing" if recipe.init_count else "ContainerCreating"
        self.containers = [Container(container, waiting) for container in recipe.containers]

    def container_id(self, container: Container) -> str:
        """As containerd names it."""
        text = f"{self.uid}\x1f{container.recipe.name}\x1f{container.serial}".encode()
        return f"containerd://{blake2b(text, digest_size=32).hexdigest()}"


class Node:
    """One machine and its kubelet."""

    __slots__ = (
        "address",
        "addresses",
        "admitted",
        "boot_id",
        "boots",
        "busy",
        "cidr",
        "client",
        "dirty",
        "fresh",
        "frozen",
        "frozen_at",
        "held",
        "images",
        "interval",
        "kubelet",
        "lease_at",
        "name",
        "network_base",
        "network_of",
        "network_size",
        "next_ip",
        "obj",
        "online",
        "place",
        "pods",
        "power",
        "reachable",
        "registered",
        "renewing",
        "retry",
        "room",
        "room_of",
        "session",
        "since",
        "slow_until",
        "stream",
        "trying",
        "used_ips",
    )

    def __init__(self, obj: Obj, stream: Stream) -> None:
        name: str = obj["metadata"]["name"]
        self.name = name
        self.obj = obj  # what is registered, should the API server not know the node
        self.place = f"node/{name}"
        self.client = Client(
            name=f"kubelet/{name}",
            user_agent="kubelet/v1.36.3",
            user=f"system:node:{name}",
            groups=("system:nodes", "system:authenticated"),
            place=self.place,
            field_manager="kubelet",
        )
        self.stream = stream
        self.power = True
        self.kubelet = True  # the kubelet's process runs
        self.frozen = False
        self.frozen_at: Instant = 0
        self.held: list[tuple[str, tuple[Any, ...]]] = []  # acts that fell due while frozen
        self.boots = 0
        self.boot_id = ""
        # The three states of its connection: packets flow; the kubelet's watches are up to date; its lease is renewed.
        self.reachable = False
        self.online = False
        self.renewing = False
        self.session = 0  # counts connections and losses of connection: an act of another session is void
        self.lease_at: Instant = 0  # one moment of renewal; the others are whole intervals away
        self.interval: Duration = 0
        self.trying = 0  # whether a first renewal is planned, and how soon
        self.fresh = True  # the kubelet has not looked at its pods yet since its start
        self.registered = False  # since its start the kubelet has seen its Node
        self.since: Instant = 0  # when the kubelet started
        self.slow_until: Instant = 0  # until then its sync loop waits for the runtime
        self.retry = 0  # timer of the next full pass over what is dirty
        self.busy = False  # a write is under way
        self.dirty: dict[str, None] = {}  # pods whose status is not out yet
        self.pods: dict[str, Pod] = {}
        self.images: dict[str, Instant] = {}
        addresses = (obj.get("status") or {}).get("addresses") or ()
        self.addresses: list[Obj] = [
            {"ip": address["address"]} for address in addresses if address["type"] == "InternalIP"
        ]
        self.address: str = self.addresses[0]["ip"] if self.addresses else ""
        self.cidr: str = (obj.get("spec") or {}).get("podCIDR") or ""
        self.next_ip = 2
        self.network_of = ""  # the podCIDR that the next two are of
        self.network_base = self.network_size = 0
        self.used_ips: dict[int, str] = {}
        self.admitted: dict[str, int] = {"pods": 0}  # what the admitted pods ask for, together
        self.room: dict[str, int] = {}
        self.room_of: Obj | None = None
