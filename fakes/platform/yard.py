"""What a stand-in of the platform is, and what it may touch of the cluster it is put into."""

from __future__ import annotations

from typing import ClassVar, Protocol

from seatrial.harness.kernel.clock import Agenda
from seatrial.harness.kernel.streams import Stream
from seatrial.harness.ports.controller import Controller
from seatrial.harness.ports.event import Obj

__all__ = ["Shelf", "Standin", "Yard", "is_ready"]


class Shelf(Protocol):
    """The stored objects, below the API: only what breaks promises on purpose reaches here."""

    def list(self, resource: str, namespace: str | None = None) -> object:
        """Objects of a resource."""
        ...

    def remove(self, resource: str, old: Obj) -> None:
        """Take an object away without telling anybody."""
        ...


class Yard(Protocol):
    """One cluster, as a stand-in sees it."""

    agenda: Agenda
    shelf: Shelf

    def add_controller(self, controller: Controller) -> None:
        """Run a controller beside the cluster's own."""
        ...

    def remove_controller(self, name: str) -> None:
        """Switch one of the cluster's controllers off. Raises BadInput naming those that there are."""
        ...

    def replace_scheduler(self, scheduler: Controller) -> None:
        """Let another scheduler bind the pods."""
        ...

    def stream(self, name: str) -> Stream:
        """Randomness of its own."""
        ...


class Standin(Protocol):
    """A frozen dataclass, one a file; its fields are the words under `platform:` of a scenario."""

    name: ClassVar[str]

    def install(self, yard: Yard) -> None:
        """Put it into a cluster, before anything is deployed."""
        ...


def is_ready(node: Obj) -> bool:
    """Whether a node reports Ready."""
    conditions = node.get("status", {}).get("conditions") or ()
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)
