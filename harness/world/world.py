"""One run's whole state, as plain data: kernel, fleet, pens, storm. What is forked when a settled world is kept."""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.harness.history.log import fold_settle
from seatrial.harness.history.recorder import Recorder
from seatrial.harness.kernel.clock import Kernel, Ran
from seatrial.harness.kernel.streams import Streams
from seatrial.harness.kernel.time import Duration, Instant
from seatrial.harness.ports.event import Key
from seatrial.harness.ports.fleet import Fleet
from seatrial.harness.world.gauge import Gauge
from seatrial.harness.world.storm import Step, Storm

__all__ = ["PHASES", "World"]

PHASES = ("settle", "storm", "heal", "calm", "end")


class World:
    """Settle, storm, heal, calm: the phases of one run, in this order."""

    def __init__(self, kernel: Kernel, fleet: Fleet, recorders: Sequence[Recorder]) -> None:
        self.kernel = kernel
        self.fleet = fleet
        self.recorders = tuple(recorders)
        self.storm: Storm | None = None
        self.phases: list[tuple[str, Instant]] = []

    @property
    def now(self) -> Instant:
        """The present instant."""
        return self.kernel.now()

    def enter(self, phase: str) -> None:
        """A phase begins: written into the fleet's history, where every checker reads it."""
        self.phases.append((phase, self.now))
        self.recorders[0].write("world", "phase", Key("phase", "", phase), None, {"phase": phase})

    def forget_settling(self) -> None:
        """Keep only the outcome of settle in memory: the last version of each object."""
        for recorder in self.recorders:
            recorder.records = list(fold_settle(recorder.records, None))

    def run_for(self, length: Duration) -> Ran:
        """Let time pass."""
        return self.fleet.run(until=self.now + length)

    def open_storm(self, steps: tuple[Step, ...], streams: Streams, apps: tuple[str, ...]) -> Storm:
        """The storm begins now."""
        gauge = None
        if any(step.when is not None or step.while_ is not None for step in steps):
            gauge = Gauge(self.kernel.agendas[0], "storm", "look", apps)
            for recorder in self.recorders[1:]:
                for record in recorder.records:
                    gauge.take(record)
                recorder.taps.append(gauge)
            self.kernel.lockstep = True
        self.storm = Storm(self.kernel, steps, self.fleet.levers(), streams, self.recorders[0], gauge)
        self.enter("storm")
        self.storm.open()
        return self.storm

    def heal(self) -> None:
        """Undo every injury that is still in force."""
        self.enter("heal")
        if self.storm is not None:
            self.storm.heal_all()
