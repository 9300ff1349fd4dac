"""Empty acts a second, beside SimPy in one run: each act plans the next one, so that the number pending stays."""

from __future__ import annotations

import gc
import random
from statistics import median
from time import perf_counter
from typing import Any

import simpy

from seatrial.harness.kernel.clock import Agenda, Kernel

__all__ = ["measure"]

Row = tuple[str, str, str]
ACTS = 1_000_000
PERIOD = 1_000


class Beat:
    """An act that plans itself again."""

    def __init__(self, agenda: Agenda) -> None:
        self.agenda = agenda

    def tick(self) -> None:
        """Nothing but the next act."""
        self.agenda.after(PERIOD, "beat", "tick")


def ours(pending: int) -> float:
    """Acts a second of the kernel."""
    kernel = Kernel(0, 1)
    agenda = kernel.agendas[1]
    agenda.enlist("beat", Beat(agenda))
    draw = random.Random(1)
    for _ in range(pending):
        agenda.at(draw.randrange(PERIOD), "beat", "tick")
    rounds = max(1, ACTS // pending)
    gc.collect()
    gc.disable()
    began = perf_counter()
    kernel.run(PERIOD * rounds)
    took = perf_counter() - began
    gc.enable()
    return pending * rounds / took


def theirs(pending: int) -> float:
    """Events a second of SimPy."""
    environment = simpy.Environment()
    done = [0]

    def beat(first: int) -> Any:
        yield environment.timeout(first)
        while True:
            done[0] += 1
            yield environment.timeout(PERIOD)

    draw = random.Random(1)
    for _ in range(pending):
        environment.process(beat(draw.randrange(PERIOD)))
    gc.collect()
    gc.disable()
    began = perf_counter()
    environment.run(until=PERIOD * max(1, ACTS // pending))
    took = perf_counter() - began
    gc.enable()
    return done[0] / took


def measure() -> list[Row]:
    """Alternating runs, the median of three."""
    rows = []
    for pending, aim in ((1_000, "1.3 M/s"), (100_000, "0.5 M/s")):
        pairs = [(ours(pending), theirs(pending)) for _ in range(3)]
        mine, other = (median(values) for values in zip(*pairs, strict=True))
        what = f"kernel, empty acts, {pending:,} pending (SimPy {other / 1e6:.2f} M/s)"
        rows.append((what, aim, f"{mine / 1e6:.2f} M/s"))
    return rows
