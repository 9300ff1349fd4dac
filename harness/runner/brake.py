"""Ctrl-C: stops the run that is under way after its present act, so that what was seen so far is reported."""

from __future__ import annotations

from seatrial.harness.kernel.clock import Kernel

__all__ = ["Brake"]


class Brake:
    """Handed to a run, which shows it each kernel that it starts. Pulling it is safe in a signal handler."""

    def __init__(self) -> None:
        self.pulled = False
        self._kernel: Kernel | None = None

    def hold(self, kernel: Kernel) -> None:
        """This kernel is running now; stops it at once if somebody has pulled already."""
        self._kernel = kernel
        if self.pulled:
            kernel.stop()

    def pull(self) -> None:
        """End what is running; what has not begun does not begin."""
        self.pulled = True
        if self._kernel is not None:
            self._kernel.stop()
