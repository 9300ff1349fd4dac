"""A control plane whose controllers are not all running: what nobody reconciles stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from seatrial.fakes.platform.yard import Yard
from seatrial.harness.ports.words import Duration, Name

__all__ = ["ControllersOff"]


@dataclass(frozen=True)
class ControllersOff:
    """Some of the cluster's own controllers do not run, from the start or from a moment on."""

    name: ClassVar[str] = "controllers-off"

    controllers: tuple[Name, ...]
    after: Duration = 0

    def install(self, yard: Yard) -> None:
        """Switch them off, or plan it."""
        if not self.after:
            _Switch(self, yard).flip()
            return
        yard.agenda.enlist(self.name, _Switch(self, yard))
        yard.agenda.after(self.after, self.name, "flip")


class _Switch:
    def __init__(self, settings: ControllersOff, yard: Yard) -> None:
        self._settings = settings
        self._yard = yard

    def flip(self) -> None:
        for controller in self._settings.controllers:
            self._yard.remove_controller(controller)
