"""The whole of `seatrial run`: bind, settle, one run for each variant, one outcome."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from time import perf_counter_ns

from seatrial.harness.kernel.clock import Kernel
from seatrial.harness.kernel.errors import BadInput
from seatrial.harness.ports.fleet import Substrate
from seatrial.harness.runner.binding import bind, replay_command
from seatrial.harness.runner.outcome import Outcome, Result
from seatrial.harness.runner.plan import Plan
from seatrial.harness.runner.request import RunRequest
from seatrial.harness.runner.trial import Settled, run_variant, settle

__all__ = ["Progress", "plan_of", "run_plan", "run_request", "substrate_of"]

Progress = Callable[[str, str], None]
SUBSTRATES = ("sim", "kind")


def substrate_of(name: str, *, node_image: str = "") -> Substrate:
    """The substrate of --on. Raises BadInput for a word that is none."""
    if name == "sim":
        from seatrial.harness.substrates.sim import SimSubstrate  # noqa: PLC0415 - `list` must not load the fakes

        return SimSubstrate()
    if name == "kind":
        from seatrial.harness.substrates.kind.substrate import KindSubstrate  # noqa: PLC0415 - only who needs it

        return KindSubstrate(node_image)
    raise BadInput(f"--on {name}: unknown substrate; known are {', '.join(SUBSTRATES)}")


def plan_of(request: RunRequest) -> tuple[Plan, Substrate]:
    """What would be run."""
    substrate = substrate_of(request.on, node_image=request.node_image)
    return bind(request, substrate), substrate


def run_request(request: RunRequest, progress: Progress = lambda _what, _detail: None) -> Outcome:
    """Run it. Ctrl-C ends the present run early; its result says so."""
    plan, substrate = plan_of(request)
    return run_plan(plan, substrate, progress)


def run_plan(plan: Plan, substrate: Substrate, progress: Progress = lambda _what, _detail: None) -> Outcome:
    """Run every variant of a plan."""
    began = perf_counter_ns()
    results: list[Result] = []
    brake = Brake()
    with brake.on_interrupt(), ExitStack() as fleets:
        settled = fleets.enter_context(closing(settle(plan, substrate, progress, brake.watch)))
        # Steady state must hold before anything is broken: a storm over an app that never came up proves nothing.
        variants = () if settled.missing else plan.variants
        for index, variant in enumerate(variants):
            if brake.pulled:
                break
            if settled.spent:
                settled.close()
                settled = fleets.enter_context(closing(settle(plan, substrate, progress, brake.watch)))
                if settled.missing:
                    break
            progress("run", f"{index + 1} of {len(variants)} {variant.name}")
            last = index == len(variants) - 1
            result = run_variant(settled, variant, progress, last=last, watch=brake.watch)
            results.append(replace(result, replay=replay_command(plan, variant)))
        if settled.missing or not results:
            results.append(_unstarted(plan, settled, interrupted=brake.pulled))
    return Outcome(
        scenario=plan.scenario,
        why=plan.why,
        seed=plan.seed,
        results=tuple(results),
        app=plan.app,
        fleet=plan.fleet_words,
        warnings=(*plan.warnings, *settled.warnings),
        replay=replay_command(plan),
        elapsed=perf_counter_ns() - began,
        interrupted=brake.pulled,
        source=plan.source,
        plan=plan.digest,
    )


def _unstarted(plan: Plan, settled: Settled, *, interrupted: bool) -> Result:
    """No storm began: there is a history, and why, and nothing to judge."""
    world = settled.fork(last=True)
    return Result(
        name="settle",
        scenario=plan.scenario,
        seed=plan.seed,
        findings=(),
        history=settled.history(world),
        phases=(),
        unready=settled.missing,
        interrupted=interrupted,
        replay=plan.command,
    )


class Brake:
    """Turns Ctrl-C into a stop of the kernel, so that what was seen so far can be told. The second one is Python's."""

    def __init__(self) -> None:
        self.pulled = False
        self._kernel: Kernel | None = None

    def watch(self, kernel: Kernel) -> None:
        """Stop this kernel when asked."""
        self._kernel = kernel
        if self.pulled:
            kernel.stop()

    @contextmanager
    def on_interrupt(self) -> Iterator[None]:
        """Listen for SIGINT; outside the main thread Python does not let us, and nothing is done."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._pull)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _pull(self, _signal: int, _frame: object) -> None:
        if self.pulled:
            raise KeyboardInterrupt
        self.pulled = True
        if self._kernel is not None:
            self._kernel.stop()
