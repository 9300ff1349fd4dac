"""An etcd that forgets what it has acknowledged, as one does that is restored from an old backup.

Differs from a restore: only objects of one resource are lost, and no watcher is told, so nothing notices but a list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, cast

from seatrial.fakes.platform.yard import Yard
from seatrial.harness.kernel.time import MINUTE
from seatrial.harness.ports.event import Obj
from seatrial.harness.ports.words import Duration, Name

__all__ = ["ForgetfulEtcd"]


@dataclass(frozen=True)
class ForgetfulEtcd:
    """Acknowledged writes are lost: all objects of a resource in one namespace, at one moment."""

    name: ClassVar[str] = "forgetful-etcd"

    namespace: Name
    resource: Name = "configmaps"
    after: Duration = 20 * MINUTE

    def install(self, yard: Yard) -> None:
        """Plan the loss."""
        yard.agenda.enlist(self.name, Loss(self, yard))
        yard.agenda.after(self.after, self.name, "strike")


class Loss:
    """The moment of the loss."""

    def __init__(self, settings: ForgetfulEtcd, yard: Yard) -> None:
        self._settings = settings
        self._yard = yard

    def strike(self) -> None:
        """Take the objects away below the API."""
        shelf = self._yard.shelf
        objects = cast("Iterable[Obj]", shelf.list(self._settings.resource, self._settings.namespace))
        for obj in list(objects):
            shelf.remove(self._settings.resource, obj)
